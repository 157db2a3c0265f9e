"""The refusals of the process, each a function named after what went wrong. The first that fits is given (R4)."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Final

from workflows.messages.base import Command, Message
from workflows.messages.cancellation import CancelOrder, DecideCancellation, RequestCancellation
from workflows.messages.commands import MESSAGES
from workflows.messages.refusal import Code, Refused
from workflows.messages.sentences import Label, Money, Sentence, in_a_row, say, several
from workflows.messages.values import Role, Stage
from workflows.process.state.changes import DeadlinePassed
from workflows.process.state.deadline import Passed, with_rule
from workflows.process.state.order import Order

CANCELLING: Final = (RequestCancellation, CancelOrder, DecideCancellation)
"""What asks for, orders or decides a cancellation; once the parcel is out the answer is `already_shipped` (R11)."""


def instant_text(at: datetime) -> str:
    """An instant for a person: `2026-11-23 14:05:09 UTC`."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def action(name: str) -> Label:
    """The words on the button of a command, or what people call a fact."""
    kind = MESSAGES.get(name)
    return kind.called() if kind else Label(name.replace("_", " "), "Fact")


def roles(those: Iterable[Role]) -> Sentence:
    """Whom something is for: `the seller and the platform`."""
    return say("{roles}", roles=several([say("the {role}", role=role) for role in those]))


def invalid_field(field: str, what_would_be_right: Sentence) -> Refused:
    """`what_would_be_right` goes on after the field's name: `must be …`."""
    told = say("{field} {complaint}.", field=field, complaint=what_would_be_right)
    return Refused(Code.INVALID, told, fields=(field,))


def no_multiple(field: str, amount: Money, step: Money) -> Refused:
    right = say(
        "must be a multiple of {step}, the smallest amount of this order, and {amount} is none",
        step=step,
        amount=amount,
    )
    return invalid_field(field, right)


def less_than_smallest(name: str, record_id: str, step: Money) -> Refused:
    return Refused(
        Code.NOT_ALLOWED_NOW,
        say(
            '"{action}" cannot send what {record} still owes: it is less than {step}, the smallest amount of this '
            "order. Settle it by hand.",
            action=action(name),
            record=record_id,
            step=step,
        ),
    )


def request_id_reused(request_id: str) -> Refused:
    return Refused(
        Code.REQUEST_ID_REUSED,
        say(
            'The request id "{request_id}" was used before with other content. Use a new one for a new command.',
            request_id=request_id,
        ),
        fields=("request_id",),
    )


def not_your_order(order: Order, role: Role) -> Refused:
    return Refused(
        Code.NOT_YOUR_ORDER, say("Order {order_id} is not of this {role}.", order_id=order.order_id, role=role)
    )


def wrong_role(name: str, role: Role, who_may: Sentence) -> Refused:
    """`who_may` names them: `the seller and the platform`."""
    return Refused(
        Code.WRONG_ROLE,
        say('"{action}" is for {who_may}, not for the {role}.', action=action(name), who_may=who_may, role=role),
    )


def deadline_passed(order: Order, name: str, passed: Passed) -> Refused:
    late = say(
        '"{action}" comes too late: {deadline} ended on {at}.',
        action=action(name),
        deadline=passed.kind,
        at=order.when(passed.at),
    )
    return Refused(Code.DEADLINE_PASSED, with_rule(late, passed))


def already_shipped(order: Order, told: Role) -> Refused:
    """The buyer is told what is left; nobody else is at that door."""
    why = say(
        "Order {order_id} is {stage}; an order that was shipped cannot be cancelled any more.",
        order_id=order.order_id,
        stage=order.stage,
    )
    if order.stage is not Stage.SHIPPED or told is not Role.BUYER:
        return Refused(Code.ALREADY_SHIPPED, why)
    door = say("You can still refuse the parcel at the door.")
    return Refused(Code.ALREADY_SHIPPED, in_a_row(why, door))


def order_closed(order: Order) -> Refused:
    closed = say("Order {order_id} has ended: {ending}.", order_id=order.order_id, ending=_ending(order))
    if not order.passed:
        return Refused(Code.ORDER_CLOSED, closed)
    last = order.passed[-1]
    passed = say("On {at} this ended: {deadline}.", deadline=last.kind, at=order.when(last.at))
    return Refused(Code.ORDER_CLOSED, in_a_row(closed, with_rule(passed, last)))


def _ending(order: Order) -> Sentence:
    if order.reason is None:
        return say("{stage}", stage=order.stage)
    return say("{stage}, {reason}", stage=order.stage, reason=order.reason)


def limit_reached(what: Sentence) -> Refused:
    return Refused(Code.LIMIT_REACHED, what)


def already_open(what: Sentence) -> Refused:
    return Refused(Code.ALREADY_OPEN, what)


def nothing_open(what: Sentence) -> Refused:
    return Refused(Code.NOTHING_OPEN, what)


def not_now(order: Order, event: Message | DeadlinePassed) -> Refused:
    """Why a stage has no use for this command: it was shipped, nothing is open, or it is not its time."""
    # A deadline that a stage does not name must never act as if it were one that it does: there money moves.
    assert isinstance(event, Message), f"{order.order_id}: {event} is not for {order.stage}"
    # Once it is shipped no request is open either: told that first, nobody hears that it is too late to cancel (R11).
    if isinstance(event, CANCELLING) and order.parcel:
        return already_shipped(order, event.by.role)
    if isinstance(event, Command) and event.nothing_open:
        return nothing_open(event.nothing_open)
    return Refused(
        Code.NOT_ALLOWED_NOW,
        say('"{action}" is not possible while the order is {stage}.', action=action(event.name), stage=order.stage),
    )


def money_not_in_trouble(name: str, record_id: str, state: StrEnum) -> Refused:
    return Refused(
        Code.NOT_ALLOWED_NOW,
        say(
            '"{action}" is for what has failed or came back, and {record} counts as {state}.',
            action=action(name),
            record=record_id,
            state=state,
        ),
    )


def money_held_up(name: str, record_id: str, why: Sentence) -> Refused:
    return Refused(
        Code.NOT_ALLOWED_NOW,
        say(
            '"{action}" is not possible for {record} yet: {why}.',
            action=action(name),
            record=record_id,
            why=why,
        ),
    )


def money_in_question(name: str, key: str) -> Refused:
    return Refused(
        Code.NOT_ALLOWED_NOW,
        say(
            '"{action}" has to wait: the payment provider is asked which of two words about {key} is true.',
            action=action(name),
            key=key,
        ),
    )


def never_sent_again(name: str, record_id: str, why: Sentence) -> Refused:
    return Refused(
        Code.NOT_ALLOWED_NOW,
        say(
            '"{action}" is not possible for {record}, which was not sent: {why}. It can be settled by hand.',
            action=action(name),
            record=record_id,
            why=why,
        ),
    )


def more_than_taken(payment_id: str, taken: Money) -> Refused:
    return Refused(
        Code.AMOUNT_TOO_HIGH,
        say(
            "The amount is above the {taken} that this order has taken of payment {payment_id}.",
            taken=taken,
            payment_id=payment_id,
        ),
        fields=("amount",),
    )


def reason_not_allowed(reason: StrEnum, allowed: Iterable[StrEnum]) -> Refused:
    told = in_a_row(
        say('"{reason}" is not among the reasons that you can give.', reason=reason),
        say("These are: {allowed}.", allowed=several(allowed)),
    )
    return Refused(Code.REASON_NOT_ALLOWED, told, fields=("reason",))
