"""What the engine needs of a payment provider, whichever it is. One module beside this one for each provider."""

from typing import Protocol

from workflows.messages.work import ProviderAnswer, RefundCall, ReleaseCall


class ProviderUnavailable(Exception):
    """The payment provider did not answer, or not with sense: the deed may be done or not, and must be looked up."""


class PaymentProvider(Protocol):
    """Idempotent by key: the same call again is the same deed. A decline is an answer, `failed` with its reason.

    Every method raises `ProviderUnavailable` when it cannot say what happened.
    """

    @property
    def name(self) -> str:
        """What people call it."""

    async def refund(self, call: RefundCall) -> ProviderAnswer:
        """Send the money back to the payment it came from."""

    async def find_refund(self, key: str) -> ProviderAnswer | None:
        """What became of the refund with this key; None when no such refund ever reached the provider."""

    async def release(self, call: ReleaseCall) -> ProviderAnswer:
        """Pay the seller."""

    async def find_release(self, key: str) -> ProviderAnswer | None:
        """What became of the release with this key; None when no such release ever reached the provider."""

    async def close(self) -> None:
        """Give back its connections."""
