"""Which states news of money may name: what providers say of refunds and payouts, ours and others'."""

from typing import Annotated, Final

from workflows.messages.one_of import OneOf
from workflows.messages.values import MoneyState

NEWS_STATES: Final = (MoneyState.PENDING, MoneyState.SUCCEEDED, MoneyState.FAILED, MoneyState.REVERSED)
NewsState = Annotated[MoneyState, OneOf(NEWS_STATES)]
