"""Of which currencies the provider moves only multiples of something, and what that asks of a new order's terms.

Which provider moves what lives with it (`activities/providers/`), what an order makes of its term in the process.
"""

from collections.abc import Mapping
from typing import Final

from temporalio import workflow

from workflows.messages.refusal import Code, Refused
from workflows.messages.sentences import say
from workflows.messages.start import StartOrder

CURRENCY_STEPS: Final = "countermand_currency_steps"
"""The function outside that knows them; `sandbox.py` provides it to every run."""
REFUSED: Final = "smallest amount refused"
"""The marker that says so in history: a worker with another provider must find the order refused that was refused, and
opened what was opened."""


def refusal_of_terms(start: StartOrder) -> Refused | None:
    """Why this order cannot be opened here; None when it can."""
    steps: Mapping[str, int] = workflow.extern_functions()[CURRENCY_STEPS]()
    step, given = steps.get(start.currency, 1), start.terms.smallest_amount
    # Asked live of terms that are right, it would be marked as refused for good.
    if not (given % step or workflow.unsafe.is_replaying()) or not workflow.patched(REFUSED):
        return None
    field = "terms.smallest_amount"
    told = say(
        "{field} must be a multiple of {step}: the payment provider moves {currency} in such amounts only, and {given} "
        "is none.",
        field=field,
        step=step,
        currency=start.currency,
        given=given,
    )
    return Refused(Code.INVALID, told, fields=(field,))
