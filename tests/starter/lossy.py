"""For tests: a network between a caller and the gateway that loses answers at random, by a seed. No test is here."""

import asyncio
import contextlib
import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Final

import httpx

LOST: Final = 0.3
"""The share of answers that come to the end of the network, and no further."""
HUNG_UP: Final = 0.15
"""The share of requests whose connection breaks while the gateway is at it."""
LONGEST_SECONDS: Final = 0.1
"""After which it breaks at the latest: before, in the middle of, and after what is done."""


@dataclass(eq=False)
class Lossy(httpx.AsyncBaseTransport):
    """Hands every request on, and loses what comes back: the deed is done, and nobody hears of it."""

    within: httpx.AsyncBaseTransport
    chance: random.Random
    told: dict[str, list[tuple[int, bytes]]] = field(default_factory=lambda: defaultdict(list))
    """What was answered to the requests of each Idempotency-Key, lost or not."""
    fates: Counter[str] = field(default_factory=Counter)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        fate = self.chance.random()
        if fate < HUNG_UP:
            self.fates["hung up"] += 1
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.chance.uniform(0, LONGEST_SECONDS)):
                    await self._answer(request)
            raise httpx.ReadError("the connection broke", request=request)
        answer = await self._answer(request)
        if fate < HUNG_UP + LOST:
            self.fates["lost"] += 1
            raise httpx.ReadTimeout("nothing came", request=request)
        self.fates["heard"] += 1
        return answer

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        answer = await self.within.handle_async_request(request)
        body = await answer.aread()
        await answer.aclose()
        self.told[request.headers["idempotency-key"]].append((answer.status_code, body))
        return httpx.Response(answer.status_code, headers=answer.headers, content=body, request=request)

    async def aclose(self) -> None:
        await self.within.aclose()
