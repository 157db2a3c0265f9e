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
    """Does what is due, and then sleeps until the next thing is, or somebody says that something changed."""

    def __init__(self, book: Book, url: str, secret: str) -> None:
        self._book = book
        self._url = url
        self._webhook = Webhook(secret)
        self._changed = asyncio.Event()

    def changed(self) -> None:
        self._changed.set()

    async def run(self) -> None:
        """Until cancelled."""
        async with httpx.AsyncClient(timeout=TIMEOUT) as http:
            while True:
                self._changed.clear()
                self._book.settle_due()
                due = self._book.due_webhooks()
                await asyncio.gather(*(self._tell(http, webhook) for webhook in due))
                if not due:
                    await self._sleep()

    async def _sleep(self) -> None:
        next_due = self._book.next_due()
        seconds = None if next_due is None else max(0.0, next_due - time.time())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), seconds)

    async def _tell(self, http: httpx.AsyncClient, webhook: dict[str, Any]) -> None:
        name, tries = webhook["webhook"], webhook["tries"] + 1
        try:
            answer = await http.post(self._url, content=webhook["body"], headers=self._signed(webhook))
            answer.raise_for_status()
        except httpx.HTTPError as error:
            LOG.warning("Webhook %s, try %d: %s", name, tries, error)
            again = time.time() + min(LAST_RETRY, FIRST_RETRY * 2 ** min(tries - 1, 10))
            self._book.webhook_tried(name, "due" if tries < MAX_TRIES else "given up", again)
        else:
            self._book.webhook_tried(name, "delivered", None)

    def _signed(self, webhook: dict[str, Any]) -> dict[str, str]:
        now = datetime.now(UTC)
        return {
            "content-type": "application/json",
            "webhook-id": webhook["webhook"],
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._webhook.sign(webhook["webhook"], now, webhook["body"]),
        }
