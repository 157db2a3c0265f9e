"""The walks: that they go where they should, say what they break, and break nothing. Most of them: `tests/proof`."""

from pathlib import Path
from random import Random

import pytest

from tests.exploration import invariants
from tests.exploration.rules import Broken
from tests.process.orders import new_order
from tests.walk.fields import fields_of
from tests.walk.moves import drawn, moods
from tests.walk.parts import OF_A_WAVE, part, walked
from tests.walk.scene import Scene
from tests.walk.starts import BEGINS
from tests.walk.walk import Gone, Walk
from workflows.messages.base import Message
from workflows.messages.commands import MESSAGES
from workflows.process.state.order import Order

WALKS = 20


@pytest.fixture(scope="module")
def walks() -> Gone:
    """Some walks."""
    return part("1", 0, WALKS)


def test_no_walk_breaks_a_rule(walks: Gone) -> None:
    assert not walks.found, walks.found[0]
    assert walks.walks == WALKS
    assert walks.steps > 20 * WALKS


def test_at_least_half_of_the_steps_are_made_in_open_orders(walks: Gone) -> None:
    assert walks.in_open_orders >= walks.steps / 2


def test_the_same_seed_walks_the_same_walk_and_another_one_does_not() -> None:
    first, again, other = Walk("7"), Walk("7"), Walk("8")
    assert (first.go(), first.moves, first.start) == (again.go(), again.moves, again.start)
    other.go()
    assert other.moves != first.moves


@pytest.mark.parametrize("kind", MESSAGES.values(), ids=lambda kind: kind.name)
def test_every_message_of_the_registry_is_drawn(kind: type[Message]) -> None:
    """A new message needs no line in the walk, as long as its fields mean what they mean elsewhere."""
    dice = Random(1)
    scene = Scene(dice, new_order(), BEGINS, moods(dice))
    assert kind.name in scene.moods
    assert any(drawn(scene, kind) for _ in range(20)), fields_of(scene, kind)


def test_what_is_kept_is_not_walked_again(tmp_path: Path) -> None:
    kept, heard = tmp_path / "kept.jsonl", list[Gone]()
    first = walked("3", 10, kept, heard.append, walks=1)
    assert len(heard) == OF_A_WAVE
    with kept.open("a", encoding="utf-8") as file:
        file.write('{"8": {"wal')
    heard.clear()
    assert walked("3", 10, kept, heard.append, walks=1) == first
    assert heard == []


def test_what_a_walk_breaks_is_made_short_and_printed_as_a_test_that_can_be_pasted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sound = invariants.of_state

    def no_parcel(order: Order) -> None:
        sound(order)
        if order.parcel:
            raise Broken("R99: nothing is ever shipped")

    monkeypatch.setattr(invariants, "of_state", no_parcel)
    walk = next(walk for number in range(99) if (walk := Walk(f"9-{number}")).go().found)
    report = walk.gone.found[0]
    assert "R99: nothing is ever shipped" in report
    assert report.count("Move(") == 2, "paid, and shipped"
    assert len(walk.moves) > 2
    names: dict[str, object] = {}
    exec(report.split("\n\n", 1)[1], names)
    test = names["test_found_by_the_walk"]
    assert callable(test)
    with pytest.raises(Broken, match="R99"):
        test()
    monkeypatch.setattr(invariants, "of_state", sound)
    test()
