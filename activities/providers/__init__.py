"""What the engine needs of a payment provider, whichever it is. One module beside this one for each provider."""

from typing import Protocol

from workflows.messages.work import ProviderAnswer, RefundCall, ReleaseCall


class ProviderUnavailable(Exception):
    """The payment provider did not answer, or not with sense: the deed may be done or not, and must be looked up."""


class KeyReused(Exception):
    """The key stands for another call at the provider: its state says nothing of this one, now or later."""


class PaymentProvider(Protocol):
    """Idempotent by key: the same call again is the same deed. A decline is an answer, `failed` with its reason.

    Every method raises `ProviderUnavailable` when it cannot say what happened, and `KeyReused` when it is not its key.
    """

    @property
    def name(self) -> str:
        """What people call it."""

    async def refund(self, call: RefundCall) -> ProviderAnswer:
        """Send the money back to the payment it came from."""

    async def find_refund(self, call: RefundCall) -> ProviderAnswer | None:
        """What became of this refund, by its key; None when it never reached the provider."""

    async def release(self, call: ReleaseCall) -> ProviderAnswer:
        """Pay the seller."""

    async def find_release(self, call: ReleaseCall) -> ProviderAnswer | None:
        """What became of this release, by its key; None when it never reached the provider."""

    async def close(self) -> None:
        """Give back its connections."""
