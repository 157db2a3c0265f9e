"""What a command line ends with that cannot be read. How it is printed lives in `exits.py`."""


class WrongUsage(Exception):
    """The command line cannot be read. The message names the word, and what would be right."""
