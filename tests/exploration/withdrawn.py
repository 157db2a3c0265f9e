"""Money that leaves a payment without our asking, as messages: a bank's words, refunds made elsewhere, other claims."""

from collections.abc import Iterator
from typing import Any, Final, Literal

from tests.exploration.later import PART, Tried
from tests.process.orders import PLATFORM, PROVIDER, TOTAL, claimed_too, given_elsewhere, settle_conflict
from workflows.messages.chargebacks import ChargebackClosed, ChargebackOpened, ChargebackOutcome
from workflows.messages.inquiries import Inquiry, WithdrawalState
from workflows.messages.values import MoneyState, Party
from workflows.process.money.withdrawals import unanswered_inquiries
from workflows.process.state.changes import InquiryAnswered
from workflows.process.state.order import Order
from workflows.process.state.payments import Chargeback
from workflows.process.step import Event

REFERENCES: Final = {"chargeback": "c-1", "refund": "re_1"}


def charged(by: Party = PROVIDER) -> ChargebackOpened:
    """The buyer's bank disputes the payment."""
    return ChargebackOpened(by=by, payment_id="p-1", chargeback_id="c-1", amount=TOTAL, note=_how_known(by))


def charged_back(outcome: ChargebackOutcome, amount: int = TOTAL, by: Party = PROVIDER) -> ChargebackClosed:
    """The buyer's bank has decided."""
    named: dict[str, Any] = {"payment_id": "p-1", "chargeback_id": "c-1"}
    return ChargebackClosed(by=by, amount=amount, outcome=outcome, note=_how_known(by), **named)


def _how_known(by: Party) -> str | None:
    return "note" if by == PLATFORM else None


def inquired(about: Literal["chargeback", "refund"], state: WithdrawalState | None) -> InquiryAnswered:
    """What the provider says that was asked, or that it cannot be asked."""
    named: dict[str, Any] = {"order_id": "A-1001", "payment_id": "p-1", "reference": REFERENCES[about], "number": 1}
    return InquiryAnswered(Inquiry(about=about, **named), state)


def answers_of_the_provider(order: Order) -> Iterator[Tried]:
    """Whatever the provider may say that was asked which of two words counts."""
    for asked in unanswered_inquiries(order):
        about = asked.call.about
        yield from ((f'inquired("{about}", {state!r})', inquired(about, state)) for state in STANDS_AS[about])


def words_of_the_bank(order: Order) -> Iterator[Tried]:
    """What a bank says that does not change its mind, in its order; once it has decided, only the same again."""
    known = order.chargebacks[0] if order.chargebacks else None
    yield from ((told, event) for told, event in CHARGEBACKS if _comes_in_order(known, event))


def _comes_in_order(known: Chargeback | None, event: Event) -> bool:
    if not isinstance(event, ChargebackClosed):
        return known is None or known.outcome == "open"
    if known is None:
        return False
    return known.outcome == "open" or (event.outcome.value, event.amount) == (known.outcome, known.amount)


STANDS_AS: Final[dict[str, tuple[WithdrawalState | None, ...]]] = {
    "chargeback": ("open", "won", "lost", None),
    "refund": ("pending", "succeeded", "failed", "reversed", None),
}
CHARGEBACKS: Final[tuple[Tried, ...]] = (
    ("charged()", charged()),
    ("charged(PLATFORM)", charged(PLATFORM)),
    ("charged_back(ChargebackOutcome.WON)", charged_back(ChargebackOutcome.WON)),
    ("charged_back(ChargebackOutcome.LOST, PART)", charged_back(ChargebackOutcome.LOST, PART)),
    ("charged_back(ChargebackOutcome.LOST)", charged_back(ChargebackOutcome.LOST)),
    ("charged_back(ChargebackOutcome.WON, TOTAL, PLATFORM)", charged_back(ChargebackOutcome.WON, TOTAL, PLATFORM)),
)
CHANGING: Final[tuple[Tried, ...]] = (
    ("charged()", charged()),
    ("charged_back(ChargebackOutcome.WON)", charged_back(ChargebackOutcome.WON)),
    ("charged_back(ChargebackOutcome.LOST, PART)", charged_back(ChargebackOutcome.LOST, PART)),
    ("charged_back(ChargebackOutcome.LOST)", charged_back(ChargebackOutcome.LOST)),
)
"""What a bank may say, one after the other, in any order and as often as it likes."""
LOSSES: Final[tuple[Tried, ...]] = (
    ("charged()", charged()),
    ("charged_back(ChargebackOutcome.LOST, TOTAL + PART)", charged_back(ChargebackOutcome.LOST, TOTAL + PART)),
)
"""A chargeback that takes more than there is."""
GIVEN_ELSEWHERE: Final[tuple[Tried, ...]] = tuple(
    (f"given_elsewhere({amount}, MoneyState.{state.name})", given_elsewhere(amount, state))
    for amount in (PART, TOTAL)
    for state in (MoneyState.PENDING, MoneyState.SUCCEEDED, MoneyState.FAILED)
)
"""A refund that nobody asked us for, over part or all, in every order of its news."""
SHARES: Final[tuple[Tried, ...]] = (
    ("claimed_too()", claimed_too()),
    ("settle_conflict(0)", settle_conflict(0)),
    ("settle_conflict(PART)", settle_conflict(PART)),
    ("settle_conflict(TOTAL)", settle_conflict(TOTAL)),
)
"""Another order claims the payment, and the platform says whose it is."""
