"""Bugs planted in what a chargeback does."""

from typing import Final

from tests.planted.bug import Bug

CHARGEBACKS: Final = (
    Bug(
        "money/ledger",
        """return any(c.payment_id == payment_id and c.outcome == "open" for c in order.chargebacks)""",
        """return any(c.payment_id == payment_id and c.outcome == "won" for c in order.chargebacks)""",
        "a refund leaves while the bank still thinks",
        "rules",
    ),
    Bug(
        "money/releases",
        "return not (hold_on_payout(order) or is_only_promised(order))",
        "return not is_only_promised(order)",
        "the seller is paid while the bank still thinks",
        "rules",
    ),
    Bug(
        "arrivals/endings",
        "done = order.stage.closed and not disputed and",
        "done = order.stage.closed and",
        "an order ends while the bank still thinks",
        "rules",
    ),
    Bug(
        "story/chargebacks",
        "(is_waiting(refund) or refund.state in IN_TROUBLE)",
        "is_waiting(refund)",
        "a failed refund is tried again although the bank has paid it",
        "rules",
    ),
    Bug(
        "story/chargebacks",
        """charged_back=refund.charged_back + taken""",
        """charged_back=refund.charged_back""",
        "what the bank has paid of a refund is owed again",
        "rules",
    ),
    Bug(
        "story/chargebacks",
        "for release in filter(is_waiting, order.releases):",
        "for release in ():",
        "the seller is paid what the bank has taken",
        "rules",
    ),
    Bug(
        "story/chargebacks",
        "if order.stage in NOT_SHIPPED:",
        "if order.stage in NOT_SHIPPED[1:]:",
        "the seller is to ship what is not paid any more",
        "rules",
    ),
    Bug(
        "story/chargebacks",
        "if order.stage in NOTHING_LEFT_TO_DECIDE and not order.ledger.held:",
        "if order.stage in NOTHING_LEFT_TO_DECIDE:",
        "a chargeback over a part ends the dispute about the rest",
        "rules",
    ),
    Bug(
        "story/chargebacks",
        "return releases.give_up_releases(order)",
        "return order",
        "the platform is asked to release nothing",
        "rules",
    ),
    Bug(
        "money/releases",
        "filled = max(0, order.ledger.shortfall - max(amount_overdrawn(order), lost_by_refunds(order)))",
        "filled = max(0, order.ledger.shortfall - amount_overdrawn(order))",
        "a seller's money fills a hole that a refund has made",
        "rules",
    ),
    Bug(
        "story/chargebacks",
        """    order = deadlines.end_deadlines(order, DeadlineKind.CHARGEBACK_ALERT_AT, subject=event.chargeback_id)
""",
        "",
        "the platform is told of a chargeback that is long over",
        "rules",
    ),
)
