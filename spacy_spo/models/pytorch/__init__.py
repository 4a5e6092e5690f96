"""Plain torch modules: nothing in here knows spaCy."""
