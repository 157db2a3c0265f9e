"""A small part of the exploration: its first states, and those behind some long ways. Each part says how many.

`python -m tests.exploration.reduced` fails where an invariant does; with names, only those parts are explored.
"""

import sys
from typing import Final

from tests.exploration.abstract import NOON, abstracted
from tests.exploration.paste import (
    CONFIRM,
    PLATFORM,
    SHIP,
    after,
    answered,
    cancel,
    captured,
    decide,
    dispute,
    fact,
    first,
    release_news,
    retry,
    retry_release,
)
from tests.exploration.search import Search
from tests.exploration.worlds import (
    ATTENTION,
    AUTHORIZED,
    CHARGEBACKS,
    CHARGED_BACK,
    DISPUTES,
    GOODS,
    LET_OFF,
    MONEY,
    NEGOTIATION,
    OVER,
    PARCELS,
    PROMISES,
    SHARED,
    STORY,
)
from tests.process.orders import RELEASE_1
from workflows.messages.values import MoneyState
from workflows.messages.vocabulary import DisputeReason, Resolution
from workflows.process.state.order import Order
from workflows.process.step import Event

OF_THE_FIRST_HALF: Final = 250
OF_THE_SECOND_HALF: Final = 150
"""States of each world."""
OF_A_DISPUTE: Final = 40
BEHIND: Final = 900
"""States behind each of the long ways."""

SURPLUS_PAID_TWICE: Final = (
    captured(OVER),
    cancel(),
    answered(MoneyState.FAILED),
    retry(),
    answered(MoneyState.SUCCEEDED, 1),
    answered(MoneyState.SUCCEEDED, 2),
)
IN_DISPUTES: Final = (
    (dispute(DisputeReason.NOT_RECEIVED, by=PLATFORM), fact("ParcelLost")),
    (fact("ParcelLost"), dispute(DisputeReason.NOT_RECEIVED)),
    (dispute(DisputeReason.OTHER, by=PLATFORM), decide(Resolution.NO_REFUND)),
)
RELEASE_RETRIED: Final = (
    captured(),
    SHIP,
    CONFIRM,
    answered(MoneyState.SUBMITTED, 1, RELEASE_1),
    release_news(MoneyState.FAILED),
    retry_release(),
)


def behind(*events: Event) -> Order:
    """The state that these events lead to."""
    order = first()
    for event in events:
        order = abstracted(after(order, event, NOON))
    return order


def story() -> int:
    """The first half, as far as the money stays in outline."""
    return Search(STORY).run(OF_THE_FIRST_HALF).states


def money() -> int:
    """Money in full, and behind two long ways."""
    states = Search(MONEY).run(OF_THE_FIRST_HALF).states
    return states + sum(Search(MONEY, behind(*way)).run(BEHIND).states for way in (RELEASE_RETRIED, SURPLUS_PAID_TWICE))


def second_half() -> int:
    """The beginnings of the other worlds, and behind three ways into a dispute."""
    begun = [Search(DISPUTES, behind(captured(), SHIP, *way)).run(OF_A_DISPUTE) for way in IN_DISPUTES]
    begun += [Search(world).run(OF_THE_SECOND_HALF) for world in (PARCELS, DISPUTES, GOODS, NEGOTIATION)]
    return sum(seen.states for seen in begun)


def charged_back() -> int:
    """Chargebacks, beside the story and beside the money."""
    return sum(Search(world).run(OF_THE_FIRST_HALF).states for world in (CHARGEBACKS, CHARGED_BACK))


def authorised() -> int:
    """What is promised at payment, and charged at shipment."""
    return sum(Search(world).run(OF_THE_FIRST_HALF).states for world in (AUTHORIZED, PROMISES, LET_OFF))


def shared() -> int:
    """A payment that another order claims too."""
    return Search(SHARED).run(OF_THE_FIRST_HALF).states


def attention() -> int:
    """What somebody looks at, and a reset."""
    return Search(ATTENTION).run(OF_THE_FIRST_HALF).states


PARTS: Final = {
    "story": story,
    "money": money,
    "second half": second_half,
    "chargebacks": charged_back,
    "authorised": authorised,
    "shared payments": shared,
    "attention": attention,
}


def main() -> None:
    """Explores the parts that are named, or all; and lets what it finds out."""
    for name in sys.argv[1:] or PARTS:
        PARTS[name]()


if __name__ == "__main__":
    main()
