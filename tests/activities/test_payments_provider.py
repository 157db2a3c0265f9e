"""How the sandbox's client reads answers that the sandbox never gives: whatever makes no sense says nothing."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import asyncpg
import pytest
import pytest_asyncio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from activities.providers import KeyTaken, PaymentProvider, ProviderUnavailable
from activities.providers.sandbox import SandboxProvider
from tests.activities.calls import send, written
from tests.activities.sandboxes import listening
from workflows.messages.values import MoneyState
from workflows.messages.work import ProviderAnswer, RefundCall, ReleaseCall

pytestmark = pytest.mark.usefixtures("recorded")

MONEY = {"order_id": "A", "attempt": 1, "key": "A-1", "amount": 500, "currency": "USD"}
REFUND = RefundCall.model_validate({**MONEY, "refund_id": "A-refund-1", "payment_id": "p"})
RELEASE = ReleaseCall.model_validate({**MONEY, "release_id": "A-release-1", "seller_id": "s"})
Heard = ProviderAnswer | Exception | None
NOWHERE = "http://127.0.0.1:9"


@dataclass
class Oracle:
    """A provider that answers whatever it is told to."""

    url: str = ""
    respond: Callable[[], Response] = Response

    async def both_ways(self, respond: Callable[[], Response], patience: float = 10) -> list[Heard]:
        """What it is understood to say: of a refund that is sent, and of one that is looked up."""
        self.respond = respond
        provider = SandboxProvider(self.url, patience)
        heard: list[Heard] = []
        for ask in (provider.refund, provider.find_refund):
            try:
                heard.append(await ask(REFUND))
            except (ProviderUnavailable, KeyTaken) as error:
                heard.append(error)
        await provider.close()
        return heard


@pytest_asyncio.fixture(scope="module")
async def oracle() -> AsyncIterator[Oracle]:
    made = Oracle()

    async def answer(_: Request) -> Response:
        return made.respond()

    routes = [Route("/refunds", answer, methods=["POST"]), Route(f"/refunds/{REFUND.key}", answer)]
    async with listening(Starlette(routes=routes)) as made.url:
        yield made


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, b"<html>Welcome!</html>"),
        (200, b'{"state": "dancing"}'),
        (200, b'{"state": "cancelled"}'),
        (200, b'{"state": "settled_manually"}'),
        (200, b'{"state": "unknown"}'),
        (200, b'{"state": "succeeded", "reference": 7}'),
        (200, b"[]"),
        (302, b""),
        (402, b"pay us first"),
        (402, b'{"state": "succeeded"}'),
        (402, b'{"state": "cancelled"}'),
        (429, b'{"state": "failed"}'),
        (500, b'{"state": "succeeded"}'),
        (503, b""),
    ],
)
async def test_nonsense_says_nothing_about_the_money(oracle: Oracle, status: int, body: bytes) -> None:
    """Neither a yes nor a decline: whether anything moved must be looked up."""
    for heard in await oracle.both_ways(lambda: Response(body, status_code=status)):
        assert isinstance(heard, ProviderUnavailable)
        assert "was answered with" in str(heard)


async def test_a_decline_is_understood_wherever_it_is_said(oracle: Oracle) -> None:
    for heard in await oracle.both_ways(
        lambda: JSONResponse({"state": "failed", "failure_reason": "no"}, status_code=402)
    ):
        assert heard == ProviderAnswer(state=MoneyState.FAILED, failure_reason="no")


@pytest.mark.parametrize("differs", [{"amount": 501}, {"currency": "EUR"}, {"order_id": "B"}, {"attempt": 2}])
async def test_an_answer_about_another_call_is_not_ours(oracle: Oracle, differs: dict[str, object]) -> None:
    """It succeeded, somebody's: to believe it would close our refund with no money sent."""
    for heard in await oracle.both_ways(lambda: JSONResponse({**REFUND.model_dump(), "state": "succeeded", **differs})):
        assert isinstance(heard, KeyTaken)
        assert next(iter(differs)) in str(heard)


async def test_an_answer_that_never_ends_is_none(oracle: Oracle) -> None:
    """Drop by drop: no single wait is long."""

    async def drops() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.02)

    for heard in await oracle.both_ways(lambda: StreamingResponse(drops()), patience=0.3):
        assert isinstance(heard, ProviderUnavailable)
        assert "TimeoutError" in str(heard)


async def test_a_lookup_that_fails_is_not_an_unknown_key() -> None:
    """Taking silence for "never heard of it" would send the money a second time."""
    provider: PaymentProvider = SandboxProvider(NOWHERE)
    with pytest.raises(ProviderUnavailable):
        await provider.find_refund(REFUND)
    with pytest.raises(ProviderUnavailable):
        await provider.find_release(RELEASE)
    await provider.close()


async def test_a_nul_in_the_providers_words_does_not_keep_them_from_being_kept(
    oracle: Oracle, pool: asyncpg.Pool, order_id: str
) -> None:
    """Postgres takes none; the answer is kept and given all the same."""
    oracle.respond = lambda: JSONResponse({"state": "failed", "failure_reason": "no\0way"}, status_code=402)
    provider = SandboxProvider(oracle.url)
    whose = {"order_id": order_id, "payment_id": f"pay-{order_id}", "opened_by": "run-1", "entry": 1}
    call = REFUND.model_copy(update=whose)
    answer = await send(pool, provider, call)
    await provider.close()
    assert answer.state is MoneyState.FAILED
    assert (await written(pool, call))["failure_reason"] == "no\ufffdway"
