"""The words that a person reads of where an order is, each once; its status, for programs, is the slug of it.

Which of them an order shows now is the process's business (`telling/view.py`).
"""

from enum import StrEnum
from typing import Final


class Label(StrEnum):
    """Where an order is, for a person."""

    PENDING_PAYMENT = "Pending Payment"
    AWAITING_SHIPMENT = "Awaiting Shipment"
    CANCELLATION_PENDING = "Cancellation Pending"
    SHIPPED = "Shipped"
    DELIVERY_REFUSED = "Delivery Refused"
    DELIVERY_FAILED = "Delivery Failed"
    RETURNED_TO_SELLER = "Returned to Seller"
    LOST_IN_RETURN = "Lost in Return"
    DELIVERED = "Delivered"
    DISPUTE_OPEN = "Dispute Open"
    UNDER_REVIEW = "Under Review"
    INFORMATION_REQUESTED = "Information Requested"
    DECIDED = "Decided"
    RETURN_REQUESTED = "Return Requested"
    EXCHANGE_IN_PROGRESS = "Exchange in Progress"
    CANCELLATION_APPROVED = "Cancellation Approved"
    REFUND_PROCESSING = "Refund Processing"
    REFUND_DELAYED = "Refund Delayed"
    CANCELLED = "Cancelled"
    REFUNDED = "Refunded"
    PARTIALLY_REFUNDED = "Partially Refunded"
    COMPLETED = "Completed"

    @property
    def slug(self) -> str:
        """The status, as programs and lists know it."""
        return self.lower().replace(" ", "_")


STATUSES: Final = tuple(label.slug for label in Label)
"""Every status there is: a filter that names another one is a misspelling, and not a list without orders."""
