"""How an order names the policy under which it starts, and what it keeps of those that it began with."""

import json
from typing import Any, Final

import pytest
from pydantic import ValidationError

from tests.process.orders import START, start
from workflows.messages.decoding import decode_as
from workflows.messages.policies import MAX_LAYERS, PolicyVersion
from workflows.messages.refusal import Refused
from workflows.messages.sentences import say
from workflows.messages.start import MAX_START_BYTES, NewOrder
from workflows.process.step import open_order
from workflows.process.telling.view import plain_view
from workflows.start_input import order_from, state_of

BEGAN: Final = (PolicyVersion(name="marketplace", version=3), PolicyVersion(name="seller:s-3", version=1))


def new_order(plain: dict[str, Any]) -> NewOrder:
    return decode_as(NewOrder, say("The order"), json.dumps(plain).encode())


def test_whoever_starts_an_order_names_a_policy_and_leaves_its_version_to_the_engine() -> None:
    plain = start().model_dump(mode="json", exclude_unset=True)
    assert new_order(plain | {"policy": "strict", "policies": []}).policy == "strict"
    with pytest.raises(Refused, match="policies: the engine says them; name one policy, as policy"):
        new_order(plain | {"policies": [{"name": "strict", "version": 1}]})
    with pytest.raises(Refused, match="policy must have 1 to 64"):
        new_order(plain | {"policy": "a b"})


def test_a_start_input_without_policies_is_what_it_was() -> None:
    """Histories of before hold such inputs, and states without the field."""
    assert "policies" not in start().model_dump(mode="json", exclude_unset=True)
    order = open_order(start(), START).order
    state = json.loads(state_of(order))
    assert state.pop("policies") == []
    assert order_from(json.dumps(state)) == order


def test_an_order_keeps_and_shows_the_policies_that_it_began_with() -> None:
    order = open_order(start(policies=BEGAN), START).order
    assert order_from(state_of(order)) == order
    assert plain_view(order)["policies"] == (
        {"name": "marketplace", "version": 3},
        {"name": "seller:s-3", "version": 1},
    )


def test_an_order_has_as_many_policies_as_there_are_layers() -> None:
    assert len(start(policies=BEGAN).policies) == MAX_LAYERS
    with pytest.raises(ValidationError, match="policies"):
        start(policies=(*BEGAN, PolicyVersion(name="a", version=1)))


def test_what_somebody_writes_to_start_an_order_is_as_long_as_a_start_input_may_be() -> None:
    payload = start().model_dump_json(exclude_unset=True).encode()
    assert decode_as(NewOrder, say("The order"), payload.ljust(MAX_START_BYTES)).policy is None
    with pytest.raises(Refused, match=f"and may have at most {MAX_START_BYTES}"):
        decode_as(NewOrder, say("The order"), payload.ljust(MAX_START_BYTES + 1))
