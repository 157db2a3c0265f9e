"""The sandbox provider's client: its HTTP API as a `PaymentProvider`. The provider itself is `starter/sandbox`."""

from typing import Final

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from activities.providers import ProviderUnavailable
from workflows.messages.values import MoneyState
from workflows.messages.work import MoneyCall, ProviderAnswer, RefundCall, ReleaseCall

TIMEOUT: Final = 10.0
"""Seconds for one call; shorter than the activity's own 20, so that it is us who say that no answer came."""
DECLINED: Final = httpx.codes.PAYMENT_REQUIRED
NOT_KNOWN: Final = httpx.codes.NOT_FOUND


class _Said(BaseModel):
    """The provider's answer as we need it; whatever else it says is its own business."""

    model_config = ConfigDict(extra="ignore")

    state: MoneyState
    reference: str | None = None
    failure_reason: str | None = None


class SandboxProvider:
    """A `PaymentProvider` over HTTP."""

    name = "sandbox"

    def __init__(self, base_url: str, timeout: float = TIMEOUT) -> None:
        self._http = httpx.AsyncClient(base_url=base_url, timeout=timeout)

    async def refund(self, call: RefundCall) -> ProviderAnswer:
        return await self._send("/refunds", call)

    async def find_refund(self, key: str) -> ProviderAnswer | None:
        return await self._find(f"/refunds/{key}")

    async def release(self, call: ReleaseCall) -> ProviderAnswer:
        return await self._send("/releases", call)

    async def find_release(self, key: str) -> ProviderAnswer | None:
        return await self._find(f"/releases/{key}")

    async def close(self) -> None:
        await self._http.aclose()

    async def _send(self, path: str, call: MoneyCall) -> ProviderAnswer:
        content = call.model_dump(mode="json", exclude={"key"})
        answer = await self._asked("POST", path, json=content, headers={"Idempotency-Key": call.key})
        return _understood(answer)

    async def _find(self, path: str) -> ProviderAnswer | None:
        answer = await self._asked("GET", path)
        return None if answer.status_code == NOT_KNOWN else _understood(answer)

    async def _asked(self, method: str, path: str, **content: object) -> httpx.Response:
        try:
            return await self._http.request(method, path, **content)  # type: ignore[arg-type]  # as httpx takes them
        except httpx.HTTPError as error:
            raise ProviderUnavailable(f"{method} {path}: {type(error).__name__} {error}".rstrip()) from error


def _understood(answer: httpx.Response) -> ProviderAnswer:
    """The answer in our words. Whatever is neither a yes nor a decline says nothing about the money."""
    if not answer.is_success and answer.status_code != DECLINED:
        raise ProviderUnavailable(f"{answer.request.url.path} was answered with {answer.status_code}")
    try:
        said = _Said.model_validate_json(answer.content)
        return ProviderAnswer(
            state=said.state,
            provider_reference=said.reference,
            failure_reason=said.failure_reason,
        )
    except ValidationError as error:
        raise ProviderUnavailable(f"{answer.request.url.path} was answered with nonsense") from error
