"""The worlds that are explored: which part of the story each tells in full, and which in outline.

What may arrive in them stands in `world.py` and `later.py`, what was bounded and why in `bounds.py`.
"""

from dataclasses import dataclass, replace
from typing import Final

from tests.exploration import later, withdrawn
from tests.exploration.later import Tried
from tests.process.orders import (
    CONFIRM,
    DELIVERED,
    REJECT,
    REJECT_AS_SHIPPED,
    SHIP,
    TOTAL,
    authorized,
    cancel,
    captured,
    let_go,
    request,
)
from workflows.messages.chargebacks import ChargebackOutcome
from workflows.messages.values import Stage
from workflows.messages.vocabulary import DisputeReason, Resolution

OVER: Final = TOTAL + 701
SMALL: Final = 700


@dataclass(frozen=True)
class World:
    """One exploration: which part of the world is told in full there, and which only in outline."""

    name: str
    money_in_full: bool
    """Every answer of the provider for the first refund or release, of one attempt at most two final ones; and
    one retry while there is one payment. Every other record is only in flight, in trouble, or final."""
    first_payments: tuple[tuple[int, str], ...]
    """How the buyer may pay first: amount and currency."""
    contradicts: bool = False
    """Whether the provider says otherwise of a first attempt than before, and is asked which is true."""
    begins: tuple[Tried, ...] = ()
    """What leads to where this world begins; a new order without."""
    tells: tuple[tuple[Tried, ...], ...] = ()
    """What may arrive in the second half; without, the world is one of the first."""
    offers: tuple[Resolution, ...] = ()
    """What may be offered."""
    chargebacks: bool = False
    """Whether the buyer's bank takes money back."""
    moves: bool = False
    """Whether the platform moves deadlines."""
    calls_succeed: bool = False
    """Whether all that we send arrives, where the world is about what moves without us."""
    early: int = 0
    """How many facts may come before what they are about."""
    looks: bool = False
    """Whether the order is reset, once, and somebody looks at what needs attention."""
    ends: tuple[Stage, ...] = ()
    """Stages that another world tells: how they are reached is checked, and nothing is tried in them."""


EXACT: Final = (TOTAL, "USD")
TOO_SMALL: Final = (SMALL, "USD")
TOO_LARGE: Final = (OVER, "USD")
FOREIGN: Final = (TOTAL, "EUR")

STORY: Final = World("story", money_in_full=False, first_payments=(EXACT, TOO_SMALL))
"""Every stage, request, answer and deadline race, with the money in outline."""
MONEY: Final = World("money", money_in_full=True, contradicts=True, first_payments=(EXACT, TOO_LARGE, FOREIGN))
"""Every answer of the provider, with the shortest ways to every end of the story."""


_CAPTURED: Final = ("captured()", captured())
PAID: Final = (_CAPTURED, ("SHIP", SHIP))
PARCELS: Final = World(
    "parcels",
    money_in_full=False,
    first_payments=(EXACT,),
    begins=PAID,
    tells=(
        later.CARRIER_SAYS,
        later.PARCEL,
        later.INTERCEPTION,
        later.RECEIPT,
        later.DISPUTE_IN_OUTLINE,
        later.TOO_LATE,
    ),
    moves=True,
)
"""Everything that can become of a parcel, with disputes in outline."""
DISPUTES: Final = World(
    "disputes",
    money_in_full=False,
    first_payments=(EXACT,),
    begins=PAID,
    tells=(later.CARRIER_SAYS, later.RECEIPT, later.DISPUTE, later.REVIEW, later.APPEAL),
    moves=True,
)
"""Everything that can become of a dispute, up to where goods are on their way again."""
GOODS: Final = World(
    "goods",
    money_in_full=False,
    first_payments=(EXACT,),
    begins=(*PAID, ("DELIVERED", DELIVERED)),
    tells=(
        later.CARRIER_SAYS,
        later.RECEIPT,
        later.DISPUTE_IN_OUTLINE,
        later.REVIEW,
        later.GOODS,
    ),
    moves=True,
)
"""Goods that go back and a replacement that comes, with everything that follows."""
NEGOTIATION: Final = World(
    "negotiation",
    money_in_full=False,
    first_payments=(EXACT,),
    begins=(_CAPTURED,),
    tells=(
        later.CARRIER_IN_OUTLINE,
        later.RECEIPT,
        later.DISPUTE_OF_THE_BUYER,
        later.APPEAL,
        (("SHIP", SHIP), ("request()", request()), ("REJECT", REJECT)),
    ),
    offers=(later.FULL, later.PARTIAL, later.BACK, later.NEW, Resolution.VOUCHER),
    ends=(Stage.RETURNING_GOODS, Stage.EXCHANGING),
)
"""Offers in every stage and phase, with the rest in outline."""


CHARGEBACKS: Final = World(
    "chargebacks",
    money_in_full=False,
    first_payments=(EXACT,),
    begins=(_CAPTURED,),
    tells=(
        later.CARRIER_IN_OUTLINE,
        later.RECEIPT,
        later.DISPUTE_OF_THE_BUYER,
        later.APPEAL,
        (
            ("SHIP", SHIP),
            ("request()", request()),
            ("cancel()", cancel()),
            ("dispute(DisputeReason.DAMAGED)", later.dispute(DisputeReason.DAMAGED)),
            ("decide(Resolution.PARTIAL_REFUND, PART)", later.decide(later.PARTIAL, later.PART)),
            ("decide(Resolution.RETURN_AND_REFUND)", later.decide(later.BACK)),
            ("decide(Resolution.EXCHANGE)", later.decide(later.NEW)),
            ("REPLACEMENT", later.REPLACEMENT),
            ("SEND_BACK", later.SEND_BACK),
        ),
    ),
    chargebacks=True,
)
"""A chargeback in every stage and phase, with the rest in outline."""
CHARGED_BACK: Final = World("money charged back", money_in_full=True, first_payments=(EXACT,), chargebacks=True)
"""A chargeback beside how refunds and releases end and are retried, with the shortest ways to every end."""


AUTHORIZED: Final = World(
    "authorised",
    money_in_full=False,
    first_payments=(EXACT,),
    tells=(
        later.AUTHORIZATION,
        (
            ("SHIP", SHIP),
            ("cancel()", cancel()),
            ("DELIVERED", DELIVERED),
            ("CONFIRM", CONFIRM),
            ("charged()", withdrawn.charged()),
            ("dispute(DisputeReason.NOT_RECEIVED)", later.dispute(DisputeReason.NOT_RECEIVED)),
            ("CONTEST", later.CONTEST),
            ("TAKE_BACK", later.TAKE_BACK),
            ("decide(Resolution.FULL_REFUND)", later.decide(later.FULL)),
            ("decide(Resolution.PARTIAL_REFUND, PART)", later.decide(later.PARTIAL, later.PART)),
        ),
    ),
    ends=(Stage.RETURNED_TO_SELLER, Stage.LOST_IN_RETURN),
)
"""Promised at payment, charged at shipment: every answer to the capture wherever the story is by then."""
PROMISES: Final = World(
    "promises",
    money_in_full=False,
    first_payments=(EXACT,),
    tells=(later.AUTHORIZATION, later.PROMISES, (("SHIP", SHIP), ("cancel()", cancel()))),
    ends=(Stage.SHIPPED,),
)
"""Two promises, of which one cannot pay, before the shipment."""
LET_OFF: Final = World(
    "let off",
    money_in_full=False,
    first_payments=(EXACT,),
    tells=(later.AUTHORIZATION, (("SHIP", SHIP), ("cancel()", cancel()))),
    offers=(later.FULL, later.PARTIAL),
    ends=(Stage.SHIPPED,),
)
"""What the two sides agree on before anything is charged."""

EARLY: Final = World(
    "early",
    money_in_full=False,
    first_payments=(EXACT,),
    begins=(_CAPTURED,),
    tells=(
        later.CARRIER_IN_OUTLINE,
        (
            ("SHIP", SHIP),
            ("CORRECTED", later.CORRECTED),
            ('fact("ParcelDelivered", "T-2")', later.fact("ParcelDelivered", "T-2")),
            ("request()", request()),
            ("REJECT_AS_SHIPPED", REJECT_AS_SHIPPED),
            ("cancel()", cancel()),
        ),
    ),
    early=2,
    ends=(Stage.RETURNING_TO_SELLER, Stage.RETURNED_TO_SELLER, Stage.DELIVERED),
)
"""What carriers say of a parcel before it is named."""
EARLY_MONEY: Final = World(
    "early money",
    money_in_full=False,
    first_payments=(EXACT,),
    tells=(
        (
            ("captured()", captured()),
            ("authorized()", authorized()),
            ("let_go()", let_go()),
            ("SHIP", SHIP),
            ("cancel()", cancel()),
            ("charged()", withdrawn.charged()),
            ("charged_back(ChargebackOutcome.WON)", withdrawn.charged_back(ChargebackOutcome.WON)),
            ("charged_back(ChargebackOutcome.LOST)", withdrawn.charged_back(ChargebackOutcome.LOST)),
        ),
    ),
    early=2,
    ends=(Stage.SHIPPED,),
)
"""What is said of a payment before it is captured, or its promise heard of."""


SHARED: Final = replace(
    CHARGEBACKS, name="shared payments", chargebacks=False, tells=(*CHARGEBACKS.tells, withdrawn.SHARES)
)
"""A payment that another order claims too, in every stage and phase, and what the platform says of it."""


MINDS: Final = World(
    "minds",
    money_in_full=False,
    calls_succeed=True,
    first_payments=(EXACT,),
    begins=(_CAPTURED, ("charged()", withdrawn.charged())),
    tells=(withdrawn.CHANGING, (("SHIP", SHIP), ("cancel()", cancel()), ("CONFIRM", CONFIRM))),
)
"""A bank that changes its mind, as often as it likes, and a provider that is asked which word counts."""
ELSEWHERE: Final = replace(
    MINDS,
    name="elsewhere",
    begins=(_CAPTURED,),
    tells=(withdrawn.GIVEN_ELSEWHERE, (("SHIP", SHIP), ("cancel()", cancel()), ("CONFIRM", CONFIRM))),
)
"""A refund that nobody asked us for, over part or all, in every order of its news."""


ATTENTION: Final = World(
    "attention",
    money_in_full=True,
    first_payments=(EXACT,),
    begins=(_CAPTURED, ("cancel()", cancel())),
    tells=((("captured(PART)", captured(later.PART)), *withdrawn.LOSSES),),
    looks=True,
)
"""A reset, and somebody who looks at everything that needs attention, beside a refund that ends in every way."""


def parts(world: World) -> tuple[World, ...]:
    """The world, split by how the buyer first pays, so that two cores share it. Where too much was paid, two refunds
    are under way at once, and the provider keeps to what it says of them."""
    return tuple(
        replace(
            world,
            name=f"{world.name}, paid {amount} {currency} first",
            first_payments=((amount, currency),),
            contradicts=world.contradicts and amount <= TOTAL,
        )
        for amount, currency in world.first_payments
    )
