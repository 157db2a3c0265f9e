"""Bugs planted outside the process: in the activities, the shell, the statements. Each names the test that finds it."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Outside:
    """One edit of one file: what becomes what, what it would do to somebody, and the test that must fail."""

    file: str
    """From the root of the repository."""
    old: str
    new: str
    why: str
    found_by: str
    """As pytest names it, without its parameters."""


_TARGETS: Final = "tests/activities/test_webhook_targets.py::"
_PAYMENTS: Final = "tests/activities/test_payments.py::"
_NOTIFICATIONS: Final = "tests/activities/test_notifications.py::"
_WAKING: Final = "tests/workflow/test_waking.py::"
_RECONCILIATION: Final = "tests/workflow/test_reconciliation.py::"
_ALLOTMENT: Final = "tests/activities/test_allotment.py::"
_OUTSIDE_MONEY: Final = "tests/workflow/test_outside_money.py::"
_LANES: Final = "tests/workflow/test_lanes.py::"
OUTSIDE: Final = (
    Outside(
        "activities/payment_calls.py",
        'if gate is None or not gate["recorded"]:',
        "if gate is None:",
        "money leaves for a start that a known order may refuse",
        f"{_PAYMENTS}test_R38_money_waits_for_an_order_that_has_no_row",
    ),
    Outside(
        "activities/payment_calls.py",
        "patience or FOR_EVER,",
        "FOR_EVER,",
        "a provider that never answers is tried for ever, and the order shows nothing",
        f"{_PAYMENTS}test_all_tries_of_a_call_have_two_minutes_from_the_first_one_on",
    ),
    Outside(
        "activities/payments.py",
        "ANSWER_WITHIN: Final = timedelta(minutes=2)",
        "ANSWER_WITHIN: Final = timedelta(minutes=20)",
        "an order says nothing for twenty minutes about money whose answer was lost",
        f"{_PAYMENTS}test_all_tries_of_a_call_have_two_minutes_from_the_first_one_on",
    ),
    Outside(
        "activities/channels/webhook.py",
        "url.copy_with(host=address, fragment=None)",
        "url.copy_with(fragment=None)",
        "the name is looked up once more, and leads within by then",
        f"{_TARGETS}test_the_address_that_was_judged_is_the_one_that_is_called",
    ),
    Outside(
        "activities/channels/webhook.py",
        "url = checked_url(message.target, self._allowed)",
        "url = httpx.URL(message.target)",
        "a host that the operator no longer trusts is still called",
        f"{_TARGETS}test_the_target_is_judged_at_every_try_by_what_the_operator_trusts_then",
    ),
    Outside(
        "activities/channels/targets.py",
        "not all(map(is_public, addresses))",
        "not any(map(is_public, addresses))",
        "one public address beside a private one opens the private network",
        f"{_TARGETS}test_one_private_address_of_a_name_is_enough_to_refuse_it",
    ),
    Outside(
        "activities/channels/special_ranges.py",
        '"2002::/16",  # 6to4, which leads to an IPv4 address',
        "",
        "an IPv6 address that a tunnel leads to 10.0.0.1 is called",
        f"{_TARGETS}test_what_leads_within_or_to_an_ipv4_address_by_a_tunnel_is_not_public",
    ),
    Outside(
        "activities/channels/special_ranges.py",
        "if mapped := address.ipv4_mapped:\n        return is_public(mapped)",
        "if address.ipv4_mapped:\n        return True",
        "10.0.0.1 written as IPv6 is called",
        f"{_TARGETS}test_what_leads_within_or_to_an_ipv4_address_by_a_tunnel_is_not_public",
    ),
    Outside(
        "activities/sql/notifications/match.sql",
        "        AND wants.created_at <= matched.recorded_at\n",
        "",
        "who subscribes is told of years",
        f"{_NOTIFICATIONS}test_a_new_subscriber_gets_nothing_of_before_and_everything_since",
    ),
    Outside(
        "activities/sql/notifications/claim.sql",
        "    LIMIT $4\n",
        "    LIMIT $4 * 1000\n",
        "a backlog is claimed at once, and its leases run out before it is sent",
        f"{_NOTIFICATIONS}test_a_round_takes_so_many_messages_and_no_more",
    ),
    Outside(
        "activities/reconciliation/money.py",
        'self._teller.tell(row["order_id"],',
        'self._teller.tell(row.get("their_order_id", row["order_id"]) or "",',
        "news of a refund is told to whatever order the provider's book names",
        f"{_RECONCILIATION}test_the_order_whose_call_it_was_is_told_also_where_the_book_names_none",
    ),
    Outside(
        "activities/register/allotment.py",
        "elif named is not None and sum(share.amount for share in shares) < whole:",
        "elif named is not None:",
        "a refund made elsewhere is told to whatever order the provider names",
        f"{_ALLOTMENT}test_R36_of_a_payment_that_is_others_whole_a_word_goes_to_them_whomever_it_names",
    ),
    Outside(
        "activities/reconciliation/unheard.py",
        "if known.told else Unheard(",
        "if False else Unheard(",
        "what an order does not count is told to it every night",
        f"{_OUTSIDE_MONEY}test_what_was_told_and_is_not_counted_is_told_once_and_then_reported",
    ),
    Outside(
        "activities/reconciliation/telling.py",
        "if error.status not in OF_THIS_ORDER:",
        "if error.status:",
        "one order that Temporal refuses a signal stops the whole night",
        f"{_OUTSIDE_MONEY}test_one_order_that_cannot_be_told_stops_nobody",
    ),
    Outside(
        "activities/reconciliation/comparison.py",
        "same and gone and theirs.order_id in (None, ours.order_id)",
        "same and gone",
        "an order hears that another one's refund came back, and pays its own again",
        f"{_RECONCILIATION}test_what_the_book_calls_another_orders_is_reported_and_told_to_neither",
    ),
    Outside(
        "workflows/run/activity_calls.py",
        'if kind == "key_reused":',
        'if kind == "key_lost":',
        "a refund that can never be sent is looked up for ever",
        f"{_LANES}test_R21_a_key_of_ours_that_stands_for_another_call_is_a_failed_attempt",
    ),
    Outside(
        "workflows/run/lanes.py",
        "            and workflow.all_handlers_finished()\n",
        "",
        "a run ends under an update, whose sender never hears what became of it",
        f"{_LANES}test_a_run_does_not_end_under_an_update_that_waits_for_its_answer",
    ),
    Outside(
        "workflows/run/order_run.py",
        "            last_refusal=self._last_refusal,\n",
        "",
        "the page of an order forgets what was refused when its run grows long",
        f"{_WAKING}test_a_long_order_continues_as_new_and_loses_nothing",
    ),
    Outside(
        "workflows/run/order_run.py",
        "self._lanes.go_on(self.order.entry, begun.opened_by)",
        'self._lanes.go_on(self.order.entry, "")',
        "an order whose run grew long is taken for somebody else's, and its refunds never leave",
        f"{_WAKING}test_a_long_order_continues_as_new_and_loses_nothing",
    ),
)
