"""Amounts as Stripe writes them. Mostly its minor units are ISO 4217's, as ours are; here are those that are not."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

TIMES_HUNDRED: Final = frozenset({"ISK", "UGX"})
"""No decimals in ISO 4217, two at Stripe for the sake of old callers: 5 ISK are 500 there."""
WITHOUT_DECIMALS: Final = frozenset({"MGA"})
"""Two decimals in ISO 4217, none at Stripe: 5.00 MGA are 5 there."""
LAST_DIGIT_ZERO: Final = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
"""Three decimals at both, of which Stripe moves only two: the last digit must be 0."""
_MULTIPLE: Final[Mapping[str, int]] = MappingProxyType(
    dict.fromkeys(TIMES_HUNDRED | WITHOUT_DECIMALS, 100) | dict.fromkeys(LAST_DIGIT_ZERO, 10)
)
"""Of which multiple an amount must be on the side that has the more decimals."""

STEPS: Final[Mapping[str, int]] = MappingProxyType({c: _MULTIPLE[c] for c in LAST_DIGIT_ZERO | WITHOUT_DECIMALS})
"""Currencies of which Stripe moves only multiples of so many of our minor units."""


def to_stripe(amount: int, currency: str) -> int:
    """Our minor units as Stripe's. Raises `ValueError` with a sentence for an amount that it cannot move."""
    if currency in TIMES_HUNDRED:
        return amount * 100
    if multiple := _MULTIPLE.get(currency):
        if amount % multiple:
            raise ValueError(f"Stripe moves {currency} only in multiples of {multiple} minor units, not {amount}")
        return amount // 100 if currency in WITHOUT_DECIMALS else amount
    return amount


def from_stripe(amount: int, currency: str) -> int:
    """Stripe's amount in our minor units. Raises `ValueError` for one that ours cannot say."""
    if currency in WITHOUT_DECIMALS:
        return amount * 100
    if currency in TIMES_HUNDRED:
        if amount % 100:
            raise ValueError(f"{amount} is no whole amount of {currency}, which has no minor unit")
        return amount // 100
    return amount
