"""Notices on their way out: from the inbox, by subscription, to e-mail and webhooks. At least once, for three days.

Driven by Postgres and not by each order's workflow: it costs an order no event, and neither a dead mail server nor a
receiver that hangs can delay money, records, or the clock. A notice leaves only once it is certain: a workflow task may
fail after its record was written, and is then decided anew, which replaces what it had recorded (`record.sql`). So a
notice that was written less than `GRACE` ago is left alone; longer than a failed task takes to be tried again.

How a message is sent lives in `channels/`; who subscribes, in `starter/subscriptions.py`.
"""

import asyncio
import json
import logging
import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote

import asyncpg

from activities.channels import Channel, Gone, Message, NotNow, Outcome, Refused, Taken
from activities.languages import sentence_in
from activities.own_notices import said_of
from activities.rounds import rounds
from activities.sql import query
from workflows.messages.answers import AllowedAction
from workflows.messages.notices import NoticeKind
from workflows.messages.sentences import Label, Sentence, in_a_row, say
from workflows.messages.values import Role

LOG: Final = logging.getLogger("countermand.notifications")
GRACE: Final = timedelta(seconds=15)
"""A workflow task that is lost is tried again after ten seconds."""
LOOK_SECONDS: Final = 2.0
"""Between two looks at the inbox when there was nothing to do."""
REST_SECONDS: Final = 10.0
"""After an error, such as Postgres being away."""
MATCH_AT_ONCE: Final = 500
"""Notices that one statement compares with the subscriptions."""
SEND_AT_ONCE: Final = 20
"""Messages under way at the same time from one process."""
FOR_ONE_AT_ONCE: Final = 5
"""Of them to one subscription: a slow receiver must not take every place."""
LEASE: Final = timedelta(minutes=2)
"""After which a message that was being sent counts as lost with its sender; longer than any channel takes for a try."""
BACKOFF: Final = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 21_600))
"""Until the next try; the last one repeats."""
JITTER: Final = 0.1
"""By how much of itself a pause varies, so that a receiver that comes back is not met by everything at once."""
GIVE_UP_AFTER: Final = timedelta(days=3)
"""From the first try: longer than any weekend without anybody who could mend the receiver."""
LAST_OUTCOMES: Final = 5
"""A subscription of which so many messages in a row were refused for good is disabled: the address is wrong."""


CHANNEL_LABELS: Final[Mapping[str, Label]] = {
    "email": Label("e-mail", "Channel"),
    "webhook": Label("webhook", "Channel"),
}
"""What people call the channels."""
Possible = Callable[[str, Role, datetime], tuple[AllowedAction, ...]]
"""What a role can do about an order at an instant, by its recorded state: the process knows, and nobody here."""
OF_THE_ROW: Final = (
    *(
        "message_id",
        "seq",
        "target",
        "language",
        "order_id",
        "entry",
        "role",
        "party_id",
        "kind",
        "text",
        "due_at",
        "at",
    ),
    "zone",
)
"""What a message has as it was recorded."""


class Notifications:
    """Sends what is due, one round after the other."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        channels: Mapping[str, Channel],
        possible: Possible,
        link: str | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._pool = pool
        self._channels = dict(channels)
        self._possible = possible
        self._link = link
        self._now = now

    async def run(self) -> None:
        """Until cancelled. What goes wrong is logged, and tried again: nothing else waits for it."""
        await rounds(self._once, LOG, "Notifications wait", REST_SECONDS)

    async def _once(self) -> float:
        return 0.0 if await self.round() else LOOK_SECONDS

    async def round(self) -> int:
        """Match what is new, send what is due; how much there was to do."""
        now = self._now()
        matched: int = await self._pool.fetchval(query("notifications/match"), now, now - GRACE, MATCH_AT_ONCE)
        claimed = await self._pool.fetch(
            query("notifications/claim"), now, now + LEASE, list(self._channels), SEND_AT_ONCE, FOR_ONE_AT_ONCE
        )
        # Not a group that ends with its first failure: the others may be in the middle of sending.
        for failed in await asyncio.gather(*map(self._sent, claimed), return_exceptions=True):
            if isinstance(failed, BaseException):
                raise failed
        return matched + len(claimed)

    async def _sent(self, row: asyncpg.Record) -> None:
        """One try of one message, and what follows from it."""
        match outcome := await self._tried(row):
            case Taken():
                await self._pool.execute(query("notifications/sent"), row["message_id"], self._now())
            case Gone():
                await self._ended(row, "dead", outcome.why)
                await self._disable(row, outcome.why)
            case Refused():
                await self._ended(row, "failed", outcome.why)
                refused = await self._pool.fetchval(
                    query("notifications/refusals"), row["subscription_id"], LAST_OUTCOMES
                )
                if refused >= LAST_OUTCOMES:
                    last = say("The last {count} messages were refused.", count=LAST_OUTCOMES)
                    await self._disable(row, in_a_row(last, outcome.why))
            case NotNow():
                await self._try_later(row, outcome)

    async def _tried(self, row: asyncpg.Record) -> Outcome:
        """What came of it. A message that a channel trips over waits like any other, and holds up nobody."""
        try:
            return await self._channels[row["channel"]].send(self._message(row), self._now())
        except Exception as error:
            LOG.exception("Message %s could not be put together", row["message_id"])
            bug = say(
                "It could not be sent: {error}. This is a bug of ours; the log has it all.", error=type(error).__name__
            )
            return NotNow(bug)

    def _message(self, row: asyncpg.Record) -> Message:
        """The notice with all that stands around it, as it is now."""
        role, order_id = Role(row["role"]), row["order_id"]
        return Message(
            secrets=tuple(secret for secret in (row["secret"], row["old_secret"]) if secret),
            sentence=sentence_in(json.loads(row["said"]) if row["said"] else None),
            possible=self._possible_to(role, row["state"]),
            link=self._link.format(order_id=quote(order_id, safe="")) if self._link and order_id else None,
            **{name: row[name] for name in OF_THE_ROW},
        )

    def _possible_to(self, role: Role, state: str | None) -> tuple[AllowedAction, ...]:
        """A state that this version cannot read takes nothing from the notice but what it could have said besides."""
        try:
            return self._possible(state, role, self._now()) if state else ()
        except ValueError as error:
            LOG.warning("A notice leaves without what is possible: %s", type(error).__name__)
            return ()

    async def _try_later(self, row: asyncpg.Record, outcome: NotNow) -> None:
        now = self._now()
        if row["kind"] == NoticeKind.SUBSCRIPTION_TEST:
            # Somebody waits to see whether it arrives, and sends another one when they have mended what was wrong.
            await self._ended(row, "failed", outcome.why)
            return
        if now - row["first_tried_at"] >= GIVE_UP_AFTER:
            silent = await self._ended(row, "dead", outcome.why)
            if silent:
                silence = say("Nothing was taken for {count} days.", count=GIVE_UP_AFTER.days)
                await self._disable(row, in_a_row(silence, outcome.why))
            return
        pause = max(backoff(row["tries"]), outcome.retry_after or timedelta())
        await self._pool.execute(
            query("notifications/later"), row["message_id"], row["tries"], now + pause, str(outcome.why)
        )

    async def _ended(self, row: asyncpg.Record, state: str, why: Sentence) -> bool:
        """The message has ended; whether its receiver has taken nothing since it was tried first."""
        ended = (row["message_id"], row["tries"], state, str(why))
        return bool(await self._pool.fetchval(query("notifications/ended"), *ended))

    async def _disable(self, row: asyncpg.Record, why: Sentence) -> None:
        """No message more, until somebody has looked; what waits is kept."""
        number, party = row["subscription_id"], f"{row['role']} {row['party_id']}".strip()
        remedy = say("Once it is mended: {command}", command=f"countermand resend {number}")
        text = in_a_row(_which_was_disabled(row), why, remedy)
        await self._pool.execute(
            query("notifications/disable"), number, self._now(), str(why), str(text), said_of(text)
        )
        LOG.warning("Subscription %s of %s was disabled: %s", number, party, why)


def _which_was_disabled(row: asyncpg.Record) -> Sentence:
    """By its number, whose it is, and how it is told; its address is nobody else's business."""
    number, channel = row["subscription_id"], CHANNEL_LABELS[row["channel"]]
    if not row["party_id"]:
        return say(
            "Subscription {number} of the {role} ({channel}) was disabled.",
            number=number,
            role=Role(row["role"]),
            channel=channel,
        )
    return say(
        "Subscription {number} of the {role} {party} ({channel}) was disabled.",
        number=number,
        role=Role(row["role"]),
        party=row["party_id"],
        channel=channel,
    )


def backoff(tries: int) -> timedelta:
    """The pause after so many tries, a little shorter or longer."""
    pause = BACKOFF[min(tries, len(BACKOFF)) - 1]
    return pause * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - to spread, not to be secret
