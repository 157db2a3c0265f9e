"""What keeps the stack on one machine from starting."""


class StackError(Exception):
    """The embedded stack cannot start or go on. The message says which part, why, and what to do."""
