"""The vocabulary of offers, disputes and returns: one list of words for each, as section 8 of the process has them."""

from enum import StrEnum


class Inspection(StrEnum):
    """What the seller finds in a parcel that came back."""

    AS_AGREED = "as_agreed"
    DAMAGED = "damaged"
    EMPTY = "empty"
    DIFFERENT = "different"
    MISSING = "missing"


class Resolution(StrEnum):
    """What a dispute or an offer asks for, and a decision gives. One vocabulary for all three."""

    FULL_REFUND = "full_refund"
    PARTIAL_REFUND = "partial_refund"
    RETURN_AND_REFUND = "return_and_refund"
    EXCHANGE = "exchange"
    NO_REFUND = "no_refund"
    """Decisions only."""
    VOUCHER = "voucher"
    """Offers only: a discount on a future purchase. No money moves."""


class DisputeReason(StrEnum):
    """What a buyer says is wrong."""

    NOT_RECEIVED = "not_received"
    DAMAGED = "damaged"
    DEFECTIVE = "defective"
    NOT_AS_DESCRIBED = "not_as_described"
    WRONG_ITEM = "wrong_item"
    MISSING_PARTS = "missing_parts"
    COUNTERFEIT = "counterfeit"
    NOT_SATISFIED = "not_satisfied"
    OTHER = "other"
    RETURNED_NOT_REFUNDED = "returned_not_refunded"


class Phase(StrEnum):
    """Where a dispute is."""

    OPEN = "open"
    UNDER_REVIEW = "under_review"
    INFORMATION_REQUESTED = "information_requested"
    DECIDED = "decided"
    ENDED = "ended"


class ReasonCode(StrEnum):
    """Why a dispute was decided as it was."""

    VALID_DELIVERY_PROOF = "valid_delivery_proof"
    NO_DELIVERY_PROOF = "no_delivery_proof"
    ITEM_AS_DESCRIBED = "item_as_described"
    ITEM_NOT_AS_DESCRIBED = "item_not_as_described"
    DELIVERY_REFUSED = "delivery_refused"
    ITEM_RETURNED = "item_returned"
    RETURN_NOT_RECEIVED = "return_not_received"
    INSUFFICIENT_EVIDENCE = "insufficient_evidence"
    AGREEMENT = "agreement"
    NO_RESPONSE_FROM_SELLER = "no_response_from_seller"
    NO_RESPONSE_FROM_BUYER = "no_response_from_buyer"
    CHARGEBACK = "chargeback"
    REFUNDED_ELSEWHERE = "refunded_elsewhere"
    UNDECIDED = "undecided"
