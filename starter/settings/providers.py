"""The payment provider that the settings name, and who reads its webhooks. What each does: `activities/providers/`."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Final, NamedTuple

from activities.providers import PaymentProvider, WebhookReader
from activities.providers.sandbox import SandboxProvider
from activities.providers.sandbox_webhooks import SandboxWebhooks
from activities.providers.stripe import StripeProvider
from activities.providers.stripe_money import STEPS
from activities.providers.stripe_webhooks import StripeWebhooks
from starter.settings.environment import Settings, SettingsError


class Known(NamedTuple):
    """A payment provider as the engine meets it."""

    provider: Callable[[Settings], PaymentProvider]
    webhooks: Callable[[Sequence[str]], WebhookReader]
    steps: Mapping[str, int] = MappingProxyType({})
    """Currencies of which it moves only multiples of so many minor units."""


def _sandbox(settings: Settings) -> PaymentProvider:
    return SandboxProvider(settings.payment_url)


def _stripe(settings: Settings) -> PaymentProvider:
    return StripeProvider(settings.payment_key, settings.given_payment_url)


PROVIDERS: Final[Mapping[str, Known]] = MappingProxyType(
    {"sandbox": Known(_sandbox, SandboxWebhooks), "stripe": Known(_stripe, StripeWebhooks, STEPS)}
)
"""Every payment provider by the name that settings know it by."""


@asynccontextmanager
async def payment_provider(settings: Settings) -> AsyncIterator[PaymentProvider]:
    """The provider that the settings name, with its connections. Raises `SettingsError`."""
    provider = _known(settings).provider(settings)
    try:
        yield provider
    finally:
        await provider.close()


def webhook_reader(settings: Settings) -> WebhookReader:
    """Who reads the webhooks of the provider that the settings name. Raises `SettingsError`."""
    return _known(settings).webhooks(settings.webhook_secrets)


def currency_steps(settings: Settings) -> Mapping[str, int]:
    """What the provider that the settings name asks of the terms of new orders. Raises `SettingsError`."""
    return _known(settings).steps


def _known(settings: Settings) -> Known:
    if settings.payment_provider not in PROVIDERS:
        raise SettingsError(f"COUNTERMAND_PAYMENT_PROVIDER must be one of: {', '.join(PROVIDERS)}.")
    return PROVIDERS[settings.payment_provider]
