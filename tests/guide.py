"""Where each sentence of the guide is kept: by which rule, and by which tests and scenarios that would notice.

`python -m tests.guide` writes docs/guide.md from this table; `test_guide.py` holds it against the tests that there are.
"""

from pathlib import Path
from typing import Final, NamedTuple

DOCUMENT: Final = Path(__file__).parents[1] / "docs" / "guide.md"


class Row(NamedTuple):
    """A sentence of the guide, what keeps it, and who would notice: names of tests, or `demo NAME`."""

    says: str
    kept_by: str
    noticed_by: tuple[str, ...]


GUIDE: Final = (
    Row(
        "Unpaid: cancel at once, confirm, not charged",
        "story 1; confirming is the client's part",
        ("demo unpaid-cancelled", "test_unpaid_and_cancelled_at_once"),
    ),
    Row(
        "“Cancel Order” or “Request Order Cancellation” is shown when possible, not when shipped",
        "`allowed` with labels, `refused` with reasons (R4)",
        (
            "test_R4_of_the_guides_actions_each_is_either_allowed_or_refused_with_its_reason",
            "test_R11_a_cancellation_after_shipment_is_refused_and_never_queued",
        ),
    ),
    Row(
        "Choose a reason; a change of mind counts",
        "the buyer's reasons",
        ("test_a_buyer_may_give_each_of_their_reasons_and_the_fault_follows", "demo approved"),
    ),
    Row(
        "The request goes to the seller, who has hours to days",
        "`respond_by`",
        ("test_R2_an_answer_at_respond_by_comes_too_late_and_the_refusal_names_it", "demo seller-silent"),
    ),
    Row(
        "Cancellation Pending, Cancellation Approved, or Awaiting Shipment again",
        "the labels of the stages",
        ("test_labels_and_whose_turn_it_is", "test_label_says_that_an_approved_cancellation_is_being_refunded"),
    ),
    Row(
        "The seller has the final say; ships anyway if prepared",
        "R9, rejection reasons",
        ("test_R9_shipping_while_a_cancellation_is_pending_is_the_answer", "demo rejected", "demo shipped-anyway"),
    ),
    Row(
        "The seller ignores it: wait, receive, dispute",
        "`on_seller_silence: continue`",
        ("demo seller-silent", "test_seller_silent_request_lapsed_and_shipped_until_confirmed"),
    ),
    Row(
        "Contact the seller: politely ask, find a solution, refund on return, discount later",
        "`send_message`, offers (R17)",
        ("demo rejected-voucher", "demo settled"),
    ),
    Row(
        "Processing time; the seller's policies, lenient sellers",
        "`ship_within`, `auto_approve`; the terms stand in the view",
        (
            "demo missed",
            "demo grace",
            "test_R24_the_view_shows_all_terms_also_those_that_were_not_named",
        ),
    ),
    Row(
        "Shipped: contact at once, the seller may reroute",
        "`request_interception` (R13)",
        ("demo intercepted", "demo not-intercepted", "test_intercepted_in_time"),
    ),
    Row(
        "Refuse delivery; it goes back; no guaranteed refund; dispute after the return",
        "R12, `returned_not_refunded`",
        ("demo refused", "test_refused_returned_disputed_refunded_costs_at_most_115_events"),
    ),
    Row(
        "Lost on the way back: extremely difficult",
        "`on_lost_return`",
        ("demo lost-on-return", "test_lost_on_the_way_back_and_not_contested"),
    ),
    Row(
        "Open a dispute once delivered: reason, evidence, description, resolution",
        "`open_dispute` (R14)",
        ("demo seller-silent-dispute", "test_a_partial_refund_agreed_in_a_dispute"),
    ),
    Row(
        "The item never arrived",
        "R15",
        ("demo never-arrived", "test_never_arrived_disputed_and_refunded_by_default"),
    ),
    Row(
        "Review in a couple of days, may ask either side",
        "`decide_within`, `request_information`",
        ("test_the_review_clock_stands_still_while_the_platform_waits", "demo seller-silent-dispute"),
    ),
    Row(
        "Answer requests promptly",
        "`inform_by`",
        ("test_the_review_clock_stands_still_while_the_platform_waits",),
    ),
    Row(
        "Full, partial or no refund",
        "the decision",
        ("demo seller-silent-dispute", "demo settled", "demo appealed"),
    ),
    Row(
        "Approved before shipping: full refund to the original method",
        "R20",
        (
            "test_R20_a_cancelled_order_refunds_all_that_is_held_to_the_payment_that_paid_it",
            "demo approved",
        ),
    ),
    Row(
        "Refunds take a few business days, depending on the provider",
        "R21, `refund_expected_by`",
        ("test_R21_the_buyer_is_told_when_a_submitted_refund_is_late_and_the_platform_at_the_alert",),
    ),
    Row(
        "My Orders: find the order, its status, a cancelled section",
        "read model, lists by buyer, seller, status",
        ("test_a_list_is_a_table_for_a_person_and_says_what_it_cannot_read",),
    ),
)


def document() -> str:
    """docs/guide.md."""
    rows = (f"| {row.says} | {row.kept_by} | {', '.join(f'`{name}`' for name in row.noticed_by)} |" for row in GUIDE)
    return "\n".join(
        [
            "# Where each sentence of the guide is kept",
            "",
            "<!-- Generated: change tests/guide.py, and run `python -m tests.guide`. -->",
            "",
            "`demo NAME` is a scenario of `countermand demo --only NAME`; every other name is a test.",
            "",
            "| the guide says | kept by | noticed by |",
            "| --- | --- | --- |",
            *rows,
            "",
        ]
    )


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
