"""What was sold, to whom and by whom, in words: for the start of a run, and for whoever looks at one."""

from collections.abc import Iterator, Sequence
from typing import Final, Protocol

from workflows.messages.currency import money
from workflows.messages.start import Line

MAX_SHOWN: Final = 5
"""Lines of an order that are named; the rest is counted."""
MAX_SUMMARY: Final = 200
"""Bytes in UTF-8. Temporal takes 400, encrypted and all, and refuses a start with more."""
LEAST_TITLE: Final = 8
"""Bytes of the title that stay, however long the ids are."""


class Sold(Protocol):
    """An order, or the start of one."""

    @property
    def buyer_id(self) -> str: ...
    @property
    def seller_id(self) -> str: ...
    @property
    def currency(self) -> str: ...
    @property
    def lines(self) -> Sequence[Line]: ...
    @property
    def shipping_fee(self) -> int: ...
    @property
    def total(self) -> int: ...


def order_in_words(sold: Sold) -> str:
    """`Desk lamp, 22.99 USD, buyer b-7, seller s-3`: ids, and no names (nobody is known by them)."""
    more = f" and {len(sold.lines) - 1} more" if sold.lines[1:] else ""
    rest = f"{more}, {money(sold.total, sold.currency)}, buyer {sold.buyer_id}, seller {sold.seller_id}"
    return _cut(sold.lines[0].title, max(LEAST_TITLE, MAX_SUMMARY - len(rest.encode()))) + rest


def goods_in_words(sold: Sold) -> Iterator[str]:
    """`2 × Desk lamp (LAMP-1), 19.99 USD each`."""
    for line in sold.lines[:MAX_SHOWN]:
        each = " each" if line.quantity > 1 else ""
        yield f"{line.quantity} × {line.title} ({line.sku}), {money(line.unit_price, sold.currency)}{each}"
    if more := len(sold.lines[MAX_SHOWN:]):
        yield f"and {more} more"


def _cut(text: str, size: int) -> str:
    """At most so many bytes of it."""
    if len(text.encode()) <= size:
        return text
    return text.encode()[: size - len("…".encode())].decode(errors="ignore").rstrip() + "…"
