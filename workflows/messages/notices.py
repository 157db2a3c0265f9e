"""What a notice can be about: each kind with its name on the wire, and the English subject of its mail.

What other languages say stands in `activities/channels/texts.json`; what the notice itself says, where it is told.
"""

from enum import StrEnum
from typing import Self


class NoticeKind(StrEnum):
    """Every kind of notice, and what a mail about it says above everything else."""

    subject: str

    def __new__(cls, name: str, subject: str) -> Self:
        kind = str.__new__(cls, name)
        kind._value_ = name
        kind.subject = subject
        return kind

    CANCELLATION_LAPSED = "cancellation_lapsed", "Your request to cancel has lapsed"
    CANCELLATION_REJECTED = "cancellation_rejected", "Your request to cancel was rejected"
    CANCELLATION_REQUESTED = "cancellation_requested", "The buyer asks to cancel"
    CANCELLATION_TO_DECIDE = "cancellation_to_decide", "A request to cancel waits for your decision"
    CANCELLATION_WITHDRAWN = "cancellation_withdrawn", "The buyer wants the order after all"
    CAPTURE_NEEDS_ATTENTION = "capture_needs_attention", "A capture needs attention"
    CAPTURE_OVERDUE = "capture_overdue", "A capture is overdue"
    CHARGEBACK_CLOSED = "chargeback_closed", "The buyer's bank has decided"
    CHARGEBACK_OPENED = "chargeback_opened", "The buyer's bank disputes a payment"
    CHARGEBACK_OVERDUE = "chargeback_overdue", "A chargeback is undecided for long"
    DEADLINE_MOVED = "deadline_moved", "A deadline was moved"
    DELIVERY_EXTENDED = "delivery_extended", "Delivery takes longer"
    DISPUTE_APPEALED = "dispute_appealed", "A decision was appealed"
    DISPUTE_CONTESTED = "dispute_contested", "The seller contests the dispute"
    DISPUTE_DECIDED = "dispute_decided", "The dispute is decided"
    DISPUTE_ESCALATED = "dispute_escalated", "A dispute is overdue"
    DISPUTE_OPENED = "dispute_opened", "A dispute was opened"
    DISPUTE_POSSIBLE = "dispute_possible", "You can open a dispute"
    DISPUTE_TO_DECIDE = "dispute_to_decide", "A dispute waits for your decision"
    DISPUTE_WITHDRAWN = "dispute_withdrawn", "The dispute was withdrawn"
    EVIDENCE_ADDED = "evidence_added", "New evidence in the dispute"
    EXCHANGE = "exchange", "An exchange was agreed"
    FACT_NOT_KEPT = "fact_not_kept", "A fact came early and could not be kept"
    FACT_UNPLACED = "fact_unplaced", "A fact has no place"
    INFORMATION_GIVEN = "information_given", "Your question was answered"
    INFORMATION_OVERDUE = "information_overdue", "A question was not answered"
    INFORMATION_REQUESTED = "information_requested", "The platform asks you for information"
    INTERCEPTION = "interception", "About the request to stop the parcel"
    INTERCEPTION_ANSWERED = "interception_answered", "The seller answered about the parcel"
    MESSAGE = "message", "You have a message"
    MONEY_CAME_BACK = "money_came_back", "Money came back after all"
    NOT_DELIVERED_IN_TIME = "not_delivered_in_time", "The parcel was not delivered in time"
    OFFER_ACCEPTED = "offer_accepted", "Your offer was accepted"
    OFFER_DECLINED = "offer_declined", "Your offer was declined"
    OFFER_MADE = "offer_made", "You have an offer"
    ORDER_CANCELLED = "order_cancelled", "The order is cancelled"
    ORDER_COMPLETED = "order_completed", "The order is completed"
    ORDER_DELIVERED = "order_delivered", "The order was delivered"
    ORDER_PAID = "order_paid", "The order is paid: please ship it"
    ORDER_REFUNDED = "order_refunded", "The order is refunded"
    ORDER_RESET = "order_reset", "An order was reset"
    ORDER_SHIPPED = "order_shipped", "The order is on its way"
    ORDER_STUCK = "order_stuck", "An order is stuck"
    PARCEL_BACK = "parcel_back", "The parcel is back at the seller"
    PARCEL_GOING_BACK = "parcel_going_back", "The parcel goes back to the seller"
    PARCEL_INSPECTED = "parcel_inspected", "The returned parcel was inspected"
    PARCEL_TO_INSPECT = "parcel_to_inspect", "A parcel came back: please inspect it"
    PAYMENT_AUTHORIZED = "payment_authorized", "Your payment is reserved"
    PAYMENT_CHARGED = "payment_charged", "Your payment was charged"
    PAYMENT_CONFLICT_OPENED = "payment_conflict_opened", "Several orders claim one payment"
    PAYMENT_CONFLICT_SETTLED = "payment_conflict_settled", "It is known whose payment it is"
    PAYMENT_CONTRADICTED = "payment_contradicted", "What is reported of a payment contradicts itself"
    PAYMENT_DUE = "payment_due", "Please pay your order"
    PAYMENT_FAILED = "payment_failed", "Your payment failed"
    PAYMENT_GOES_BACK = "payment_goes_back", "Your payment goes back"
    PAYMENT_NOT_ENOUGH = "payment_not_enough", "Your payment was not enough"
    PAYMENT_UNPLACED = "payment_unplaced", "A payment must be given back by hand"
    PROCESSING_TIME_MISSED = "processing_time_missed", "The processing time is over"
    REFUNDED_ELSEWHERE = "refunded_elsewhere", "Money went back without us"
    REFUND_ARRIVED = "refund_arrived", "Your refund has arrived"
    REFUND_LATE = "refund_late", "Your refund takes longer than expected"
    REFUND_NEEDS_ATTENTION = "refund_needs_attention", "A refund needs attention"
    REFUND_OVERDUE = "refund_overdue", "A refund is overdue"
    RELEASE_ARRIVED = "release_arrived", "You were paid"
    RELEASE_NEEDS_ATTENTION = "release_needs_attention", "A payout needs attention"
    RELEASE_OVERDUE = "release_overdue", "A payout is overdue"
    REMINDER = "reminder", "A reminder"
    REPLACEMENT_DUE = "replacement_due", "Please ship the replacement"
    RETURN_DUE = "return_due", "Please send the goods back"
    RETURN_REQUESTED = "return_requested", "The goods come back"
    RETURN_SHIPPED = "return_shipped", "The goods are on their way back"
    RETURN_TO_INSPECT = "return_to_inspect", "The goods came back: please inspect them"
    SUBSCRIPTION_DISABLED = "subscription_disabled", "A subscription was disabled"
    TRACKING_CORRECTED = "tracking_corrected", "The tracking was corrected"
