"""Scores: match criteria, the scorers of spaCy, and the evaluation of `spacy spo evaluate`."""
