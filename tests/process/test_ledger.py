"""The ledger: no movement can be written that loses money (R6)."""

from itertools import product
from typing import get_args

import pytest

from tests.process.orders import SHIP, hours, new_order, paid
from workflows.frozen import replace
from workflows.process.money import provider
from workflows.process.money.ledger import COLUMNS, SOURCES, Column, balanced, move_money
from workflows.process.state.changes import Effect
from workflows.process.state.order import Order
from workflows.process.step import step
from workflows.process.telling.timeline import movements

NAMES: tuple[Column, ...] = get_args(Column)


def test_the_columns_that_can_be_named_are_those_of_the_ledger() -> None:
    assert NAMES == COLUMNS


@pytest.mark.parametrize(("source", "destination"), tuple(product(NAMES, NAMES)))
def test_whatever_is_moved_the_ledger_adds_up(source: Column, destination: Column) -> None:
    ledger = move_money(new_order(), source, destination, 7).ledger
    came = sum(getattr(ledger, column) for column in SOURCES)
    assert came == sum(getattr(ledger, column) for column in COLUMNS if column not in SOURCES)


def test_money_that_comes_stands_in_both_columns_and_money_that_moves_changes_its_column() -> None:
    taken = move_money(new_order(), "captured", "held", 7)
    assert movements(new_order().ledger, taken.ledger) == {"captured": 7, "held": 7}
    back = move_money(taken, "held", "refunding", 3)
    assert movements(taken.ledger, back.ledger) == {"held": -3, "refunding": 3}


def test_a_promise_that_is_made_good_is_captured_instead() -> None:
    promised = move_money(new_order(), "authorized", "held", 7)
    charged = move_money(promised, "captured", "authorized", 7)
    assert movements(promised.ledger, charged.ledger) == {"authorized": -7, "captured": 7}


def test_a_movement_has_a_direction_and_nothing_is_none() -> None:
    order = new_order()
    assert move_money(order, "captured", "held", 0).ledger == order.ledger
    with pytest.raises(AssertionError, match="the other way"):
        move_money(order, "held", "captured", -1)


def test_an_order_freezes_that_moves_more_than_it_has() -> None:
    order = paid()
    with pytest.raises(AssertionError, match="held is negative"):
        balanced(move_money(order, "held", "released", order.ledger.held + 1))


def test_an_order_freezes_whose_columns_do_not_add_up() -> None:
    order = paid()
    with pytest.raises(AssertionError, match="does not balance"):
        balanced(replace(order, ledger=replace(order.ledger, held=order.ledger.held - 1)))


def test_R6_money_that_gets_lost_on_its_way_out_freezes_the_order_in_the_same_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def lose_one(order: Order) -> tuple[Order, tuple[Effect, ...]]:
        return replace(order, ledger=replace(order.ledger, held=order.ledger.held - 1)), ()

    order = paid()
    monkeypatch.setattr(provider, "send_waiting", lose_one)
    with pytest.raises(AssertionError, match="does not balance"):
        step(order, SHIP, hours(2))
