"""Who is told what, event by event: every kind of notice that a role may get of it, or why it gets none.

`test_told.py` holds it against what orders do; `python -m tests.reference` writes docs/notices.md from it.
"""

from typing import Final, NamedTuple

from workflows.messages.notices import NoticeKind as K
from workflows.messages.values import Role

Cell = tuple[K, ...] | str
"""What a role may be told of an event, by what comes of it; or the reason why it is told nothing, whatever comes."""


class Row(NamedTuple):
    """An event by the name that its row of the timeline has, and what each role is told of it."""

    event: str
    buyer: Cell
    seller: Cell
    platform: Cell


OWN_ACT: Final = "It is their own act, and they have the answer."
NOTHING_TO_DO: Final = "Nobody of the platform has to act."
BETWEEN_THEM: Final = "The two sides settle it between them."
UNPAID: Final = "An order is nothing of theirs before it is paid."
SELLERS_MONEY: Final = "How the seller is paid is nothing of theirs."
BUYERS_MONEY: Final = "The money is not theirs any more; that it gets to the buyer is the platform's care."
OF_THE_PLATFORM: Final = "What the platform writes for itself is seen by nobody else."
NOT_AWAITED: Final = "Reminded is who is awaited, and nobody else."
WEIGHED: Final = "What one side answers is the platform's to weigh; its evidence stands in the dispute."
FOR_WHO_CAN_ASK: Final = "The alert is for whoever can ask the provider."
PAID_AT_THE_END: Final = "They are paid, or told why not, when the order ends."
AS_IT_STOOD: Final = "The order goes on as it stood: nothing of theirs has changed."

LEFT_BEHIND: Final = (K.OFFER_LAPSED,)
"""What any event may tell buyer and seller besides, for it may leave their offers behind."""
OF_THE_ENGINE: Final = (K.ORDER_STUCK, K.SUBSCRIPTION_DISABLED, K.FACT_UNPLACED)
"""What the platform is told that no order says, but the engine: Postgres writes them."""
WHEN_ASKED: Final = (K.SUBSCRIPTION_TEST,)
"""What is told to whoever asks for it, and about no order: Postgres writes it."""
UNHEARD: Final = {
    ("request_cancellation", Role.SELLER): UNPAID,
    ("cancel_order", Role.SELLER): UNPAID,
    ("pay_by", Role.SELLER): UNPAID,
    ("respond_by", Role.SELLER): "The request lapsed: they ship by the time that they knew, and are reminded of it.",
    ("decide_by", Role.SELLER): "The request lapsed: they ship by the time that they knew, and are reminded of it.",
}
"""Where an order goes to another stage, and a side that did not cause it is told nothing. Nowhere else."""
TOLD: Final = (
    Row("start", buyer=(K.PAYMENT_DUE,), seller=UNPAID, platform=NOTHING_TO_DO),
    Row(
        "payment_authorized",
        buyer=(
            K.PAYMENT_AUTHORIZED,
            K.PAYMENT_GOES_BACK,
            K.PAYMENT_NOT_ENOUGH,
        ),
        seller=(K.ORDER_PAID,),
        platform=NOTHING_TO_DO,
    ),
    Row(
        "payment_voided", buyer=(K.ORDER_CANCELLED,), seller=(K.ORDER_CANCELLED,), platform=(K.CAPTURE_NEEDS_ATTENTION,)
    ),
    Row(
        "payment_captured",
        buyer=(
            K.PAYMENT_CHARGED,
            K.PAYMENT_GOES_BACK,
            K.PAYMENT_NOT_ENOUGH,
            K.PAYMENT_RECEIVED,
        ),
        seller=(K.ORDER_PAID,),
        platform=(
            K.PAYMENT_CONTRADICTED,
            K.PAYMENT_UNPLACED,
        ),
    ),
    Row("payment_failed", buyer=(K.PAYMENT_FAILED,), seller=UNPAID, platform=NOTHING_TO_DO),
    Row(
        "request_cancellation",
        buyer=(K.ORDER_CANCELLED,),
        seller=(
            K.CANCELLATION_REQUESTED,
            K.ORDER_CANCELLED,
        ),
        platform="It decides only once the seller was silent, and the terms ask it.",
    ),
    Row("withdraw_cancellation", buyer=OWN_ACT, seller=(K.CANCELLATION_WITHDRAWN,), platform=NOTHING_TO_DO),
    Row(
        "decide_cancellation",
        buyer=(
            K.CANCELLATION_REJECTED,
            K.ORDER_CANCELLED,
        ),
        seller=(K.ORDER_CANCELLED,),
        platform=NOTHING_TO_DO,
    ),
    Row("cancel_order", buyer=(K.ORDER_CANCELLED,), seller=(K.ORDER_CANCELLED,), platform=NOTHING_TO_DO),
    Row(
        "ship",
        buyer=(
            K.CANCELLATION_REJECTED,
            K.ORDER_SHIPPED,
        ),
        seller=OWN_ACT,
        platform=NOTHING_TO_DO,
    ),
    Row("correct_tracking", buyer=(K.TRACKING_CORRECTED,), seller=OWN_ACT, platform=NOTHING_TO_DO),
    Row("extend_delivery", buyer=(K.DELIVERY_EXTENDED,), seller=OWN_ACT, platform=NOTHING_TO_DO),
    Row("request_interception", buyer=OWN_ACT, seller=(K.INTERCEPTION,), platform=NOTHING_TO_DO),
    Row("answer_interception", buyer=(K.INTERCEPTION_ANSWERED,), seller=OWN_ACT, platform=NOTHING_TO_DO),
    Row(
        "parcel_delivered",
        buyer=(
            K.INTERCEPTION,
            K.ORDER_DELIVERED,
            K.PARCEL_BACK,
            K.PARCEL_FOUND,
            K.RETURN_REQUESTED,
        ),
        seller=(
            K.ORDER_DELIVERED,
            K.PARCEL_FOUND,
            K.RETURN_DUE,
            K.RETURN_TO_INSPECT,
        ),
        platform=(
            K.ORDER_DELIVERED,
            K.PARCEL_FOUND,
            K.RETURN_NEWS,
        ),
    ),
    Row(
        "delivery_refused",
        buyer=(
            K.INTERCEPTION,
            K.PARCEL_GOING_BACK,
            K.WAY_BACK_ENDED,
        ),
        seller=(
            K.PARCEL_GOING_BACK,
            K.WAY_BACK_ENDED,
        ),
        platform=(
            K.RETURN_NEWS,
            K.WAY_BACK_ENDED,
        ),
    ),
    Row(
        "delivery_failed",
        buyer=(
            K.INTERCEPTION,
            K.PARCEL_GOING_BACK,
            K.WAY_BACK_ENDED,
        ),
        seller=(
            K.PARCEL_GOING_BACK,
            K.WAY_BACK_ENDED,
        ),
        platform=(
            K.RETURN_NEWS,
            K.WAY_BACK_ENDED,
        ),
    ),
    Row(
        "parcel_returned",
        buyer=(
            K.PARCEL_BACK,
            K.PARCEL_FOUND,
            K.WAY_BACK_ENDED,
        ),
        seller=(
            K.PARCEL_FOUND,
            K.PARCEL_TO_INSPECT,
            K.RETURN_TO_INSPECT,
            K.WAY_BACK_ENDED,
        ),
        platform=(
            K.PARCEL_FOUND,
            K.RETURN_NEWS,
            K.WAY_BACK_ENDED,
        ),
    ),
    Row(
        "parcel_lost",
        buyer=(
            K.DISPUTE_OPENED,
            K.DISPUTE_POSSIBLE,
            K.INTERCEPTION,
            K.NOT_DELIVERED_IN_TIME,
            K.WAY_BACK_ENDED,
        ),
        seller=(
            K.DISPUTE_OPENED,
            K.NOT_DELIVERED_IN_TIME,
            K.WAY_BACK_ENDED,
        ),
        platform=(
            K.DISPUTE_TO_DECIDE,
            K.FACT_NOT_KEPT,
            K.RETURN_NEWS,
            K.WAY_BACK_ENDED,
        ),
    ),
    Row(
        "receive_return",
        buyer=(
            K.DISPUTE_OPENED,
            K.DISPUTE_POSSIBLE,
            K.ORDER_CANCELLED,
            K.ORDER_REFUNDED,
        ),
        seller=(
            K.DISPUTE_OPENED,
            K.ORDER_CANCELLED,
            K.ORDER_REFUNDED,
            K.PARCEL_INSPECTED,
        ),
        platform=(K.DISPUTE_TO_DECIDE,),
    ),
    Row("confirm_receipt", buyer=(K.ORDER_COMPLETED,), seller=(K.ORDER_COMPLETED,), platform=NOTHING_TO_DO),
    Row("make_offer", buyer=(K.OFFER_MADE,), seller=(K.OFFER_MADE,), platform=BETWEEN_THEM),
    Row(
        "accept_offer",
        buyer=(
            K.OFFER_ACCEPTED,
            K.ORDER_REFUNDED,
        ),
        seller=(
            K.OFFER_ACCEPTED,
            K.ORDER_REFUNDED,
        ),
        platform=BETWEEN_THEM,
    ),
    Row("decline_offer", buyer=(K.OFFER_DECLINED,), seller=(K.OFFER_DECLINED,), platform=BETWEEN_THEM),
    Row("open_dispute", buyer=(K.DISPUTE_OPENED,), seller=(K.DISPUTE_OPENED,), platform=(K.DISPUTE_TO_DECIDE,)),
    Row(
        "add_evidence",
        buyer=(K.EVIDENCE_ADDED,),
        seller=(K.EVIDENCE_ADDED,),
        platform="It reads all evidence when it decides, and decides by its own clock.",
    ),
    Row(
        "respond_to_dispute",
        buyer=(
            K.DISPUTE_CONTESTED,
            K.EXCHANGE,
            K.ORDER_REFUNDED,
        ),
        seller=(
            K.ORDER_REFUNDED,
            K.REPLACEMENT_DUE,
        ),
        platform=(K.DISPUTE_TO_DECIDE,),
    ),
    Row("request_information", buyer=(K.INFORMATION_REQUESTED,), seller=(K.INFORMATION_REQUESTED,), platform=OWN_ACT),
    Row("provide_information", buyer=WEIGHED, seller=WEIGHED, platform=(K.INFORMATION_GIVEN,)),
    Row(
        "decide_dispute",
        buyer=(
            K.DISPUTE_DECIDED,
            K.EXCHANGE,
            K.NOT_DELIVERED_IN_TIME,
            K.ORDER_COMPLETED,
            K.ORDER_REFUNDED,
            K.RETURN_REQUESTED,
        ),
        seller=(
            K.DISPUTE_DECIDED,
            K.NOT_DELIVERED_IN_TIME,
            K.ORDER_COMPLETED,
            K.ORDER_REFUNDED,
            K.REPLACEMENT_DUE,
            K.RETURN_DUE,
        ),
        platform=OWN_ACT,
    ),
    Row(
        "withdraw_dispute",
        buyer=(K.DISPUTE_WITHDRAWN,),
        seller=(K.DISPUTE_WITHDRAWN,),
        platform="What it was to decide leaves its queue; nothing is left to do.",
    ),
    Row("appeal", buyer=OWN_ACT, seller=(K.DISPUTE_APPEALED,), platform=(K.DISPUTE_TO_DECIDE,)),
    Row("ship_return", buyer=OWN_ACT, seller=(K.RETURN_SHIPPED,), platform=NOTHING_TO_DO),
    Row(
        "refund_updated",
        buyer=(
            K.REFUND_ARRIVED,
            K.REFUND_FAILED,
        ),
        seller=BUYERS_MONEY,
        platform=(K.REFUND_NEEDS_ATTENTION,),
    ),
    Row("release_updated", buyer=SELLERS_MONEY, seller=(K.RELEASE_ARRIVED,), platform=(K.RELEASE_NEEDS_ATTENTION,)),
    Row(
        "chargeback_opened",
        buyer="They have asked their bank themselves, and hear from it.",
        seller=(K.CHARGEBACK_OPENED,),
        platform=(
            K.CHARGEBACK_OPENED,
            K.PAYMENT_CONTRADICTED,
            K.PAYMENT_UNPLACED,
        ),
    ),
    Row(
        "chargeback_closed",
        buyer=(
            K.ORDER_CANCELLED,
            K.ORDER_REFUNDED,
        ),
        seller=(
            K.CHARGEBACK_CLOSED,
            K.ORDER_CANCELLED,
            K.ORDER_REFUNDED,
        ),
        platform=(
            K.CHARGEBACK_CLOSED,
            K.PAYMENT_CONTRADICTED,
        ),
    ),
    Row(
        "refund_reported",
        buyer=(
            K.ORDER_CANCELLED,
            K.ORDER_REFUNDED,
            K.REFUNDED_ELSEWHERE,
        ),
        seller=(
            K.MONEY_CAME_BACK,
            K.ORDER_CANCELLED,
            K.ORDER_REFUNDED,
            K.REFUNDED_ELSEWHERE,
        ),
        platform=(K.REFUNDED_ELSEWHERE,),
    ),
    Row(
        "payment_conflict",
        buyer="They have paid, and are owed goods or money whoever else claims it.",
        seller=(K.PAYMENT_CONFLICT_OPENED,),
        platform=(K.PAYMENT_CONFLICT_OPENED,),
    ),
    Row("send_message", buyer=(K.MESSAGE,), seller=(K.MESSAGE,), platform=(K.MESSAGE,)),
    Row("move_deadline", buyer=(K.DEADLINE_MOVED,), seller=(K.DEADLINE_MOVED,), platform=OWN_ACT),
    Row(
        "retry_refund",
        buyer="They were told that it failed, and are told when it arrives; a try is no news.",
        seller=BUYERS_MONEY,
        platform=OWN_ACT,
    ),
    Row("settle_refund_manually", buyer=(K.REFUND_ARRIVED,), seller=BUYERS_MONEY, platform=OWN_ACT),
    Row(
        "retry_release",
        buyer=SELLERS_MONEY,
        seller="They are told when they are paid; a try is no news.",
        platform=OWN_ACT,
    ),
    Row("settle_release_manually", buyer=SELLERS_MONEY, seller=(K.RELEASE_ARRIVED,), platform=OWN_ACT),
    Row(
        "retry_capture",
        buyer="They are told when they are charged; a try is no news.",
        seller=PAID_AT_THE_END,
        platform=OWN_ACT,
    ),
    Row("settle_capture_manually", buyer=(K.PAYMENT_CHARGED,), seller=PAID_AT_THE_END, platform=OWN_ACT),
    Row(
        "settle_payment_conflict",
        buyer=(K.ORDER_CANCELLED,),
        seller=(
            K.ORDER_CANCELLED,
            K.PAYMENT_CONFLICT_SETTLED,
        ),
        platform=(K.PAYMENT_CONFLICT_SETTLED,),
    ),
    Row("acknowledge", buyer=OF_THE_PLATFORM, seller=OF_THE_PLATFORM, platform=OWN_ACT),
    Row(
        "add_note",
        buyer=OF_THE_PLATFORM,
        seller=OF_THE_PLATFORM,
        platform="It stands in the timeline, where whoever looks at the case reads it.",
    ),
    Row(
        "provider_answered",
        buyer=(
            K.PAYMENT_CHARGED,
            K.REFUND_ARRIVED,
            K.REFUND_FAILED,
        ),
        seller=(K.RELEASE_ARRIVED,),
        platform=(
            K.CAPTURE_NEEDS_ATTENTION,
            K.REFUND_NEEDS_ATTENTION,
            K.RELEASE_NEEDS_ATTENTION,
        ),
    ),
    Row("reset", buyer=AS_IT_STOOD, seller=AS_IT_STOOD, platform=(K.ORDER_RESET,)),
    Row("pay_by", buyer=(K.ORDER_CANCELLED,), seller=UNPAID, platform=NOTHING_TO_DO),
    Row(
        "ship_by",
        buyer=(
            K.ORDER_CANCELLED,
            K.ORDER_REFUNDED,
            K.PROCESSING_TIME_MISSED,
        ),
        seller=(
            K.ORDER_CANCELLED,
            K.ORDER_REFUNDED,
            K.PROCESSING_TIME_MISSED,
        ),
        platform=(K.PROCESSING_TIME_MISSED,),
    ),
    Row("ship_no_later_than", buyer=(K.ORDER_CANCELLED,), seller=(K.ORDER_CANCELLED,), platform=NOTHING_TO_DO),
    Row(
        "respond_by",
        buyer=(
            K.CANCELLATION_LAPSED,
            K.ORDER_CANCELLED,
        ),
        seller=(K.ORDER_CANCELLED,),
        platform=(K.CANCELLATION_TO_DECIDE,),
    ),
    Row("deliver_by", buyer=(K.NOT_DELIVERED_IN_TIME,), seller=(K.NOT_DELIVERED_IN_TIME,), platform=NOTHING_TO_DO),
    Row(
        "return_by",
        buyer=(
            K.DISPUTE_OPENED,
            K.DISPUTE_POSSIBLE,
        ),
        seller=(
            K.DISPUTE_OPENED,
            K.WAY_BACK_ENDED,
        ),
        platform=(K.DISPUTE_TO_DECIDE,),
    ),
    Row(
        "inspect_by",
        buyer=(
            K.DISPUTE_POSSIBLE,
            K.ORDER_CANCELLED,
            K.ORDER_REFUNDED,
        ),
        seller=(
            K.ORDER_CANCELLED,
            K.ORDER_REFUNDED,
            K.WAY_BACK_ENDED,
        ),
        platform=NOTHING_TO_DO,
    ),
    Row("return_ship_by", buyer=(K.ORDER_COMPLETED,), seller=(K.ORDER_COMPLETED,), platform=NOTHING_TO_DO),
    Row(
        "protected_until",
        buyer=(
            K.ORDER_COMPLETED,
            K.ORDER_REFUNDED,
        ),
        seller=(
            K.ORDER_COMPLETED,
            K.ORDER_REFUNDED,
        ),
        platform=NOTHING_TO_DO,
    ),
    Row("answer_by", buyer=(K.DISPUTE_UNANSWERED,), seller=(K.DISPUTE_UNANSWERED,), platform=(K.DISPUTE_TO_DECIDE,)),
    Row(
        "inform_by", buyer=(K.INFORMATION_OVERDUE,), seller=(K.INFORMATION_OVERDUE,), platform=(K.INFORMATION_OVERDUE,)
    ),
    Row(
        "decide_by",
        buyer=(K.CANCELLATION_LAPSED,),
        seller="An overdue review, or a request that lapsed, leaves them where they were.",
        platform=(K.DISPUTE_ESCALATED,),
    ),
    Row(
        "decide_no_later_than",
        buyer=(
            K.ORDER_COMPLETED,
            K.ORDER_REFUNDED,
        ),
        seller=(
            K.ORDER_COMPLETED,
            K.ORDER_REFUNDED,
        ),
        platform="It was told when it was overdue; now the terms have decided.",
    ),
    Row("appeal_by", buyer=(K.ORDER_COMPLETED,), seller=(K.ORDER_COMPLETED,), platform=NOTHING_TO_DO),
    Row(
        "refund_expected_by",
        buyer=(K.REFUND_LATE,),
        seller=BUYERS_MONEY,
        platform="It is told at refund_alert_at; before that a provider may be slow.",
    ),
    Row(
        "refund_alert_at",
        buyer="They were told at `refund_expected_by` that it takes longer.",
        seller=FOR_WHO_CAN_ASK,
        platform=(
            K.CAPTURE_OVERDUE,
            K.REFUND_OVERDUE,
            K.RELEASE_OVERDUE,
        ),
    ),
    Row("chargeback_alert_at", buyer=FOR_WHO_CAN_ASK, seller=FOR_WHO_CAN_ASK, platform=(K.CHARGEBACK_OVERDUE,)),
    Row("reminder of answer_by", buyer=NOT_AWAITED, seller=(K.REMINDER,), platform=NOT_AWAITED),
    Row("reminder of decide_by", buyer=NOT_AWAITED, seller=NOT_AWAITED, platform=(K.REMINDER,)),
    Row("reminder of inform_by", buyer=(K.REMINDER,), seller=(K.REMINDER,), platform=NOT_AWAITED),
    Row("reminder of inspect_by", buyer=NOT_AWAITED, seller=(K.REMINDER,), platform=NOT_AWAITED),
    Row("reminder of protected_until", buyer=(K.REMINDER,), seller=NOT_AWAITED, platform=NOT_AWAITED),
    Row("reminder of respond_by", buyer=NOT_AWAITED, seller=(K.REMINDER,), platform=NOT_AWAITED),
    Row("reminder of return_ship_by", buyer=(K.REMINDER,), seller=NOT_AWAITED, platform=NOT_AWAITED),
    Row("reminder of ship_by", buyer=NOT_AWAITED, seller=(K.REMINDER,), platform=NOT_AWAITED),
)
