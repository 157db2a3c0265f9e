"""The provider's HTTP API. Deeds are entered in the book before they are answered; misbehaviour is asked for."""

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from starter.sandbox.book import Book, NotTaken
from starter.sandbox.pages import KINDS
from starter.sandbox.requests import (
    Behaviour,
    Chargeback,
    ConsoleRefund,
    NotUnderstood,
    Page,
    Payment,
    Transfer,
    Verdict,
)
from starter.sandbox.visitors import NoPages

HANG_SECONDS: Final = 30.0
"""How long a call that is to time out is held: longer than any client of ours waits."""
RETRY_AFTER: Final = "1"
"""Seconds for which a caller that calls too often is asked to wait."""
BEFORE_THE_DEED: Final = ("time_out_before", "error_before", "too_many")
REVERSED_AFTER: Final = 2
"""How many times the settling delay until a refund that is to be reversed late is reversed."""

Course = tuple[str, list[tuple[float, str]]]
"""The first state of a transfer, and what will become of it after so many seconds."""


class Provider:
    """The provider behind the API: a book, and how long a transfer takes to settle."""

    def __init__(self, book: Book, settle_after: float, changed: Callable[[], None]) -> None:
        self._book = book
        self._settle_after = settle_after
        self._changed = changed

    async def pay(self, request: Request) -> Response:
        made = self._book.pay(Payment.read(await request.body()))
        self._changed()
        return JSONResponse({}, status_code=201 if made else 200)

    async def refund_by_hand(self, request: Request) -> Response:
        """Money given back in the console, which nobody asked for by a call."""
        refund = ConsoleRefund.read(await request.body())
        state, plans = self._course(refund.becomes)
        done = self._book.refund_by_hand(request.path_params["payment_id"], refund, state, plans)
        self._changed()
        return JSONResponse({name: done[name] for name in ("reference", "state", "amount", "currency")}, 201)

    async def of_payment(self, request: Request) -> Response:
        """What went back of a payment, and what the banks say of it."""
        payment_id = request.path_params["payment_id"]
        if self._book.promised(payment_id) is None:
            return JSONResponse({"error": f"there is no payment {payment_id}"}, status_code=404)
        return JSONResponse(self._book.of_payment(payment_id))

    async def behave(self, request: Request) -> Response:
        self._book.misdeeds.remember(Behaviour.read(await request.body()))
        return JSONResponse({}, status_code=201)

    async def show_book(self, request: Request) -> Response:
        return JSONResponse(self._book.pages(request.query_params.get("order_id")))

    async def charge_back(self, request: Request) -> Response:
        made = self._book.charge_back(Chargeback.read(await request.body()))
        self._changed()
        return JSONResponse({}, status_code=201 if made else 200)

    async def decide(self, request: Request) -> Response:
        """The bank's word on a chargeback."""
        verdict = Verdict.read(await request.body())
        if not self._book.chargebacks.decide(request.path_params["chargeback_id"], verdict):
            return JSONResponse({"error": "there is no such chargeback"}, status_code=404)
        self._changed()
        return JSONResponse({})

    async def entries(self, request: Request) -> Response:
        """A page of the book in the order of its entries."""
        return JSONResponse(self._book.entries(Page.read(request.query_params)))

    async def list_chargebacks(self, request: Request) -> Response:
        """A page of what the banks say, in the order in which they began."""
        return JSONResponse(self._book.begun_chargebacks(Page.read(request.query_params)))

    async def pending(self, _: Request) -> Response:
        """How much is still to settle and to tell."""
        return JSONResponse(self._book.pending())

    async def counts(self, _: Request) -> Response:
        """What came of all calls and webhooks, by how many."""
        return JSONResponse(self._book.counts())

    async def find(self, request: Request) -> Response:
        kind, key = request.url.path.split("/")[1][:-1], request.path_params["key"]
        known = self._book.transfer(kind, key)
        return _told(known) if known else JSONResponse({"error": f"there is no {kind} {key}"}, status_code=404)

    async def send(self, request: Request) -> Response:
        """Something to be moved or given back."""
        key = request.headers.get("Idempotency-Key")
        if not key:
            return JSONResponse({"error": "the header Idempotency-Key is missing"}, status_code=400)
        kind = request.url.path.strip("/")[:-1]
        transfer = Transfer.read(await request.body(), kind=kind, key=key)
        if known := self._book.remembered(kind, key):
            same = known["content"] == transfer.canonical()
            self._book.noted(transfer, "repeated" if same else "key reused")
            return _told(known) if same else JSONResponse({"error": f"{key} was another call"}, status_code=409)
        return await self._sent(request, transfer, self._book.misdeeds.of_call(transfer))

    async def _sent(self, request: Request, transfer: Transfer, wrong: str | None) -> Response:
        if wrong in BEFORE_THE_DEED:
            self._book.noted(transfer, wrong)
            return await _refused_before(request, wrong)
        done = self._do(transfer, wrong)
        self._book.noted(transfer, wrong or "taken")
        self._changed()
        match wrong:
            case "time_out_after":
                return await _hanging(request)
            case "error_after":
                return PlainTextResponse("internal error", status_code=500)
            case "nonsense_after":
                return PlainTextResponse("<html>Welcome!</html>")
        return _told(done, status_code=201)

    def _do(self, transfer: Transfer, wrong: str | None) -> dict[str, Any]:
        """Enter the deed, and what will become of it."""
        if reason := "declined by the bank" if wrong == "decline" else self._impossible(transfer):
            return self._book.open(transfer, "failed", [], reason)
        if wrong == "settle_at_once":
            return self._book.open(transfer, "succeeded", [])
        late = {"fail_late": "failed", "reverse_late": "reversed"}.get(wrong or "", "succeeded")
        possible = late != "reversed" or transfer.kind in ("refund", "release")
        return self._book.open(transfer, *self._course(late if possible else "succeeded"))

    def _course(self, becomes: str) -> Course:
        """The first state of what becomes that in the end, and what is planned for it."""
        settles = self._settle_after
        match becomes:
            case "succeeded" if not settles:
                return "succeeded", []
            case "reversed":
                return "pending", [(settles, "succeeded"), (settles * REVERSED_AFTER, "reversed")]
            case _:
                return "pending", [(settles, becomes)]

    def _impossible(self, transfer: Transfer) -> str | None:
        """Why it cannot be done."""
        if transfer.kind == "release":
            return None
        assert transfer.payment_id, f"a {transfer.kind} needs its payment"
        if transfer.kind == "refund":
            return self._book.why_no_refund(transfer.payment_id, transfer.amount, transfer.currency)
        payment = self._book.promised(transfer.payment_id)
        if payment is None:
            return f"there is no payment {transfer.payment_id}"
        if transfer.kind == "void" and payment["state"] == "voided":
            return None
        if payment["state"] != "authorized":
            return f"the payment is {payment['state']}"
        if transfer.currency != payment["currency"]:
            return f"the payment was authorised in {payment['currency']}"
        return f"only {payment['amount']} are authorised" if transfer.amount > payment["amount"] else None


def create_app(provider: Provider) -> Starlette:
    """The API over one provider."""
    return Starlette(
        routes=[
            Route("/payments", provider.pay, methods=["POST"]),
            Route("/payments/{payment_id}", provider.of_payment),
            Route("/payments/{payment_id}/refunds", provider.refund_by_hand, methods=["POST"]),
            *(Route(f"/{kind}s", provider.send, methods=["POST"]) for kind in KINDS),
            *(Route(f"/{kind}s/{{key}}", provider.find) for kind in KINDS),
            Route("/chargebacks", provider.charge_back, methods=["POST"]),
            Route("/chargebacks/{chargeback_id}/decision", provider.decide, methods=["POST"]),
            Route("/chargebacks", provider.list_chargebacks),
            Route("/entries", provider.entries),
            Route("/pending", provider.pending),
            Route("/counts", provider.counts),
            Route("/behaviour", provider.behave, methods=["POST"]),
            Route("/book", provider.show_book),
        ],
        middleware=[Middleware(NoPages)],
        exception_handlers={NotUnderstood: _not_valid, NotTaken: _not_valid, HTTPException: _not_served},
    )


async def _not_valid(_: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, status_code=422)


async def _not_served(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException), "the handler of HTTPException"
    paths = ["payments", *(f"{kind}s" for kind in KINDS), "chargebacks", "entries", "behaviour", "book"]
    told = f"{error.detail}; this API has /{', /'.join(paths)}"
    return JSONResponse({"error": told}, status_code=error.status_code, headers=error.headers)


async def _refused_before(request: Request, wrong: str | None) -> Response:
    """An answer, or none, to a call that was not carried out."""
    match wrong:
        case "too_many":
            return PlainTextResponse("slow down", status_code=429, headers={"Retry-After": RETRY_AFTER})
        case "error_before":
            return PlainTextResponse("internal error", status_code=500)
        case _:
            return await _hanging(request)


async def _hanging(request: Request) -> Response:
    """Hold the call without an answer until its caller gives up."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(HANG_SECONDS):
            while (await request.receive())["type"] != "http.disconnect":
                pass
    return PlainTextResponse("too late", status_code=504)


def _told(transfer: dict[str, Any], status_code: int = 200) -> Response:
    """A transfer as the API shows it; a declined one is 402 when it is made, and found like any other later."""
    own = {name: transfer[name] for name in ("key", "state", "reference", "failure_reason")}
    body = json.loads(transfer["content"]) | own
    declined = status_code == 201 and transfer["state"] == "failed"
    return JSONResponse(body, status_code=402 if declined else status_code)
