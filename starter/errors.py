"""What the command line says of the embedded stack, which need not be installed beside it."""


class StackError(Exception):
    """The embedded stack cannot start or go on. The message says which part, why, and what to do."""
