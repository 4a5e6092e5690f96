"""The trainable components."""
