"""Misbehaviour at random: what goes wrong with which call and which webhook is drawn from a seed.

Drawn by what it is about and how often that came before, not by the order of arrival: so a seed repeats its run.
"""

import random
from typing import Final

OF_A_CALL: Final = (
    "decline",
    "fail_late",
    "reverse_late",
    "time_out_before",
    "time_out_after",
    "error_before",
    "error_after",
    "nonsense_after",
    "too_many",
    "settle_at_once",
)
OF_A_WEBHOOK: Final = ("twice", "late", "out_of_order", "never")


class Faults:
    """Strikes in `rate` of all cases, 0 to 1; each kind of fault as often as the others."""

    def __init__(self, rate: float = 0.0, seed: int = 0) -> None:
        self._rate = rate
        self._seed = seed

    def of_call(self, key: str, before: int) -> str | None:
        """What goes wrong with this call, the first of its key or one after so many."""
        return self._drawn(f"call {key} {before}", OF_A_CALL)

    def of_webhook(self, about: str) -> str | None:
        """What goes wrong with telling this."""
        return self._drawn(f"webhook {about}", OF_A_WEBHOOK)

    def _drawn(self, about: str, kinds: tuple[str, ...]) -> str | None:
        chance = random.Random(f"{self._seed} {about}")  # noqa: S311 - to be repeated, not to be secret
        return chance.choice(kinds) if chance.random() < self._rate else None
