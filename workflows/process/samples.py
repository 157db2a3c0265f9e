"""One honest try of every command, by which `allowed.py` asks the process what is possible. Nobody sends them.

What a try says stands on the message's class; here is what has to be of the order at hand, at the foot by command.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import count
from typing import Any, Final

from workflows.messages.authorizations import RetryCapture, SettleCaptureManually
from workflows.messages.base import Command
from workflows.messages.cancellation import CancelOrder
from workflows.messages.commands import (
    Acknowledge,
    MoveDeadline,
    RetryRefund,
    RetryRelease,
    SendMessage,
    SettleRefundManually,
    SettleReleaseManually,
)
from workflows.messages.disputes import AddEvidence, Appeal, OpenDispute
from workflows.messages.evidence import Evidence, EvidenceKind
from workflows.messages.offers import AcceptOffer, DeclineOffer
from workflows.messages.parcels import AnswerInterception, CorrectTracking, Ship, ShipReturn
from workflows.messages.shared_payments import SettlePaymentConflict
from workflows.messages.values import CancellationReason, Party, Role
from workflows.messages.vocabulary import DisputeReason
from workflows.process.money.attention import acknowledgeable_subjects
from workflows.process.state.order import Order
from workflows.process.state.payments import IN_TROUBLE

Fields = Iterator[dict[str, Any]]
"""The fields of each try, beside those that the class of the command names."""


def honest_tries(order: Order, role: Role, kind: type[Command], now: datetime) -> Iterator[Command]:
    """Messages that would be accepted if the action were possible at all; several where it needs an object."""
    by = Party(role=role, id={Role.BUYER: order.buyer_id, Role.SELLER: order.seller_id}.get(role, role))
    of_the_order = OF_THE_ORDER.get(kind, _nothing)
    yield from (kind(by=by, **{**kind.sample, **fields}) for fields in of_the_order(order, role, now))


def _nothing(_order: Order, _role: Role, _now: datetime) -> Fields:
    yield {}


def _reason_of_the_role(_order: Order, role: Role, _now: datetime) -> Fields:
    yield {"reason": CancellationReason.OUT_OF_STOCK if role is Role.SELLER else CancellationReason.POLICY}


def _new_tracking(order: Order, _role: Role, _now: datetime) -> Fields:
    new = next(tracking for number in count() if (tracking := f"tracking-{number}") not in order.trackings)
    yield {"tracking": new}


def _answers_to_interception(_order: Order, _role: Role, _now: datetime) -> Fields:
    yield from ({"answer": answer} for answer in ("trying", "refused"))


def _open_offers(order: Order, role: Role, _now: datetime) -> Fields:
    yield from ({"offer_id": o.offer_id} for o in order.offers if o.state == "open" and o.by is not role)


def _reasons_with_evidence(order: Order, _role: Role, _now: datetime) -> Fields:
    yield from ({"reason": reason, "evidence": _unseen(order)} for reason in DisputeReason)


def _new_evidence(order: Order, _role: Role, _now: datetime) -> Fields:
    yield {"evidence": _unseen(order)[:1]}


def _unseen(order: Order) -> tuple[Evidence, ...]:
    """Everything that any reason demands, and nothing that the dispute has seen."""
    known = {item.sha256 for item in order.dispute.evidence} if order.dispute else frozenset[str]()
    return _evidence(next(digest for number in count() if (digest := f"{number:064x}") not in known))


@lru_cache(maxsize=64)
def _evidence(sha256: str) -> tuple[Evidence, ...]:
    """Built once: a view asks for it with every reason, and checking it costs more than refusing it."""
    return tuple(
        Evidence(kind=kind, uri="https://files.example/evidence", sha256=sha256, media_type="image/jpeg", size=1)
        for kind in (EvidenceKind.PHOTO, EvidenceKind.SCREENSHOT)
    )


def _somebody_else(_order: Order, role: Role, _now: datetime) -> Fields:
    yield {"to": Role.SELLER if role is Role.BUYER else Role.BUYER}


def _running_deadlines(order: Order, _role: Role, now: datetime) -> Fields:
    yield from ({"deadline": deadline.kind, "to": now + timedelta(seconds=1)} for deadline in order.deadlines)


def _troubled_refunds(order: Order, _role: Role, _now: datetime) -> Fields:
    yield from ({"refund_id": refund.refund_id} for refund in order.refunds if refund.state in IN_TROUBLE)


def _troubled_releases(order: Order, _role: Role, _now: datetime) -> Fields:
    yield from ({"release_id": release.release_id} for release in order.releases if release.state in IN_TROUBLE)


def _the_capture(order: Order, _role: Role, _now: datetime) -> Fields:
    if order.capture:
        yield {"capture_id": order.capture.capture_id}


def _claimed_payments(order: Order, _role: Role, _now: datetime) -> Fields:
    yield from ({"payment_id": p.payment_id, "amount": p.amount} for p in order.payments if p.claimed_by)


def _subjects(order: Order, _role: Role, _now: datetime) -> Fields:
    yield from ({"subject": subject} for subject in acknowledgeable_subjects(order))


OF_THE_ORDER: Final[Mapping[type[Command], Callable[[Order, Role, datetime], Fields]]] = {
    CancelOrder: _reason_of_the_role,
    Ship: _new_tracking,
    CorrectTracking: _new_tracking,
    ShipReturn: _new_tracking,
    AnswerInterception: _answers_to_interception,
    AcceptOffer: _open_offers,
    DeclineOffer: _open_offers,
    OpenDispute: _reasons_with_evidence,
    AddEvidence: _new_evidence,
    Appeal: _new_evidence,
    SendMessage: _somebody_else,
    MoveDeadline: _running_deadlines,
    RetryRefund: _troubled_refunds,
    SettleRefundManually: _troubled_refunds,
    RetryRelease: _troubled_releases,
    SettleReleaseManually: _troubled_releases,
    RetryCapture: _the_capture,
    SettleCaptureManually: _the_capture,
    SettlePaymentConflict: _claimed_payments,
    Acknowledge: _subjects,
}
"""Commands that are about something of the order: what of it they may be about now."""
CHOSEN: Final = frozenset(
    {"offer_id", "refund_id", "release_id", "capture_id", "payment_id", "subject", "deadline"},
)
"""The fields in which a command names something of the order: who sends it chooses among what there is."""
