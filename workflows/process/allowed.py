"""What each role can do now, and why not: found by asking step() itself with one honest try of every action (R4)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
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
from workflows.process.story.interception import is_intercepted
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


@dataclass(frozen=True)
class Outlook:
    """What a role can do at a moment, and what the clock alone would make of the order: found once for all its
    refusals."""

    allowed: tuple[AllowedAction, ...]
    later: tuple[tuple[datetime, Order], ...]


def allowed_actions(order: Order, role: Role, now: datetime) -> tuple[AllowedAction, ...]:
    """What `role` can do now, the words on its button, and until when."""
    order, _ = settle_deadlines(order, now)
    return _allowed(order, _judged(order, role, now))


def refused_actions(order: Order, role: Role, now: datetime) -> tuple[RefusedAction, ...]:
    """Of the guide's actions those that `role` cannot take now, and why."""
    return _shown(possible_and_not(order, role, now)[1])


def _shown(refused: Iterable[tuple[str, Refused]]) -> tuple[RefusedAction, ...]:
    return tuple(
        RefusedAction(action=name, **why.refusal.model_dump(exclude={"fields", "said"})) for name, why in refused
    )


def possible_and_not(
    order: Order, role: Role, now: datetime
) -> tuple[tuple[AllowedAction, ...], tuple[tuple[str, Refused], ...]]:
    """What `role` can do now, and those of the guide's actions that it cannot, each with its refusal."""
    order, _ = settle_deadlines(order, now)
    judged = _judged(order, role, now)
    allowed = _allowed(order, judged)
    refused = [(kind.name, why) for kind in OF_THE_GUIDE.get(role, ()) if (why := judged[kind])]
    outlook = Outlook(allowed, tuple(by_the_clock_alone(order))) if refused else None
    return allowed, tuple(
        (name, refusal_with_alternatives(why, order, role, name, now, outlook)) for name, why in refused
    )


def _judged(order: Order, role: Role, now: datetime) -> Mapping[type[Command], Refused | None]:
    """Every command of the role, with its refusal where it is not possible now."""
    commands = (kind for kind in MESSAGES.values() if issubclass(kind, Command) and role in kind.roles)
    return {kind: _refusal_of_every_try(order, role, kind, now) for kind in commands}


def _allowed(order: Order, judged: Mapping[type[Command], Refused | None]) -> tuple[AllowedAction, ...]:
    return tuple(
        AllowedAction(action=kind.name, label=_action_label(order, kind), until=deadlines.possible_until(order, kind))
        for kind, refused in judged.items()
        if refused is None
    )


def refusal_with_alternatives(
    refused: Refused,
    order: Order,
    role: Role,
    name: str,
    now: datetime,
    outlook: Outlook | None = None,
) -> Refused:
    """The refusal with what the role can do instead, and until when: in its details, and in its sentence. `outlook`:
    of that role, where it is known already.

    What the refusal itself names comes first: facts as they stand, commands if they are possible. Where only the
    content was wrong, the very action that was refused does: it is what helps.
    """
    if refused.code in (Code.INVALID, Code.REQUEST_ID_REUSED, Code.NOT_YOUR_ORDER, Code.WRONG_ROLE):
        return refused
    # Else what the clock has passed long ago would be told as what is to come.
    order, _ = settle_deadlines(order, now)
    named = {name, *(one.action for one in refused.instead)}
    facts = tuple(one for one in refused.instead if not issubclass(MESSAGES[one.action], Command))
    options = outlook.allowed if outlook else allowed_actions(order, role, now)
    possible = [Instead(action=option.action, until=option.until) for option in options]
    instead = (*facts, *sorted(possible, key=lambda one: (one.action != name, one.action not in named)))
    future = outlook.later if outlook else tuple(by_the_clock_alone(order))
    begins = None if name in (one.action for one in possible) else possible_from(future, role, name)
    sentences = [refused.sentence]
    if begins:
        later = say("It is possible from {at}, if nothing else happens until then.", at=order.when(begins))
        sentences.append(later)
    if refused.code is Code.ALREADY_SHIPPED and OpenDispute.name not in (one.action for one in possible):
        sentences.extend(_later_dispute(order, role, future))
    if instead:
        sentences.append(say("Possible instead: {actions}.", actions=_named(order, instead)))
    return Refused(refused.code, in_a_row(*sentences), instead, refused.fields, begins)


def possible_from(later: Iterable[tuple[datetime, Order]], role: Role, name: str) -> datetime | None:
    """The first instant at which a passed deadline makes the action possible, if nothing else happens until then."""
    kind = MESSAGES[name]
    if not issubclass(kind, Command) or role not in kind.roles:
        return None
    return next((at for at, order in later if _refusal_of_every_try(order, role, kind, at) is None), None)


def by_the_clock_alone(order: Order) -> Iterator[tuple[datetime, Order]]:
    """What the clock alone makes of the order, deadline by deadline."""
    while order.deadlines:  # the clock alone ends every order, says the exploration
        at = order.deadlines[0].at
        order, _ = settle_deadlines(order, at)
        yield at, order


def _later_dispute(order: Order, role: Role, future: Iterable[tuple[datetime, Order]]) -> Iterator[Sentence]:
    """That who cannot cancel any more may dispute later, and from when: asked of the process, so that it is true."""
    begins = possible_from(future, role, OpenDispute.name)
    # What was agreed to go back, or was stopped on its way, ends with its money back, and nothing is disputed.
    if begins is None or role is not Role.BUYER or order.return_agreed or is_intercepted(order):
        return
    at = order.when(begins)
    if order.stage is Stage.SHIPPED:
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
    found = {role: possible_and_not(order, role, now) for role in (Role.BUYER, Role.SELLER, Role.PLATFORM)}
    return OrderView(
        **view.plain_view(order),
        allowed={role: allowed for role, (allowed, _) in found.items()},
        refused={role: _shown(refused) for role, (_, refused) in found.items() if role in OF_THE_GUIDE},
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
