"""The environment, read once, and whom it names."""
