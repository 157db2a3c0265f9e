"""A small run of the proof that no refund is lost or sent twice: `benchmarks/refunds.py`."""

import io

from rich.console import Console

from benchmarks.refunds import Scale, run
from benchmarks.refunds_books import TOTAL
from benchmarks.refunds_world import Lot


async def test_refunds_through_faults_and_kills_leave_both_books_the_same_to_the_cent() -> None:
    said = io.StringIO()
    outcome = await run(Scale(orders=40, rate=0.3, seed=11, kill_every=4.0, give_up_after=240.0), Console(file=said))
    assert outcome.agree, f"{outcome}\n{said.getvalue()}"
    assert outcome.refunded_there == 40 * TOTAL
    assert outcome.kills
    assert {*outcome.lots} == {*Lot}, "refunds by hand, banks, payments before their orders, resets: all of them"
    assert outcome.attempts > 40, "some were declined, or failed, and tried again"
    assert len(outcome.calls) > 4, "faults of several kinds"
    assert outcome.webhooks["never"]
