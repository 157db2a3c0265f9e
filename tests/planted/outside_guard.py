"""Bugs of the guard before money leaves, in its statements and beside them (R37)."""

from typing import Final

from tests.planted.outside import Outside

_GUARD: Final = "tests/activities/test_guard.py::test_R37_"
_INTEND: Final = "activities/sql/payments/intend.sql"
GUARD_OUTSIDE: Final = (
    Outside(
        _INTEND,
        "$6 > room.fits AS over",
        "$6 > room.fits + 1 AS over",
        "one unit more goes back than was paid",
        f"{_GUARD}a_refund_beyond_what_its_payment_brought_is_not_sent",
    ),
    Outside(
        _INTEND,
        "SELECT max(counting.amount) AS most",
        "SELECT sum(counting.amount) AS most",
        "a seller is not paid, since a refund was paid twice",
        f"{_GUARD}of_several_attempts_of_one_refund_an_order_counts_the_largest",
    ),
    Outside(
        _INTEND,
        "AND counting.kind = 'refund')",
        "AND counting.kind = 'refund' AND counting.order_id = $2)",
        "two orders give the same money of one payment back",
        f"{_GUARD}a_share_is_all_that_an_order_may_send_and_the_payment_all_that_goes_back",
    ),
    Outside(
        _INTEND,
        "(SELECT coalesce(max(calls.payment_turn), 0) + 1 FROM payment_calls AS calls WHERE calls.payment_id = $8)",
        "NULL",
        "two refunds of one payment at once are both sent, for neither sees the other",
        f"{_GUARD}two_calls_at_once_do_not_both_pass",
    ),
    Outside(
        _INTEND,
        "$13::integer > $5\n",
        "false\n",
        "an attempt that was given up is sent beside the one that took its place",
        f"{_GUARD}an_overtaken_call_is_looked_up_and_not_sent",
    ),
    Outside(
        _INTEND,
        "EXISTS (SELECT FROM restorations) AS restored",
        "false AS restored",
        "on a restored database everything that was sent since the backup is sent again",
        f"{_GUARD}on_a_restored_database_every_key_is_looked_up_before_its_first_sending",
    ),
    Outside(
        "activities/sql/payments/answered.sql",
        "coalesce(tried_at <= now() - $5, true)",
        "true",
        "a call that is being sent at this moment is written down as never sent",
        f"{_GUARD}a_call_that_is_tried_meanwhile_is_not_written_down_as_never_sent",
    ),
    Outside(
        "activities/payment_calls.py",
        "            await self._look_up_earlier(call, find)\n",
        "",
        "a refund is refused because of one that failed, of which no word came here",
        f"{_GUARD}before_it_is_refused_what_stands_in_its_way_is_looked_up",
    ),
    Outside(
        "activities/payments.py",
        "                if written.said and written.final:\n",
        "                if False:\n",
        "a call with its last word is asked about again, and may be sent",
        f"{_GUARD}a_call_with_the_providers_final_word_is_answered_from_its_row",
    ),
    Outside(
        "activities/sql/records/record.sql",
        "overtaken = payment_calls.overtaken OR heard.overtaken",
        "overtaken = payment_calls.overtaken",
        "what was settled by hand is sent all the same",
        f"{_GUARD}what_a_webhook_says_of_a_call_is_written_with_the_orders_record",
    ),
)
