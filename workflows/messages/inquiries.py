"""What the provider is asked about money that left a payment without our asking, and what it answers (R34, R35)."""

from typing import Literal

from workflows.messages.work import Call, Work

WithdrawalState = Literal["open", "won", "lost", "pending", "succeeded", "failed", "reversed"]
"""How a chargeback, or a refund that was made elsewhere, stands at the provider."""


class Inquiry(Call):
    """Ask how money stands that left `payment_id` without our asking: a chargeback, or a refund made elsewhere."""

    about: Literal["chargeback", "refund"]
    order_id: str
    payment_id: str
    reference: str
    """The provider's own id of it."""
    number: int
    """Of the questions about it: an answer to an earlier one says nothing any more."""


class InquiryAnswer(Work):
    """What the provider says."""

    state: WithdrawalState
