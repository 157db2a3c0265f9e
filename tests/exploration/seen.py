"""What an exploration has seen: the counts, the edges of the diagram, and what each stage answered to each message."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from workflows.process.state.order import Order


def place(order: Order) -> str:
    """Where an order is: its stage, and in a dispute the phase: `disputed.open`."""
    return f"{order.stage}.{order.phase}" if order.phase else order.stage.value


@dataclass
class Seen:
    """Sums over one world, or over several."""

    states: int = 0
    edges: int = 0
    steps: int = 0
    left: int = 0
    """States found and not explored: none, or the exploration was cut short."""
    transitions: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """(place, message or deadline, next place)."""
    answers: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    """(place, role, message, `accepted`, `recorded`, or the code of the refusal)."""


def merged(those: Iterable[Seen]) -> Seen:
    """What was seen of several worlds together."""
    total = Seen()
    for seen in those:
        total.states += seen.states
        total.edges += seen.edges
        total.steps += seen.steps
        total.left += seen.left
        total.transitions += seen.transitions
        total.answers += seen.answers
    return total
