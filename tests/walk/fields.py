"""A value for every field of every message: what the order at hand knows by that name, or nearly, or something odd.

By name where the order knows of it, else by type: a message that nobody has thought of yet is filled all the same.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import AwareDatetime
from pydantic.fields import FieldInfo

from tests.exploration.later import photo
from tests.walk.scene import Scene
from workflows.messages.attachments import Attachment
from workflows.messages.base import Message
from workflows.messages.evidence import Evidence, EvidenceKind
from workflows.messages.values import DeadlineKind, Party, Role
from workflows.process.money.attention import needs_attention
from workflows.process.money.ledger import all_transfers, id_of

GIVEN: Final = 0.35
"""How often a field is given that may be left out."""
KNOWN: Final = 0.9
"""How often a value is one that the order knows of."""
TEXTS: Final = ("as agreed on the phone", "it is torn\nand wet", "ä→ö")
CURRENCIES: Final = ("USD", "EUR", "JPY", "KWD")


def fields_of(scene: Scene, kind: type[Message]) -> dict[str, Any]:
    """Values for the own fields of a message of this kind. Not every combination is valid."""
    return {
        name: value_of(scene, name, info)
        for name, info in kind.model_fields.items()
        if name not in ("by", "request_id") and (info.is_required() or scene.chance(GIVEN))
    }


def value_of(scene: Scene, name: str, info: FieldInfo) -> Any:
    """One value: by the field's name, else by its type."""
    if named := BY_NAME.get(name):
        return named(scene)
    return _by_type(scene, name, info.annotation)


def party(scene: Scene, kind: type[Message]) -> Party:
    """Mostly somebody who may send it."""
    role = scene.dice.choice(kind.roles) if scene.chance(0.96) else scene.dice.choice(tuple(Role))
    order = scene.order
    whose = {Role.BUYER: order.buyer_id, Role.SELLER: order.seller_id}.get(role, f"{role}-1")
    return Party(role=role, id=whose if scene.chance(0.98) else "stranger")


def _by_type(scene: Scene, name: str, annotation: Any) -> Any:
    shape, inner = _shape_of(annotation)
    if shape in (Literal, Enum):
        return scene.dice.choice(inner)
    if shape is bool:
        return scene.chance(0.5)
    if shape is int:
        return scene.dice.randint(1, 9)
    if shape is str:
        return f"{name}-{scene.dice.randint(1, 3)}"
    if shape in (datetime, AwareDatetime):
        return _later(scene)
    if shape is tuple:
        return tuple(_by_type(scene, name, inner) for _ in range(scene.dice.randint(1, 3)))
    raise AssertionError(f"nobody has said what {name}, {annotation}, may be: say it in {__name__}")


@cache
def _shape_of(annotation: Any) -> tuple[Any, Any]:
    """What a type comes down to: its plain type, and what it is made of."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _shape_of(arguments[0])
    if origin in (Union, UnionType):
        return _shape_of(next(one for one in arguments if one is not NoneType))
    if origin is Literal:
        return Literal, arguments
    if origin is tuple:
        return tuple, arguments[0]
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return Enum, tuple(annotation)
    return annotation, None


def _payment_id(scene: Scene) -> str:
    known = [payment.payment_id for payment in scene.order.payments]
    new = f"p-{scene.dice.randint(1, len(known) + 2)}"
    return scene.one_of(known, [new]) if scene.chance(0.8) else new


def _amount(scene: Scene) -> int:
    """What stands somewhere in the order, or one beside it, or any."""
    order = scene.order
    known = [
        order.total,
        order.ledger.held,
        *(payment.amount for payment in order.payments),
        *(refund.owed for refund in order.refunds),
        *(chargeback.amount for chargeback in order.chargebacks),
    ]
    smallest = order.terms.smallest_amount if scene.chance(KNOWN) else 1
    if scene.chance(0.6):
        return max(1, scene.dice.choice(known) + scene.dice.choice((-1, 0, 0, 0, 1)) * smallest)
    return scene.dice.randint(1, max(2, order.total * 3 // 2 // smallest)) * smallest


def _currency(scene: Scene) -> str:
    return scene.order.currency if scene.chance(KNOWN) else scene.dice.choice(CURRENCIES)


def _tracking(scene: Scene) -> str:
    """Of the parcel, of an earlier one, or one that nobody has named yet."""
    new = f"T-{scene.dice.randint(1, len(scene.order.trackings) + 2)}"
    if scene.chance(0.6) and scene.order.trackings:
        return scene.order.trackings[-1]
    return new


def _record_id(noun: str) -> Callable[[Scene], str]:
    def known(scene: Scene) -> str:
        ids = [id_of(record) for record in all_transfers(scene.order) if type(record).__name__.lower() == noun]
        any_id = f"{scene.order.order_id}-{noun}-{scene.dice.randint(1, 3)}"
        return scene.one_of(ids, [any_id]) if scene.chance(KNOWN) else any_id

    return known


def _attempt(scene: Scene) -> int:
    most = max((len(record.attempts) for record in all_transfers(scene.order)), default=1)
    return scene.dice.randint(1, most + 1)


def _offer_id(scene: Scene) -> str:
    still = [offer.offer_id for offer in scene.order.offers if offer.state == "open"]
    old = [offer.offer_id for offer in scene.order.offers]
    return scene.one_of(still, old, ["offer-1"]) if scene.chance(KNOWN) else scene.one_of(old, ["offer-1"])


def _subject(scene: Scene) -> str:
    return scene.one_of([found.subject for found in needs_attention(scene.order)], [scene.order.order_id])


def _deadline(scene: Scene) -> DeadlineKind:
    running = [deadline.kind for deadline in scene.order.deadlines]
    return scene.one_of(running, tuple(DeadlineKind)) if scene.chance(KNOWN) else scene.dice.choice(tuple(DeadlineKind))


def _later(scene: Scene) -> datetime:
    """Before, at, or after the deadlines that run, or anywhere in the next weeks."""
    if scene.order.deadlines and scene.chance(0.4):
        return scene.dice.choice(scene.order.deadlines).at + timedelta(seconds=scene.dice.choice((-1, 0, 1)))
    return scene.now + timedelta(minutes=scene.dice.choice((-1, 1, 60, 1_440, 14_400, 60_000)))


def _occurred_at(scene: Scene) -> datetime:
    return scene.now + timedelta(minutes=scene.dice.choice((-90_000, -1_440, -30, -1, 0, 4, 6, 60)))


def _evidence(scene: Scene) -> tuple[Evidence, ...]:
    count = scene.dice.choice((0, 1, 1, 2, 3, 12))
    items = tuple(photo(scene.dice.randint(1, 40)) for _ in range(count))
    if scene.chance(0.5):
        items += (photo(scene.dice.randint(1, 40)).model_copy(update={"kind": EvidenceKind.SCREENSHOT}),)
    return items


def _attachments(scene: Scene) -> tuple[Attachment, ...]:
    return (
        Attachment(
            uri="https://files.example/1", sha256=f"{scene.dice.randint(1, 9):064x}", media_type="image/png", size=1
        ),
    )


def _reference(scene: Scene) -> str:
    """The provider's own of a refund: one that nobody here has asked for, or an attempt's of ours."""
    ours = [a.provider_reference for refund in scene.order.refunds for a in refund.attempts if a.provider_reference]
    return scene.dice.choice(ours) if ours and scene.chance(0.2) else f"reference-{scene.dice.randint(1, 3)}"


def _text(scene: Scene) -> str:
    return scene.dice.choice(TEXTS)


BY_NAME: Final[Mapping[str, Callable[[Scene], Any]]] = {
    "payment_id": _payment_id,
    "amount": _amount,
    "of": _amount,
    "currency": _currency,
    "reference": _reference,
    "tracking": _tracking,
    "refund_id": _record_id("refund"),
    "release_id": _record_id("release"),
    "capture_id": _record_id("capture"),
    "attempt": _attempt,
    "offer_id": _offer_id,
    "subject": _subject,
    "deadline": _deadline,
    "occurred_at": _occurred_at,
    "evidence": _evidence,
    "attachments": _attachments,
    "description": _text,
    "statement": _text,
    "question": _text,
    "text": _text,
    "note": _text,
}
"""Fields that mean the same wherever they stand."""
