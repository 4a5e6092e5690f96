"""The tagger in plain arrays: links, targets, losses, decoding."""
