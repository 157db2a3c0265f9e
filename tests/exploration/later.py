"""The second half of the story as messages: parcels, offers, disputes, goods. Which world tells which: `worlds.py`.

What is symmetrical is one: dispute reasons with the same demands and places, results of an inspection that are not
`as_agreed`, the words of a text, the hash of a file. What is left out changes nothing but history.
"""

from collections.abc import Iterator
from typing import Final

from tests.process.orders import (
    BUYER,
    CARRIER,
    CONFIRM,
    PLATFORM,
    SELLER,
    SHIP,
    TOTAL,
    acknowledge,
    authorized,
    cancel,
    captured,
    captured_by_hand,
    let_go,
    request,
    retry_capture,
)
from workflows.messages.commands import SendMessage
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
    CorrectTracking,
    DeliveryFailed,
    DeliveryRefused,
    ExtendDelivery,
    ParcelDelivered,
    ParcelLost,
    ParcelReturned,
    ReceiveReturn,
    RequestInterception,
    ShipReturn,
)
from workflows.messages.values import Party, Role
from workflows.messages.vocabulary import DisputeReason, Inspection, ReasonCode, Resolution
from workflows.process.money.attention import needs_attention
from workflows.process.state.order import Order
from workflows.process.step import Event

Tried = tuple[str, Event]
"""A message, and the Python that makes it."""

PART: Final = 1_000
"""Of a total of 22.99: twice it fits, a third time not."""
FULL, PARTIAL, BACK, NEW = (
    Resolution.FULL_REFUND,
    Resolution.PARTIAL_REFUND,
    Resolution.RETURN_AND_REFUND,
    Resolution.EXCHANGE,
)
FACTS: Final = {
    kind.__name__: kind for kind in (ParcelDelivered, DeliveryRefused, DeliveryFailed, ParcelReturned, ParcelLost)
}


def photo(number: int = 1) -> Evidence:
    """An item that every reason is content with, the first or a new one."""
    return Evidence(
        kind=EvidenceKind.PHOTO,
        uri="https://files.example/photo",
        sha256=f"{number:064x}",
        media_type="image/jpeg",
        size=number,
    )


def fact(name: str, tracking: str = "T-1") -> Event:
    """What the carrier says."""
    return FACTS[name](by=CARRIER, tracking=tracking)


def dispute(
    reason: DisputeReason, requested: Resolution = FULL, by: Party = BUYER, amount: int | None = None
) -> OpenDispute:
    """A dispute, with all the evidence that it could need."""
    shown = (photo(),) if by.role is Role.BUYER else ()
    return OpenDispute(
        by=by, reason=reason, description="see", requested_resolution=requested, amount=amount, evidence=shown
    )


def decide(outcome: Resolution, amount: int | None = None) -> DecideDispute:
    """The platform's word."""
    return DecideDispute(by=PLATFORM, outcome=outcome, amount=amount, reason_code=ReasonCode.ITEM_RETURNED)


def offer(by: Party, resolution: Resolution, amount: int | None = None) -> MakeOffer:
    """A way out."""
    return MakeOffer(by=by, resolution=resolution, amount=amount)


def take(by: Party, number: int) -> AcceptOffer:
    """Accepts the first or second of the open offers."""
    return AcceptOffer(by=by, offer_id=f"A-1001-offer-{number}")


def decline(by: Party, number: int) -> DeclineOffer:
    """Declines the first or second of the open offers."""
    return DeclineOffer(by=by, offer_id=f"A-1001-offer-{number}")


def receive(inspection: Inspection) -> ReceiveReturn:
    """The seller has it back."""
    return ReceiveReturn(by=SELLER, inspection=inspection)


REPLACEMENT: Final = SHIP.model_copy(update={"tracking": "T-2"})
CORRECTED: Final = CorrectTracking(by=SELLER, carrier="post", tracking="T-2")
SEND_BACK: Final = ShipReturn(by=BUYER, carrier="post", tracking="G-1")
INTERCEPT: Final = RequestInterception(by=BUYER)
TRYING: Final = AnswerInterception(by=SELLER, answer="trying")
NOT_TRYING: Final = AnswerInterception(by=SELLER, answer="refused")
ACCEPT: Final = RespondToDispute(by=SELLER, accept=True)
CONTEST: Final = RespondToDispute(by=SELLER, accept=False, statement="no")
TAKE_BACK: Final = WithdrawDispute(by=BUYER)


def _facts(*trackings: str) -> tuple[Tried, ...]:
    return tuple((f'fact("{name}", "{tracking}")', fact(name, tracking)) for tracking in trackings for name in FACTS)


def _opened(*reasons: DisputeReason, requested: Resolution = FULL, amount: int | None = None) -> Iterator[Tried]:
    for reason in reasons:
        more = "" if requested is FULL else f", Resolution.{requested.name}, amount={amount}"
        yield f"dispute(DisputeReason.{reason.name}{more})", dispute(reason, requested, amount=amount)


AUTHORIZATION: Final[tuple[Tried, ...]] = (
    ("authorized()", authorized()),
    ("captured()", captured()),
    ("captured(PART)", captured(PART)),
    ("let_go()", let_go()),
    ("retry_capture()", retry_capture()),
    ("captured_by_hand()", captured_by_hand()),
)
PROMISES: Final[tuple[Tried, ...]] = (
    ('authorized(PART, "p-2")', authorized(PART, "p-2")),
    ('captured(PART, "p-2")', captured(PART, "p-2")),
    ('let_go("p-2")', let_go("p-2")),
)
"""A second one."""
ONE_OF_EACH_PLACE: Final = (
    DisputeReason.NOT_RECEIVED,
    DisputeReason.DAMAGED,
    DisputeReason.OTHER,
    DisputeReason.RETURNED_NOT_REFUNDED,
)
"""One reason for each list of places from which it may be opened."""

CARRIER_IN_OUTLINE: Final = tuple(
    (f'fact("{name}")', fact(name)) for name in ("ParcelDelivered", "DeliveryRefused", "ParcelReturned")
)
CARRIER_SAYS: Final = (*_facts("T-1"), ('fact("ParcelDelivered", "T-9")', fact("ParcelDelivered", "T-9")))
PARCEL: Final[tuple[Tried, ...]] = (
    ("CORRECTED", CORRECTED),
    ('CORRECTED.model_copy(update={"tracking": "T-1"})', CORRECTED.model_copy(update={"tracking": "T-1"})),
    ("ExtendDelivery(by=SELLER, days=1)", ExtendDelivery(by=SELLER, days=1)),
)
TOO_LATE: Final[tuple[Tried, ...]] = (
    ("request()", request()),
    ("cancel()", cancel()),
    ("SHIP", SHIP),
    ('SendMessage(by=BUYER, to=Role.SELLER, text="?")', SendMessage(by=BUYER, to=Role.SELLER, text="?")),
)
"""What can only be asked for before shipment; and a message, which is always possible."""
INTERCEPTION: Final[tuple[Tried, ...]] = (
    ("INTERCEPT", INTERCEPT),
    ("TRYING", TRYING),
    ("NOT_TRYING", NOT_TRYING),
)
RECEIPT: Final[tuple[Tried, ...]] = (
    ("CONFIRM", CONFIRM),
    ("receive(Inspection.AS_AGREED)", receive(Inspection.AS_AGREED)),
    ("receive(Inspection.EMPTY)", receive(Inspection.EMPTY)),
)
DISPUTE_IN_OUTLINE: Final[tuple[Tried, ...]] = (
    *_opened(*ONE_OF_EACH_PLACE),
    ("dispute(DisputeReason.OTHER, by=PLATFORM)", dispute(DisputeReason.OTHER, by=PLATFORM)),
    ("dispute(DisputeReason.NOT_RECEIVED, by=PLATFORM)", dispute(DisputeReason.NOT_RECEIVED, by=PLATFORM)),
    ("CONTEST", CONTEST),
    ("TAKE_BACK", TAKE_BACK),
    ("decide(Resolution.FULL_REFUND)", decide(FULL)),
    ("decide(Resolution.NO_REFUND)", decide(Resolution.NO_REFUND)),
)
DISPUTE_OF_THE_BUYER: Final[tuple[Tried, ...]] = (
    *_opened(DisputeReason.NOT_RECEIVED, DisputeReason.RETURNED_NOT_REFUNDED),
    ("CONTEST", CONTEST),
    ("TAKE_BACK", TAKE_BACK),
    ("decide(Resolution.NO_REFUND)", decide(Resolution.NO_REFUND)),
)
DISPUTE: Final[tuple[Tried, ...]] = (
    *DISPUTE_IN_OUTLINE,
    *_opened(*ONE_OF_EACH_PLACE, requested=PARTIAL, amount=PART),
    *_opened(*ONE_OF_EACH_PLACE, requested=BACK),
    *_opened(*ONE_OF_EACH_PLACE, requested=NEW),
    *_opened(DisputeReason.DAMAGED, requested=PARTIAL, amount=TOTAL),
    (
        'dispute(DisputeReason.DAMAGED).model_copy(update={"evidence": ()})',
        dispute(DisputeReason.DAMAGED).model_copy(update={"evidence": ()}),
    ),
    (
        "dispute(DisputeReason.DAMAGED, Resolution.EXCHANGE, PLATFORM)",
        dispute(DisputeReason.DAMAGED, NEW, PLATFORM),
    ),
    ("ACCEPT", ACCEPT),
    ('RespondToDispute(by=SELLER, accept=False, statement="no", evidence=(photo(2),))',
     CONTEST.model_copy(update={"evidence": (photo(2),)})),
    ("AddEvidence(by=BUYER, evidence=(photo(),))", AddEvidence(by=BUYER, evidence=(photo(),))),
    ("AddEvidence(by=SELLER, evidence=(photo(),))", AddEvidence(by=SELLER, evidence=(photo(),))),
)  # fmt: skip
REVIEW: Final[tuple[Tried, ...]] = (
    ('RequestInformation(by=PLATFORM, party=Role.BUYER, question="?")',
     RequestInformation(by=PLATFORM, party=Role.BUYER, question="?")),
    ('RequestInformation(by=PLATFORM, party=Role.SELLER, question="?")',
     RequestInformation(by=PLATFORM, party=Role.SELLER, question="?")),
    ('ProvideInformation(by=BUYER, answer="!")', ProvideInformation(by=BUYER, answer="!")),
    ('ProvideInformation(by=SELLER, answer="!")', ProvideInformation(by=SELLER, answer="!")),
    ("decide(Resolution.PARTIAL_REFUND, PART)", decide(PARTIAL, PART)),
    ("decide(Resolution.PARTIAL_REFUND, TOTAL)", decide(PARTIAL, TOTAL)),
    ("decide(Resolution.RETURN_AND_REFUND)", decide(BACK)),
    ("decide(Resolution.EXCHANGE)", decide(NEW)),
)  # fmt: skip
APPEAL: Final[tuple[Tried, ...]] = (
    ('Appeal(by=BUYER, statement="no", evidence=(photo(9),))',
     Appeal(by=BUYER, statement="no", evidence=(photo(9),))),
    ('Appeal(by=BUYER, statement="no", evidence=(photo(),))', Appeal(by=BUYER, statement="no", evidence=(photo(),))),
)  # fmt: skip
GOODS: Final[tuple[Tried, ...]] = (
    ("SEND_BACK", SEND_BACK),
    ('SEND_BACK.model_copy(update={"tracking": "T-1"})', SEND_BACK.model_copy(update={"tracking": "T-1"})),
    *_facts("G-1"),
    ("REPLACEMENT", REPLACEMENT),
    ('REPLACEMENT.model_copy(update={"tracking": "T-1"})', SHIP),
)


def looks(order: Order) -> Iterator[Tried]:
    """Somebody of the platform looks at each thing that needs attention, and at one that is not there."""
    subjects = dict.fromkeys(found.subject for found in needs_attention(order))
    for subject in (*subjects, "A-1001-refund-9"):
        yield f'acknowledge("{subject}")', acknowledge(subject)


def offers(order: Order, *resolutions: Resolution) -> Iterator[Tried]:
    """Either side offers each of these; and every open offer is taken and declined, by both."""
    for name, by in (("BUYER", BUYER), ("SELLER", SELLER)):
        for resolution in resolutions:
            amount = PART if resolution in (PARTIAL, Resolution.VOUCHER) else None
            more = f", {amount}" if amount else ""
            yield f"offer({name}, Resolution.{resolution.name}{more})", offer(by, resolution, amount)
        for number in range(1, len(order.offers) + 1):
            yield f"take({name}, {number})", take(by, number)
            yield f"decline({name}, {number})", decline(by, number)
    yield "take(BUYER, 9)", take(BUYER, 9)
