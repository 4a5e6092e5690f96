"""Plain torch modules, without spaCy."""
