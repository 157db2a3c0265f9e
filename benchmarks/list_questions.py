"""What callers may ask of lists: every filter of the route by itself, beside whose orders they see, in both orders.

Asked by the benchmark among a million orders (`gateway_lists.py`), and by the test that reads the plans. The orders are
those of `sql/many_orders.sql`.
"""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from starter.gateway.list_routes import ASKED, ORDERINGS

EXAMPLES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "status": ("completed", "shipped", "delivered", "refunded", "cancellation_approved"),
        "stage": ("completed", "awaiting_shipment", "exchanging"),
        "waiting_on": ("nobody", "seller", "buyer", "payment_provider"),
        "needs_attention": ("true",),
        "overdue": ("true",),
        "due_before": ("2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"),
        "buyer": ("b-70",),
        "seller": ("s-big", "s-7"),
        "root": ("M-7",),
        "q": ("M-7", "M-1234", "lamp", "lamp-1 M-12345", "nowhere"),
    }
)
"""Words of each filter: such as most orders have, few, and none."""
OF_PAGES: Final = frozenset({"order_by", "cursor", "limit"})
"""What narrows nothing."""
PLATFORM_ONLY: Final = frozenset({"needs_attention"})
PEOPLE: Final[Mapping[str, str]] = MappingProxyType({"platform": "ops-1", "seller": "s-big", "buyer": "b-70"})
"""Who asks: of sellers the one who has a tenth of all orders."""


@dataclass(frozen=True, slots=True)
class Question:
    """One list, of one caller."""

    role: str
    narrowed: tuple[tuple[str, str], ...]
    order_by: str

    @property
    def asks_for_others(self) -> bool:
        """Whether a side asks for another one's orders, and is answered without a look."""
        return any(name == self.role and word != PEOPLE[self.role] for name, word in self.narrowed)

    def __str__(self) -> str:
        narrowed = ", ".join(f"{name}={word}" for name, word in self.narrowed) or "all"
        return f"{self.role}: {narrowed}, by {self.order_by}"


def questions() -> Iterator[Question]:
    """All of them. A filter without an example is a `KeyError`."""
    words = [(name, word) for name in ASKED if name not in OF_PAGES for word in EXAMPLES[name]]
    for role, narrowed, order_by in itertools.product(PEOPLE, ((), *((one,) for one in words)), ORDERINGS):
        if role == "platform" or not any(name in PLATFORM_ONLY for name, _ in narrowed):
            yield Question(role, narrowed, order_by)
