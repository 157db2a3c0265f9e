"""What a dispute may end in: what is possible where the parcel is, what fits, and how it is said (R31)."""

from typing import Final

from workflows.messages.currency import money
from workflows.messages.refusal import Code, Refused
from workflows.messages.values import Role, Stage
from workflows.messages.vocabulary import Resolution
from workflows.process import refusals
from workflows.process.arrivals import remedies
from workflows.process.state.order import Order

MONEY_ONLY: Final = (Resolution.FULL_REFUND, Resolution.PARTIAL_REFUND, Resolution.NO_REFUND, Resolution.VOUCHER)
"""How an appeal ends, and a dispute that the system opened: nothing is sent anywhere any more."""


def is_resolution_possible(order: Order, resolution: Resolution) -> bool:
    """Whether the outcome can be carried out where the parcel is (R31)."""
    where = order.parcel.where if order.parcel else None
    dispute = order.dispute if order.stage is Stage.DISPUTED else None
    if dispute and (dispute.decision or dispute.opened_by is Role.SYSTEM) and resolution not in MONEY_ONLY:
        return False
    if resolution is Resolution.EXCHANGE:
        gone = (Stage.RETURNING_TO_SELLER, Stage.RETURNED_TO_SELLER, Stage.LOST_IN_RETURN)
        return where is not None and where not in gone and not remedies.has_been_exchanged(order)
    return resolution is not Resolution.RETURN_AND_REFUND or where is Stage.DELIVERED


def check_resolution_possible(order: Order, resolution: Resolution, field: str) -> None:
    """Refuses a request or an offer of what cannot be carried out."""
    if not is_resolution_possible(order, resolution):
        why = f"{resolution} is not possible here: {why_not_possible(order, resolution)}."
        raise Refused(Code.REASON_NOT_ALLOWED, why, fields=(field,))


def check_amount_fits(order: Order, resolution: Resolution, amount: int | None) -> None:
    """Refuses an amount that the provider could not move, and a part that is not less than what is held (R20)."""
    if amount is not None and amount % (step := order.terms.smallest_amount):
        raise refusals.no_multiple("amount", amount, step)
    held = order.ledger.held
    if resolution is Resolution.PARTIAL_REFUND and amount is not None and amount >= held:
        limit = f"less than what is held, {money(held, order.currency)}"
        why = f"A partial refund must be {limit}; all of it is a full_refund."
        raise Refused(Code.AMOUNT_TOO_HIGH, why, fields=("amount",))


def phrase(order: Order, resolution: Resolution, amount: int | None) -> str:
    """A resolution for a person: `a partial refund of 5.00 USD`."""
    words = {
        Resolution.FULL_REFUND: "a full refund",
        Resolution.PARTIAL_REFUND: "a partial refund",
        Resolution.RETURN_AND_REFUND: "return and refund",
        Resolution.EXCHANGE: "an exchange",
        Resolution.NO_REFUND: "no refund",
        Resolution.VOUCHER: "a voucher",
    }[resolution]
    return f"{words} of {money(amount, order.currency)}" if amount else words


def why_not_possible(order: Order, resolution: Resolution) -> str:
    dispute = order.dispute if order.stage is Stage.DISPUTED else None
    if dispute and dispute.decision and resolution not in MONEY_ONLY:
        return "an appeal ends in a full, a partial or no refund"
    if dispute and dispute.opened_by is Role.SYSTEM and resolution not in MONEY_ONLY:
        return "after a failed return only money can still move"
    if resolution is Resolution.EXCHANGE and remedies.has_been_exchanged(order):
        return "there was an exchange already"
    needed = "that was delivered" if resolution is Resolution.RETURN_AND_REFUND else "that is not on its way back"
    return f"it needs a parcel {needed}"
