"""Deadlines and the windows they are counted by."""
