"""Match criteria, scorers of spaCy, and the evaluation of `spacy spo evaluate`."""
