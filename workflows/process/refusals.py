"""The refusals of the process, each a function named after what went wrong. The first that fits is given (R4)."""

from datetime import datetime
from typing import Final

from workflows.messages.base import Command, Message
from workflows.messages.cancellation import CancelOrder, DecideCancellation, RequestCancellation
from workflows.messages.refusal import Code, Refused
from workflows.messages.values import Role, Stage
from workflows.process.state.changes import DeadlinePassed
from workflows.process.state.deadline import Passed
from workflows.process.state.order import Order

CANCELLING: Final = (RequestCancellation, CancelOrder, DecideCancellation)
"""What asks for, orders or decides a cancellation; once the parcel is out the answer is `already_shipped` (R11)."""


def instant_text(at: datetime) -> str:
    """An instant for a person: `2026-11-23 14:05:09 UTC`."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def invalid_field(field: str, what_would_be_right: str) -> Refused:
    return Refused(Code.INVALID, f"{field} {what_would_be_right}.", fields=(field,))


def no_multiple(field: str, amount: int, step: int) -> Refused:
    return invalid_field(field, f"must be a multiple of {step}, this order's smallest amount, and {amount} is none")


def less_than_smallest(name: str, record_id: str, step: int) -> Refused:
    told = f"{name} cannot send what {record_id} still owes: it is less than {step}, the smallest amount of this order"
    return Refused(Code.NOT_ALLOWED_NOW, f"{told}. Settle it by hand.")


def request_id_reused(request_id: str) -> Refused:
    return Refused(
        Code.REQUEST_ID_REUSED,
        f"The request id {request_id!r} was used before with other content. Use a new one for a new command.",
        fields=("request_id",),
    )


def not_your_order(order: Order, role: Role) -> Refused:
    return Refused(Code.NOT_YOUR_ORDER, f"Order {order.order_id} is not this {role}'s.")


def wrong_role(name: str, role: Role, who_may: str) -> Refused:
    return Refused(Code.WRONG_ROLE, f"{name} is for the {who_may}, not for the {role}.")


def deadline_passed(name: str, passed: Passed) -> Refused:
    return Refused(Code.DEADLINE_PASSED, f"{name} comes too late: {passed.kind} passed at {instant_text(passed.at)}.")


def already_shipped(order: Order) -> Refused:
    why = f"Order {order.order_id} is {order.stage}; an order that was shipped cannot be cancelled any more."
    at_the_door = " The buyer can still refuse the parcel at the door." if order.stage is Stage.SHIPPED else ""
    return Refused(Code.ALREADY_SHIPPED, why + at_the_door)


def order_closed(order: Order) -> Refused:
    passed = f" ({order.passed[-1].kind} passed at {instant_text(order.passed[-1].at)})" if order.passed else ""
    return Refused(Code.ORDER_CLOSED, f"Order {order.order_id} has ended as {order.stage}, {order.reason}{passed}.")


def limit_reached(what: str) -> Refused:
    return Refused(Code.LIMIT_REACHED, f"{what}.")


def already_open(what: str) -> Refused:
    return Refused(Code.ALREADY_OPEN, f"{what}.")


def nothing_open(what: str) -> Refused:
    return Refused(Code.NOTHING_OPEN, f"{what}.")


def not_now(order: Order, event: Message | DeadlinePassed) -> Refused:
    """Why a stage has no use for this command: it was shipped, nothing is open, or it is not its time."""
    # A deadline that a stage does not name must never act as if it were one that it does: there money moves.
    assert isinstance(event, Message), f"{order.order_id}: {event} is not for {order.stage}"
    # Once it is shipped no request is open either: told that first, nobody hears that it is too late to cancel (R11).
    if isinstance(event, CANCELLING) and order.parcel:
        return already_shipped(order)
    if isinstance(event, Command) and event.nothing_open:
        return nothing_open(event.nothing_open)
    return Refused(Code.NOT_ALLOWED_NOW, f"{event.name} is not possible while the order is {_SAID[order.stage]}.")


def money_not_in_trouble(name: str, record_id: str, state: str) -> Refused:
    return Refused(Code.NOT_ALLOWED_NOW, f"{name} needs a failed or reversed one, and {record_id} is {state}.")


def money_held_up(name: str, record_id: str, hold: str) -> Refused:
    return Refused(Code.NOT_ALLOWED_NOW, f"{name} has to wait: a {hold} is open on the payment of {record_id}.")


def money_in_question(name: str, key: str) -> Refused:
    why = f"{name} has to wait: the payment provider is asked which of two words about {key} is true."
    return Refused(Code.NOT_ALLOWED_NOW, why)


def never_sent_again(name: str, record_id: str, why: str) -> Refused:
    told = f"{name} is not possible for {record_id}, which was not sent: {why}. It can be settled by hand."
    return Refused(Code.NOT_ALLOWED_NOW, told)


def more_than_taken(payment_id: str, taken: str) -> Refused:
    why = f"The amount is above the {taken} that this order has taken of payment {payment_id}."
    return Refused(Code.AMOUNT_TOO_HIGH, why, fields=("amount",))


def reason_not_allowed(reason: str, allowed: tuple[str, ...]) -> Refused:
    return Refused(
        Code.REASON_NOT_ALLOWED,
        f"The reason {reason} is not one of this role's: {', '.join(allowed)}.",
        fields=("reason",),
    )


_SAID = {
    Stage.PENDING_PAYMENT: "waiting for payment",
    Stage.AWAITING_SHIPMENT: "waiting to be shipped",
    Stage.CANCELLATION_PENDING: "waiting for an answer to the cancellation request",
    Stage.SHIPPED: "on its way",
    Stage.RETURNING_TO_SELLER: "on its way back to the seller",
    Stage.RETURNED_TO_SELLER: "back at the seller",
    Stage.LOST_IN_RETURN: "lost on its way back",
    Stage.DISPUTED: "in dispute",
    Stage.RETURNING_GOODS: "waiting for the goods to come back",
    Stage.EXCHANGING: "waiting for the replacement",
    Stage.DELIVERED: "delivered",
    Stage.CANCELLED: "cancelled",
    Stage.REFUNDED: "refunded",
    Stage.PARTIALLY_REFUNDED: "partially refunded",
    Stage.COMPLETED: "completed",
}
