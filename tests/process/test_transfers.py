"""The lifecycle of money that the provider moves: what is none of its deadlines or records moves nothing."""

import pytest

from tests.process.orders import REFUND_1, days, refunding, releasing
from workflows.messages.values import DeadlineKind, MoneyState, Role
from workflows.process.money import provider, refund_news
from workflows.process.state.changes import AttemptAnswered
from workflows.process.state.deadline import Deadline

OF_TRANSFERS = (DeadlineKind.REFUND_EXPECTED_BY, DeadlineKind.REFUND_ALERT_AT)


@pytest.mark.parametrize("kind", [kind for kind in DeadlineKind if kind not in OF_TRANSFERS])
def test_a_deadline_that_watches_no_money_is_our_bug_and_moves_none(kind: DeadlineKind) -> None:
    with pytest.raises(AssertionError, match="watches no money"):
        provider.hear_silence(refunding(), Deadline(days(9), kind, Role.SYSTEM, subject=REFUND_1))


@pytest.mark.parametrize("kind", OF_TRANSFERS)
def test_a_deadline_of_a_record_that_is_not_there_is_our_bug(kind: DeadlineKind) -> None:
    with pytest.raises(AssertionError, match=r"watches nothing|is gone"):
        provider.hear_silence(releasing(), Deadline(days(9), kind, Role.PAYMENT_PROVIDER, subject=REFUND_1))


def test_an_answer_of_a_record_that_nobody_knows_is_recorded_and_moves_nothing() -> None:
    order = releasing()
    change = provider.hear_answer(order, AttemptAnswered(REFUND_1, 1, MoneyState.FAILED), days(9))
    assert (change.order, str(change.why)) == (order, "nothing of this order has that name")


def test_only_the_first_news_that_an_attempt_is_with_the_provider_starts_its_time() -> None:
    order = refunding()
    taken = refund_news.hear_refund(order, AttemptAnswered(REFUND_1, 1, MoneyState.SUBMITTED), days(1)).order
    later = refund_news.hear_refund(taken, AttemptAnswered(REFUND_1, 1, MoneyState.PENDING), days(2)).order
    assert {deadline.kind for deadline in taken.deadlines} >= set(OF_TRANSFERS)
    assert later.deadlines == taken.deadlines
