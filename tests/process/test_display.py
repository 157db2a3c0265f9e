"""What Temporal's UI shows of an order: what is upserted with what, and what its page and the start of a run say."""

from datetime import datetime
from typing import Any, Final

import pytest
from temporalio.common import SearchAttributePair, TypedSearchAttributes

from tests.process.later_orders import CONTEST, ask, decide, disputed, item, offer, open_dispute, reviewed
from tests.process.orders import (
    RELEASE_1,
    after,
    answered,
    asked,
    captured,
    claimed_too,
    days,
    delivered,
    given_elsewhere,
    hours,
    new_order,
    paid,
    refund_news,
    refunding,
    releasing,
    retry,
    shipped,
    start,
)
from workflows.display import STATUS, WAITING_ON, attribute_changes
from workflows.messages.fields import MAX_ID
from workflows.messages.goods import MAX_SHOWN, MAX_SUMMARY, goods_in_words, order_in_words
from workflows.messages.start import Line
from workflows.messages.values import MoneyState, Role
from workflows.messages.vocabulary import Resolution
from workflows.messages.waking import STATIC_DETAILS, run_of
from workflows.page import details
from workflows.process.state.order import Order
from workflows.process.step import Event
from workflows.process.telling import view

SUCCEEDED, FAILED = MoneyState.SUCCEEDED, MoneyState.FAILED
NOTHING: Final = TypedSearchAttributes([])
T: Final = days(4)


def shown_after(order: Order, before: TypedSearchAttributes = NOTHING) -> TypedSearchAttributes:
    """What Temporal shows once what has changed is upserted."""
    pairs = {pair.key.name: pair for pair in before.search_attributes}
    for change in attribute_changes(order, before):
        if change.value is None:
            pairs.pop(change.key.name)
        else:
            pairs[change.key.name] = SearchAttributePair(change.key, change.value)
    return TypedSearchAttributes(list(pairs.values()))


def changed(before: Order, order: Order) -> set[str]:
    return {change.key.name for change in attribute_changes(order, shown_after(before))}


STEPS: Final[dict[str, tuple[Order, Order]]] = {
    "paid": (new_order(), paid()),
    "asked": (paid(), asked()),
    "shipped": (paid(), shipped()),
    "delivered": (shipped(), delivered()),
    "disputed": (delivered(), disputed()),
    "contested": (disputed(), after(disputed(), CONTEST, at=days(3))),
    "asked for information": (reviewed(), after(reviewed(), ask(), at=T)),
    "decided": (reviewed(), after(reviewed(), decide(Resolution.NO_REFUND), at=T)),
    "refunding": (paid(), refunding()),
    "refund failed": (refunding(), after(refunding(), answered(FAILED), at=T)),
    "refund retried": (
        after(refunding(), answered(FAILED), at=T),
        after(refunding(), answered(FAILED), retry(), at=T),
    ),
    "refunded": (refunding(), after(refunding(), answered(SUCCEEDED), at=T)),
    "paid out": (releasing(), after(releasing(), answered(SUCCEEDED, 1, RELEASE_1), at=T)),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_new_status_is_shown_with_what_else_is_new(step: str) -> None:
    before, order = STEPS[step]
    assert view.order_status(before) != view.order_status(order) or step == "paid out"
    names = changed(before, order)
    assert names - {STATUS.name}, "an event of before, and none beside it"
    assert (STATUS.name in names) == (view.order_status(before) != view.order_status(order))
    assert shown_after(order, shown_after(before)).get(STATUS) == view.order_status(order)


def test_of_a_run_that_begins_everything_is_shown_at_once() -> None:
    shown = {pair.key.name: pair.value for pair in shown_after(new_order()).search_attributes}
    assert shown.pop("NextDeadline") == hours(0.5)
    assert shown == {
        "OrderStage": "pending_payment",
        "OrderStatus": "pending_payment",
        "BuyerId": "b-7",
        "SellerId": "s-3",
        "WaitingOn": "buyer",
        "RefundState": "none",
    }


def without(shown: TypedSearchAttributes, *names: str) -> TypedSearchAttributes:
    return TypedSearchAttributes([pair for pair in shown.search_attributes if pair.key.name not in names])


def test_a_run_of_before_that_continued_as_new_upserts_nothing_for_the_status_alone() -> None:
    """Its history has no event there: it would not replay. The status comes along with the next change."""
    old = without(shown_after(paid()), STATUS.name)
    assert attribute_changes(paid(), old) == []
    assert shown_after(shipped(), old).get(STATUS) == "shipped"


def test_nor_for_whose_turn_it_is_once_it_has_ended() -> None:
    failed = after(refunding(), answered(FAILED), at=T)
    shown = shown_after(failed)
    assert shown.get(WAITING_ON) == Role.PLATFORM
    old = [*without(shown, WAITING_ON.name).search_attributes, SearchAttributePair(WAITING_ON, "payment_provider")]
    assert attribute_changes(failed, TypedSearchAttributes(old)) == []
    seller = [*without(shown, WAITING_ON.name).search_attributes, SearchAttributePair(WAITING_ON, "seller")]
    assert attribute_changes(failed, TypedSearchAttributes(seller)), "any other turn is upserted as before"


@pytest.mark.parametrize(
    ("order", "event"),
    [
        (after(paid(), captured(payment_id="p-2"), at=hours(1)), answered(FAILED)),
        (refunding(), claimed_too()),
        (releasing(), given_elsewhere(500)),
    ],
    ids=["a surplus fails", "claimed by another", "given back elsewhere"],
)
def test_what_is_shown_stays_true_beside_the_story(order: Order, event: Event) -> None:
    now = after(order, event, at=T if order.stage.closed else hours(2))
    shown = shown_after(now, shown_after(order))
    assert (shown.get(STATUS), shown.get(WAITING_ON)) == (view.order_status(now), view.waiting_on(now))


# The page


def page(order: Order, at: datetime, last_refusal: str | None = None) -> list[str]:
    return details(order, last_refusal, at).splitlines()


def test_the_page_says_what_was_sold_and_what_each_can_do_and_until_when() -> None:
    rows = page(paid(), hours(1))
    assert rows[0] == "- **Order**: Desk lamp, 22.99 USD, buyer b-7, seller s-3"
    assert rows[1] == r"- **Goods**: 1 × Desk lamp \(LAMP-1\), 19.99 USD"
    (buyer,) = [row for row in rows if row.startswith("- **The buyer can**: ")]
    (seller,) = [row for row in rows if row.startswith("- **The seller can**: ")]
    assert "Request Order Cancellation" in buyer
    assert r"Ship Order \(until 2026-03-11 12:01:00 UTC\)" in seller
    assert "Ship" not in buyer


def test_the_page_of_an_order_that_is_settled_offers_nothing() -> None:
    rows = page(after(refunding(), answered(SUCCEEDED), at=T), T)
    assert not [row for row in rows if " can**" in row]
    assert rows[-1] == r"- **Closed as**: cancelled, out\_of\_stock"


def test_the_page_says_of_a_refund_why_it_failed() -> None:
    failed = after(refunding(), refund_news(FAILED, failure_reason="declined by the bank"), at=T)
    rows = page(failed, T)
    assert rows[0].startswith(r"- **Needs attention**: refund\_failed A-1001-refund-1: The refund has failed: ")
    assert '- **Refund**: A-1001-refund-1, 22.99 USD, failed, attempt 1: "declined by the bank"' in rows
    again = page(after(failed, retry(), at=T), T)
    assert "- **Refund**: A-1001-refund-1, 22.99 USD, requested, attempt 2" in again


def test_the_page_of_a_dispute_has_both_sides() -> None:
    order = after(delivered(), open_dispute(evidence=(item(number=1), item(number=2))), CONTEST, at=days(2))
    order = after(order, offer(Resolution.PARTIAL_REFUND, 500), at=days(2))
    rows = page(order, days(2))
    (dispute,) = [row for row in rows if row.startswith("- **Dispute**")]
    assert "opened by the buyer 2026-03-04 12:00:00 UTC, asks for a full refund" in dispute
    assert "- **The buyer**: evidence: photo × 2" in rows
    assert [row for row in rows if row.startswith("- **The seller**: contests it, evidence: ")]
    assert "- **Their words**: countermand timeline A-1001" in rows
    assert [row for row in rows if row.startswith("- **Open offer**: ")]
    decided = page(after(order, decide(Resolution.NO_REFUND), at=days(3)), days(3))
    assert [row for row in decided if row.startswith("- **Decided**: no refund, ")]


# The start of a run


def lines(count: int, **changes: Any) -> tuple[Line, ...]:
    plain: dict[str, Any] = {"sku": "L", "title": "Lamp", "quantity": 1, "unit_price": 100}
    return tuple(Line(line_id=str(n), **(plain | changes)) for n in range(count))


def test_a_run_is_started_with_what_was_sold_in_words() -> None:
    options = run_of("A-1001", "orders", start())
    assert options["static_summary"] == "Desk lamp, 22.99 USD, buyer b-7, seller s-3"
    assert options["static_details"] == f"- 1 × Desk lamp \\(LAMP-1\\), 19.99 USD\n\n{STATIC_DETAILS}"
    assert run_of("A-1001", "orders")["static_summary"] == "Order A-1001", "who wakes an order knows no more"


def test_of_many_goods_the_first_are_named_and_the_rest_is_counted() -> None:
    several = start(lines=lines(MAX_SHOWN + 2, quantity=3))
    assert order_in_words(several) == "Lamp and 6 more, 24.00 USD, buyer b-7, seller s-3"
    told = list(goods_in_words(several))
    assert (len(told), told[0], told[-1]) == (MAX_SHOWN + 1, "3 × Lamp (L), 1.00 USD each", "and 2 more")
    assert list(goods_in_words(start(lines=lines(MAX_SHOWN))))[-1] == "1 × Lamp (L), 1.00 USD"


def test_a_title_makes_no_link_of_the_summary() -> None:
    """Temporal's UI reads it as Markdown, and whoever sells writes it."""
    sold = start(lines=lines(1, title="[Lamp](https://evil.example) <b>"))
    assert run_of("A-1", "orders", sold)["static_summary"].startswith("Lamphttps://evil.example b, 4.00 USD, ")


@pytest.mark.parametrize("title", ["x" * 200, "ü" * 200, "灯" * 200])
def test_a_summary_is_never_longer_than_temporal_takes(title: str) -> None:
    """It would refuse the start."""
    told = order_in_words(start(lines=lines(1, title=title)))
    assert len(told.encode()) <= MAX_SUMMARY
    assert "…, 4.00 USD, buyer b-7, seller s-3" in told
    longest = start(lines=lines(200, title=title), buyer_id="b" * MAX_ID, seller_id="s" * MAX_ID)
    assert len(order_in_words(longest).encode()) <= MAX_SUMMARY
