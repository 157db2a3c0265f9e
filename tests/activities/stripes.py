"""For tests: a Stripe on this machine. localstripe as a process, and a door before it. No test lives here.

The door lets everything through, and does what localstripe cannot: it answers with what Stripe itself would have said
(recorded shapes), loses answers after the deed, and makes transfers, which localstripe does not know at all. It adds no
idempotency keys: localstripe has none, and what is one deed here is one by our own doing.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl
from uuid import uuid4

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from starter.embedded.processes import free_port
from tests.activities.sandboxes import PATIENCE, POLL, listening

KEY: Final = "sk_test_only_the_tests_know_this"
SECRET: Final = "whsec_only_the_tests_know_this_secret_of_ours"
OLD_SECRET: Final = "whsec_the_secret_that_was_there_before_it"
CARD: Final = {"number": "4242424242424242", "exp_month": "12", "exp_year": "2030", "cvc": "123"}
DECLINED_CARD: Final = CARD | {"number": "4000000000000341"}
"""One that can be kept, and then cannot be charged."""
SERVER: Final = Path(__file__).with_name("localstripe_here.py")


def refused(code: str | None, message: str, status: int = 400, kind: str = "invalid_request_error") -> Response:
    """An error of Stripe's as it looks."""
    error = {"type": kind, "message": message} | ({"code": code} if code else {})
    return JSONResponse({"error": error}, status_code=status)


@dataclass
class LocalStripe:
    """One running localstripe behind the door."""

    behind: str
    """Where localstripe itself answers."""
    url: str = ""
    """Where the door is."""
    next_answers: list[Response] = field(default_factory=list)
    """What the next POSTs are answered with, instead of reaching localstripe."""
    lost_answers: int = 0
    """How many of the next POSTs are done, and answered with an error of whoever stands between."""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    """Path and query of every GET."""
    transfers: list[dict[str, Any]] = field(default_factory=list)
    disputes: list[dict[str, Any]] = field(default_factory=list)
    """Of which localstripe knows nothing either; the newest first."""

    def app(self) -> Starlette:
        routes = [
            Route("/v1/transfers", self._transfers, methods=["GET", "POST"]),
            Route("/v1/disputes", self._list_disputes),
            Route("/{path:path}", self._through, methods=["GET", "POST", "DELETE"]),
        ]
        return Starlette(routes=routes)

    async def pay(self, order_id: str, amount: int = 2_299, **more: str) -> dict[str, Any]:
        """A buyer pays for an order; the payment intent."""
        paid = await self._pays(order_id, amount, CARD, **more)
        return paid.raise_for_status().json()  # type: ignore[no-any-return]

    async def intent(self, payment_id: str) -> dict[str, Any]:
        """A payment intent, by localstripe's own word."""
        async with self._http() as http:
            answer = await http.get(f"/v1/payment_intents/{payment_id}")
        found: dict[str, Any] = answer.raise_for_status().json()
        return found

    async def fails_to_pay(self, order_id: str) -> None:
        """A buyer tries to, with a card that has nothing on it."""
        assert (await self._pays(order_id, 2_299, DECLINED_CARD)).status_code == 402

    async def _pays(self, order_id: str, amount: int, card: dict[str, str], **more: str) -> httpx.Response:
        async with self._http() as http:
            method = await http.post("/v1/payment_methods", data={"type": "card", **_nested("card", card)})
            intent = {
                "amount": str(amount),
                "currency": "usd",
                "payment_method": method.raise_for_status().json()["id"],
                "confirm": "true",
                "metadata[order_id]": order_id,
                **more,
            }
            return await http.post("/v1/payment_intents", data=intent)

    async def refunds(self, payment_id: str) -> list[dict[str, Any]]:
        """What went back of a payment, by localstripe's own word."""
        async with self._http() as http:
            answer = await http.get("/v1/refunds", params={"payment_intent": payment_id, "limit": 100})
        found: list[dict[str, Any]] = answer.raise_for_status().json()["data"]
        return found

    async def refund_by_hand(self, payment_id: str, amount: int) -> dict[str, Any]:
        """Somebody gives money back in the dashboard; the refund."""
        async with self._http() as http:
            made = await http.post("/v1/refunds", data={"payment_intent": payment_id, "amount": str(amount)})
        refund: dict[str, Any] = made.raise_for_status().json()
        return refund

    async def every(self, what: str) -> list[dict[str, Any]]:
        """All of a kind that localstripe has."""
        async with self._http() as http:
            answer = await http.get(f"/v1/{what}", params={"limit": 1_000})
        found: list[dict[str, Any]] = answer.raise_for_status().json()["data"]
        return found

    async def tells(self, url: str, secret: str = SECRET) -> None:
        """Every event from now on goes to `url`."""
        async with self._http() as http:
            (await http.post("/_config/webhooks/us", json={"url": url, "secret": secret})).raise_for_status()

    def _http(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.behind, headers={"authorization": f"Bearer {KEY}"}, timeout=PATIENCE)

    async def _through(self, request: Request) -> Response:
        if request.method == "POST" and self.next_answers:
            return self.next_answers.pop(0)
        query = dict(request.query_params)
        if request.method == "GET":
            self.asked.append((request.url.path, query))
        # localstripe knows no `created`: it lists everything, and everything here is of today.
        known = {name: value for name, value in query.items() if not name.startswith("created")}
        async with self._http() as http:
            answer = await http.request(
                request.method,
                request.url.path,
                params=known,
                content=await request.body(),
                headers={"content-type": request.headers.get("content-type", "application/x-www-form-urlencoded")},
            )
        return self._unless_lost(
            request, Response(answer.content, answer.status_code, {"content-type": "application/json"})
        )

    def _unless_lost(self, request: Request, answer: Response) -> Response:
        if request.method == "POST" and self.lost_answers:
            self.lost_answers -= 1
            return Response("<html>Bad Gateway</html>", status_code=502)
        return answer

    async def _transfers(self, request: Request) -> Response:
        if request.method == "POST":
            if self.next_answers:
                return self.next_answers.pop(0)
            form = dict(parse_qsl((await request.body()).decode()))
            self.transfers.insert(0, transfer(form))
            return self._unless_lost(request, JSONResponse(self.transfers[0]))
        return self._listed(request, self.transfers, "transfer_group")

    async def _list_disputes(self, request: Request) -> Response:
        return self._listed(request, self.disputes, "payment_intent")

    def _listed(self, request: Request, every: list[dict[str, Any]], about: str) -> Response:
        """A page of those that are `about` the same thing, as Stripe lists them."""
        query = dict(request.query_params)
        self.asked.append((request.url.path, query))
        wanted = query.get(about)
        found = [each for each in every if wanted in (None, each[about])]
        ids = [each["id"] for each in found]
        first = ids.index(query["starting_after"]) + 1 if "starting_after" in query else 0
        page = found[first : first + int(query["limit"])]
        more = len(found) > first + len(page)
        return JSONResponse({"object": "list", "url": request.url.path, "data": page, "has_more": more})


def transfer(form: dict[str, str], **changes: object) -> dict[str, Any]:
    """A transfer as Stripe documents it, made of what was asked for."""
    metadata = {name[9:-1]: value for name, value in form.items() if name.startswith("metadata[")}
    return {
        "id": f"tr_{uuid4().hex}",
        "object": "transfer",
        "amount": int(form["amount"]),
        "amount_reversed": 0,
        "balance_transaction": f"txn_{uuid4().hex}",
        "created": int(time.time()),
        "currency": form["currency"],
        "description": None,
        "destination": form["destination"],
        "destination_payment": f"py_{uuid4().hex}",
        "livemode": False,
        "metadata": metadata,
        "reversals": {"object": "list", "data": [], "has_more": False, "url": "/v1/transfers/tr/reversals"},
        "reversed": False,
        "source_transaction": None,
        "source_type": "card",
        "transfer_group": form.get("transfer_group"),
        **changes,
    }


def dispute(payment_id: str, amount: int, status: str, **changes: object) -> dict[str, Any]:
    """A dispute as Stripe documents it."""
    return {
        "id": f"dp_{uuid4().hex}",
        "object": "dispute",
        "amount": amount,
        "charge": f"ch_{uuid4().hex}",
        "created": int(time.time()),
        "currency": "usd",
        "livemode": False,
        "metadata": {},
        "payment_intent": payment_id,
        "reason": "fraudulent",
        "status": status,
        **changes,
    }


def _nested(name: str, content: dict[str, str]) -> dict[str, str]:
    return {f"{name}[{field}]": value for field, value in content.items()}


@asynccontextmanager
async def localstripe_process() -> AsyncIterator[LocalStripe]:
    """localstripe with nothing in it, and the door before it; stopped at the end."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(sys.executable, "-P", SERVER, str(port))
    made = LocalStripe(f"http://127.0.0.1:{port}")
    try:
        async with asyncio.timeout(PATIENCE):
            while not await _answers(made.behind):
                assert process.returncode is None, "localstripe ended"
                await asyncio.sleep(POLL)
        async with listening(made.app()) as made.url:
            yield made
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


async def _answers(url: str) -> bool:
    async with httpx.AsyncClient(base_url=url) as http:
        try:
            return (await http.get("/v1/refunds")).status_code == 401
        except httpx.TransportError:
            return False
