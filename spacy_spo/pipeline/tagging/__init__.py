"""The parts of the tagger that work on plain arrays: links, targets, losses, decoding."""
