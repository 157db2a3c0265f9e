"""The sandbox payment provider: a process with a book of its own, for development and tests. It moves no real money."""
