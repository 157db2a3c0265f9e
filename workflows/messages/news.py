"""Which states news of money may name: what providers say of refunds and payouts, ours and others'."""

from typing import Annotated, Final

from pydantic import AfterValidator

from workflows.messages.values import MoneyState

NEWS_STATES: Final = (MoneyState.PENDING, MoneyState.SUCCEEDED, MoneyState.FAILED, MoneyState.REVERSED)


def _is_news(state: MoneyState) -> MoneyState:
    if state not in NEWS_STATES:
        raise ValueError(f"must be one of {', '.join(NEWS_STATES)}")
    return state


NewsState = Annotated[MoneyState, AfterValidator(_is_news)]
