"""What the exploration keeps of the records beside the stage: parcel, interception, goods, offers, dispute.

Kept is what a later step, or `allowed`, reads; the rest is history, and blanked. Trackings and ids are renamed, so that
a second parcel is `T-1` again, and the oldest open offer is offer 1.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from workflows.frozen import replace
from workflows.messages.commands import MESSAGES
from workflows.messages.evidence import EvidenceKind
from workflows.messages.parcels import CarrierFact
from workflows.messages.values import DeadlineKind, MoneyState, Role, Stage
from workflows.messages.vocabulary import DisputeReason, Inspection, Phase, ReasonCode, Resolution
from workflows.process.state.deadline import Passed, StoodStill
from workflows.process.state.dispute import Decision, Dispute, EvidenceItem, Offer
from workflows.process.state.kept import Kept
from workflows.process.state.order import Order
from workflows.process.state.parcel import GoodsReturn, Interception, Parcel
from workflows.process.state.payments import IN_TROUBLE, Chargeback, RefundElsewhere

TRACKING: Final = "T-1"
"""The parcel that is under way, or was last, whatever it was called."""
RETURN_TRACKING: Final = "G-1"
REST: Final = timedelta(minutes=5)
"""What is left of every clock that stands still; how it comes before or after others is chosen when it runs again."""
DECIDED: Final = ReasonCode.INSUFFICIENT_EVIDENCE


def of_the_second_half(order: Order, noon: datetime) -> dict[str, Any]:
    """The fields of the second half, as the exploration keeps them."""
    if order.stage.closed:
        parcel = order.parcel and Parcel("post", TRACKING, noon)
        return CLOSED | {"parcel": parcel, "trackings": (TRACKING,) if parcel else ()}
    parcel = order.parcel
    return {
        "parcel": parcel and _parcel(order, parcel, noon),
        "trackings": ((TRACKING,) if parcel else ()) + ((RETURN_TRACKING,) if _sent_back(order) else ()),
        "interception": order.interception and _interception(order, order.interception, noon),
        "return_agreed": order.return_agreed and not _ends_in_money(order),
        "goods": _goods(order, noon),
        "offers": _offers(order, noon),
        "dispute": order.dispute and _dispute(order, order.dispute, noon),
        "disputes": int(order.stage is Stage.DISPUTED),
        "disputes_of_buyer": 0 if _ends_in_money(order) else order.disputes_of_buyer,
        "agreed_parcel": int(parcel is not None and order.agreed_parcel == parcel.number) and not _ends_in_money(order),
    }


def passed(order: Order, noon: datetime) -> tuple[Passed, ...]:
    """The deadlines that explain refusals: which there are, not when and how often they passed."""
    kinds = {passed.kind for passed in order.passed if any(passed.kind in kind.until for kind in MESSAGES.values())}
    return tuple(Passed(kind, noon) for kind in DeadlineKind if kind in kinds) if not order.settled else ()


def kept(order: Order, noon: datetime) -> tuple[Kept, ...]:
    """The early facts that may still be taken: after closing nobody names a parcel any more."""
    gone = order.stage.closed
    return tuple(
        replace(fact, since=noon) for fact in order.kept if not (gone and issubclass(MESSAGES[fact.name], CarrierFact))
    )


def chargebacks(order: Order, noon: datetime) -> tuple[Chargeback, ...]:
    """Their instants are history; of the questions about them only the last can still be answered."""
    return tuple(
        replace(c, opened_at=noon, closed_at=c.closed_at and noon, questions=int(bool(c.doubted)))
        for c in order.chargebacks
    )


def elsewhere(order: Order, noon: datetime) -> tuple[RefundElsewhere, ...]:
    """Refunds made elsewhere, likewise; of what was seen it counts which trouble, and not in which order."""
    return tuple(
        replace(r, reported_at=noon, seen=_trouble(r.seen), questions=int(bool(r.doubted))) for r in order.elsewhere
    )


def _trouble(seen: tuple[MoneyState, ...]) -> tuple[MoneyState, ...]:
    return tuple(sorted(set(seen) & set(IN_TROUBLE)))


CLOSED: Final[dict[str, Any]] = {
    "interception": None,
    "return_agreed": False,
    "goods": None,
    "offers": (),
    "dispute": None,
    "disputes": 0,
    "disputes_of_buyer": 0,
    "agreed_parcel": 0,
}
"""After closing only money moves."""


def _ends_in_money(order: Order) -> bool:
    """Whether no parcel will move any more, whatever comes: goods on their way back, and disputes about those."""
    of_the_system = order.dispute is not None and order.dispute.opened_by is Role.SYSTEM
    decided = order.dispute is not None and order.dispute.decision is not None
    in_dispute = order.stage is Stage.DISPUTED and (of_the_system or decided)
    return order.stage is Stage.RETURNING_GOODS or in_dispute


def _may_follow(order: Order) -> bool:
    """Whether the order may still go where this parcel has gone: always, but in a dispute that cannot lead back."""
    dispute = order.dispute
    if order.stage is not Stage.DISPUTED or dispute is None:
        return not _ends_in_money(order)
    leads_back = dispute.opened_by is Role.BUYER or dispute.reason is DisputeReason.NOT_RECEIVED
    return leads_back and not _ends_in_money(order)


RESUMED: Final = {
    Stage.SHIPPED: (DeadlineKind.DELIVER_BY, DeadlineKind.PROTECTED_UNTIL),
    Stage.RETURNING_TO_SELLER: (DeadlineKind.RETURN_BY,),
    Stage.LOST_IN_RETURN: (DeadlineKind.PROTECTED_UNTIL,),
    Stage.RETURNED_TO_SELLER: (DeadlineKind.INSPECT_BY, DeadlineKind.PROTECTED_UNTIL),
    Stage.DELIVERED: (DeadlineKind.PROTECTED_UNTIL,),
}
"""Which deadlines that stand still can run again, by where the parcel is; where it has come meanwhile none does."""


def _stood_still(order: Order, dispute: Dispute) -> tuple[StoodStill, ...]:
    if order.parcel is None or not _may_follow(order):
        return ()
    where = order.parcel.where
    runs_again = (still for still in dispute.stood_still if still.kind in RESUMED[where] and still.stage is where)
    return tuple(StoodStill(still.kind, REST, where) for still in runs_again)


def _sent_back(order: Order) -> bool:
    return order.stage is Stage.RETURNING_GOODS and order.goods is not None and order.goods.tracking is not None


def _parcel(order: Order, parcel: Parcel, noon: datetime) -> Parcel:
    """A loss counts while the parcel may still be found; what was extended, while it is under way."""
    under_way = parcel.where in (Stage.SHIPPED, Stage.RETURNING_TO_SELLER) and _may_follow(order)
    return Parcel(
        "post",
        TRACKING,
        noon,
        number=1 if _ends_in_money(order) else parcel.number,
        where=Stage.DELIVERED if _ends_in_money(order) else parcel.where,
        extended_days=parcel.extended_days if order.stage is Stage.SHIPPED else 0,
        facts=("parcel_lost",) if under_way and "parcel_lost" in parcel.facts else (),
        inspection=Inspection.AS_AGREED if parcel.inspection and _may_follow(order) else None,
    )


def _interception(order: Order, interception: Interception, noon: datetime) -> Interception | None:
    """How often it was asked for counts while it can be asked for; later only whether it worked."""
    succeeded = interception.outcome == "succeeded" and not _ends_in_money(order)
    if order.parcel is None or order.parcel.where is not Stage.SHIPPED or order.stage.closed:
        return Interception(1, noon, "succeeded") if succeeded else None
    is_open = interception.outcome in ("open", "trying")
    return Interception(interception.number, noon, "open" if is_open else "ended")


def _goods(order: Order, noon: datetime) -> GoodsReturn | None:
    goods = order.goods
    if goods is None or order.stage is not Stage.RETURNING_GOODS:
        return None
    arrived = goods.arrived_at and noon
    return GoodsReturn(noon, goods.carrier and "post", goods.tracking and RETURN_TRACKING, None, (), arrived)


def _offers(order: Order, noon: datetime) -> tuple[Offer, ...]:
    """The open ones, as if they were the first."""
    still = sorted((offer for offer in order.offers if offer.state == "open"), key=lambda offer: offer.by)
    return tuple(
        Offer(f"{order.order_id}-offer-{number}", offer.by, offer.resolution, offer.amount, noon)
        for number, offer in enumerate(still, 1)
    )


def _dispute(order: Order, dispute: Dispute, noon: datetime) -> Dispute | None:
    """Of a reason it counts whether nothing came; of a decision, that there is one; of an answer, nothing."""
    if order.stage is not Stage.DISPUTED:
        return None
    decided = Decision(Resolution.NO_REFUND, "platform", noon, DECIDED) if dispute.decision else None
    came = dispute.reason is not DisputeReason.NOT_RECEIVED or dispute.decision is not None
    contested = dispute.decision is None and dispute.requested is Resolution.PARTIAL_REFUND
    requested = dispute.requested if dispute.decision is None else Resolution.FULL_REFUND
    return Dispute(
        f"{order.order_id}-dispute-1",
        1,
        dispute.opened_by if dispute.decision is None else Role.PLATFORM,
        DisputeReason.OTHER if came else DisputeReason.NOT_RECEIVED,
        requested,
        dispute.amount if contested else None,
        noon,
        phase=dispute.phase,
        evidence=_evidence(dispute),
        stood_still=_stood_still(order, dispute),
        asked=dispute.asked,
        asked_at=dispute.asked_at and noon,
        review_rest=REST if dispute.review_rest is not None else None,
        escalated=dispute.escalated,
        decision=decided,
        appealed_at=dispute.appealed_at and noon,
    )


def _evidence(dispute: Dispute) -> tuple[EvidenceItem, ...]:
    """Which items are known counts until the appeal, which has to bring a new one; not how many there are."""
    if dispute.appealed_at:
        return ()
    known = sorted({item.sha256 for item in dispute.evidence})
    return tuple(EvidenceItem(EvidenceKind.PHOTO, Role.BUYER, sha256) for sha256 in known)


def keys(order: Order) -> tuple[object, ...]:
    """What tells two abstracted orders apart, of the second half."""
    parcel, dispute = order.parcel, order.dispute
    return (
        parcel and (parcel.number, parcel.where, parcel.extended_days, parcel.facts, parcel.inspection),
        order.interception and (order.interception.number, order.interception.outcome),
        order.return_agreed,
        order.goods and (order.goods.tracking, order.goods.arrived_at),
        tuple((offer.by, offer.resolution, offer.amount) for offer in order.offers),
        dispute and _dispute_keys(dispute),
        order.disputes_of_buyer,
        order.agreed_parcel,
    )


def _dispute_keys(dispute: Dispute) -> tuple[object, ...]:
    return (
        dispute.opened_by,
        dispute.reason,
        dispute.requested,
        dispute.amount,
        dispute.phase if dispute.phase is not Phase.ENDED else None,
        tuple(item.sha256 for item in dispute.evidence),
        tuple(still.kind for still in dispute.stood_still),
        dispute.asked,
        dispute.review_rest,
        dispute.escalated,
        dispute.decision is not None,
        dispute.appealed_at,
    )
