"""What a planted bug is."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Bug:
    """One edit of the process: in which file, what becomes what, and what it would do to somebody."""

    file: str
    old: str
    new: str
    why: str
    killed_by: Literal["rules", "story", "money", "second half", "attention"] = "rules"
    """The tests of the rules, or the part of the reduced exploration that finds it."""
