"""The payment provider that the settings name. What each one does lives in `activities/providers/`."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Final

from activities.providers import PaymentProvider
from activities.providers.sandbox import SandboxProvider
from starter.settings import Settings, SettingsError


def _sandbox(settings: Settings) -> PaymentProvider:
    return SandboxProvider(settings.payment_url)


PROVIDERS: Final[Mapping[str, Callable[[Settings], PaymentProvider]]] = MappingProxyType({"sandbox": _sandbox})
"""Every payment provider by the name that settings know it by."""


@asynccontextmanager
async def payment_provider(settings: Settings) -> AsyncIterator[PaymentProvider]:
    """The provider that the settings name, with its connections. Raises `SettingsError`."""
    if settings.payment_provider not in PROVIDERS:
        raise SettingsError(f"COUNTERMAND_PAYMENT_PROVIDER must be one of: {', '.join(PROVIDERS)}.")
    provider = PROVIDERS[settings.payment_provider](settings)
    try:
        yield provider
    finally:
        await provider.close()
