"""One honest try of every command, by which `allowed.py` asks the process what is possible. Nobody sends them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Final

from workflows.messages.authorizations import RetryCapture, SettleCaptureManually
from workflows.messages.base import Message
from workflows.messages.commands import (
    Acknowledge,
    AddNote,
    CancelOrder,
    DecideCancellation,
    MoveDeadline,
    RequestCancellation,
    RetryRefund,
    RetryRelease,
    SendMessage,
    SettleRefundManually,
    WithdrawCancellation,
)
from workflows.messages.disputes import (
    AddEvidence,
    Appeal,
    DecideDispute,
    OpenDispute,
    ProvideInformation,
    RequestInformation,
    RespondToDispute,
    WithdrawDispute,
)
from workflows.messages.evidence import Evidence, EvidenceKind
from workflows.messages.offers import AcceptOffer, DeclineOffer, MakeOffer
from workflows.messages.parcels import (
    AnswerInterception,
    ConfirmReceipt,
    CorrectTracking,
    ExtendDelivery,
    ReceiveReturn,
    RequestInterception,
    Ship,
    ShipReturn,
)
from workflows.messages.values import CancellationReason, Party, Role
from workflows.messages.vocabulary import DisputeReason, Inspection, ReasonCode, Resolution
from workflows.process.money.attention import can_be_acknowledged
from workflows.process.state.order import Order
from workflows.process.state.payments import IN_TROUBLE


def tries(order: Order, role: Role, name: str, now: datetime) -> Iterator[Message]:
    """Messages that would be accepted if the action were possible at all; several where it needs an object."""
    by = Party(role=role, id={Role.BUYER: order.buyer_id, Role.SELLER: order.seller_id}.get(role, role))
    match name:
        case "request_cancellation":
            yield RequestCancellation(by=by, reason=CancellationReason.CHANGED_MIND)
        case "withdraw_cancellation":
            yield WithdrawCancellation(by=by)
        case "decide_cancellation":
            yield DecideCancellation(by=by, approve=True)
        case "cancel_order":
            seller = role is Role.SELLER
            yield CancelOrder(by=by, reason=CancellationReason.OUT_OF_STOCK if seller else CancellationReason.POLICY)
        case "ship":
            yield Ship(by=by, carrier="carrier", tracking=_new_tracking(order))
        case "extend_delivery":
            yield ExtendDelivery(by=by, days=1)
        case "confirm_receipt":
            yield ConfirmReceipt(by=by)
        case _ if name in _OF_THE_PARCEL:
            yield from _of_the_parcel(order, by, name)
        case _ if name in _OF_AN_OFFER:
            yield from _of_an_offer(order, by, name)
        case _ if name in _OF_A_DISPUTE:
            yield from _of_a_dispute(order, by, name)
        case _ if name in _BESIDE_THE_STORY:
            yield from _beside_the_story(order, by, name, now)
        case _:
            raise AssertionError(f"{name} is a command without a try")


def _beside_the_story(order: Order, by: Party, name: str, now: datetime) -> Iterator[Message]:
    role = by.role
    captures = [order.capture] if order.capture else []
    match name:
        case "send_message":
            yield SendMessage(by=by, to=Role.SELLER if role is Role.BUYER else Role.BUYER, text="text")
        case "move_deadline":
            to = now + timedelta(seconds=1)
            yield from (MoveDeadline(by=by, deadline=d.kind, to=to, note="note") for d in order.deadlines)
        case "retry_refund":
            yield from (RetryRefund(by=by, refund_id=r.refund_id) for r in order.refunds if r.state in IN_TROUBLE)
        case "settle_refund_manually":
            troubled = (r.refund_id for r in order.refunds if r.state in IN_TROUBLE)
            yield from (SettleRefundManually(by=by, refund_id=refund_id) for refund_id in troubled)
        case "retry_release":
            yield from (RetryRelease(by=by, release_id=r.release_id) for r in order.releases if r.state in IN_TROUBLE)
        case "retry_capture":
            yield from (RetryCapture(by=by, capture_id=record.capture_id) for record in captures)
        case "settle_capture_manually":
            yield from (SettleCaptureManually(by=by, capture_id=record.capture_id) for record in captures)
        case "acknowledge":
            yield from (Acknowledge(by=by, subject=subject, note="note") for subject in can_be_acknowledged(order))
        case "add_note":
            yield AddNote(by=by, text="text")


def _of_the_parcel(order: Order, by: Party, name: str) -> Iterator[Message]:
    match name:
        case "correct_tracking":
            yield CorrectTracking(by=by, carrier="carrier", tracking=_new_tracking(order))
        case "request_interception":
            yield RequestInterception(by=by)
        case "answer_interception":
            yield AnswerInterception(by=by, answer="trying")
            yield AnswerInterception(by=by, answer="refused")
        case "receive_return":
            yield ReceiveReturn(by=by, inspection=Inspection.AS_AGREED)
        case "ship_return":
            yield ShipReturn(by=by, carrier="carrier", tracking=_new_tracking(order))


def _of_an_offer(order: Order, by: Party, name: str) -> Iterator[Message]:
    open_ones = (offer for offer in order.offers if offer.state == "open" and offer.by is not by.role)
    match name:
        case "make_offer":
            yield MakeOffer(by=by, resolution=Resolution.FULL_REFUND)
        case "accept_offer":
            yield from (AcceptOffer(by=by, offer_id=offer.offer_id) for offer in open_ones)
        case "decline_offer":
            yield from (DeclineOffer(by=by, offer_id=offer.offer_id) for offer in open_ones)


def _of_a_dispute(order: Order, by: Party, name: str) -> Iterator[Message]:
    shown = _new_evidence(order)
    match name:
        case "open_dispute":
            full = Resolution.FULL_REFUND
            for reason in DisputeReason:
                yield OpenDispute(by=by, reason=reason, description="text", requested_resolution=full, evidence=shown)
        case "add_evidence":
            yield AddEvidence(by=by, evidence=shown[:1])
        case "respond_to_dispute":
            yield RespondToDispute(by=by, accept=False, statement="text")
        case "request_information":
            yield RequestInformation(by=by, party=Role.BUYER, question="text")
        case "provide_information":
            yield ProvideInformation(by=by, answer="text")
        case "decide_dispute":
            outcome, code = Resolution.FULL_REFUND, ReasonCode.INSUFFICIENT_EVIDENCE
            yield DecideDispute(by=by, outcome=outcome, reason_code=code)
        case "withdraw_dispute":
            yield WithdrawDispute(by=by)
        case "appeal":
            yield Appeal(by=by, statement="text", evidence=shown[:1])


def _new_tracking(order: Order) -> str:
    return next(tracking for number in count() if (tracking := f"tracking-{number}") not in order.trackings)


def _new_evidence(order: Order) -> tuple[Evidence, ...]:
    """Everything that any reason demands, and nothing that the dispute has seen."""
    known = {item.sha256 for item in order.dispute.evidence} if order.dispute else frozenset[str]()
    sha256 = next(digest for number in count() if (digest := f"{number:064x}") not in known)
    return tuple(
        Evidence(kind=kind, uri="file:evidence", sha256=sha256, media_type="image/jpeg", size=1)
        for kind in (EvidenceKind.PHOTO, EvidenceKind.SCREENSHOT)
    )


_BESIDE_THE_STORY: Final = (
    "send_message",
    "move_deadline",
    "retry_refund",
    "settle_refund_manually",
    "retry_release",
    "retry_capture",
    "settle_capture_manually",
    "acknowledge",
    "add_note",
)
_OF_THE_PARCEL: Final = (
    "correct_tracking",
    "request_interception",
    "answer_interception",
    "receive_return",
    "ship_return",
)
_OF_AN_OFFER: Final = ("make_offer", "accept_offer", "decline_offer")
_OF_A_DISPUTE: Final = (
    "open_dispute",
    "add_evidence",
    "respond_to_dispute",
    "request_information",
    "provide_information",
    "decide_dispute",
    "withdraw_dispute",
    "appeal",
)
