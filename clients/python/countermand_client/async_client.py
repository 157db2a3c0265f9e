"""The client that is awaited. What becomes of a call lives in `exchange.py`, its methods in `async_operations.py`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import httpx

from countermand_client.async_operations import AsyncOperations
from countermand_client.calls import VERSION, Call
from countermand_client.exchange import Outcome, Retries, content_of, exchange
from countermand_client.feed import PATH, SILENCE, Reader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from contextlib import AbstractAsyncContextManager
    from types import TracebackType

    from typing_extensions import Self

    from countermand_client import types

TIMEOUT = 30.0
"""Seconds for one answer."""


class AsyncCountermand(AsyncOperations):
    """Countermand over HTTP, as one caller.

    `url`: of the gateway. `key`: a key `cmk_…`, or a token. `acting_for`: the party for whom a key acts, such as
    `buyer:b-7`. `language`: of what is for people, such as `de`. `http`: a client of your own, with its proxies,
    certificates and timeouts; it stays open.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        acting_for: str | None = None,
        language: str | None = None,
        retries: Retries | None = None,
        http: httpx.AsyncClient | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._url = url.rstrip("/")
        self._key = key
        self._acting_for = acting_for
        self._language = language
        self._retries = retries or Retries()
        self._is_own = http is None
        self._http = http or httpx.AsyncClient(timeout=TIMEOUT)
        self._sleep = sleep

    def acting_for(self, party: str) -> AsyncCountermand:
        """The same caller in the name of a party, such as `seller:s-3`; over the same connections."""
        return AsyncCountermand(
            self._url,
            self._key,
            acting_for=party,
            language=self._language,
            retries=self._retries,
            http=self._http,
            sleep=self._sleep,
        )

    async def preview(self, order_id: str, command: types.CommandName, **fields: Any) -> types.Preview:
        """What a command would do now; nothing happens. `fields`: its own, as of its method."""
        call = Call(
            "POST",
            "/orders/{order_id}/{command}",
            (order_id, command),
            query={"dry_run": True},
            body=fields,
            is_command=True,
        )
        return cast("types.Preview", await self._call(call))

    async def iter_events(self, after: int = 0, *, order: str | None = None) -> AsyncIterator[types.Event]:
        """What has happened until now in the caller's orders, or in one of them, after the event numbered `after`."""
        while True:
            page = await self.get_events(after=after, order=order)
            for event in page["events"]:
                yield event
            if not page["events"]:
                return
            after = page["after"]

    async def follow_events(self, after: int = 0, *, order: str | None = None) -> AsyncIterator[types.Event]:
        """The same, and then what happens, as it happens, for ever: each event once, whatever breaks off between.

        Keep the `seq` of the last event that you are done with, and begin after it.
        """
        reader = Reader(after)
        while True:
            answer: httpx.Response | None = None
            try:
                async with self._stream(reader, order) as heard:
                    if heard.is_success:
                        async for line in heard.aiter_lines():
                            if event := reader.take(line):
                                yield event
                    else:
                        await heard.aread()
                        answer = heard
            except httpx.RequestError:
                answer = None  # it broke off, or nobody is there: it goes on where it was
            await self._sleep(reader.pause_after(answer))

    def _stream(self, reader: Reader, order: str | None) -> AbstractAsyncContextManager[httpx.Response]:
        timeout = httpx.Timeout(TIMEOUT, read=SILENCE)
        return self._http.stream(
            "GET",
            self._url + PATH,
            params={"order": order} if order else {},
            headers={**self._headers, **reader.headers},
            timeout=timeout,
        )

    async def _call(self, call: Call) -> Any:
        steps = exchange(call, self._retries)
        outcome: Outcome | None = None
        try:
            while True:
                pause = steps.send(outcome)
                outcome = None
                if pause is None:
                    outcome = await self._sent(call)
                else:
                    await self._sleep(pause)
        except StopIteration as done:
            return content_of(done.value)

    async def _sent(self, call: Call) -> Outcome:
        try:
            return await self._http.request(
                call.method,
                self._url + call.address,
                params=call.parameters,
                headers={**self._headers, **call.headers},
                content=call.sent,
            )
        except httpx.RequestError as error:
            return error

    @property
    def _headers(self) -> dict[str, str]:
        own = {"Countermand-Acting-For": self._acting_for, "Accept-Language": self._language}
        given = {name: value for name, value in own.items() if value is not None}
        return {"Authorization": f"Bearer {self._key}", "Countermand-Version": VERSION, **given}

    async def aclose(self) -> None:
        """Close its connections, if they are its own."""
        if self._is_own:
            await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        await self.aclose()
