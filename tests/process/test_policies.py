"""What policies are called, and what stands in one."""

import json
from typing import Any, Final

import pytest
from pydantic import TypeAdapter, ValidationError

from workflows.messages.decoding import decode_as
from workflows.messages.fields import MAX_ID
from workflows.messages.policies import (
    MAX_POLICY_BYTES,
    MAX_VERSIONS,
    PolicyContent,
    PolicyName,
    PolicyVersion,
)
from workflows.messages.refusal import Refused
from workflows.messages.sentences import say
from workflows.messages.terms import MAX_AUTO_APPROVALS, MAX_COUNT, MAX_HOLIDAYS, Terms
from workflows.messages.values import CancellationReason

NAME: Final[TypeAdapter[str]] = TypeAdapter(PolicyName)


def content(plain: dict[str, Any]) -> PolicyContent:
    return decode_as(PolicyContent, say("The policy"), json.dumps(plain).encode())


@pytest.mark.parametrize(
    "name", ["marketplace", "a", "b2b_at.shipment-2", "x" * 64, "seller:s-3", "seller:" + "x" * MAX_ID, "seller:ü/:"]
)
def test_a_policy_may_be_called_so(name: str) -> None:
    assert NAME.validate_python(name) == name


@pytest.mark.parametrize(
    "name",
    [
        *("", "..", "a b", "a/b", "büro", "x" * 65, "buyer:b-7", "marketplace\n"),
        *("seller:", "seller:a b", "seller:" + "x" * (MAX_ID + 1), "seller:\x07"),
    ],
)
def test_a_policy_may_not_be_called_so(name: str) -> None:
    with pytest.raises(ValidationError, match='or be "seller:" and a seller'):
        NAME.validate_python(name)


def test_a_version_is_a_number_from_1() -> None:
    for version in (1, MAX_VERSIONS):
        assert PolicyVersion(name="a", version=version).version == version
    for version in (0, MAX_VERSIONS + 1):
        with pytest.raises(ValidationError):
            PolicyVersion(name="a", version=version)


@pytest.mark.parametrize(
    ("plain", "told"),
    [
        ({}, "terms is missing"),
        ({"terms": {"respond_in": "PT1H"}}, "terms.respond_in is not a field"),
        ({"terms": {"respond_within": "soon"}}, "terms.respond_within"),
        ({"terms": {"disputes": MAX_COUNT + 1}}, "terms.disputes must be at most 32"),
        ({"terms": {}, "note": "x"}, "note is not a field"),
    ],
)
def test_what_cannot_stand_in_a_policy_is_named(plain: dict[str, Any], told: str) -> None:
    with pytest.raises(Refused, match=told):
        content(plain)


def test_the_largest_set_of_terms_is_a_policy_and_one_byte_more_than_the_limit_is_none() -> None:
    reasons = sorted(CancellationReason, key=len)[-MAX_COUNT:]
    every = {"within": "PT1H", "reasons": reasons, "up_to": 10**12}
    days = [f"20{year}-{month:02}-{day:02}" for year in range(26, 29) for month in range(1, 13) for day in range(1, 29)]
    largest = {"auto_approve": [every] * MAX_AUTO_APPROVALS, "calendar": {"holidays": days[:MAX_HOLIDAYS]}}
    text = json.dumps({"terms": Terms().model_dump(mode="json") | largest})
    assert len(text) < MAX_POLICY_BYTES
    for size in (MAX_POLICY_BYTES, MAX_POLICY_BYTES + 1):
        payload = text.ljust(size).encode()
        if size <= MAX_POLICY_BYTES:
            assert decode_as(PolicyContent, say("The policy"), payload).terms.auto_approve
        else:
            with pytest.raises(Refused, match=f"The policy has {size} bytes, and may have at most {MAX_POLICY_BYTES}"):
                decode_as(PolicyContent, say("The policy"), payload)
