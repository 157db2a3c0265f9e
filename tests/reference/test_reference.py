"""The reference is fresh, and true: its examples are taken, its policies sell, its schemas judge as the engine does."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from starter.reference.examples import EXAMPLES, START, body
from tests.reference.pages import DOCS, REWRITE, pages
from tests.reference.played import played
from tests.reference.terms import POLICIES
from workflows.messages.commands import OFFERED
from workflows.messages.decoding import decode_as
from workflows.messages.policies import PolicyContent
from workflows.messages.sentences import say
from workflows.messages.start import StartOrder
from workflows.messages.terms import Terms

FRESH = pages()


@pytest.mark.parametrize("path", FRESH, ids=lambda path: path.name)
def test_a_page_is_what_the_code_says(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == FRESH[path], f"stale: run {REWRITE}"


def test_no_page_is_left_of_what_is_gone() -> None:
    assert {path.name for path in (DOCS / "schemas").iterdir()} == {p.name for p in FRESH if p.parent.name == "schemas"}


def test_every_message_has_an_example() -> None:
    assert EXAMPLES.keys() == OFFERED.keys()


@pytest.mark.parametrize("name", OFFERED)
def test_an_example_is_taken_by_the_order_that_it_is_sent_to(name: str) -> None:
    outcome = played(name)
    assert outcome.answer.applied, outcome.answer.why


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_can_be_kept_as_it_stands(name: str) -> None:
    _, terms = POLICIES[name]
    kept = decode_as(PolicyContent, say("The policy"), json.dumps({"terms": terms}).encode())
    assert kept.terms.model_dump(mode="json", exclude_unset=True) == terms


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_can_be_sold_under(name: str) -> None:
    _, written = POLICIES[name]
    order = StartOrder.model_validate_json(json.dumps(START | {"terms": written}))
    terms, defaults = order.terms.model_dump(mode="json"), Terms().model_dump(mode="json")
    for term, value in written.items():
        assert terms[term] != defaults[term], f"{term} is so by default"
        assert isinstance(value, dict | list) or terms[term] == value


def shown(name: str) -> dict[str, Any]:
    """The schema of a message, as it is published."""
    schema: dict[str, Any] = json.loads(FRESH[DOCS / "schemas" / f"{name}.json"])
    return schema


@pytest.mark.parametrize("name", OFFERED)
def test_a_schema_names_what_the_message_needs_and_no_field_more(name: str) -> None:
    schema, example = shown(name), body(name, EXAMPLES[name].fields)
    for needed in schema["required"]:
        with pytest.raises(ValidationError):
            OFFERED[name].model_validate_json(json.dumps({f: v for f, v in example.items() if f != needed}))
    assert example.keys() <= schema["properties"].keys()
    assert schema["additionalProperties"] is False
