"""Help texts shared by several commands."""

TEXTS_HELP = 'Texts: .jsonl or .json (key "text"), .txt (one a line), .spacy'
