"""A small part of the exploration, for the planted bugs: its first states, and those behind two long ways.

`python -m tests.exploration.reduced` fails where an invariant does.
"""

from typing import Final

from tests.exploration.abstract import NOON, abstracted
from tests.exploration.paste import (
    CONFIRM,
    SHIP,
    after,
    answered,
    cancel,
    captured,
    first,
    release_news,
    retry,
    retry_release,
)
from tests.exploration.search import Search
from tests.exploration.world import MONEY, OVER, STORY
from tests.process.orders import RELEASE_1
from workflows.messages.values import MoneyState
from workflows.process.state import Order
from workflows.process.step import Event

OF_THE_STORY: Final = 300
OF_THE_MONEY: Final = 300
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


def main() -> None:
    """Explores, and lets what it finds out."""
    Search(STORY).run(OF_THE_STORY)
    Search(MONEY).run(OF_THE_MONEY)
    for way in (RELEASE_RETRIED, SURPLUS_PAID_TWICE):
        Search(MONEY, behind(*way)).run(BEHIND)


if __name__ == "__main__":
    main()
