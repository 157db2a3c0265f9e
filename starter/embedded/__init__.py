"""The stack for one machine, as one import. No code lives here; `stack.py` is where to read on."""

from starter.embedded.signals import stoppable
from starter.embedded.stack import EmbeddedStack, StackOptions
from starter.embedded.temporal import temporal_binary
from starter.errors import StackError

__all__ = ["EmbeddedStack", "StackError", "StackOptions", "stoppable", "temporal_binary"]
