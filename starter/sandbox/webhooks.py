"""How the provider settles what is due, and tells of it: by signed webhook, at least once, until somebody takes it."""

import asyncio
import contextlib
import logging
import time
from datetime import UTC, datetime
from typing import Any, Final

import httpx
from standardwebhooks import Webhook

from starter.sandbox.book import Book

LOG: Final = logging.getLogger("countermand.sandbox")
TIMEOUT: Final = 5.0
"""Seconds for one try."""
FIRST_RETRY: Final = 0.2
"""Seconds until the second try; doubled for each one after it."""
LAST_RETRY: Final = 10.0
"""Seconds between two tries at most."""
MAX_TRIES: Final = 100
"""A quarter of an hour; then the webhook is given up, and stands so in the book."""


class Messenger:
    """Settles and tells what is due, each then sleeping until more is, or until somebody says that something changed.

    Two tasks, so that a receiver that takes its time delays no money.
    """

    def __init__(self, book: Book, url: str, secret: str) -> None:
        self._book = book
        self._url = url
        self._webhook = Webhook(secret)
        self._to_settle = asyncio.Event()
        self._to_tell = asyncio.Event()

    def changed(self) -> None:
        self._to_settle.set()
        self._to_tell.set()

    async def run(self) -> None:
        """Until cancelled."""
        async with httpx.AsyncClient(timeout=TIMEOUT) as http, asyncio.TaskGroup() as both:
            both.create_task(self._settle())
            both.create_task(self._tell(http))

    async def _settle(self) -> None:
        while True:
            self._to_settle.clear()
            self._book.settle_due()
            self._to_tell.set()
            await _until(self._book.next_settling(), self._to_settle)

    async def _tell(self, http: httpx.AsyncClient) -> None:
        while True:
            self._to_tell.clear()
            due = self._book.outbox.due()
            await asyncio.gather(*(self._try(http, webhook) for webhook in due))
            if not due:
                await _until(self._book.outbox.next_due(), self._to_tell)

    async def _try(self, http: httpx.AsyncClient, webhook: dict[str, Any]) -> None:
        name, tries = webhook["webhook"], webhook["tries"] + 1
        try:
            answer = await http.post(self._url, content=webhook["body"], headers=self._signed(webhook))
            answer.raise_for_status()
        except httpx.HTTPError as error:
            LOG.warning("Webhook %s, try %d of %d: %s %s", name, tries, MAX_TRIES, type(error).__name__, error)
            if tries < MAX_TRIES:
                again = time.time() + min(LAST_RETRY, FIRST_RETRY * 2 ** min(tries - 1, 10))
                self._book.outbox.tried(name, "due", again)
            else:
                self._book.outbox.tried(name, "given up", None)
        else:
            self._book.outbox.tried(name, "delivered", None)

    def _signed(self, webhook: dict[str, Any]) -> dict[str, str]:
        now = datetime.now(UTC)
        return {
            "content-type": "application/json",
            "webhook-id": webhook["webhook"],
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._webhook.sign(webhook["webhook"], now, webhook["body"]),
        }


async def _until(due_at: float | None, something: asyncio.Event) -> None:
    """Sleep until that instant, or until something happens."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(something.wait(), None if due_at is None else max(0.0, due_at - time.time()))
