"""The sandbox provider's client: its HTTP API as a `PaymentProvider`. The provider itself is `starter/sandbox`."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from activities.providers import (
    BookChargeback,
    BookEntry,
    BookPage,
    ChargebackPage,
    KeyTaken,
    ProviderUnavailable,
    WentBack,
)
from activities.retry_after import retry_after
from workflows.messages.chargebacks import ChargebackOutcome
from workflows.messages.values import MoneyState
from workflows.messages.work import OUR_OWN, CaptureCall, MoneyCall, ProviderAnswer, RefundCall, ReleaseCall, VoidCall

TIMEOUT: Final = 10.0
"""Seconds for one call; shorter than the activity's own 20, so that it is us who say that no answer came."""
DECLINED: Final = httpx.codes.PAYMENT_REQUIRED
NOT_KNOWN: Final = httpx.codes.NOT_FOUND
ANOTHER: Final = httpx.codes.CONFLICT

M = TypeVar("M", bound=BaseModel)


class _Said(BaseModel):
    """The provider's answer as we need it; what else it says must only not be about another call."""

    model_config = ConfigDict(extra="allow")

    state: MoneyState
    reference: str | None = None
    failure_reason: str | None = None


class _Entry(BaseModel):
    kind: Literal["payment", "refund", "release"]
    key: str | None
    order_id: str | None
    amount: int
    currency: str
    state: MoneyState
    reference: str
    payment_id: str | None
    failure_reason: str | None
    created_at: datetime

    def told(self) -> BookEntry:
        """What was made by hand has no key of ours, and stands under its reference."""
        own = {"key": self.key or self.reference, "is_ours": self.key is not None, "reason": self.failure_reason}
        return BookEntry(**(self.model_dump(exclude={"failure_reason"}) | own))


class _Chargeback(BaseModel):
    chargeback_id: str
    payment_id: str
    order_id: str | None
    amount: int
    currency: str
    outcome: Literal["open", "won", "lost"]
    decided_at: datetime

    def told(self) -> BookChargeback:
        outcome = None if self.outcome == "open" else ChargebackOutcome(self.outcome)
        named = self.model_dump(exclude={"outcome", "decided_at"})
        return BookChargeback(**named, outcome=outcome, occurred_at=self.decided_at)


class _Page(BaseModel):
    entries: tuple[_Entry, ...]
    cursor: str | None


class _Chargebacks(BaseModel):
    chargebacks: tuple[_Chargeback, ...]
    cursor: str | None


class _WentBack(BaseModel):
    refunds: tuple[_Entry, ...]
    chargebacks: tuple[_Chargeback, ...]


class SandboxProvider:
    """A `PaymentProvider` over HTTP."""

    name = "sandbox"

    def __init__(self, base_url: str, timeout: float = TIMEOUT) -> None:
        self._http = httpx.AsyncClient(base_url=base_url, timeout=None)  # noqa: S113 - `_asked` limits the whole call
        self._timeout = timeout

    async def refund(self, call: RefundCall) -> ProviderAnswer:
        return await self._send("/refunds", call)

    async def find_refund(self, call: RefundCall) -> ProviderAnswer | None:
        return await self._find(f"/refunds/{call.key}", call)

    async def void(self, call: VoidCall) -> ProviderAnswer:
        return await self._send("/voids", call)

    async def find_void(self, call: VoidCall) -> ProviderAnswer | None:
        return await self._find(f"/voids/{call.key}", call)

    async def capture(self, call: CaptureCall) -> ProviderAnswer:
        return await self._send("/captures", call)

    async def find_capture(self, call: CaptureCall) -> ProviderAnswer | None:
        return await self._find(f"/captures/{call.key}", call)

    async def release(self, call: ReleaseCall) -> ProviderAnswer:
        return await self._send("/releases", call)

    async def find_release(self, call: ReleaseCall) -> ProviderAnswer | None:
        return await self._find(f"/releases/{call.key}", call)

    async def entries(self, since: datetime, until: datetime, cursor: str | None = None) -> BookPage:
        page = await self._read("/entries", _Page, _between(since, until, cursor))
        return BookPage(tuple(entry.told() for entry in page.entries), page.cursor)

    async def chargebacks(self, since: datetime, until: datetime, cursor: str | None = None) -> ChargebackPage:
        page = await self._read("/chargebacks", _Chargebacks, _between(since, until, cursor))
        return ChargebackPage(tuple(chargeback.told() for chargeback in page.chargebacks), page.cursor)

    async def went_back(self, payment_id: str) -> WentBack:
        path = f"/payments/{quote(payment_id, safe='')}"
        known = await self._read(path, _WentBack, {}, unknown=_WentBack(refunds=(), chargebacks=()))
        refunds = tuple(refund.told() for refund in known.refunds)
        return WentBack(refunds, tuple(chargeback.told() for chargeback in known.chargebacks))

    async def close(self) -> None:
        await self._http.aclose()

    async def _read(self, path: str, kind: type[M], asked: Mapping[str, str], unknown: M | None = None) -> M:
        answer = await self._asked("GET", path, params=asked)
        if answer.status_code == NOT_KNOWN and unknown is not None:
            return unknown
        if not answer.is_success:
            raise ProviderUnavailable(f"{path} was answered with {answer.status_code}", _retry_after(answer))
        try:
            return kind.model_validate_json(answer.content)
        except ValidationError as error:
            raise ProviderUnavailable(f"{path} was answered with nonsense") from error

    async def _send(self, path: str, call: MoneyCall) -> ProviderAnswer:
        content = call.model_dump(mode="json", exclude={"key", *OUR_OWN})
        answer = await self._asked("POST", path, json=content, headers={"Idempotency-Key": call.key})
        return _understood(answer, call)

    async def _find(self, path: str, call: MoneyCall) -> ProviderAnswer | None:
        answer = await self._asked("GET", path)
        return None if answer.status_code == NOT_KNOWN else _understood(answer, call)

    async def _asked(self, method: str, path: str, **content: object) -> httpx.Response:
        try:
            # httpx limits each wait alone: an answer that comes drop by drop would outlast the activity.
            async with asyncio.timeout(self._timeout):
                return await self._http.request(method, path, **content)  # type: ignore[arg-type]  # as httpx takes them
        except (httpx.HTTPError, TimeoutError) as error:
            raise ProviderUnavailable(f"{method} {path}: {type(error).__name__} {error}".rstrip()) from None


def _between(since: datetime, until: datetime, cursor: str | None) -> dict[str, str]:
    return {"since": since.isoformat(), "until": until.isoformat()} | ({"cursor": cursor} if cursor else {})


def _retry_after(answer: httpx.Response) -> timedelta | None:
    return retry_after(answer.headers.get("Retry-After", ""), datetime.now(UTC))


def _understood(answer: httpx.Response, call: MoneyCall) -> ProviderAnswer:
    """The answer in our words. Whatever is neither a yes nor a decline says nothing about the money."""
    path, declined = answer.request.url.path, answer.status_code == DECLINED
    if answer.status_code == ANOTHER:
        raise KeyTaken(f"{path} was answered with 409: {call.key} is another call there")
    if not answer.is_success and not declined:
        raise ProviderUnavailable(f"{path} was answered with {answer.status_code}", _retry_after(answer))
    try:
        said = _Said.model_validate_json(answer.content)
        understood = ProviderAnswer(
            state=said.state,
            provider_reference=said.reference,
            failure_reason=said.failure_reason,
        )
    except ValidationError as error:
        raise ProviderUnavailable(f"{path} was answered with nonsense") from error
    if declined and understood.state is not MoneyState.FAILED:
        raise ProviderUnavailable(f"{path} was answered with nonsense: a decline that is {understood.state}")
    about = said.model_extra or {}
    if wrong := [name for name, value in call if about.get(name, value) != value]:
        raise KeyTaken(f"{path} is about another call: {', '.join(wrong)} differ there")
    return understood
