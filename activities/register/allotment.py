"""How much of a word about a whole payment is whose, where several orders share the payment. Pure: it asks nobody.

Such a word names no order: the buyer's bank takes money of a payment back, or somebody gives some of it back (R36).
"""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

Parts = Mapping[str, int]
"""What each order hears, in minor units; they add up to the word's amount. 0: it heard of this before, and nothing of
it is its own any more."""


class Share(NamedTuple):
    """What an order has of the payment, as it stands when the word comes. Minor units."""

    order_id: str
    amount: int
    returned: int = 0
    """What of it has gone back already."""
    held: int = 0
    """What the order holds still, of the payment that paid it."""

    @property
    def root(self) -> str:
        """The order whose part this one is: orders with one root are a family, and have one seller."""
        return self.order_id.partition("~")[0]

    @property
    def left(self) -> int:
        return max(0, self.amount - self.returned)


def allotted(
    amount: int,
    shares: Sequence[Share],
    *,
    whole: int,
    named: str | None = None,
    earlier: Parts = MappingProxyType({}),
    heard: Collection[str] = (),
) -> Parts:
    """Whose the `amount` of a payment that brought the `whole` is. `shares`: the oldest first, at least one. `named`:
    the order that the word names; `earlier`: how the last word about the same thing was allotted; `heard`: the orders
    that any earlier one was told.

    A word about something goes where the last one about it went: what that took is gone from its share, and anybody
    else would lose the same money once more.
    """
    assert shares, "a payment that nobody has is nobody's to hear of"
    if amount >= whole:
        # Before what was heard earlier: then not all who share it may have been known.
        parts = _filled(amount, [(share, share.amount) for share in shares])
    elif earlier and sum(earlier.values()) == amount:
        parts = dict(earlier)
    elif named is not None and named in [share.order_id for share in shares]:
        parts = {named: amount}
    elif earlier:
        went = [(share, earlier.get(share.order_id, 0)) for share in shares]
        parts = _filled(amount, went, [(share, min(share.amount, part + share.left)) for share, part in went])
    elif named is not None and sum(share.amount for share in shares) < whole:
        # It may be this order's, whose share nobody has told yet.
        parts = {named: amount}
    elif len({share.root for share in shares}) == 1:
        parts = _filled(amount, [(share, share.held) for share in shares], [(share, share.left) for share in shares])
    else:
        parts = _filled(amount, [(share, share.left) for share in shares])
    return parts | {order_id: 0 for order_id in heard if order_id not in parts}


def _filled(amount: int, *rounds: Sequence[tuple[Share, int]]) -> dict[str, int]:
    """`amount` poured over the shares, each up to its measure in each round; what is too much is the oldest's."""
    parts: dict[str, int] = {}
    left = amount
    for measured in rounds:
        for share, measure in measured:
            part = min(left, measure - parts.get(share.order_id, 0))
            if part > 0:
                parts[share.order_id] = parts.get(share.order_id, 0) + part
                left -= part
    if left:
        oldest = rounds[0][0][0].order_id
        parts[oldest] = parts.get(oldest, 0) + left
    return parts
