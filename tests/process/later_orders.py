"""Orders and messages of the second half of the story: the way back, offers, disputes, returns, exchanges."""

from typing import Any, Final

from tests.process.orders import BUYER, CARRIER, PLATFORM, SELLER, after, days, delivered, shipped
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
    DeliveryFailed,
    DeliveryRefused,
    ParcelDelivered,
    ParcelLost,
    ParcelReturned,
    ReceiveReturn,
    RequestInterception,
    Ship,
    ShipReturn,
)
from workflows.messages.values import Party, Role
from workflows.messages.vocabulary import DisputeReason, Inspection, ReasonCode, Resolution
from workflows.process.state.dispute import Dispute
from workflows.process.state.order import Order

REFUSED: Final = DeliveryRefused(by=CARRIER, tracking="T-1")
FAILED: Final = DeliveryFailed(by=CARRIER, tracking="T-1")
RETURNED: Final = ParcelReturned(by=CARRIER, tracking="T-1")
LOST: Final = ParcelLost(by=CARRIER, tracking="T-1")
INTERCEPT: Final = RequestInterception(by=BUYER)
WITHDRAW_DISPUTE: Final = WithdrawDispute(by=BUYER)
CONTEST: Final = RespondToDispute(by=SELLER, accept=False, statement="It left us whole.")
AGREE: Final = RespondToDispute(by=SELLER, accept=True)
SHIP_RETURN: Final = ShipReturn(by=BUYER, carrier="post", tracking="R-1")
RETURN_ARRIVED: Final = ParcelDelivered(by=CARRIER, tracking="R-1")
SHIP_REPLACEMENT: Final = Ship(by=SELLER, carrier="post", tracking="T-2")
INFORM: Final = ProvideInformation(by=BUYER, answer="Thrown away.")


def item(kind: EvidenceKind = EvidenceKind.PHOTO, number: int = 1) -> Evidence:
    """An item of evidence by reference; another number is another file."""
    media = "video/mp4" if kind is EvidenceKind.VIDEO else "image/jpeg"
    return Evidence(kind=kind, uri=f"https://files.example/{number}", sha256=f"{number:064x}", media_type=media, size=1)


def receive(inspection: Inspection = Inspection.AS_AGREED) -> ReceiveReturn:
    """The seller has it back."""
    return ReceiveReturn(by=SELLER, inspection=inspection)


def open_dispute(
    reason: DisputeReason = DisputeReason.DAMAGED,
    requested: Resolution = Resolution.FULL_REFUND,
    evidence: tuple[Evidence, ...] = (item(), item(EvidenceKind.SCREENSHOT, 2)),
    by: Party = BUYER,
    **fields: Any,
) -> OpenDispute:
    """A dispute, with all that any reason demands."""
    given: dict[str, Any] = {"reason": reason, "requested_resolution": requested, "evidence": evidence}
    return OpenDispute(by=by, description="broken", **given, **fields)


def add(*evidence: Evidence, by: Party = BUYER) -> AddEvidence:
    return AddEvidence(by=by, evidence=evidence)


def ask(role: Role = Role.BUYER) -> RequestInformation:
    return RequestInformation(by=PLATFORM, party=role, question="And the box?")


def decide(outcome: Resolution, amount: int | None = None) -> DecideDispute:
    code = ReasonCode.INSUFFICIENT_EVIDENCE
    return DecideDispute(by=PLATFORM, outcome=outcome, amount=amount, reason_code=code)


def appeal(*evidence: Evidence) -> Appeal:
    return Appeal(by=BUYER, statement="Look again.", evidence=evidence or (item(number=9),))


def offer(resolution: Resolution, amount: int | None = None, by: Party = SELLER) -> MakeOffer:
    return MakeOffer(by=by, resolution=resolution, amount=amount)


def accept(number: int = 1, by: Party = BUYER) -> AcceptOffer:
    return AcceptOffer(by=by, offer_id=f"A-1001-offer-{number}")


def decline(number: int = 1, by: Party = BUYER) -> DeclineOffer:
    return DeclineOffer(by=by, offer_id=f"A-1001-offer-{number}")


def disputed(requested: Resolution = Resolution.FULL_REFUND, **terms: Any) -> Order:
    """Delivered a day after its start, disputed as damaged two days after it."""
    return after(delivered(**terms), open_dispute(requested=requested), at=days(2))


def reviewed(requested: Resolution = Resolution.FULL_REFUND, **terms: Any) -> Order:
    """The same, contested by the seller three days after its start."""
    return after(disputed(requested, **terms), CONTEST, at=days(3))


def decided(outcome: Resolution, amount: int | None = None, **terms: Any) -> Order:
    """The same, decided four days after its start."""
    return after(reviewed(**terms), decide(outcome, amount), at=days(4))


def going_back(**terms: Any) -> Order:
    """Shipped, and refused at the door a day after its start."""
    return after(shipped(**terms), REFUSED, at=days(1))


def back(**terms: Any) -> Order:
    """The same, back at the seller two days after its start."""
    return after(going_back(**terms), RETURNED, at=days(2))


def returning(**terms: Any) -> Order:
    """Disputed, and the goods asked back by the platform four days after its start."""
    return decided(Resolution.RETURN_AND_REFUND, **terms)


def exchanging(**terms: Any) -> Order:
    """Disputed, and an exchange agreed three days after its start."""
    return after(disputed(Resolution.EXCHANGE, **terms), AGREE, at=days(3))


def dispute_of(order: Order) -> Dispute:
    assert order.dispute
    return order.dispute


def money_of(order: Order) -> tuple[int, int, int, int]:
    """Refunding, refunded, released, held."""
    ledger = order.ledger
    return ledger.refunding, ledger.refunded, ledger.released, ledger.held
