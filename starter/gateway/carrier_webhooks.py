"""`POST /webhooks/carrier`: what carriers report of a parcel, as a fact for its order. Signed, or not believed.

It names the order, or only the tracking, which finds it. How a webhook is taken lives in `signed_webhooks.py`.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from starlette.requests import Request
from starlette.responses import Response

from activities.crashes import NEVER, Crashes
from activities.providers import Report
from activities.providers.carrier_webhooks import CarrierWebhooks as CarrierReader
from activities.register.words import Told
from starter.errors import EngineUnavailable
from starter.gateway.doors import EVERYBODY, Ask, Door
from starter.gateway.signed_webhooks import LOG, Reporter, SignedWebhooks, facts_of, order_named
from starter.unplaced import TrackedOrder, Unplaced
from workflows.messages.base import Fact
from workflows.messages.parcels import CarrierFact
from workflows.messages.refusal import Code, Refused
from workflows.messages.sentences import Sentence, say
from workflows.messages.values import Role

CARRIER: Final = "carrier"
"""Under which name they are kept, and speak where they do not say which carrier it is."""

SETTING: Final = "COUNTERMAND_CARRIER_SECRET"
BODY: Final[Mapping[str, object]] = {
    "title": "CarrierWebhook",
    "type": "object",
    "properties": {
        "type": {"type": "string", "enum": list(facts_of(Role.CARRIER)), "description": "Or `name`."},
        "tracking": {"type": "string", "description": "Finds the order; capitals and spaces make no difference."},
        "order_id": {"type": "string", "description": "Where it is known."},
        "occurred_at": {"type": "string", "format": "date-time"},
        "note": {"type": "string"},
        "carrier": {"type": "string", "description": "Which carrier says so."},
    },
    "required": ["type", "tracking"],
}


class Desk(Protocol):
    """Where it is asked whose parcel it is, and where that lies which is nobody's."""

    async def keep(self, one: Unplaced) -> None: ...

    async def orders_of_tracking(self, tracking: str, named: str | None) -> Sequence[TrackedOrder]: ...


class CarrierWebhooks(SignedWebhooks):
    """The route."""

    role = Role.CARRIER

    def __init__(self, reporter: Reporter, desk: Desk, secrets: Sequence[str], crashes: Crashes = NEVER) -> None:
        super().__init__(reporter, desk, CarrierReader(secrets), CARRIER, crashes)
        self._desk = desk
        self._has_secret = bool(secrets)

    async def take(self, request: Request) -> Response:
        if not self._has_secret:
            # Not 404: whoever sends them tries again, and nothing is lost until somebody has set it.
            told = say("This gateway takes nothing from carriers: {setting} is not set.", setting=SETTING)
            raise EngineUnavailable(told)
        return await super().take(request)

    def _said(self, report: Report) -> tuple[str, Mapping[str, object]]:
        fields = dict(report.fields)
        carrier = fields.pop("carrier", None)
        if carrier is None:
            return CARRIER, fields
        if not isinstance(carrier, str):
            raise Refused(Code.INVALID, say("The carrier must be a text."), fields=("carrier",))
        # Ids have no spaces, and carriers' names do.
        return "-".join(carrier.split()) or CARRIER, fields

    async def _told(self, named: str | None, fact: Fact) -> Told:
        assert isinstance(fact, CarrierFact), f"a carrier reports {fact.name}"
        order_id = None if named is None else order_named(named)
        try:
            found = await self._desk.orders_of_tracking(fact.tracking, order_id)
        except EngineUnavailable as error:
            if order_id is None:
                raise
            # The order itself knows its parcels: of another's it takes nothing, and keeps what it may yet name.
            LOG.warning("Whose parcel %s is was not asked for order %s: %s", fact.tracking, order_id, error)
            found = ()
        return [whose(order_id, fact, found)]


def signed_doors(payments: SignedWebhooks, carriers: SignedWebhooks) -> Sequence[Door]:
    """The routes of what is signed itself, so that nobody has to say who they are."""

    def door(path: str, webhooks: SignedWebhooks, told: str, called: str, body: Mapping[str, object]) -> Door:
        async def take(ask: Ask) -> Response:
            return await webhooks.take(ask.request)

        return Door("POST", path, EVERYBODY, take, told, body, {200: {}, 202: {}}, raw=True, called=called)

    said = "What the payment provider reports, signed by it."
    of_parcel = "What a carrier reports of a parcel, signed."
    return (
        door("/webhooks/payments", payments, said, "receive_payment_webhook", {"type": "object"}),
        door("/webhooks/carrier", carriers, of_parcel, "receive_carrier_webhook", BODY),
    )


def whose(named: str | None, fact: CarrierFact, found: Sequence[TrackedOrder]) -> tuple[str, CarrierFact]:
    """The order that hears of it, and the fact with the tracking as that order spells it. Raises `Refused` where a
    person has to say whose it is.

    `found`: the orders that have named the tracking; the named one first, then those that are not settled.
    """
    if named is not None:
        if not found:
            return named, fact  # the order keeps what it may yet name
        if found[0].order_id != named:
            told = say(
                "The parcel {tracking} is order {other}'s, and not order {order_id}'s.",
                tracking=fact.tracking,
                other=found[0].order_id,
                order_id=named,
            )
            raise _unclear(told)
    elif not found:
        raise _unclear(say("No order has named the parcel {tracking}.", tracking=fact.tracking))
    elif len(found) > 1 and (found[1].is_live or not found[0].is_live):
        told = say(
            "Several orders have named the parcel {tracking}, such as {first} and {second}.",
            tracking=fact.tracking,
            first=found[0].order_id,
            second=found[1].order_id,
        )
        raise _unclear(told)
    return found[0].order_id, fact.model_copy(update={"tracking": found[0].tracking})


def _unclear(why: Sentence) -> Refused:
    return Refused(Code.INVALID, why, fields=("tracking",))
