"""What a walk begins with: an order over an odd amount, in some currency, under terms that nobody would choose."""

from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Any, Final, Literal, get_args, get_origin

from tests.process.orders import BUYER, SELLER
from workflows.messages.durations import Span, parse_span
from workflows.messages.start import Line, StartOrder
from workflows.messages.terms import AutoApproval, Calendar, Terms
from workflows.messages.values import CancellationReason

BEGINS: Final = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DIFFERS: Final = 0.3
"""How often a term is another one than the default."""
WINDOWS: Final = ("PT10M", "PT5H", "PT72H", "P15D", "P60D", "1 business day", "5 business days")
OR_NONE: Final = ("PT0S", *WINDOWS)
COUNTS: Final = (0, 1, 2, 32)
TOTALS: Final = (1, 2, 3, 700, 1_999, 2_299, 10_000, 99_999_999, 10**12)
CURRENCIES: Final = ("USD", "USD", "EUR", "JPY", "KWD")
CALENDARS: Final = (
    Calendar(),
    Calendar(time_zone="Europe/Berlin", weekend=("sun",)),
    Calendar(time_zone="America/New_York", weekend=("fri", "sat")),
)
APPROVALS: Final[tuple[tuple[AutoApproval, ...], ...]] = (
    (),
    (AutoApproval(),),
    (AutoApproval(within=parse_span("PT1H"), reasons=(CancellationReason.CHANGED_MIND,)),),
    (AutoApproval(up_to=1_000),),
)


def start(dice: Random) -> StartOrder:
    """The start input of one walk."""
    terms = Terms(**_terms(dice))
    smallest = terms.smallest_amount
    total = dice.choice(TOTALS) if dice.random() < 0.5 else dice.randint(1, 50_000)
    total = max(1, total // smallest) * smallest
    fee = dice.randint(0, total - 1) // smallest * smallest
    line = Line(line_id="1", sku="LAMP-1", title="Desk lamp", quantity=1, unit_price=total - fee)
    return StartOrder(
        order_id="A-1001",
        buyer_id=BUYER.id,
        seller_id=SELLER.id,
        currency=dice.choice(CURRENCIES),
        lines=(line,),
        shipping_fee=fee,
        terms=terms,
    )


def _terms(dice: Random) -> dict[str, Any]:
    return {
        name: _term(dice, name, info.annotation) for name, info in Terms.model_fields.items() if dice.random() < DIFFERS
    }


def _term(dice: Random, name: str, annotation: Any) -> Any:
    """Any value of a term, by its name or by its type: a new term is varied without being named here."""
    if name in BY_NAME:
        return BY_NAME[name](dice)
    if get_origin(annotation) is Literal:
        return dice.choice(get_args(annotation))
    if annotation is Span:
        return dice.choice(WINDOWS)
    if annotation is int:
        return dice.choice(COUNTS)
    raise AssertionError(f"nobody has said what the term {name}, {annotation}, may be: say it in {__name__}")


BY_NAME: Final[dict[str, Callable[[Random], Any]]] = {
    "auto_approve": lambda dice: dice.choice(APPROVALS),
    "calendar": lambda dice: dice.choice(CALENDARS),
    "appeal_within": lambda dice: dice.choice(OR_NONE),
    "delivery_extensions": lambda dice: dice.choice(OR_NONE),
    "smallest_amount": lambda dice: dice.choice((1, 10, 1_000)),
    "pay_within": lambda dice: dice.choice(("PT1S", *WINDOWS)),
}
