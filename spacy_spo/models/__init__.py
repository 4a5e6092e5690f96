"""The architectures that the components use."""
