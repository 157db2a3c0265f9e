"""What each role can do now, and why not: found by asking step() itself with one honest try of every action (R4)."""

from datetime import datetime
from typing import Final

from workflows.messages.answers import AllowedAction, OrderView, RefusedAction
from workflows.messages.base import Command
from workflows.messages.commands import MESSAGES
from workflows.messages.refusal import Code, Instead, Refused
from workflows.messages.values import Role, Stage
from workflows.process.clock import deadlines
from workflows.process.refusals import instant
from workflows.process.samples import tries
from workflows.process.state.order import Order
from workflows.process.step import settle, step
from workflows.process.telling import view

_LABELS: Final = {
    "request_cancellation": "Request Order Cancellation",
    "withdraw_cancellation": "Withdraw Cancellation Request",
    "decide_cancellation": "Answer Cancellation Request",
    "cancel_order": "Cancel Order",
    "ship": "Ship Order",
    "extend_delivery": "Extend Delivery",
    "correct_tracking": "Correct Tracking",
    "request_interception": "Ask to Intercept the Parcel",
    "answer_interception": "Answer Interception Request",
    "receive_return": "Receive Return",
    "confirm_receipt": "Confirm Receipt",
    "make_offer": "Make an Offer",
    "accept_offer": "Accept Offer",
    "decline_offer": "Decline Offer",
    "open_dispute": "Open Dispute",
    "add_evidence": "Add Evidence",
    "respond_to_dispute": "Answer Dispute",
    "request_information": "Ask for Information",
    "provide_information": "Answer the Platform",
    "decide_dispute": "Decide Dispute",
    "withdraw_dispute": "Withdraw Dispute",
    "appeal": "Appeal",
    "ship_return": "Send Goods Back",
    "send_message": "Send Message",
    "move_deadline": "Move Deadline",
    "retry_refund": "Retry Refund",
    "settle_refund_manually": "Settle Refund Manually",
    "retry_release": "Retry Release",
    "retry_capture": "Retry Capture",
    "settle_capture_manually": "Settle Capture Manually",
    "acknowledge": "Acknowledge",
    "add_note": "Add Note",
}
OF_THE_GUIDE: Final = {
    Role.BUYER: (
        "request_cancellation",
        "withdraw_cancellation",
        "request_interception",
        "confirm_receipt",
        "open_dispute",
        "send_message",
    ),
    Role.SELLER: (
        "decide_cancellation",
        "ship",
        "cancel_order",
        "extend_delivery",
        "respond_to_dispute",
        "send_message",
    ),
}
"""The actions that buyer and seller know from the guide: where one is not possible now, the view says why."""
MAX_INSTEAD_TOLD: Final = 4
"""How many alternatives the sentence of a refusal names; its details name all."""


def allowed(order: Order, role: Role, now: datetime) -> tuple[AllowedAction, ...]:
    """What `role` can do now, the words on its button, and until when."""
    order, _ = settle(order, now)
    return tuple(
        AllowedAction(action=name, label=_label(order, name), until=deadlines.until(order, name))
        for name, kind in MESSAGES.items()
        if issubclass(kind, Command) and role in kind.roles and _refusal(order, role, name, now) is None
    )


def why_not(order: Order, role: Role, now: datetime) -> tuple[RefusedAction, ...]:
    """Of the guide's actions those that `role` cannot take now, and why."""
    order, _ = settle(order, now)
    found = []
    for name in OF_THE_GUIDE.get(role, ()):
        if refused := _refusal(order, role, name, now):
            told = explained(refused, order, role, name, now).refusal
            found.append(RefusedAction(action=name, code=told.code, message=told.message, instead=told.instead))
    return tuple(found)


def explained(refused: Refused, order: Order, role: Role, name: str, now: datetime) -> Refused:
    """The refusal with what the role can do instead, and until when: in its details, and in its sentence.

    What the refusal itself names comes first: facts as they stand, commands if they are possible.
    """
    if refused.code in (Code.INVALID, Code.REQUEST_ID_REUSED, Code.NOT_YOUR_ORDER, Code.WRONG_ROLE):
        return refused
    named = {one.action for one in refused.refusal.instead}
    facts = tuple(one for one in refused.refusal.instead if not issubclass(MESSAGES[one.action], Command))
    possible = [
        Instead(action=option.action, until=option.until)
        for option in allowed(order, role, now)
        if option.action != name
    ]
    instead = (*facts, *sorted(possible, key=lambda one: one.action not in named))
    if not instead:
        return refused
    told = [
        option.action + (f" (until {instant(option.until)})" if option.until else "")
        for option in instead[:MAX_INSTEAD_TOLD]
    ]
    return Refused(refused.code, f"{refused} Possible instead: {', '.join(told)}.", instead, refused.refusal.fields)


def order_view(order: Order, now: datetime) -> OrderView:
    """The whole view: the state, and for each role what it can do and what not."""
    roles = (Role.BUYER, Role.SELLER, Role.PLATFORM)
    return OrderView(
        **view.plain(order),
        allowed={role: allowed(order, role, now) for role in roles},
        refused={role: why_not(order, role, now) for role in roles if role in OF_THE_GUIDE},
    )


def _label(order: Order, name: str) -> str:
    if name == "request_cancellation" and order.stage is Stage.PENDING_PAYMENT:
        return "Cancel Order"
    return _LABELS[name]


def _refusal(order: Order, role: Role, name: str, now: datetime) -> Refused | None:
    """Why every honest try of the action is refused; None when one would be accepted."""
    last = None
    for attempt in tries(order, role, name, now):
        try:
            step(order, attempt, now)
        except Refused as refused:
            last = refused
        else:
            return None
    return last or Refused(Code.NOTHING_OPEN, f"{name}: there is nothing to do it to.")
