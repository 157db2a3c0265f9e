"""What comes next in a walk: a message, an answer of the provider, a reset, or nothing but time.

Every walk has moods of its own: it likes some messages and hardly sends others, so that some walks are all parcels,
some all chargebacks. What ends an order is liked less: most of a walk is spent in orders that are open.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from tests.process.orders import PROVIDER
from tests.walk.fields import KNOWN, fields_of, party, value_of
from tests.walk.scene import Scene
from workflows.messages.authorizations import PaymentAuthorized, PaymentVoided, RetryCapture, SettleCaptureManually
from workflows.messages.base import Command, Message
from workflows.messages.cancellation import CancelOrder, RequestCancellation
from workflows.messages.commands import (
    MESSAGES,
    AddNote,
    MoveDeadline,
    PaymentCaptured,
    RetryRefund,
    RetryRelease,
    SendMessage,
)
from workflows.messages.disputes import Appeal, RespondToDispute, WithdrawDispute
from workflows.messages.fields import MAX_AMOUNT
from workflows.messages.inquiries import WithdrawalState
from workflows.messages.offers import AcceptOffer, MakeOffer
from workflows.messages.parcels import ConfirmReceipt, ParcelDelivered, ShipReturn
from workflows.messages.refusal import Refused
from workflows.messages.shared_payments import PaymentConflict
from workflows.messages.values import MoneyState
from workflows.messages.work import MoneyCall
from workflows.process.clock.deadlines import next_instant
from workflows.process.money.withdrawals import unanswered_inquiries
from workflows.process.samples import honest_tries
from workflows.process.state.changes import AttemptAnswered, InquiryAnswered
from workflows.process.step import Event, step

T = TypeVar("T", bound=Message)


@dataclass(frozen=True)
class Reset:
    """Somebody resets the order in Temporal (R38)."""


@dataclass(frozen=True)
class Move:
    """What comes, and when; no event is time that passes."""

    at: datetime
    event: Event | Reset | None
    by_signal: bool = False
    """Whether a refusal has nobody to be told to, and stands in the timeline."""


LIKED: Final[Mapping[type[Message], float]] = {
    CancelOrder: 0.1,
    RequestCancellation: 0.3,
    ConfirmReceipt: 0.2,
    AcceptOffer: 0.4,
    MakeOffer: 0.4,
    SendMessage: 0.3,
    AddNote: 0.1,
    MoveDeadline: 0.3,
    RespondToDispute: 4.0,
    WithdrawDispute: 2.0,
    Appeal: 4.0,
    ShipReturn: 6.0,
    PaymentVoided: 3.0,
    PaymentConflict: 0.1,
    RetryRefund: 3.0,
    RetryRelease: 3.0,
    RetryCapture: 3.0,
    SettleCaptureManually: 3.0,
    ParcelDelivered: 3.0,
}
"""What ends an order, or soon, or changes little, is sent seldom: often, it leaves little to walk in. What is possible
only for a short while is tried often."""
NAMES_OF_MONEY: Final = frozenset({"payment_id", "refund_id", "release_id", "capture_id"})
IN_CLOSED_ORDERS: Final = 12.0
"""How much rather a message of money is sent once an order is closed."""
MOODS: Final = (0.05, 0.4, 1.0, 1.0, 4.0)
TRIES: Final = 4
"""How often values are drawn until they make a valid message."""
ANSWERS: Final = (
    MoneyState.UNKNOWN,
    MoneyState.SUBMITTED,
    MoneyState.PENDING,
    MoneyState.SUCCEEDED,
    MoneyState.SUCCEEDED,
    MoneyState.FAILED,
    MoneyState.REVERSED,
)


def moods(dice: Random) -> dict[str, float]:
    """How likely each message of the registry is in one walk."""
    return {kind.name: dice.choice(MOODS) * LIKED.get(kind, 1.0) for kind in MESSAGES.values()}


def next_move(scene: Scene) -> Move:
    """Whatever may come now."""
    at = scene.now + _pause(scene)
    event = scene.dice.choices(COMING, WEIGHTS)[0](scene)
    return Move(at, event, by_signal=isinstance(event, Message) and scene.chance(0.2))


def paid_first(scene: Scene) -> Move:
    """A walk that begins unpaid ends soon: most begin with a payment that pays."""
    order = scene.order
    promised = order.terms.capture == "at_shipment" and scene.chance(0.7)
    kind = PaymentAuthorized if promised else PaymentCaptured
    surplus = scene.dice.randint(1, order.total) if scene.chance(0.4) else 0
    amount = min(MAX_AMOUNT, order.total + surplus)
    return Move(scene.now, kind(by=PROVIDER, payment_id="p-1", amount=amount, currency=order.currency, method="card"))


def _pause(scene: Scene) -> timedelta:
    """Mostly none; else a moment, or until the clock has something to do, a second before it, or after it."""
    if scene.chance(0.7):
        return timedelta()
    instant = next_instant(scene.order)
    if instant and scene.chance(0.08):
        seconds = scene.dice.choice((-1, -1, 0, 0, 1, 1, 90_000, 2_000_000))
        return max(timedelta(), instant - scene.now + timedelta(seconds=seconds))
    return timedelta(seconds=scene.dice.choice((1, 1, 60, 60, 900, 3_600)))


def _any_message(scene: Scene) -> Event | None:
    return drawn(scene, _kind(scene, ALL))


def _kind(scene: Scene, kinds: Sequence[type[T]]) -> type[T]:
    """One of them as the walk likes it; in a closed order mostly one of money, for nothing else moves there."""
    closed = scene.order.stage.closed
    weights = [scene.moods[kind.name] * (IN_CLOSED_ORDERS if closed and is_of_money(kind) else 1.0) for kind in kinds]
    return scene.dice.choices(kinds, weights)[0]


@cache
def is_of_money(kind: type[Message]) -> bool:
    """Whether a message is about a payment, or about a record of money."""
    return not NAMES_OF_MONEY.isdisjoint(kind.model_fields)


def drawn(scene: Scene, kind: type[Message]) -> Message | None:
    """A valid message of this kind; None where the dice do not find one."""
    for _ in range(TRIES):
        by, fields = party(scene, kind), fields_of(scene, kind)
        request_id = f"r-{scene.dice.randint(1, 60)}" if scene.chance(0.25) else None
        try:
            return kind(by=by, request_id=request_id, **fields)
        except ValidationError:
            continue
    return None


def _possible(scene: Scene) -> Event | None:
    """A command as the process itself would try it, or bent a little: one that is accepted, if the dice find one."""
    for _ in range(TRIES):
        kind = _kind(scene, COMMANDS)
        role = scene.dice.choice((kind.roles[0], *kind.roles))
        chosen = next((one for one in honest_tries(scene.order, role, kind, scene.now) if scene.chance(0.6)), None)
        if chosen and _is_accepted(scene, bent := _bent(scene, chosen)):
            return bent
    return None


def _bent(scene: Scene, honest: Command) -> Command:
    """The same with some of its fields drawn anew, where that is valid."""
    fields = type(honest).model_fields
    bent: dict[str, Any] = {
        name: value_of(scene, name, fields[name]) for name in FREE if name in fields and scene.chance(0.4)
    }
    try:
        return type(honest)(**dict(honest) | bent)
    except ValidationError:
        return honest


def _is_accepted(scene: Scene, command: Command) -> bool:
    try:
        step(scene.order, command, scene.now)
    except Refused:
        return False
    return True


def _again(scene: Scene) -> Event | None:
    return scene.dice.choice(scene.said) if scene.said else None


def _answer(scene: Scene) -> Event | None:
    """Of a call that the provider got: any answer, also a second one that contradicts the first."""
    calls = scene.calls[-3:] if scene.chance(0.7) else scene.calls
    return _answered(scene, calls, asked=False)


def _last_word(scene: Scene) -> Event | None:
    """Of a call over which there was a doubt."""
    return _answered(scene, scene.doubted, asked=True)


def _truth(scene: Scene) -> Event | None:
    """Of money that left without us, over which there was a doubt: how it stands, or that nobody can say."""
    doubted = unanswered_inquiries(scene.order)
    if not doubted:
        return None
    inquiry = scene.dice.choice(doubted).call
    number = inquiry.number if scene.chance(KNOWN) else 1
    state = scene.dice.choice(TRUTHS[inquiry.about]) if scene.chance(KNOWN) else None
    return InquiryAnswered(inquiry.model_copy(update={"number": number}), state)


def _answered(scene: Scene, calls: list[MoneyCall], *, asked: bool) -> AttemptAnswered | None:
    if not calls:
        return None
    call = scene.dice.choice(calls)
    reference = scene.dice.choice((f"{call.key}-ref", "reference-1")) if scene.chance(0.3) else None
    return AttemptAnswered(call.record_id, call.attempt, scene.dice.choice(ANSWERS), reference, asked=asked)


def _time(_scene: Scene) -> Event | None:
    return None


def _reset(_scene: Scene) -> Reset:
    return Reset()


TRUTHS: Final[Mapping[str, tuple[WithdrawalState, ...]]] = {
    "chargeback": ("open", "won", "lost"),
    "refund": ("pending", "succeeded", "failed", "reversed"),
}
FREE: Final = (
    "accept",
    "amount",
    "approve",
    "inspection",
    "outcome",
    "party",
    "reason",
    "requested_resolution",
    "resolution",
)
"""Fields that choose: drawn anew they lead elsewhere. The others have to fit the order."""
ALL: Final = [*MESSAGES.values()]
COMMANDS: Final = [kind for kind in MESSAGES.values() if issubclass(kind, Command)]
COMING: Final[tuple[Callable[[Scene], Event | Reset | None], ...]] = (
    _any_message,
    _possible,
    _answer,
    _last_word,
    _truth,
    _again,
    _time,
    _reset,
)
WEIGHTS: Final = (36, 32, 18, 3, 3, 4, 3, 1)
"""Of a hundred moves."""
