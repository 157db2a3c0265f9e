"""Stripe's payment intents that are only authorised: captured over what an order costs, or canceled whole (R32)."""

from collections.abc import Awaitable, Callable
from typing import Any

import stripe

from activities.providers import KeyTaken, ProviderUnavailable
from activities.providers.stripe_answers import asked, believed, declined, refused, words
from activities.providers.stripe_money import from_stripe, to_stripe
from activities.providers.stripe_objects import StripeIntent
from workflows.messages.values import MoneyState
from workflows.messages.work import CaptureCall, ProviderAnswer, VoidCall


class Intents:
    """Captures and voids. An intent says itself, for ever, what became of it: no key of ours is needed to find it."""

    def __init__(self, api: Any, timeout: float) -> None:
        self._api = api
        self._timeout = timeout

    async def void(self, call: VoidCall) -> ProviderAnswer:
        return await self._done(call, lambda: self._api.payment_intents.cancel_async(*_of(call, {})))

    async def capture(self, call: CaptureCall) -> ProviderAnswer:
        try:
            amount = {"amount_to_capture": to_stripe(call.amount, call.currency)}
        except ValueError as error:
            return declined(str(error))
        return await self._done(call, lambda: self._api.payment_intents.capture_async(*_of(call, amount)))

    async def _done(self, call: VoidCall | CaptureCall, ask: Callable[[], Awaitable[Any]]) -> ProviderAnswer:
        """What became of an intent. One that is refused may be so because it is done: then that is the answer."""
        if not call.payment_id.startswith("pi_"):
            return declined(f"payment {call.payment_id} is no payment intent (pi_…), and was not authorised by one")
        what = f"{call.kind} {call.key}"
        try:
            said = believed(await asked(self._timeout, what, ask), StripeIntent, what)
        except (stripe.InvalidRequestError, stripe.CardError) as error:
            return await self.stands(call) or refused(error, what)
        answer = _of_intent(said, call)
        if answer is None:
            raise ProviderUnavailable(f"{what} was answered with an intent that is {said.status}")
        return answer

    async def stands(self, call: VoidCall | CaptureCall) -> ProviderAnswer | None:
        """What the payment intent says of itself."""
        what = f"look for {call.key}"
        try:
            said = await asked(self._timeout, what, lambda: self._api.payment_intents.retrieve_async(call.payment_id))
        except stripe.InvalidRequestError as error:
            if error.code == "resource_missing":
                return None
            raise ProviderUnavailable(f"{what}: {words(error)}") from None
        return _of_intent(believed(said, StripeIntent, what), call)


def _of(call: VoidCall | CaptureCall, asked: dict[str, Any]) -> tuple[str, dict[str, Any], dict[str, Any]]:
    return call.payment_id, asked, {"idempotency_key": call.key}


def _of_intent(said: StripeIntent, call: VoidCall | CaptureCall) -> ProviderAnswer | None:
    """What a payment intent means for this call."""
    if isinstance(call, VoidCall):
        return said.voided()
    answer = said.captured()
    if answer is None or answer.state is not MoneyState.SUCCEEDED or said.amount_received is None:
        return answer
    if (from_stripe(said.amount_received, said.our_currency), said.our_currency) != (call.amount, call.currency):
        raise KeyTaken(
            f"{said.id} at Stripe was captured over {said.amount_received} {said.our_currency}, not as asked"
        )
    return answer
