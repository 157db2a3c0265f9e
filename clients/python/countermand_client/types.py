"""Every shape that the API takes or answers: instants are RFC 3339 texts, amounts minor units.

Generated from docs/openapi.json: change nothing here, run `python -m tests.reference`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypedDict

if TYPE_CHECKING:
    from typing_extensions import NotRequired

CancellationReason = Literal[
    "no_longer_needed",
    "found_better_price",
    "ordered_wrong_item",
    "shipping_too_slow",
    "changed_mind",
    "duplicate_order",
    "wrong_address",
    "wrong_payment_method",
    "seller_asked",
    "other",
    "out_of_stock",
    "cannot_ship_to_address",
    "price_error",
    "buyer_asked",
    "suspected_fraud",
    "fraud",
    "policy",
    "staff_error",
    "payment_expired",
    "processing_time_missed",
    "intercepted",
    "chargeback",
    "refunded_elsewhere",
    "payment_conflict",
]
"""Why an order was cancelled, or is asked to be."""


ChargebackOutcome = Literal["won", "lost"]
"""Who got the money in the end: `won` is ours."""


Code = Literal[
    "invalid",
    "request_id_reused",
    "not_your_order",
    "wrong_role",
    "deadline_passed",
    "already_shipped",
    "order_closed",
    "limit_reached",
    "already_open",
    "nothing_open",
    "not_allowed_now",
    "evidence_missing",
    "amount_too_high",
    "reason_not_allowed",
]
"""Why a command was refused; the first that fits, in this order."""


DeadlineKind = Literal[
    "pay_by",
    "ship_by",
    "ship_no_later_than",
    "respond_by",
    "deliver_by",
    "return_by",
    "inspect_by",
    "return_ship_by",
    "protected_until",
    "answer_by",
    "inform_by",
    "decide_by",
    "decide_no_later_than",
    "appeal_by",
    "refund_expected_by",
    "refund_alert_at",
    "chargeback_alert_at",
]
"""Every kind of deadline; the order in which they stand here breaks ties (R2)."""


DisputeReason = Literal[
    "not_received",
    "damaged",
    "defective",
    "not_as_described",
    "wrong_item",
    "missing_parts",
    "counterfeit",
    "not_satisfied",
    "other",
    "returned_not_refunded",
]
"""What a buyer says is wrong."""


EvidenceKind = Literal["photo", "video", "screenshot", "document", "tracking", "delivery_proof", "message", "text"]
"""What an item of evidence is."""


Inspection = Literal["as_agreed", "damaged", "empty", "different", "missing"]
"""What the seller finds in a parcel that came back."""


Kind = Literal["failing", "paused", "terminated", "overdue", "lost"]
"""How an order is stuck. All but what is lost ends by itself, once the order goes on."""


NoticeKind = Literal[
    "cancellation_lapsed",
    "cancellation_rejected",
    "cancellation_requested",
    "cancellation_to_decide",
    "cancellation_withdrawn",
    "capture_needs_attention",
    "capture_overdue",
    "chargeback_closed",
    "chargeback_opened",
    "chargeback_overdue",
    "deadline_moved",
    "delivery_extended",
    "dispute_appealed",
    "dispute_contested",
    "dispute_decided",
    "dispute_escalated",
    "dispute_opened",
    "dispute_possible",
    "dispute_to_decide",
    "dispute_unanswered",
    "dispute_withdrawn",
    "evidence_added",
    "exchange",
    "fact_not_kept",
    "fact_unplaced",
    "information_given",
    "information_overdue",
    "information_requested",
    "interception",
    "interception_answered",
    "message",
    "money_came_back",
    "not_delivered_in_time",
    "offer_accepted",
    "offer_declined",
    "offer_lapsed",
    "offer_made",
    "order_cancelled",
    "order_completed",
    "order_delivered",
    "order_paid",
    "order_refunded",
    "order_reset",
    "order_shipped",
    "order_stuck",
    "parcel_back",
    "parcel_found",
    "parcel_going_back",
    "parcel_inspected",
    "parcel_to_inspect",
    "payment_authorized",
    "payment_charged",
    "payment_conflict_opened",
    "payment_conflict_settled",
    "payment_contradicted",
    "payment_due",
    "payment_failed",
    "payment_goes_back",
    "payment_not_enough",
    "payment_received",
    "payment_unplaced",
    "processing_time_missed",
    "refunded_elsewhere",
    "refund_arrived",
    "refund_failed",
    "refund_late",
    "refund_needs_attention",
    "refund_overdue",
    "release_arrived",
    "release_needs_attention",
    "release_overdue",
    "reminder",
    "replacement_due",
    "return_due",
    "return_news",
    "return_requested",
    "return_shipped",
    "return_to_inspect",
    "subscription_disabled",
    "subscription_test",
    "tracking_corrected",
    "way_back_ended",
]
"""Every kind of notice, and what a mail about it says above everything else."""


RejectionReason = Literal["already_shipped", "already_prepared", "custom_made", "policy", "other"]
"""Why a seller does not agree to a cancellation."""


Role = Literal["buyer", "seller", "platform", "payment_provider", "carrier", "system"]
"""Who takes part."""


Stage = Literal[
    "pending_payment",
    "awaiting_shipment",
    "cancellation_pending",
    "shipped",
    "returning_to_seller",
    "returned_to_seller",
    "lost_in_return",
    "delivered",
    "disputed",
    "returning_goods",
    "exchanging",
    "cancelled",
    "refunded",
    "partially_refunded",
    "completed",
]
"""Where an order is in its story. The closed ones ask nothing more of buyer and seller."""


CommandName = Literal[
    "payment_authorized",
    "payment_voided",
    "payment_captured",
    "payment_failed",
    "request_cancellation",
    "withdraw_cancellation",
    "decide_cancellation",
    "cancel_order",
    "ship",
    "correct_tracking",
    "extend_delivery",
    "request_interception",
    "answer_interception",
    "parcel_delivered",
    "delivery_refused",
    "delivery_failed",
    "parcel_returned",
    "parcel_lost",
    "receive_return",
    "confirm_receipt",
    "make_offer",
    "accept_offer",
    "decline_offer",
    "open_dispute",
    "add_evidence",
    "respond_to_dispute",
    "request_information",
    "provide_information",
    "decide_dispute",
    "withdraw_dispute",
    "appeal",
    "ship_return",
    "refund_updated",
    "release_updated",
    "chargeback_opened",
    "chargeback_closed",
    "refund_reported",
    "send_message",
    "move_deadline",
    "retry_refund",
    "settle_refund_manually",
    "retry_release",
    "settle_release_manually",
    "retry_capture",
    "settle_capture_manually",
    "settle_payment_conflict",
    "acknowledge",
    "add_note",
]
"""Every command and fact."""


class AcceptOffer(TypedDict):
    """The other side takes the offer."""

    offer_id: str

    note: NotRequired[str | None]
    """For the timeline."""


class Acknowledge(TypedDict):
    """The platform has looked at what needs attention, and takes it off the list; also of a settled order."""

    subject: str

    note: str
    """For the timeline."""


class Actions(TypedDict):
    """`Actions`."""

    allowed: list[AllowedAction]

    refused: list[RefusedAction]


class Actor(TypedDict):
    """Who did it: a role, and which of that role; an empty id where that is not the reader's business."""

    role: str

    id: str


class AddEvidence(TypedDict):
    """More to look at, until the dispute is decided."""

    evidence: list[Evidence]


class AddNote(TypedDict):
    """A note in the order's timeline that only the platform sees."""

    text: str


class AllowedAction(TypedDict):
    """What a role can do now, the words on its button, and until when."""

    action: str

    label: str

    until: NotRequired[str | None]

    schema: dict[str, Any]
    """JSON Schema of its fields, with the choices that are possible now."""


class Answer(TypedDict):
    """The answer of an update: where the order is now, and what the command made."""

    order_id: str

    version: int

    stage: Stage

    status: str

    waiting_on: str

    deadline: NextDeadline | None

    applied: bool

    why: NotRequired[str | None]
    """Why a fact was recorded without effect."""

    refund_id: NotRequired[str | None]

    offer_id: NotRequired[str | None]

    dispute_id: NotRequired[str | None]
    """What the command made."""


class AnswerInterception(TypedDict):
    """The seller tries to stop the parcel, or will not. Whether it worked says the carrier."""

    answer: Literal["trying", "refused"]

    note: NotRequired[str | None]
    """For the timeline."""


class Appeal(TypedDict):
    """The buyer does not accept the decision, and has something new to show."""

    statement: str

    evidence: list[Evidence]


class Approval(TypedDict):
    """`Approval`."""

    approval_id: int

    status: Literal["awaiting_approval", "approved", "sent", "refused", "outgrown", "declined", "expired"]

    order_id: str

    command: str

    fields: dict[str, Any]

    request_id: str

    version: int
    """Of the order, when it was asked for."""

    at_stake: dict[str, int]
    """The most that it moves, in minor units by currency. More than this is not approved."""

    asked_by: str

    asked_at: str

    expires_at: str

    decided_by: NotRequired[str]

    decided_at: NotRequired[str]

    note: NotRequired[str]

    answer: NotRequired[Answer]

    refusal: NotRequired[Refusal]


class ApprovalDecision(TypedDict):
    """`ApprovalDecision`."""

    approve: bool
    """`true` sends it, `false` lets it never be sent."""

    note: NotRequired[str]
    """Why, for colleagues."""


class ApprovalsPage(TypedDict):
    """`ApprovalsPage`."""

    approvals: list[Approval]

    cursor: str | None


class Attachment(TypedDict):
    """A file by reference: where it is, and the hash by which it is known."""

    uri: str

    sha256: str

    media_type: str

    size: int

    caption: NotRequired[str | None]


class Attention(TypedDict):
    """Something that waits for the platform, and runs no deadline of its own."""

    kind: str

    subject: str

    message: str


class AutoApproval(TypedDict):
    """A cancellation request is approved at once when every condition that is given holds."""

    within: NotRequired[str | None]

    reasons: NotRequired[list[CancellationReason] | None]

    up_to: NotRequired[int | None]


class Calendar(TypedDict):
    """Which days are business days: those of `time_zone` that are neither in the weekend nor a holiday."""

    time_zone: NotRequired[str]

    weekend: NotRequired[list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]]]

    holidays: NotRequired[list[str]]


class CancelOrder(TypedDict):
    """Seller or platform ends the order before it is shipped."""

    reason: Literal[
        "out_of_stock",
        "cannot_ship_to_address",
        "price_error",
        "buyer_asked",
        "suspected_fraud",
        "other",
        "fraud",
        "policy",
        "staff_error",
    ]
    """The seller's are those up to `other`, the others are the platform's."""

    note: NotRequired[str | None]
    """For the timeline."""


class CarrierWebhook(TypedDict):
    """`CarrierWebhook`."""

    type: Literal["parcel_delivered", "delivery_refused", "delivery_failed", "parcel_returned", "parcel_lost"]
    """Or `name`."""

    tracking: str
    """Finds the order; capitals and spaces make no difference."""

    order_id: NotRequired[str]
    """Where it is known."""

    occurred_at: NotRequired[str]

    note: NotRequired[str]

    carrier: NotRequired[str]
    """Which carrier says so."""


class Changer(TypedDict):
    """`Changer`."""

    role: NotRequired[str]

    id: NotRequired[str]


class ChargebackClosed(TypedDict):
    """The bank has decided. Lost: the amount is gone from that payment. It is 0 only in a word of the engine's
    own, to an order that has no share in it any more."""

    note: NotRequired[str | None]
    """For the timeline."""

    payment_id: str
    """The provider's own id of the payment."""

    chargeback_id: str
    """The provider's own id of it."""

    amount: int
    """In minor units."""

    outcome: ChargebackOutcome

    currency: NotRequired[str | None]
    """ISO 4217."""

    occurred_at: NotRequired[str | None]
    """When it happened, where the sender knows."""


class ChargebackOpened(TypedDict):
    """The buyer's bank disputes a payment: until that is decided, nothing of it moves."""

    note: NotRequired[str | None]
    """For the timeline."""

    payment_id: str
    """The provider's own id of the payment."""

    chargeback_id: str
    """The provider's own id of it."""

    amount: int
    """In minor units."""

    currency: NotRequired[str | None]
    """ISO 4217."""

    occurred_at: NotRequired[str | None]
    """When it happened, where the sender knows."""


class ConfirmReceipt(TypedDict):
    """The buyer has it and is content: the order completes, and no dispute can follow."""


class CorrectTracking(TypedDict):
    """The seller named the wrong parcel, and no carrier has said anything of it yet."""

    carrier: str

    tracking: str
    """By which the carrier knows the parcel."""


class Counts(TypedDict):
    """`Counts`."""

    status: dict[str, int]
    """By status."""

    waiting_on: dict[str, int]
    """By whose turn it is."""

    queue: dict[str, int]
    """What is overdue, and for the platform what needs attention."""


class Cursors(TypedDict):
    """Of each page beside the view, the `cursor` with which its route goes on; null where it is whole."""

    timeline: NotRequired[str | None]

    messages: NotRequired[str | None]

    evidence: NotRequired[str | None]


class DeadlineView(TypedDict):
    """`DeadlineView`."""

    kind: DeadlineKind

    at: str

    party: Role

    rule: NotRequired[str | None]

    subject: NotRequired[str | None]


class DecideCancellation(TypedDict):
    """The seller's answer to a cancellation request. A rejection as `already_shipped` brings the parcel."""

    approve: bool

    reason: NotRequired[RejectionReason | None]
    """A rejection needs one; `other` also a note."""

    carrier: NotRequired[str | None]
    """With `already_shipped`, and then needed."""

    tracking: NotRequired[str | None]
    """The same."""

    deliver_by: NotRequired[str | None]
    """With `already_shipped`: when the parcel should be there, after now and at most `deliver_within` ahead."""

    note: NotRequired[str | None]
    """For the timeline."""


class DecideDispute(TypedDict):
    """The platform decides."""

    outcome: Literal["full_refund", "partial_refund", "return_and_refund", "exchange", "no_refund"]

    amount: NotRequired[int | None]
    """For a `partial_refund`, and then needed."""

    reason_code: Literal[
        "valid_delivery_proof",
        "no_delivery_proof",
        "item_as_described",
        "item_not_as_described",
        "delivery_refused",
        "item_returned",
        "return_not_received",
        "insufficient_evidence",
        "chargeback",
        "refunded_elsewhere",
    ]

    fault: NotRequired[Literal["buyer", "seller", "platform", "payment_provider", "carrier"] | None]

    note: NotRequired[str | None]
    """For the timeline."""


class DeclineOffer(TypedDict):
    """The other side does not take the offer."""

    offer_id: str

    note: NotRequired[str | None]
    """For the timeline."""


class Delivery(TypedDict):
    """One message to one subscription, and how far it is."""

    id: str
    """The same on every try: the `webhook-id`, and the `Message-ID` of a mail."""

    seq: int
    """The number of its notice: higher ones came later."""

    order_id: str
    """Empty when it is about no order."""

    kind: str

    status: Literal["waiting", "sent", "failed", "dead"]

    attempts: int

    answer: str | None
    """What came of the last try that did not succeed, in English."""

    created_at: str

    first_tried_at: str | None

    next_try_at: str | None
    """While it waits."""

    sent_at: str | None


class DeliveryFailed(TypedDict):
    """The carrier has given up and sends the parcel back."""

    tracking: str
    """By which the carrier knows the parcel."""

    occurred_at: NotRequired[str | None]
    """When it happened, where the sender knows."""

    note: NotRequired[str | None]
    """For the timeline."""


class DeliveryRefused(TypedDict):
    """The buyer refused the parcel at the door: it goes back."""

    tracking: str
    """By which the carrier knows the parcel."""

    occurred_at: NotRequired[str | None]
    """When it happened, where the sender knows."""

    note: NotRequired[str | None]
    """For the timeline."""


class DisagreementsAnswer(TypedDict):
    """`DisagreementsAnswer`."""

    disagreements: list[FoundDisagreement]


class Event(TypedDict):
    """One entry of an order's timeline, as it was when it was numbered. It stays so for ever."""

    seq: int
    """Its number: the one before it has one less."""

    order_id: str

    entry: int
    """Its row in the order's timeline."""

    replaces: int | None
    """The number of the event that said before what stands in this row: it holds no more."""

    version: int | None
    """The order's, after it; None of an event of long ago."""

    name: str
    """The command, fact or deadline; `withdrawn`: what it replaces has not happened, and nothing stands there now."""

    outcome: str
    """`accepted`, `recorded`, `refused`, `deadline` or `reminder`."""

    at: str

    by: Actor

    from_stage: str | None

    to_stage: str

    status: str | None
    """The slug of the order's label, after it; None of an event of long ago."""

    currency: str
    """ISO 4217."""

    money: dict[str, int]
    """What it moved, by the ledger's columns, in minor units of the currency."""

    summary: str
    """In the reader's language."""

    seen_by: list[str]
    """Who may see it beside the platform: `buyer`, `seller`, and `others`, who are of neither side."""


class EventsAnswer(TypedDict):
    """`EventsAnswer`."""

    events: list[Event]

    after: int
    """Brings the next page."""


class Evidence(TypedDict):
    """One item: where the file is, and the hash by which it is known; or, as `text`, the words themselves."""

    kind: EvidenceKind

    uri: NotRequired[str | None]

    sha256: NotRequired[str | None]

    media_type: NotRequired[str | None]

    size: NotRequired[int | None]

    text: NotRequired[str | None]

    caption: NotRequired[str | None]


_EvidenceRowKeywords = TypedDict("_EvidenceRowKeywords", {"with": "str"})


class EvidenceRow(_EvidenceRowKeywords):
    """One thing that was shown."""

    entry: int
    """Of the timeline."""

    at: str

    by: Role

    kind: EvidenceKind

    uri: NotRequired[str]

    sha256: NotRequired[str]

    media_type: NotRequired[str]

    size: NotRequired[int]

    text: NotRequired[str]

    caption: NotRequired[str]


class ExtendDelivery(TypedDict):
    """The seller gives a slow parcel more time."""

    days: int

    note: NotRequired[str | None]
    """For the timeline."""


class FieldError(TypedDict):
    """`FieldError`."""

    pointer: str
    """A JSON pointer; `?name` of the query."""

    message: str


class File(TypedDict):
    """`File`."""

    uri: str
    """Where it is read, for evidence and attachments."""

    sha256: str
    """Of what is kept, which need not be what came."""

    media_type: str

    size: int


class FoundDisagreement(TypedDict):
    """A row of the table, as people see it."""

    id: int

    kind: str

    key: str

    order_id: str | None

    ours: Any

    theirs: Any

    day: str

    found_at: str

    last_seen_at: str

    resolved_at: str | None

    note: str | None


class Instead(TypedDict):
    """Something that the refused party can do, and until when."""

    action: str

    until: NotRequired[str | None]


class KeptRequest(TypedDict):
    """One request that somebody sent."""

    id: int
    """Grows with time; the cursor of the next page."""

    at: str
    """When it came."""

    request_id: str
    """Its X-Request-Id."""

    caller: str
    """Who sent it: `buyer:b-7`, `key:12`, `payment_provider:stripe`."""

    acting_for: NotRequired[str | None]
    """For whom a key acted."""

    method: str

    route: str
    """The path as a template: `/orders/{order_id}/ship`."""

    command: NotRequired[str | None]
    """What was sent to an order: `ship`, or `start`."""

    status: int
    """Of its answer."""

    code: NotRequired[str | None]
    """Of the problem that was answered."""

    milliseconds: int
    """From the request to the first byte of its answer."""

    order_id: NotRequired[str | None]


class KeptUnplaced(TypedDict):
    """One as it stands in Postgres."""

    provider: str

    webhook_id: str

    name: str | None

    order_id: str | None

    body: str

    why: str

    fact: NotRequired[str | None]

    waits_for: NotRequired[str | None]

    id: int

    received_at: str

    needs_attention: bool


class Key(TypedDict):
    """`Key`."""

    id: int

    name: str

    begins: str

    scopes: list[
        Literal[
            "orders:start",
            "orders:read",
            "act:buyer",
            "act:seller",
            "act:platform",
            "facts:payment",
            "facts:carrier",
            "policies",
            "subscriptions",
        ]
    ]

    bound_to: NotRequired[str]

    made_at: str

    made_by: str

    revoked_at: NotRequired[str]

    key: NotRequired[str]
    """The key itself, only in the answer that made it."""

    revoked_with_it: NotRequired[int]
    """How many keys that were made with it were revoked too, only in the answer that revokes it."""


class KeysAnswer(TypedDict):
    """`KeysAnswer`."""

    keys: list[Key]


class Lease(TypedDict):
    """`Lease`."""

    by: str
    """Somebody of the platform, `platform:ID`."""

    until: str

    taken_at: NotRequired[str]

    forced: NotRequired[LeaseForced]


_LeaseForcedKeywords = TypedDict("_LeaseForcedKeywords", {"from": "str"})


class LeaseForced(_LeaseForcedKeywords):
    """Who last ended somebody else's lease of this order, whose, and when."""

    by: str
    """Somebody of the platform, `platform:ID`."""

    at: str


class LeaseWanted(TypedDict):
    """`LeaseWanted`."""

    minutes: NotRequired[float]
    """For how long, from now."""


class Line(TypedDict):
    """One thing that was bought."""

    line_id: str

    sku: str

    title: str

    quantity: int

    unit_price: int


class MakeOffer(TypedDict):
    """A way out that one side offers the other. A new offer of the same side replaces the one before."""

    resolution: Literal["full_refund", "partial_refund", "return_and_refund", "exchange", "voucher"]

    amount: NotRequired[int | None]
    """For a `partial_refund` or a `voucher`, and then needed."""

    note: NotRequired[str | None]
    """For the timeline."""


_MessageRowKeywords = TypedDict("_MessageRowKeywords", {"from": "Role"})


class MessageRow(_MessageRowKeywords):
    """One thing that was said."""

    entry: int
    """Of the timeline."""

    at: str

    party_id: str | None
    """Which of that role."""

    to: Role | None

    text: NotRequired[str]
    """Where it is meant for whoever asks."""

    attachments: list[Attachment]


class MoveDeadline(TypedDict):
    """The platform moves a running deadline, and says why. The deliberate exception to frozen terms (R24)."""

    deadline: DeadlineKind

    to: str

    note: str
    """For the timeline."""


class NewKey(TypedDict):
    """`NewKey`."""

    name: str
    """What people call it."""

    scopes: list[
        Literal[
            "orders:start",
            "orders:read",
            "act:buyer",
            "act:seller",
            "act:platform",
            "facts:payment",
            "facts:carrier",
            "policies",
            "subscriptions",
        ]
    ]

    bound_to: NotRequired[str]
    """The one party it is for, `buyer:ID` or `seller:ID`."""


class NewOrder(TypedDict):
    """A new order as whoever starts one writes it: of which version of which policy it becomes the engine says."""

    order_id: str

    buyer_id: str

    seller_id: str

    currency: str
    """ISO 4217."""

    lines: list[Line]

    shipping_fee: NotRequired[int]

    tax: NotRequired[int]

    discount: NotRequired[int]

    locale: NotRequired[str]
    """The buyer's language, in which they are told where they have not asked for another."""

    terms: NotRequired[Terms]

    policies: NotRequired[list[PolicyVersion]]
    """Of which policies its terms come, as far as they are not its own; the later beats the earlier. For the
    record: the order obeys `terms`, and asks no policy again."""

    policy: NotRequired[str | None]
    """The set of terms under which it starts, below its own `terms`. Left out: the marketplace's, and over it the
    seller's own."""


class NewSubscription(TypedDict):
    """What somebody asks to be told."""

    role: NotRequired[Literal["buyer", "seller", "platform"]]
    """Who is told."""

    party_id: NotRequired[str]
    """Empty for the platform."""

    channel: Literal["email", "webhook"]

    target: str
    """The e-mail address, or the webhook's https address."""

    language: NotRequired[str | None]
    """Null: the order's, for its buyer; English for the others."""

    kinds: NotRequired[list[NoticeKind] | None]
    """Only these kinds of notice; null: all."""


class NextDeadline(TypedDict):
    """`NextDeadline`."""

    kind: DeadlineKind

    at: str


class Notice(TypedDict):
    """`Notice`."""

    id: int

    order_id: str
    """Empty where it is about many."""

    entry: int
    """Of the order's timeline; 0 where none of it made the notice."""

    role: str

    kind: str

    text: str

    due_at: NotRequired[str]

    told_at: str

    read_at: NotRequired[str]


class NoticesPage(TypedDict):
    """`NoticesPage`."""

    notices: list[Notice]

    cursor: str | None


class OpenDispute(TypedDict):
    """Something is wrong with the order, and the buyer, or the platform for the buyer, wants it put right."""

    reason: DisputeReason

    description: str

    requested_resolution: Literal["full_refund", "partial_refund", "return_and_refund", "exchange"]

    amount: NotRequired[int | None]
    """For a `partial_refund`, and then needed."""

    evidence: NotRequired[list[Evidence]]
    """What the reason demands, and whatever else there is to see."""


class OrderEvidencePage(TypedDict):
    """`OrderEvidencePage`."""

    evidence: list[EvidenceRow]

    cursor: str | None


class OrderMessagesPage(TypedDict):
    """`OrderMessagesPage`."""

    messages: list[MessageRow]

    cursor: str | None


class OrderRow(TypedDict):
    """The order as lists show it: one row of the read model."""

    order_id: str

    buyer_id: str

    seller_id: str

    stage: Stage

    status: str

    waiting_on: str

    currency: str
    """ISO 4217."""

    total: int

    authorized: int

    captured: int

    refunded: int

    refunding: int

    released: NotRequired[int]

    held: int

    shortfall: int

    refund_state: NotRequired[str]

    needs_attention: NotRequired[bool]

    deadline_kind: str | None

    deadline_at: str | None
    """The one that the awaited party must meet, else the next."""

    next_deadline_at: str | None

    version: int

    entry: int

    created_at: str

    closed_at: str | None

    reason: str | None

    lease: NotRequired[Lease]
    """Who of the platform works on it, told to the platform alone."""


class OrderTimelinePage(TypedDict):
    """`OrderTimelinePage`."""

    timeline: list[TimelineRow]

    cursor: str | None


_OrderViewKeywords = TypedDict("_OrderViewKeywords", {"return": "dict[str, Any] | None"})


class OrderView(_OrderViewKeywords):
    """The whole order for a person or a program. The records are plain objects, as the contract names their
    fields."""

    order_id: str

    version: int

    stage: Stage

    status: str

    waiting_on: str

    deadline: NextDeadline | None

    applied: bool

    why: NotRequired[str | None]
    """Why a fact was recorded without effect."""

    refund_id: NotRequired[str | None]

    offer_id: NotRequired[str | None]

    dispute_id: NotRequired[str | None]
    """What the command made."""

    buyer_id: str

    seller_id: str

    label: str

    currency: str
    """ISO 4217."""

    lines: list[dict[str, Any]]

    shipping_fee: int

    tax: int

    discount: int

    total: int

    authorized: int

    captured: int

    refunded: int

    refunding: int

    released: NotRequired[int]

    held: int

    shortfall: int

    terms: dict[str, Any]

    policies: list[dict[str, Any]]
    """Of which its terms came when it started, by name and version: the later beats the earlier, its own beat
    both."""

    deadlines: list[DeadlineView]

    cancellation: dict[str, Any] | None

    shipment: dict[str, Any] | None

    interception: dict[str, Any] | None

    dispute: dict[str, Any] | None

    offers: list[dict[str, Any]]

    payments: list[dict[str, Any]]

    capture: dict[str, Any] | None

    refunds: list[dict[str, Any]]

    releases: NotRequired[list[dict[str, Any]]]

    chargebacks: list[dict[str, Any]]

    kept: NotRequired[list[dict[str, Any]]]
    """Facts about what the order does not know yet: name, subject, since (R33)."""

    needs_attention: NotRequired[list[Attention]]

    created_at: str

    closed_at: str | None

    reason: str | None

    fault: Role | None

    allowed: NotRequired[list[AllowedAction]]

    refused: NotRequired[list[RefusedAction]]

    cursors: NotRequired[Cursors]

    lease: NotRequired[Lease]
    """Who of the platform works on it, told to the platform alone."""


class OrdersPage(TypedDict):
    """`OrdersPage`."""

    orders: list[OrderRow]

    cursor: str | None


class ParcelDelivered(TypedDict):
    """The carrier handed the parcel over."""

    tracking: str
    """By which the carrier knows the parcel."""

    occurred_at: NotRequired[str | None]
    """When it happened, where the sender knows."""

    note: NotRequired[str | None]
    """For the timeline."""


class ParcelLost(TypedDict):
    """The carrier cannot find the parcel any more."""

    tracking: str
    """By which the carrier knows the parcel."""

    occurred_at: NotRequired[str | None]
    """When it happened, where the sender knows."""

    note: NotRequired[str | None]
    """For the timeline."""


class ParcelReturned(TypedDict):
    """The parcel is back at the seller."""

    tracking: str
    """By which the carrier knows the parcel."""

    occurred_at: NotRequired[str | None]
    """When it happened, where the sender knows."""

    note: NotRequired[str | None]
    """For the timeline."""


class PaymentAuthorized(TypedDict):
    """The buyer's bank has promised the money. Nothing is charged yet."""

    payment_id: str
    """The provider's own id of the payment."""

    amount: int
    """In minor units."""

    currency: str
    """ISO 4217."""

    method: str
    """How it was paid, in the provider's words: `card`."""

    occurred_at: NotRequired[str | None]
    """When it happened, where the sender knows."""


class PaymentCaptured(TypedDict):
    """The provider holds the buyer's money."""

    payment_id: str
    """The provider's own id of the payment."""

    amount: int
    """In minor units."""

    currency: str
    """ISO 4217."""

    method: str
    """How it was paid, in the provider's words: `card`."""

    of: NotRequired[int | None]
    """What the whole payment brought, where `amount` is only this order's share of it (R36)."""

    occurred_at: NotRequired[str | None]
    """When it happened, where the sender knows."""


class PaymentFailed(TypedDict):
    """A try to pay did not work."""

    payment_id: str
    """The provider's own id of the payment."""

    reason: str


class PaymentVoided(TypedDict):
    """The bank has let go of an authorisation: it expired, or was given back. Not that a try to pay did not work:
    news of such a try may come after the one that did. The platform may report it once a capture is overdue."""

    payment_id: str
    """The provider's own id of the payment."""

    reason: str


class PlaceUnplacedAnswer(TypedDict):
    """`PlaceUnplacedAnswer`."""

    id: int


class Placing(TypedDict):
    """`Placing`."""

    order_id: NotRequired[str]
    """The order that it belongs to, which takes it as if just come."""

    done: NotRequired[Literal[True]]
    """No order takes it: it was seen to."""

    note: NotRequired[str]
    """With done: what was done."""


class PoliciesPage(TypedDict):
    """`PoliciesPage`."""

    policies: list[Policy]

    cursor: str | None


class Policy(TypedDict):
    """`Policy`."""

    name: str
    """`marketplace`, `seller:ID`, or any other name."""

    version: int

    terms: dict[str, Any]
    """What it names; the rest it leaves to what lies below it."""

    changed_at: str

    changed_by: Changer


class PolicyChange(TypedDict):
    """`PolicyChange`."""

    term: str

    means: str

    before: Any
    """Null: it was not named."""

    after: Any
    """Null: it is not named."""


class PolicyContent(TypedDict):
    """What a policy says: `terms` names only what differs from what would be without it."""

    terms: Terms


_PolicyDiffAnswerKeywords = TypedDict("_PolicyDiffAnswerKeywords", {"from": "int"})


class PolicyDiffAnswer(_PolicyDiffAnswerKeywords):
    """`PolicyDiffAnswer`."""

    name: str

    to: int

    changes: list[PolicyChange]


class PolicyVersion(TypedDict):
    """One version of a policy: what it says never changes."""

    name: str

    version: int


class Preview(TypedDict):
    """What a command would do now: its answer, what it moves by the ledger's columns, what runs then, who is told."""

    answer: Answer

    money: dict[str, int]

    deadlines: list[DeadlineView]

    told: list[Told]

    at_stake: NotRequired[dict[str, int] | None]
    """Of a command of the platform that moves money: the most that it moves, in minor units by currency. For this
    much a second person may be needed."""


class Problem(TypedDict):
    """`Problem`."""

    type: str
    """A page that explains the code: /docs/errors#code."""

    title: str

    status: int

    detail: str
    """A sentence for a person."""

    code: Literal[
        "invalid",
        "request_id_reused",
        "not_your_order",
        "wrong_role",
        "deadline_passed",
        "already_shipped",
        "order_closed",
        "limit_reached",
        "already_open",
        "nothing_open",
        "not_allowed_now",
        "evidence_missing",
        "amount_too_high",
        "reason_not_allowed",
        "unauthorized",
        "not_found",
        "method_not_allowed",
        "too_slow",
        "too_large",
        "unsupported_media_type",
        "unknown_version",
        "precondition_failed",
        "order_exists",
        "policy_changed",
        "payment_conflict",
        "second_person_needed",
        "approval_ended",
        "lease_held",
        "too_many_requests",
        "unavailable",
        "outcome_unknown",
        "internal_error",
    ]

    instead: list[Instead]

    request_id: str
    """Of this request, as its answer's X-Request-Id says it too."""

    idempotency_key: NotRequired[str]
    """With outcome_unknown: what to send it again with."""

    errors: NotRequired[list[FieldError]]

    possible_from: NotRequired[str]

    view: NotRequired[OrderView]
    """With 412: what the order is now."""

    lease: NotRequired[Lease]
    """With `lease_held`: who works on the order."""

    approval: NotRequired[Approval]
    """With `approval_ended`: how it stands."""


class ProvideInformation(TypedDict):
    """The asked side answers."""

    answer: str

    evidence: NotRequired[list[Evidence]]


class ReadNoticeAnswer(TypedDict):
    """`ReadNoticeAnswer`."""

    id: NotRequired[int]

    read_at: NotRequired[str]


class ReceiveReturn(TypedDict):
    """The seller has a parcel back, and says what is in it."""

    inspection: Inspection

    note: NotRequired[str | None]
    """For the timeline."""


class RefundReported(TypedDict):
    """The buyer got money of a payment without our asking: in the provider's console, by another program (R35).
    The amount is 0 only in a word of the engine's own, as of a chargeback."""

    note: NotRequired[str | None]
    """For the timeline."""

    payment_id: str
    """The provider's own id of the payment."""

    reference: str
    """The provider's own id of that refund."""

    amount: int
    """In minor units."""

    currency: str
    """ISO 4217."""

    state: Literal["pending", "succeeded", "failed", "reversed"]

    reason: NotRequired[str | None]


class RefundUpdated(TypedDict):
    """News of one attempt at a refund. The platform may report it too once the provider has been silent too long."""

    refund_id: str

    state: Literal["pending", "succeeded", "failed", "reversed"]

    attempt: NotRequired[int | None]
    """Of which attempt it is news. It may be left out only while there was one."""

    provider_reference: NotRequired[str | None]
    """The provider's own id, or another proof."""

    failure_reason: NotRequired[str | None]
    """In the provider's words."""


class Refusal(TypedDict):
    """What stands in the details of the application failure that answers a refused update."""

    code: Code

    message: str
    """The sentence in English."""

    said: dict[str, Any] | None
    """Of what the sentence is made, so that it can be told in another language (`sentences.to_wire`)."""

    instead: list[Instead]

    fields: list[str]
    """The fields at fault, when the code is `invalid`."""

    possible_from: NotRequired[str | None]
    """From when the refused action is possible, if nothing else happens until then; None where no time is known."""


class RefusedAction(TypedDict):
    """What a role cannot do now, and why."""

    action: str

    code: str

    message: str

    instead: list[Instead]

    possible_from: NotRequired[str | None]
    """From when it is possible, if nothing else happens until then."""


class ReleaseLeaseAnswer(TypedDict):
    """`ReleaseLeaseAnswer`."""

    lease: None


class ReleaseUpdated(TypedDict):
    """News of one attempt at paying the seller."""

    release_id: str

    state: Literal["pending", "succeeded", "failed", "reversed"]

    attempt: NotRequired[int | None]
    """Of which attempt it is news. It may be left out only while there was one."""

    provider_reference: NotRequired[str | None]
    """The provider's own id, or another proof."""

    failure_reason: NotRequired[str | None]
    """In the provider's words."""


class RequestCancellation(TypedDict):
    """The buyer wants out: at once while unpaid, by the seller's leave once paid."""

    reason: NotRequired[
        Literal[
            "no_longer_needed",
            "found_better_price",
            "ordered_wrong_item",
            "shipping_too_slow",
            "changed_mind",
            "duplicate_order",
            "wrong_address",
            "wrong_payment_method",
            "seller_asked",
            "other",
        ]
        | None
    ]
    """Needed once the order is paid; `other` needs a note."""

    note: NotRequired[str | None]
    """For the timeline."""


class RequestInformation(TypedDict):
    """The platform asks one side something; the review clock stands still meanwhile."""

    party: Literal["buyer", "seller"]

    question: str


class RequestInterception(TypedDict):
    """The buyer asks the seller to have the parcel stopped on its way."""

    note: NotRequired[str | None]
    """For the timeline."""


class RequestsPage(TypedDict):
    """`RequestsPage`."""

    requests: list[KeptRequest]

    cursor: str | None


class Resent(TypedDict):
    """What is sent again."""

    resent: int
    """How many."""

    last: int | None
    """The highest `seq` of them."""

    more: bool
    """Whether the limit ended it: there may be more after `last`."""


class RespondToDispute(TypedDict):
    """The seller agrees to what is requested, or says why not."""

    accept: bool
    """`true`: what the buyer requests is done."""

    statement: NotRequired[str | None]
    """Needed to contest it."""

    evidence: NotRequired[list[Evidence]]


class RetryCapture(TypedDict):
    """The platform lets a failed capture be tried again, as a new attempt."""

    capture_id: str

    provider_reference: NotRequired[str | None]
    """The provider's own id, or another proof."""

    note: NotRequired[str | None]
    """For the timeline."""


class RetryRefund(TypedDict):
    """The platform lets a failed or reversed refund be tried again, as a new attempt."""

    refund_id: str

    provider_reference: NotRequired[str | None]
    """The provider's own id, or another proof."""

    note: NotRequired[str | None]
    """For the timeline."""


class RetryRelease(TypedDict):
    """The platform lets a failed or reversed release be tried again."""

    release_id: str

    provider_reference: NotRequired[str | None]
    """The provider's own id, or another proof."""

    note: NotRequired[str | None]
    """For the timeline."""


class SendMessage(TypedDict):
    """A word from one party to another."""

    to: Literal["buyer", "seller", "platform"]

    text: str

    attachments: NotRequired[list[Attachment]]


class SettleCaptureManually(TypedDict):
    """The platform got by another way what a failed capture should have taken."""

    capture_id: str

    provider_reference: NotRequired[str | None]
    """The provider's own id, or another proof."""

    note: NotRequired[str | None]
    """For the timeline."""


class SettlePaymentConflict(TypedDict):
    """The platform says how much of a payment that several orders claim is this order's; 0 is nothing of it."""

    payment_id: str
    """The provider's own id of the payment."""

    amount: int
    """In minor units."""

    note: str
    """For the timeline."""


class SettleRefundManually(TypedDict):
    """The platform paid a failed or reversed refund itself: through the provider, whose id of that it names, or
    without one by another way."""

    refund_id: str

    provider_reference: NotRequired[str | None]
    """The provider's own id, or another proof."""

    note: NotRequired[str | None]
    """For the timeline."""


class SettleReleaseManually(TypedDict):
    """The platform paid a failed or reversed release by another way: what it still owes counts as released."""

    release_id: str

    provider_reference: NotRequired[str | None]
    """The provider's own id, or another proof."""

    note: str
    """For the timeline."""


class Ship(TypedDict):
    """The seller hands the parcel to the carrier."""

    carrier: str

    tracking: str
    """By which the carrier knows the parcel."""

    deliver_by: NotRequired[str | None]
    """When the parcel should be there, after now and at most `deliver_within` ahead: from then on the buyer may
    say that it is not."""


class ShipReturn(TypedDict):
    """The buyer sends the goods back, as a decision or an agreement asks."""

    carrier: str

    tracking: str
    """By which the carrier knows the parcel."""


class StuckAnswer(TypedDict):
    """`StuckAnswer`."""

    stuck: list[StuckOrder]

    looked_at: str


class StuckOrder(TypedDict):
    """A row of the table, as people see it."""

    id: int

    order_id: str

    kind: Kind

    since: str

    reason: str

    remedy: str

    told_at: str


class Subscription(TypedDict):
    """Who is told what, and where."""

    id: int

    role: Role

    party_id: str
    """Empty for the platform."""

    channel: str

    target: str

    language: str | None
    """Null: the order's, for its buyer; English for the others."""

    kinds: list[str] | None
    """Null: all."""

    created_at: str

    disabled_at: str | None

    disabled_why: str | None

    waiting: NotRequired[int]
    """Of its messages, 1000 at most are counted in each state."""

    sent: NotRequired[int]

    failed: NotRequired[int]

    dead: NotRequired[int]

    secret: NotRequired[str | None]
    """Shown once, when it is made."""


class SubscriptionChange(TypedDict):
    """What becomes otherwise of a subscription; what is left out stays."""

    language: NotRequired[str | None]
    """Null: the order's, for its buyer; English for the others."""

    kinds: NotRequired[list[NoticeKind] | None]
    """Only these kinds of notice; null: all."""

    enabled: NotRequired[bool]
    """What comes while it is disabled is kept for a resend."""

    rotate_secret: NotRequired[bool]
    """A new secret for a webhook, shown once; the old one signs for 7 days."""


class SubscriptionDeliveriesPage(TypedDict):
    """`SubscriptionDeliveriesPage`."""

    deliveries: list[Delivery]

    cursor: str | None


class SubscriptionTest(TypedDict):
    """`SubscriptionTest`."""

    id: int

    message_id: str
    """In its deliveries."""


class SubscriptionsPage(TypedDict):
    """`SubscriptionsPage`."""

    subscriptions: list[Subscription]

    cursor: str | None


class Terms(TypedDict):
    """How long each side has, and what silence means. Names and defaults: section 6 of the process."""

    pay_within: NotRequired[str]
    """How long an order waits for its payment."""

    smallest_amount: NotRequired[int]
    """Of what every amount is a multiple, in minor units: 10 where a provider moves no less, as Stripe of KWD."""

    capture: NotRequired[Literal["at_payment", "at_shipment"]]
    """When the buyer is charged: an authorisation pays only `at_shipment` (R32)."""

    ship_within: NotRequired[str]
    """How long the seller has to ship a paid order: the processing time."""

    on_missed_shipment: NotRequired[Literal["cancel_and_refund", "remind"]]
    """What happens when the seller has not shipped by then: the buyer gets the money back, or the order goes on,
    the seller is reminded, and the buyer may cancel at once."""

    ship_no_later_than: NotRequired[str]
    """How long a late seller still has after that, where the order goes on; then it is cancelled."""

    respond_within: NotRequired[str]
    """How long the seller has to answer a request to cancel."""

    on_seller_silence: NotRequired[Literal["continue", "approve", "ask_platform"]]
    """What the seller's silence means then: nothing, yes, or that the platform is asked."""

    auto_approve: NotRequired[list[AutoApproval]]
    """Requests to cancel that are approved without asking the seller: those that meet all conditions of one entry."""

    cancellation_requests: NotRequired[int]
    """How often a buyer may ask to cancel one order."""

    deliver_within: NotRequired[str]
    """How long a parcel may be on its way before the buyer may say that it did not come."""

    delivery_extensions: NotRequired[str]
    """By how much the seller may prolong that, all extensions of one parcel together."""

    on_no_delivery: NotRequired[Literal["complete", "full_refund"]]
    """Who gets the money of a parcel that nobody reports delivered, once the buyer's protection is over: the
    seller, or the buyer."""

    protect_for: NotRequired[str]
    """How long the buyer is protected after the delivery: by then a dispute is opened, or the seller is paid."""

    disputes: NotRequired[int]
    """How many disputes a buyer may open over one order."""

    answer_within: NotRequired[str]
    """How long the seller has to answer a dispute, before the platform looks at it."""

    decide_within: NotRequired[str]
    """How long the platform means to take for its decision. Nothing happens when it is over, but that it is seen."""

    decide_no_later_than: NotRequired[str]
    """How long a dispute may stay undecided."""

    on_undecided: NotRequired[Literal["as_requested", "no_refund"]]
    """How it ends then: as the buyer has requested, or without a refund."""

    inform_within: NotRequired[str]
    """How long a side has to answer a question of the platform."""

    appeal_within: NotRequired[str]
    """How long the buyer may appeal against a decision; `PT0S`: not at all."""

    return_ship_within: NotRequired[str]
    """How long the buyer has to send the goods back, where a decision or an agreement asks for it."""

    return_within: NotRequired[str]
    """How long a parcel may be on its way back, before it counts as lost."""

    inspect_within: NotRequired[str]
    """How long the seller has to look at what came back, before it counts as agreed."""

    on_lost_return: NotRequired[Literal["no_refund", "full_refund"]]
    """Who gets the money of a refused parcel that is lost on its way back, once the buyer's protection is over."""

    refund_expected_within: NotRequired[str]
    """When a refund should be with the buyer; after it the buyer is told that it takes longer."""

    refund_alert_after: NotRequired[str]
    """When a refund or a payout of which the provider says nothing is the platform's to look after."""

    chargeback_alert_after: NotRequired[str]
    """When a chargeback that the bank has not decided is the platform's to look after."""

    calendar: NotRequired[Calendar]
    """Which days are business days, and where."""


class TimelineRow(TypedDict):
    """One thing that happened to an order."""

    entry: int

    at: str

    role: Role

    party_id: NotRequired[str]

    name: str
    """The command or fact, or the deadline's kind."""

    outcome: Literal["accepted", "recorded", "refused", "deadline", "reminder"]

    from_stage: NotRequired[Stage]

    to_stage: Stage

    summary: str
    """What happened, as a sentence for a person."""

    why: NotRequired[str]
    """Why it changed nothing, when it was recorded or refused."""

    money: dict[str, int]
    """What it moved, by the ledger's columns, in minor units: `{"held": -2299, "refunding": 2299}`."""

    text: NotRequired[str]
    """What the person wrote. It lives here and in history, never in the order's state (R26)."""

    attachments: list[Attachment]

    evidence: list[Evidence]

    platform_only: NotRequired[bool]

    request_id: NotRequired[str]

    version: NotRequired[int]
    """The order's, after it. None, like `status`: an entry of before it was kept."""

    status: NotRequired[str]
    """The slug of the order's label, after it."""

    to: NotRequired[Role]
    """To whom it was said."""

    approved_by: NotRequired[str]
    """Who let it be sent, where it needed a second person."""


class Told(TypedDict):
    """What somebody would be told."""

    to: Role

    text: NotRequired[str]


class UnplacedAnswer(TypedDict):
    """`UnplacedAnswer`."""

    unplaced: list[KeptUnplaced]


class WithdrawCancellation(TypedDict):
    """The buyer wants the order after all."""


class WithdrawDispute(TypedDict):
    """The buyer takes the dispute back."""

    note: NotRequired[str | None]
    """For the timeline."""
