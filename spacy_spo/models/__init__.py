"""The architectures of the components."""
