"""Negotiation: either side offers a way out, the other takes it or not; in a dispute, taken is decided (R17).

A record beside the stage, like messages.
"""

from datetime import datetime
from typing import Final, Literal, assert_never

from workflows.frozen import replace
from workflows.messages.base import Message
from workflows.messages.notices import NoticeKind
from workflows.messages.offers import AcceptOffer, DeclineOffer, MakeOffer
from workflows.messages.refusal import Code, Refused
from workflows.messages.sentences import Sentence, in_a_row, say, several
from workflows.messages.values import ClosingReason, Role, Stage
from workflows.messages.vocabulary import Phase, Resolution
from workflows.process import refusals
from workflows.process.arrivals import endings, remedies
from workflows.process.dispute import decisions, resolutions
from workflows.process.money import going_back, refunds
from workflows.process.state.changes import Change, Table, Word, without_clock
from workflows.process.state.dispute import Offer
from workflows.process.state.order import Order, parcel_of

MAX_OFFERS: Final = 16
"""Of each side: more is a chat, and messages are for that (R41)."""
NEGOTIABLE: Final = (
    Stage.AWAITING_SHIPMENT,
    Stage.SHIPPED,
    Stage.RETURNING_TO_SELLER,
    Stage.RETURNED_TO_SELLER,
    Stage.LOST_IN_RETURN,
    Stage.DELIVERED,
    Stage.DISPUTED,
)
_OTHER: Final = {Role.BUYER: Role.SELLER, Role.SELLER: Role.BUYER}


def offer_made(order: Order, event: MakeOffer, now: datetime) -> Change:
    """Offered; an open offer of the same side gives way to it."""
    # In another order than the contract's, a side waits, or asks for less, and is refused all the same.
    if order.stage.closed:
        raise refusals.order_closed(order)
    if sum(old.by is event.by.role for old in order.offers) >= MAX_OFFERS:
        text = say("Each side makes at most {limit} offers, and yours are used up.", limit=MAX_OFFERS)
        raise refusals.limit_reached(text)
    _check_negotiable(order, event)
    resolutions.check_amount_fits(order, event.resolution, event.amount)
    _check_offer_possible(order, event.resolution)
    by, number = event.by.role, len(order.offers) + 1
    offer = Offer(f"{order.order_id}-offer-{number}", by, event.resolution, event.amount, now)
    before = tuple(
        replace(old, state="replaced") if old.state == "open" and old.by is by else old for old in order.offers
    )
    what = resolutions.phrase(order, event.resolution, event.amount)
    told = say("The {role} offers {what}", role=by, what=what)
    text = say(
        "The {role} offers {what} for order {order_id}: accept or decline {offer_id}.",
        role=by,
        what=what,
        order_id=order.order_id,
        offer_id=offer.offer_id,
    )
    return Change(replace(order, offers=(*before, offer)), told, (Word(_OTHER[by], NoticeKind.OFFER_MADE, text),))


def offer_accepted(order: Order, event: AcceptOffer, now: datetime) -> Change:
    """Taken: in a dispute it is the decision, outside it happens as it was offered."""
    offer = _open_offer(order, event)
    _check_offer_possible(order, offer.resolution)
    order = _end_offer(order, offer, "accepted")
    role, what = event.by.role, resolutions.phrase(order, offer.resolution, offer.amount)
    told, coming = say("The {role} accepts {what}", role=role, what=what), None
    if order.stage is Stage.DISPUTED:
        change = decisions.dispute_agreed(order, offer.resolution, offer.amount, now, told)
    else:
        change = _accepted_outside_dispute(order, offer, now, told)
        part = offer.amount if offer.resolution is Resolution.PARTIAL_REFUND else 0
        coming = going_back.goes_back_to_buyer(change.order, part or 0, now, offer.by)
    text = say(
        "The {role} accepts {what}, as you offered for order {order_id}.", role=role, what=what, order_id=order.order_id
    )
    word = Word(offer.by, NoticeKind.OFFER_ACCEPTED, in_a_row(text, coming) if coming else text)
    return replace(change, words=(*change.words, word))


def _accepted_outside_dispute(order: Order, offer: Offer, now: datetime, told: Sentence) -> Change:
    """What an offer leads to that is accepted outside a dispute."""
    match offer.resolution:
        case Resolution.FULL_REFUND:
            return endings.order_refunded(order, now, ClosingReason.AGREEMENT, told)
        case Resolution.PARTIAL_REFUND:
            assert offer.amount, f"{offer.offer_id}: a partial refund of nothing"
            return Change(refunds.refund_part(order, offer.amount, now), told)
        case Resolution.EXCHANGE:
            return remedies.exchange_asked_for(order, now, told)
        case Resolution.RETURN_AND_REFUND if order.stage is Stage.DELIVERED:
            return remedies.goods_asked_back(order, now, told)
        case Resolution.RETURN_AND_REFUND:
            return Change(
                replace(order, return_agreed=True), say("{told}: once the parcel is back as agreed", told=told)
            )
        case Resolution.VOUCHER:
            return Change(order, say("{told}: no money moves", told=told))
        case Resolution.NO_REFUND:
            raise AssertionError(f"{offer.offer_id}: nobody can offer no refund")
        case _:
            assert_never(offer.resolution)


def offer_declined(order: Order, event: DeclineOffer) -> Change:
    """Not taken."""
    offer = _open_offer(order, event)
    role, what = event.by.role, resolutions.phrase(order, offer.resolution, offer.amount)
    told = say("The {role} declines {what}", role=role, what=what)
    text = say("The {role} declines {what} for order {order_id}.", role=role, what=what, order_id=order.order_id)
    word = Word(offer.by, NoticeKind.OFFER_DECLINED, text)
    return Change(_end_offer(order, offer, "declined"), told, (word,))


def lapse_offers_if_left(before: Order, order: Order) -> Order:
    """`order` without open offers that stage or phase have left behind, or whose amount no longer fits."""
    if not any(offer.state == "open" for offer in order.offers):
        return order
    moved_on = _has_moved_on(before, order)
    offers = tuple(
        replace(offer, state="lapsed")
        if offer.state == "open" and (moved_on or not _has_fitting_amount(order, offer))
        else offer
        for offer in order.offers
    )
    return replace(order, offers=offers)


def words_of_lapsing(before: Order, order: Order) -> tuple[Word, ...]:
    """What they are told whose offers have just lapsed: they may make another, and nobody answers this one any more."""
    if order.offers is before.offers:
        return ()
    open_before = {offer.offer_id for offer in before.offers if offer.state == "open"}
    lapsed = [offer for offer in order.offers if offer.state == "lapsed" and offer.offer_id in open_before]
    return tuple(Word(offer.by, NoticeKind.OFFER_LAPSED, _lapsed(before, order, offer)) for offer in lapsed)


def _lapsed(before: Order, order: Order, offer: Offer) -> Sentence:
    what = resolutions.phrase(order, offer.resolution, offer.amount)
    if _has_moved_on(before, order):
        return say(
            "Your offer of {what} for order {order_id} has lapsed: the order has moved on.",
            what=what,
            order_id=order.order_id,
        )
    return say(
        "Your offer of {what} for order {order_id} has lapsed: it is more than can be given back now.",
        what=what,
        order_id=order.order_id,
    )


def _has_moved_on(before: Order, order: Order) -> bool:
    return (before.stage, before.phase) != (order.stage, order.phase)


def _has_fitting_amount(order: Order, offer: Offer) -> bool:
    return offer.resolution is not Resolution.PARTIAL_REFUND or (offer.amount or 0) < order.ledger.held


def has_lapsed(order: Order, event: AcceptOffer | DeclineOffer) -> bool:
    """Whether the offer that is meant was left behind by a change of stage or phase, and not answered."""
    return any(offer.offer_id == event.offer_id and offer.state == "lapsed" for offer in order.offers)


def _check_negotiable(order: Order, event: Message) -> None:
    if order.stage not in NEGOTIABLE or order.phase is Phase.DECIDED:
        raise refusals.not_now(order, event)


def _check_offer_possible(order: Order, resolution: Resolution) -> None:
    """Refuses what cannot be carried out: in a dispute as a decision, outside it as the parcel allows (R31)."""
    if order.stage is Stage.DISPUTED:
        resolutions.check_resolution_possible(order, resolution, "resolution")
    elif resolution is Resolution.EXCHANGE and (
        order.stage is not Stage.DELIVERED or remedies.has_been_exchanged(order)
    ):
        why = say("An exchange is possible once, and only when the parcel is delivered.")
        raise Refused(Code.REASON_NOT_ALLOWED, why, fields=("resolution",))
    elif resolution is Resolution.RETURN_AND_REFUND and not _may_come_back(order):
        why = say("Only a parcel that was shipped, and is neither back at the seller nor lost, can be returned.")
        raise Refused(Code.REASON_NOT_ALLOWED, why, fields=("resolution",))


def _may_come_back(order: Order) -> bool:
    back = (Stage.RETURNED_TO_SELLER, Stage.LOST_IN_RETURN)
    return order.parcel is not None and parcel_of(order).where not in back


def _open_offer(order: Order, event: AcceptOffer | DeclineOffer) -> Offer:
    """The open offer that is meant: known, the other side's, and still standing."""
    offer = next((offer for offer in order.offers if offer.offer_id == event.offer_id), None)
    if offer is None:
        raise refusals.invalid_field("offer_id", _no_such_offer(order, event.offer_id))
    # In another order, one's own offer seems to have ended, and one that is answered seems only to wait for its time.
    if offer.by is event.by.role:
        raise refusals.wrong_role(
            event.name, event.by.role, say("the {role}, whom it was offered to", role=_OTHER[offer.by])
        )
    if order.stage.closed:
        raise refusals.order_closed(order)
    if offer.state != "open":
        raise refusals.nothing_open(_ended(offer))
    _check_negotiable(order, event)
    return offer


def _no_such_offer(order: Order, offer_id: str) -> Sentence:
    known = [offer.offer_id for offer in order.offers if offer.state == "open"]
    if not known:
        return say("must be an offer of this order: {offer_id} is none, and none is open", offer_id=offer_id)
    return say(
        "must be an offer of this order: {offer_id} is none, open: {known}", offer_id=offer_id, known=several(known)
    )


def _ended(offer: Offer) -> Sentence:
    """Why nobody can answer it any more."""
    match offer.state:
        case "accepted":
            return say("Offer {offer_id} is accepted already.", offer_id=offer.offer_id)
        case "declined":
            return say("Offer {offer_id} is declined already.", offer_id=offer.offer_id)
        case "replaced":
            return say("Offer {offer_id} was replaced by a newer one.", offer_id=offer.offer_id)
        case "lapsed":
            return say("Offer {offer_id} has lapsed.", offer_id=offer.offer_id)
        case "open":
            raise AssertionError(f"{offer.offer_id} is open")


def _end_offer(order: Order, offer: Offer, state: Literal["accepted", "declined"]) -> Order:
    new = replace(offer, state=state)
    return replace(order, offers=tuple(new if old.offer_id == offer.offer_id else old for old in order.offers))


BESIDE: Final[Table] = {
    MakeOffer: offer_made,
    AcceptOffer: offer_accepted,
    DeclineOffer: without_clock(offer_declined),
}
