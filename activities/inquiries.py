"""What the provider says of money that left a payment without our asking, when two things were said of it (R34, R35).

Nothing is sent and nothing written down: such a question waits for no record, and whoever asks it twice learns more.
"""

from temporalio import activity

from activities.providers import PaymentProvider, WentBack
from workflows.messages.inquiries import Inquiry, InquiryAnswer


class Inquiries:
    """The activity that only asks."""

    def __init__(self, provider: PaymentProvider) -> None:
        self._provider = provider

    @activity.defn(name="inquire")
    async def inquire(self, inquiry: Inquiry) -> InquiryAnswer | None:
        """How a chargeback, or a refund made elsewhere, stands; None when the provider does not know it."""
        return standing_of(inquiry, await self._provider.went_back(inquiry.payment_id))


def standing_of(inquiry: Inquiry, known: WentBack) -> InquiryAnswer | None:
    """What is asked about, among everything that went back of its payment."""
    if inquiry.about == "chargeback":
        found = (each for each in known.chargebacks if each.chargeback_id == inquiry.reference)
        return next((InquiryAnswer(state=each.outcome.value if each.outcome else "open") for each in found), None)
    states = (each.state for each in known.refunds if each.reference == inquiry.reference)
    return next((InquiryAnswer.model_validate({"state": state}) for state in states), None)
