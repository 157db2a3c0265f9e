"""What a dispute may end in: what is possible where the parcel is, what fits, and how it is said (R31)."""

from typing import Final, assert_never

from workflows.messages.refusal import Code, Refused
from workflows.messages.sentences import Sentence, say
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
        why = why_not_possible(order, resolution)
        told = say('"{resolution}" is not possible here: {why}.', resolution=resolution, why=why)
        raise Refused(Code.REASON_NOT_ALLOWED, told, fields=(field,))


def check_amount_fits(order: Order, resolution: Resolution, amount: int | None) -> None:
    """Refuses an amount that the provider could not move, and a part that is not less than what is held (R20)."""
    if amount is not None and amount % (step := order.terms.smallest_amount):
        raise refusals.no_multiple("amount", order.money(amount), order.money(step))
    held = order.ledger.held
    if resolution is Resolution.PARTIAL_REFUND and amount is not None and amount >= held:
        why = say(
            "A partial refund must be less than what is held, {held}; all of it is a full refund.",
            held=order.money(held),
        )
        raise Refused(Code.AMOUNT_TOO_HIGH, why, fields=("amount",))


def phrase(order: Order, resolution: Resolution, amount: int | None) -> Sentence:
    """A resolution for a person: `a partial refund of 5.00 USD`."""
    match resolution:
        case Resolution.FULL_REFUND:
            return say("a full refund")
        case Resolution.PARTIAL_REFUND:
            return say("a partial refund of {amount}", amount=order.money(amount or 0))
        case Resolution.RETURN_AND_REFUND:
            return say("return and refund")
        case Resolution.EXCHANGE:
            return say("an exchange")
        case Resolution.NO_REFUND:
            return say("no refund")
        case Resolution.VOUCHER:
            return say("a voucher of {amount}", amount=order.money(amount or 0))
        case _:
            assert_never(resolution)


def why_not_possible(order: Order, resolution: Resolution) -> Sentence:
    """What would have to be otherwise, as a clause."""
    dispute = order.dispute if order.stage is Stage.DISPUTED else None
    if dispute and dispute.decision and resolution not in MONEY_ONLY:
        return say("an appeal ends in a full, a partial or no refund")
    if dispute and dispute.opened_by is Role.SYSTEM and resolution not in MONEY_ONLY:
        return say("after a failed return only money can still move")
    if resolution is Resolution.EXCHANGE and remedies.has_been_exchanged(order):
        return say("there was an exchange already")
    if resolution is Resolution.RETURN_AND_REFUND:
        return say("it needs a parcel that was delivered")
    return say("it needs a parcel that is not on its way back")
