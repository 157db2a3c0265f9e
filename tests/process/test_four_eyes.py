"""Which commands of the platform move money, and how much each is said to move: never less than it does."""

import pytest

from tests.process.later_orders import decide, reviewed
from tests.process.orders import (
    CAPTURE_1,
    PLATFORM,
    PROVIDER,
    SHIP,
    TOTAL,
    after,
    answered,
    by_hand,
    captured,
    captured_by_hand,
    claimed_too,
    days,
    delivered,
    given_elsewhere,
    hours,
    paid,
    paid_by_hand,
    promised,
    refund_news,
    refunding,
    release_news,
    releasing,
    retry,
    retry_release,
    settle_conflict,
    shipped,
    taken,
)
from workflows.messages.base import Message
from workflows.messages.chargebacks import ChargebackClosed, ChargebackOpened, ChargebackOutcome
from workflows.messages.commands import OFFERED, AddNote
from workflows.messages.values import MoneyState, Role
from workflows.messages.vocabulary import Resolution
from workflows.process.four_eyes import money_at_stake, moves_money, names_money
from workflows.process.preview import preview_of
from workflows.process.state.order import Order

FAILED = MoneyState.FAILED
WITHOUT = frozenset(
    """
    payment_voided decide_cancellation cancel_order open_dispute request_information send_message move_deadline
    retry_capture acknowledge add_note
    """.split()
)
"""What the platform sends without a second person: it moves nothing, or only what the order itself had begun."""
OPENED = ChargebackOpened(by=PLATFORM, payment_id="p-1", chargeback_id="c-1", amount=700, note="a letter")
LOST = ChargebackClosed(
    by=PLATFORM, payment_id="p-1", chargeback_id="c-1", amount=700, outcome=ChargebackOutcome.LOST, note="a letter"
)


def at_stake(order: Order, event: Message) -> dict[str, int] | None:
    return preview_of(order, event, days(5)).at_stake


def test_every_message_of_the_platform_needs_a_second_person_or_is_named_here() -> None:
    sent = {name for name, kind in OFFERED.items() if Role.PLATFORM in kind.roles}
    assert {name for name in sent if not names_money(name)} == WITHOUT


@pytest.mark.parametrize("name", ["grant_refund", "record_payment", "settle_anything_manually", "decide_dispute"])
def test_what_is_named_before_it_is_there_is_among_them_when_it_comes(name: str) -> None:
    assert names_money(name)


def test_the_same_fact_from_the_provider_moves_what_it_moves() -> None:
    """Only the platform is asked for a second person: nobody signs a bank's letter twice."""
    assert moves_money(OPENED)
    assert not moves_money(OPENED.model_copy(update={"by": PROVIDER}))
    assert at_stake(paid(), AddNote(by=PLATFORM, text="note")) is None


@pytest.mark.parametrize(
    ("outcome", "amount"),
    [
        (Resolution.FULL_REFUND, None),
        (Resolution.PARTIAL_REFUND, 100),
        (Resolution.NO_REFUND, None),
        (Resolution.RETURN_AND_REFUND, None),
        (Resolution.EXCHANGE, None),
    ],
)
def test_a_decision_is_about_all_that_is_held(outcome: Resolution, amount: int | None) -> None:
    """Also where it names no amount, refunds a part and releases the rest, or moves nothing before it is appealed."""
    assert at_stake(reviewed(), decide(outcome, amount)) == {"USD": TOTAL}


def test_what_is_settled_by_hand_is_what_was_owed() -> None:
    refund = after(refunding(), refund_news(FAILED), at=hours(4))
    release = after(releasing(), release_news(FAILED), at=days(3))
    promise = after(promised(), SHIP, answered(FAILED, record_id=CAPTURE_1), at=hours(2))
    assert at_stake(refund, by_hand()) == {"USD": TOTAL}
    assert at_stake(promise, captured_by_hand()) == {"USD": TOTAL}
    assert at_stake(release, paid_by_hand()) == {"USD": TOTAL}


def at_stake_of_news(order: Order, news: Message) -> dict[str, int]:
    """As the platform reports it once the provider has been silent for too long."""
    ours = news.model_copy(update={"by": PLATFORM})
    assert moves_money(ours)
    return dict(money_at_stake(order, taken(order, news, days(5)).order, ours))


def test_what_is_said_to_have_failed_and_sent_again_is_all_of_it() -> None:
    """Else one person reports that a refund failed which the buyer has, and has it sent a second time."""
    refund = after(refunding(), refund_news(FAILED), at=hours(4))
    release = after(releasing(), release_news(FAILED), at=days(3))
    assert at_stake_of_news(refunding(), refund_news(FAILED)) == {"USD": TOTAL}
    assert at_stake_of_news(releasing(), release_news(FAILED)) == {"USD": TOTAL}
    assert at_stake(refund, retry()) == {"USD": TOTAL}
    assert at_stake(release, retry_release()) == {"USD": TOTAL}
    foreign = after(paid(), captured(500, "p-2", currency="EUR"), at=hours(2))
    assert at_stake_of_news(foreign, refund_news(FAILED)) == {"EUR": 500}
    assert at_stake(after(foreign, refund_news(FAILED), at=hours(3)), retry()) == {"EUR": 500}


def test_what_came_in_another_currency_stands_in_no_column_and_counts() -> None:
    foreign = after(paid(), captured(500, "p-2", currency="EUR"), refund_news(FAILED), at=hours(2))
    assert at_stake(foreign, by_hand()) == {"EUR": 500}
    assert at_stake(foreign, OPENED.model_copy(update={"payment_id": "p-2"})) == {"EUR": 700}


def test_whose_a_payment_is_decides_about_all_of_it() -> None:
    contested = after(paid(), claimed_too(), at=hours(2))
    assert at_stake(contested, settle_conflict(0)) == {"USD": TOTAL}
    assert at_stake(contested, settle_conflict(TOTAL)) == {"USD": TOTAL}


def test_money_that_came_or_left_outside_counts_by_its_own_amount() -> None:
    open_one = after(paid(), OPENED, at=hours(2))
    assert at_stake(paid(), OPENED) == {"USD": 700}
    assert at_stake(open_one, LOST) == {"USD": TOTAL}, "before shipment the rest goes back with it"
    assert at_stake(after(delivered(), OPENED, at=days(2)), LOST) == {"USD": 700}
    reported = given_elsewhere(300).model_copy(update={"by": PLATFORM, "note": "a letter"})
    assert at_stake(shipped(), reported) == {"USD": 300}


def test_a_currency_that_the_caller_makes_up_hides_nothing() -> None:
    """What the ledger shows counts beside what is said."""
    open_one = after(delivered(), OPENED, at=days(2))
    assert at_stake(open_one, LOST.model_copy(update={"currency": "EUR"})).get("EUR") == 700  # type: ignore[union-attr]


def test_money_that_comes_in_counts_once() -> None:
    """It comes to both sides of the ledger."""
    before, more = paid(), captured(500, "p-2")
    assert money_at_stake(before, taken(before, more, hours(2)).order, more) == {"USD": 500}


def test_what_was_taken_before_moves_nothing_when_it_is_sent_again() -> None:
    """It only gets its first answer: nobody has to look at it a second time."""
    deciding = decide(Resolution.FULL_REFUND).model_copy(update={"request_id": "k-1"})
    order = after(reviewed(), deciding, at=days(5))
    assert at_stake(order, deciding) == {}
