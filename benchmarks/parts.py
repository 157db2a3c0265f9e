"""What every part of the benchmark is given, and what it hands back. The parts themselves have a file each."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table


class Scale(StrEnum):
    """How much of everything: a first look, figures, or all figures."""

    QUICK = "quick"
    USUAL = "usual"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the caller asked for."""

    scale: Scale
    progress: Console
    in_flight: int = 8
    """Orders under way at the same time."""

    def by_scale(self, quick: int, usual: int, full: int) -> int:
        """One of the three."""
        return {Scale.QUICK: quick, Scale.USUAL: usual, Scale.FULL: full}[self.scale]

    def tell(self, what: str) -> None:
        """Progress, for whoever waits."""
        self.progress.print(what, highlight=False, soft_wrap=True)


@dataclass(frozen=True, slots=True)
class Found:
    """What a part found: tables for people, figures for programs."""

    tables: Sequence[Table]
    figures: Any
    notes: Sequence[str] = field(default=())


Part = Callable[[Asked], Awaitable[Found]]


def spread(values: Sequence[float]) -> str:
    """`1.23 [1.10 – 1.31]`: the median, the least and the most."""
    return f"{median(values):.2f} [{min(values):.2f} – {max(values):.2f}]" if values else "–"


def table(title: str, *columns: str) -> Table:
    """A table whose first column is words, and whose others are figures."""
    made = Table(title=title)
    made.add_column(columns[0])
    for column in columns[1:]:
        made.add_column(column, justify="right")
    return made
