"""What each role can do now, and why not: found by asking step() itself with one honest try of every action (R4)."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from workflows.messages.answers import AllowedAction, OrderView, RefusedAction
from workflows.messages.base import Command, Message
from workflows.messages.cancellation import CancelOrder, DecideCancellation, RequestCancellation, WithdrawCancellation
from workflows.messages.commands import MESSAGES, SendMessage
from workflows.messages.disputes import OpenDispute, RespondToDispute
from workflows.messages.parcels import ConfirmReceipt, ExtendDelivery, RequestInterception, Ship
from workflows.messages.refusal import Code, Instead, Refused
from workflows.messages.sentences import Label, Sentence, Several, in_a_row, say, several
from workflows.messages.values import Role, Stage
from workflows.process.clock import deadlines
from workflows.process.refusals import action
from workflows.process.samples import honest_tries
from workflows.process.state.order import Order
from workflows.process.step import settle_deadlines, step
from workflows.process.story.cancellation import is_processing_time_over
from workflows.process.telling import view

OF_THE_GUIDE: Final[Mapping[Role, tuple[type[Command], ...]]] = {
    Role.BUYER: (
        RequestCancellation,
        WithdrawCancellation,
        RequestInterception,
        ConfirmReceipt,
        OpenDispute,
        SendMessage,
    ),
    Role.SELLER: (DecideCancellation, Ship, CancelOrder, ExtendDelivery, RespondToDispute, SendMessage),
}
"""The actions that buyer and seller know from the guide: where one is not possible now, the view says why."""
MAX_INSTEAD_TOLD: Final = 4
"""How many alternatives the sentence of a refusal names; its details name all."""


def allowed_actions(order: Order, role: Role, now: datetime) -> tuple[AllowedAction, ...]:
    """What `role` can do now, the words on its button, and until when."""
    order, _ = settle_deadlines(order, now)
    return tuple(
        AllowedAction(action=kind.name, label=_action_label(order, kind), until=deadlines.possible_until(order, kind))
        for kind in MESSAGES.values()
        if issubclass(kind, Command) and role in kind.roles and _refusal_of_every_try(order, role, kind, now) is None
    )


def refused_actions(order: Order, role: Role, now: datetime) -> tuple[RefusedAction, ...]:
    """Of the guide's actions those that `role` cannot take now, and why."""
    possible = allowed_actions(order, role, now) if role in OF_THE_GUIDE else ()
    return tuple(
        RefusedAction(action=name, **refused.refusal.model_dump(exclude={"fields", "said"}))
        for name, refused in refusals_of_the_guide(order, role, now, possible)
    )


def refusals_of_the_guide(
    order: Order, role: Role, now: datetime, possible: tuple[AllowedAction, ...]
) -> Iterator[tuple[str, Refused]]:
    """The guide's actions that `role` cannot take now, each with its refusal. `possible`: what `role` can do now."""
    order, _ = settle_deadlines(order, now)
    for kind in OF_THE_GUIDE.get(role, ()):
        if refused := _refusal_of_every_try(order, role, kind, now):
            yield kind.name, refusal_with_alternatives(refused, order, role, kind.name, now, possible)


def refusal_with_alternatives(
    refused: Refused,
    order: Order,
    role: Role,
    name: str,
    now: datetime,
    allowed: tuple[AllowedAction, ...] | None = None,
) -> Refused:
    """The refusal with what the role can do instead, and until when: in its details, and in its sentence. `allowed`:
    that, where it is known already.

    What the refusal itself names comes first: facts as they stand, commands if they are possible. Where only the
    content was wrong, the very action that was refused does: it is what helps.
    """
    if refused.code in (Code.INVALID, Code.REQUEST_ID_REUSED, Code.NOT_YOUR_ORDER, Code.WRONG_ROLE):
        return refused
    named = {name, *(one.action for one in refused.refusal.instead)}
    facts = tuple(one for one in refused.refusal.instead if not issubclass(MESSAGES[one.action], Command))
    options = allowed_actions(order, role, now) if allowed is None else allowed
    possible = [Instead(action=option.action, until=option.until) for option in options]
    instead = (*facts, *sorted(possible, key=lambda one: (one.action != name, one.action not in named)))
    begins = None if name in (one.action for one in possible) else possible_from(order, role, name)
    sentences = [refused.sentence]
    if begins:
        later = say("It is possible from {at}, if nothing else happens until then.", at=order.when(begins))
        sentences.append(later)
    if refused.code is Code.ALREADY_SHIPPED and OpenDispute.name not in (one.action for one in possible):
        sentences.extend(_later_dispute(order, role))
    if instead:
        sentences.append(say("Possible instead: {actions}.", actions=_named(order, instead)))
    return Refused(refused.code, in_a_row(*sentences), instead, refused.refusal.fields, begins)


def possible_from(order: Order, role: Role, name: str) -> datetime | None:
    """The first instant at which a passed deadline makes the action possible, if nothing else happens until then."""
    kind = MESSAGES[name]
    if not issubclass(kind, Command) or role not in kind.roles:
        return None
    while order.deadlines:  # the clock alone ends every order, says the exploration
        at = order.deadlines[0].at
        order, _ = settle_deadlines(order, at)
        if _refusal_of_every_try(order, role, kind, at) is None:
            return at
    return None


def _later_dispute(order: Order, role: Role) -> Iterator[Sentence]:
    """That who cannot cancel any more may dispute later, and from when: asked of the process, so that it is true."""
    begins = possible_from(order, role, OpenDispute.name)
    if begins is None or role is not Role.BUYER:
        return
    at = order.when(begins)
    # What was agreed to go back when it is delivered goes back then, and nothing is disputed.
    if order.stage is Stage.SHIPPED and not order.return_agreed:
        yield say("You can open a dispute once it is delivered, or from {at} if it has not arrived.", at=at)
    elif order.stage is Stage.RETURNING_TO_SELLER:
        yield say("You can open a dispute once it is back at the seller, or from {at} if it is not.", at=at)


def _named(order: Order, instead: tuple[Instead, ...]) -> Several:
    return several((_until(order, one) for one in instead[:MAX_INSTEAD_TOLD]), "or")


def _until(order: Order, one: Instead) -> Sentence:
    named = _what_happens(order, MESSAGES[one.action])
    if one.until is None:
        return say('"{action}"', action=named)
    return say('"{action}" until {at}', action=named, at=order.when(one.until))


def _what_happens(order: Order, kind: type[Message]) -> Label:
    """The words on the button where it is a command, as it is now."""
    name = action(kind.name)
    return Label(_action_label(order, kind), name.of) if issubclass(kind, Command) else name


def order_view(order: Order, now: datetime) -> OrderView:
    """The whole view: the state, and for each role what it can do and what not."""
    roles = (Role.BUYER, Role.SELLER, Role.PLATFORM)
    return OrderView(
        **view.plain_view(order),
        allowed={role: allowed_actions(order, role, now) for role in roles},
        refused={role: refused_actions(order, role, now) for role in roles if role in OF_THE_GUIDE},
    )


def _action_label(order: Order, kind: type[Command]) -> str:
    # By the stage alone, a buyer whose seller is late would be told to ask for what happens at once (R10).
    at_once = order.stage is Stage.PENDING_PAYMENT or is_processing_time_over(order)
    return CancelOrder.label if kind is RequestCancellation and at_once else kind.label


def _refusal_of_every_try(order: Order, role: Role, kind: type[Command], now: datetime) -> Refused | None:
    """Why every honest try of the action is refused; None when one would be accepted."""
    last = None
    for attempt in honest_tries(order, role, kind, now):
        try:
            step(order, attempt, now)
        except Refused as refused:
            last = refused
        else:
            return None
    return last or Refused(
        Code.NOTHING_OPEN, say('There is nothing to which "{action}" applies.', action=action(kind.name))
    )
