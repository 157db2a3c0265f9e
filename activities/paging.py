"""Goes through pages so that a retry resumes where the last try was: the cursor stands in every heartbeat.

What a page is does not live here.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from temporalio import activity

from activities.heartbeats import heartbeats
from workflows.messages.reconciling import Covered, Stretch, summed

HEARTBEAT_EVERY: Final = 3.0
"""Seconds; a fifth of the workflow's heartbeat timeout: a page may take minutes while a provider is slow."""


@dataclass(frozen=True)
class Page:
    """What was counted on one page, and where the next begins; None at the end."""

    cursor: str | None
    counts: Mapping[str, int] = field(default_factory=dict)


Turn = Callable[[str | None], Awaitable[Page]]
"""Does the page that begins at a cursor, and may do it again."""


async def covered(stretch: Stretch, turn: Turn) -> Covered:
    """Turn the pages of `stretch`, from where the last try of this activity was."""
    progress = [_resumed(stretch)]
    async with heartbeats(HEARTBEAT_EVERY, lambda: progress):
        while not progress[0].done and progress[0].pages < stretch.pages:
            page = await turn(progress[0].cursor)
            progress[0] = _further(progress[0], page)
            activity.heartbeat(progress[0])
    return progress[0]


def _resumed(stretch: Stretch) -> Covered:
    told = activity.info().heartbeat_details
    return Covered.model_validate(told[0]) if told else Covered(cursor=stretch.cursor)


def _further(before: Covered, page: Page) -> Covered:
    return Covered(
        cursor=page.cursor,
        counts=summed(before.counts, page.counts),
        pages=before.pages + 1,
        done=page.cursor is None,
    )
