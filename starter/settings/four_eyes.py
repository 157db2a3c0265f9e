"""Above which amount a command that moves money needs a second person: read from one setting."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self

from workflows.messages.currency import CODES
from workflows.messages.fields import MAX_AMOUNT

EXAMPLE: Final = "such as USD=50000,EUR=50000,JPY=5000000, or one amount for all: 50000"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one person may move alone, in minor units by currency."""

    named: Mapping[str, int] = field(default_factory=dict)
    others: int = 0
    """Of any currency that is not named."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """`USD=50000,EUR=50000`, or with a bare amount for the currencies that are not named. Raises `ValueError`."""
        named: dict[str, int] = {}
        others: list[int] = []
        for word in text.split(","):
            currency, given, amount = word.strip().rpartition("=")
            if not (amount.isascii() and amount.isdecimal() and len(amount) <= len(str(MAX_AMOUNT))):
                raise ValueError(f"must be amounts in minor units with commas, {EXAMPLE}; not {word.strip()[:64]!r}")
            if int(amount) > MAX_AMOUNT:
                raise ValueError(f"must be at most {MAX_AMOUNT}, more than which nothing moves")
            if given and currency not in CODES:
                raise ValueError(f"must name currencies by their ISO 4217 codes, {EXAMPLE}; not {currency[:64]!r}")
            if currency in named or (not given and others):
                raise ValueError(f"must say each amount once, {EXAMPLE}")
            if given:
                named[currency] = int(amount)
            else:
                others.append(int(amount))
        return cls(named, *others)

    def are_exceeded(self, at_stake: Mapping[str, int]) -> bool:
        """Whether a second person is needed for what is at stake."""
        return any(amount > self.named.get(currency, self.others) for currency, amount in at_stake.items())


def four_eyes_above(text: str) -> str:
    Limits.parse(text)
    return text
