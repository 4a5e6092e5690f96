"""One HTML page of what `spacy spo evaluate` counted: tables, plots, sentences to look through."""
