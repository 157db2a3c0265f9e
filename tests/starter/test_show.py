"""How an order is shown to a person: on one screen, and all of it where somebody asks for that."""

import io
import re
from datetime import datetime
from typing import Final

import pytest
from rich.console import Console

from starter.cli.card import order_card
from starter.cli.render import answer_lines
from tests.process.later_orders import REFUSED, ask, decided, disputed, exchanging, offer, reviewed
from tests.process.orders import CONFIRM, DELIVERED, PROVIDER, after, asked, days, delivered, paid, refunding, shipped
from workflows.messages.answers import OrderView
from workflows.messages.chargebacks import ChargebackOpened
from workflows.messages.vocabulary import Resolution
from workflows.process.allowed import order_view
from workflows.process.state.order import Order
from workflows.process.telling.view import answer_of_update

SCREEN: Final = 100
LONGEST_CARD: Final = 40
"""Lines: what a terminal of a usual size shows at once."""
ISO_DURATION: Final = re.compile(r"\bP(\d+[DW]|\d*D?T\d)")
NORMAL: Final = {
    "paid": paid(),
    "asked": asked(),
    "shipped": shipped(),
    "offered": after(shipped(), offer(Resolution.VOUCHER, 100), at=days(1)),
    "refused": after(shipped(), REFUSED, at=days(1)),
    "delivered": delivered(),
    "disputed": disputed(),
    "reviewed": reviewed(),
    "decided": decided(Resolution.PARTIAL_REFUND, 500),
    "exchanging": exchanging(),
    "refunding": refunding(),
    "completed": after(delivered(), CONFIRM, at=days(2)),
}


def card(order: Order, at: datetime, width: int = 1_000, *, everything: bool = False) -> list[str]:
    shown = Console(file=io.StringIO(), width=width, highlight=False, markup=False)
    # As it comes from Temporal: what is untyped there has become words.
    view = OrderView.model_validate_json(order_view(order, at).model_dump_json())
    for part in order_card(view, at, everything=everything):
        shown.print(part)
    assert isinstance(shown.file, io.StringIO)
    return shown.file.getvalue().splitlines()


def test_a_chargeback_is_shown_with_its_amount() -> None:
    opened = ChargebackOpened(by=PROVIDER, payment_id="p-1", chargeback_id="c-1", amount=2_000)
    order = after(delivered(), opened, at=days(2))
    line = next(line for line in card(order, days(2)) if line.startswith("Chargeback:"))
    assert "chargeback_id c-1" in line
    assert "amount 20.00 USD" in line
    assert "outcome open" in line


@pytest.mark.parametrize("name", NORMAL)
def test_a_normal_order_is_one_screen_without_what_cannot_be_done_and_without_iso_durations(name: str) -> None:
    lines = card(NORMAL[name], days(9), SCREEN)
    assert len(lines) <= LONGEST_CARD
    assert max(map(len, lines)) <= SCREEN
    assert not [line for line in lines if " cannot " in line and "--all" not in line]
    assert not ISO_DURATION.search("\n".join(lines))


def test_how_long_the_review_clock_has_left_is_told_in_words() -> None:
    [line] = [line for line in card(after(reviewed(), ask(), at=days(4)), days(4)) if line.startswith("Dispute:")]
    assert line.endswith("review_rest 1 day")
    assert "paused" not in line, "it has not stood still before"


def test_all_of_it_has_the_words_on_the_buttons_and_why_what_cannot_be_done() -> None:
    short, whole = card(shipped(), days(1)), card(shipped(), days(1), everything=True)
    assert [line for line in short if "--all" in line] == [
        "What cannot be done now, and why: countermand show A-1001 --all"
    ]
    assert "  confirm_receipt  Confirm Receipt" in whole
    [cannot] = [line for line in whole if line.startswith("buyer cannot request_cancellation: ")]
    assert "cannot be cancelled any more" in cannot
    assert not [line for line in whole if "Possible instead" in line], "it stands above already, once"


def test_R33_a_fact_that_is_kept_is_shown() -> None:
    order = after(paid(), DELIVERED, at=days(1))
    [line] = [line for line in card(order, days(1)) if line.startswith("Kept until its time comes: ")]
    assert line == "Kept until its time comes: parcel_delivered of T-1, since 2026-03-03 12:00:00Z"
    assert not [line for line in card(paid(), days(1)) if line.startswith("Kept")]


@pytest.mark.parametrize(
    ("before", "made", "told"),
    [
        (shipped(), NORMAL["offered"], "Offer A-1001-offer-1"),
        (delivered(), disputed(), "Dispute A-1001-dispute-1"),
        (paid(), refunding(), "Refund A-1001-refund-1"),
    ],
)
def test_an_answer_names_what_the_command_made(before: Order, made: Order, told: str) -> None:
    """The other side's next command needs the name."""
    assert [line.plain for line in answer_lines(answer_of_update(before, made), days(2))][-1] == told
