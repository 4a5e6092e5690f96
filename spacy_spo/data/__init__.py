"""Corpora in and out: annotation formats, records, files of Docs."""
