"""Early facts: an order keeps what is about something that it does not know yet, and takes it once it knows it (R33).

What such a fact means is told where it always is, in its chapter. What it means that a bank lets go of a promise before
the order has heard of it is told with the authorisations.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Final

from workflows.frozen import replace
from workflows.messages.authorizations import PaymentVoided
from workflows.messages.base import Message
from workflows.messages.chargebacks import ChargebackClosed, ChargebackOpened, RefundReported
from workflows.messages.commands import MESSAGES
from workflows.messages.decoding import decode
from workflows.messages.notices import NoticeKind
from workflows.messages.parcels import (
    CarrierFact,
    DeliveryFailed,
    DeliveryRefused,
    ParcelDelivered,
    ParcelLost,
    ParcelReturned,
)
from workflows.messages.refusal import Refused
from workflows.messages.sentences import Sentence, say
from workflows.messages.values import Role
from workflows.process.refusals import action
from workflows.process.state.changes import Change, Word
from workflows.process.state.kept import Kept
from workflows.process.state.order import Order

MAX_KEPT_OF_CARRIERS: Final = 16
"""A carrier has five facts of a parcel: three parcels, and whichever of them becomes the order's."""
MAX_KEPT_ABOUT_MONEY: Final = 16
"""A bank that changes its mind about several payments, and no flood."""
TEXTS: Final = ("note", "reason")
"""What a fact may say in words, which an order's state never holds (R26)."""


def is_early(order: Order, event: object) -> bool:
    """Whether this is a fact about something that the order does not know yet."""
    knows = KNOWS.get(type(event))
    return knows is not None and isinstance(event, Message) and not knows(order, _subject_of(event))


def fact_kept(order: Order, event: Message, now: datetime) -> Change:
    """An early fact is recorded and kept, once; beyond the limit it is recorded, and the platform looks (R3)."""
    summary, why = _kept_sentences(event)
    if _is_kept_already(order, event):
        return Change(order, summary, why=say("duplicate: it is kept already"))
    of_carriers = isinstance(event, CarrierFact)
    limit = MAX_KEPT_OF_CARRIERS if of_carriers else MAX_KEPT_ABOUT_MONEY
    if sum(_is_of_carrier(old) == of_carriers for old in order.kept) >= limit:
        limited = say("{why}, and the order keeps {limit} such facts already", why=why, limit=limit)
        return _fact_not_kept(order, event, summary, limited)
    kept = Kept(event.name, event.by, _subject_of(event), now, _without_texts(event))
    return Change(replace(order, kept=(*order.kept, kept)), summary, why=say("{why}: it is kept until then", why=why))


def next_due(order: Order) -> Kept | None:
    """The first to have come of the kept facts whose time has come: the order knows by now what they are about."""
    for kept in order.kept:
        if KNOWS[MESSAGES[kept.name]](order, kept.subject):
            return kept
    return None


def without_kept(order: Order, kept: Kept) -> Order:
    """`order` that keeps this fact no longer: it is taken."""
    return replace(order, kept=tuple(other for other in order.kept if other is not kept))


def read_kept(kept: Kept) -> Message:
    """The fact, with digests for its texts. Raises `Refused` if this version's messages are no longer what it was."""
    return decode(kept.name, kept.fact.encode())


def kept_void(order: Order, payment_id: str) -> Kept | None:
    """The word, come early, that the bank has let go of this payment."""
    return next((kept for kept in order.kept if (kept.name, kept.subject) == (PaymentVoided.name, payment_id)), None)


def _is_kept_already(order: Order, event: Message) -> bool:
    """A fact of a carrier is known by its name and parcel. Of words about money each may be said again after another
    one (R34), but for one that comes again as it came."""
    of_it = [old for old in _readable(order) if _thing_of(old) == _thing_of(event)]
    if event.request_id and event.request_id in [old.request_id for old in of_it]:
        return True
    return bool(of_it) and _content_of(of_it[-1]) == _content_of(event)


def _readable(order: Order) -> Iterator[Message]:
    """The kept facts, without those that this version's messages cannot say: a new one may come all the same."""
    for kept in order.kept:
        try:
            fact = read_kept(kept)
        except Refused:
            continue
        yield fact


def _thing_of(event: Message) -> tuple[str, ...]:
    """What several words may be about."""
    match event:
        case CarrierFact():
            return (event.name, event.tracking)
        case ChargebackOpened() | ChargebackClosed():
            return ("chargeback", event.chargeback_id)
        case RefundReported():
            return ("refund", event.reference)
        case PaymentVoided():
            return (event.name, event.payment_id)
        case _:
            raise AssertionError(f"{event.name} never comes early")


def _content_of(event: Message) -> object:
    """What of two words about one thing makes them two."""
    if isinstance(event, CarrierFact):
        return event.name
    return event.name, event.model_dump(exclude={"request_id", "by", *TEXTS})


def _fact_not_kept(order: Order, event: Message, summary: Sentence, why: Sentence) -> Change:
    """The platform is told once; what comes after it has looked stands on its list again."""
    text = say(
        'Order {order_id} could not keep "{fact}" about {subject}, which came early: {why}.',
        order_id=order.order_id,
        fact=action(event.name),
        subject=_subject_of(event),
        why=why,
    )
    word = Word(Role.PLATFORM, NoticeKind.FACT_NOT_KEPT, text)
    return Change(replace(order, not_kept=order.not_kept + 1), summary, () if order.not_kept else (word,), why)


def _kept_sentences(event: Message) -> tuple[Sentence, Sentence]:
    """What the timeline says of it, and why it cannot be taken yet."""
    subject = _subject_of(event)
    match event:
        case CarrierFact():
            return say("{news}, {tracking}", news=event.told, tracking=subject), say("nobody has named this parcel yet")
        case ChargebackOpened() | ChargebackClosed():
            news = say("News of chargeback {chargeback}", chargeback=event.chargeback_id)
            return news, say("payment {payment} is not captured yet", payment=subject)
        case RefundReported():
            news = say("Refund {reference} was made elsewhere", reference=event.reference)
            return news, say("payment {payment} is not captured yet", payment=subject)
        case PaymentVoided():
            news = say("The bank has let go of payment {payment}", payment=subject)
            return news, say("its authorisation was not heard of yet")
        case _:
            raise AssertionError(f"{event.name} never comes early")


def _without_texts(event: Message) -> str:
    fact = event.model_dump(mode="json", exclude_none=True)
    digests = {name: hashlib.sha256(fact[name].encode()).hexdigest() for name in TEXTS if name in fact}
    return json.dumps(fact | digests, ensure_ascii=False)


def _subject_of(event: Message) -> str:
    """The tracking or payment that it is about."""
    subject = event.tracking if isinstance(event, CarrierFact) else getattr(event, "payment_id", "")
    assert subject, f"{event.name} is about nothing that could come later"
    return str(subject)


def _is_of_carrier(kept: Kept) -> bool:
    return issubclass(MESSAGES[kept.name], CarrierFact)


def _is_named(order: Order, tracking: str) -> bool:
    return tracking in order.trackings


def _is_captured(order: Order, payment_id: str) -> bool:
    return any(payment.payment_id == payment_id and payment.captured_at for payment in order.payments)


def _is_reported(order: Order, payment_id: str) -> bool:
    """Whether the payment was heard of; where nobody waits for an authorisation there is none to hear of."""
    known = any(payment.payment_id == payment_id for payment in order.payments)
    return known or order.terms.capture == "at_payment"


Knows = Callable[[Order, str], bool]
"""Whether an order knows what a fact is about."""
KNOWS: Final[Mapping[type[object], Knows]] = {
    ParcelDelivered: _is_named,
    DeliveryRefused: _is_named,
    DeliveryFailed: _is_named,
    ParcelReturned: _is_named,
    ParcelLost: _is_named,
    ChargebackOpened: _is_captured,
    ChargebackClosed: _is_captured,
    RefundReported: _is_captured,
    PaymentVoided: _is_reported,
}
"""Which facts can come early, and what the order must know to take them: `payment_failed` joins them with R58."""
