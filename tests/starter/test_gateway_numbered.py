"""The id of a request: the caller's own where it is sane, told with every answer, and in every problem."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from starter.gateway.numbered import MAX_REQUEST_ID, request_id_of
from tests.starter.doorbell import calling
from tests.starter.webhooks import Notebook, a_problem, served_by, told, webhook


@pytest_asyncio.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with calling(served_by(Notebook())) as made:
        yield made


@pytest.mark.parametrize("given", ["r", "A-1.b_2:c", "7" * MAX_REQUEST_ID])
def test_a_sane_id_of_the_callers_stays(given: str) -> None:
    assert request_id_of([(b"x-request-id", given.encode())]) == given


@pytest.mark.parametrize("given", [b"", b"7" * (MAX_REQUEST_ID + 1), b"a b", b"a\nb", b"<script>", b"\xfc"])
def test_any_other_is_replaced(given: bytes) -> None:
    made = request_id_of([(b"x-request-id", given)])
    assert made.encode() != given
    assert request_id_of([(b"x-request-id", made.encode())]) == made


def test_of_two_neither_is_the_id() -> None:
    assert request_id_of([(b"x-request-id", b"a"), (b"x-request-id", b"b")]) not in ("a", "b")


async def test_every_answer_tells_it(http: httpx.AsyncClient) -> None:
    assert (await http.get("/healthz", headers={"X-Request-Id": "r-1"})).headers["x-request-id"] == "r-1"
    first, second = [(await http.get("/healthz")).headers["x-request-id"] for _ in range(2)]
    assert first != second


async def test_every_problem_has_it_also_where_no_route_is(http: httpx.AsyncClient) -> None:
    missing = await http.get("/nowhere", headers={"X-Request-Id": "r-2", "Accept-Language": "de"})
    problem = a_problem(missing, 404, "not_found")
    assert problem["request_id"] == "r-2"
    assert "gibt es hier nichts" in problem["detail"]
    assert missing.headers["content-language"] == "de"
    a_problem(await http.delete("/healthz"), 405, "method_not_allowed")


async def test_who_answers_in_english_alone_says_so() -> None:
    """A provider's signature is not right: what its library says of it is in no catalogue."""
    async with calling(served_by(Notebook()), **{"Accept-Language": "de"}) as http:
        answer = await told(http, webhook(), {"webhook-id": "m"})
        a_problem(answer, 401, "unauthorized")
        assert answer.headers["content-language"] == "en"
