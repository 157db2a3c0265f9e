"""What an answer of Stripe's is worth: believed, a definite no, or nothing at all. What it is about lives elsewhere."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import stripe
from pydantic import ValidationError

from activities.providers import KeyTaken, ProviderUnavailable
from activities.providers.stripe_objects import StripeSaid
from activities.retry_after import retry_after
from workflows.messages.values import MoneyState
from workflows.messages.work import ProviderAnswer

MAX_WORDS: Final = 500
"""Characters of what Stripe says of a failure; it is meant for a line on a screen."""
DEFINITE: Final = frozenset({400, 402, 404})
"""The statuses with which Stripe says that it has done nothing, and why."""

S = TypeVar("S", bound=StripeSaid)


async def asked(seconds: float, what: str, ask: Callable[[], Awaitable[Any]]) -> Any:
    """What Stripe answers. Only its definite words come out as its own errors."""
    try:
        async with asyncio.timeout(seconds):
            return await ask()
    except TimeoutError:
        raise ProviderUnavailable(f"{what}: no answer within {seconds:g} seconds") from None
    except stripe.IdempotencyError as error:
        raise KeyTaken(f"{what}: {words(error)}") from None
    except (stripe.InvalidRequestError, stripe.CardError):
        raise
    except stripe.StripeError as error:
        raise unavailable(what, error) from None
    except Exception as error:
        # The library trips in its own ways over what is no answer of Stripe's.
        raise ProviderUnavailable(f"{what} was answered with nonsense: {type(error).__name__}") from error


def believed(answer: Any, kind: type[S], what: str) -> S:
    """The object, if it is one of its kind."""
    try:
        return kind.model_validate(answer.to_dict())
    except (ValidationError, AttributeError, TypeError) as error:
        raise ProviderUnavailable(f"{what} was answered with nonsense") from error


def refused(error: stripe.InvalidRequestError | stripe.CardError, what: str) -> ProviderAnswer:
    """A definite no. A 404 counts only when it says what is missing: a wrong address is answered with one, too."""
    if error.http_status not in DEFINITE or (error.http_status == 404 and error.code != "resource_missing"):
        raise unavailable(what, error) from None
    return declined(words(error))


def declined(reason: str) -> ProviderAnswer:
    return ProviderAnswer(state=MoneyState.FAILED, failure_reason=reason[:MAX_WORDS])


def words(error: stripe.StripeError) -> str:
    """Its code and its sentence, whichever it gave."""
    said = (error.code, error.user_message)
    return ": ".join(str(part) for part in said if part)[:MAX_WORDS] or "refused without a word"


def unavailable(what: str, error: stripe.StripeError) -> ProviderUnavailable:
    headers = {str(name).lower(): str(value) for name, value in (error.headers or {}).items()}
    later = retry_after(headers.get("retry-after", ""), datetime.now(UTC))
    if error.http_status is None:
        # The library's own sentence is two lines of advice; the cause says what happened.
        return ProviderUnavailable(f"{what}: no connection ({type(error.__cause__ or error).__name__})", later)
    return ProviderUnavailable(f"{what} was answered with {error.http_status}: {words(error)[:120]}", later)
