"""`countermand demo`: the guide's scenarios as live orders on an embedded stack, seen as they happen.

The scenarios live in `scenarios.py`, how one is played in `play.py`.
"""

from starter.demo.scenarios import chosen
from starter.demo.show import DemoOptions, run_demo

__all__ = ["DemoOptions", "chosen", "run_demo"]
