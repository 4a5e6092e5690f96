"""Corpora in and out: annotation formats, their records, Docs and files of Docs."""
