"""What a message that cannot be read is answered: our sentences, and nothing of the library that reads it."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import pytest
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from pydantic_core._pydantic_core import list_all_errors

from tests.process.test_decoding import BUYER, GOOD, LATER, PHOTO, START, fault, raw_fault, start_fault
from workflows.messages.commands import MESSAGES
from workflows.messages.complaints import Complaint
from workflows.messages.faults import COMPLAINTS, NOT_VALID, complaint_of, unreadable
from workflows.messages.sentences import ENGLISH, from_wire, say, told
from workflows.messages.shapes import SAID
from workflows.messages.start import ResumeOrder, StartOrder

Json = dict[str, Any]
SENTENCES: Final = tuple(
    template for kind in list_all_errors()
    for template in (kind["message_template_python"], kind.get("message_template_json")) if template
)  # fmt: skip
"""Everything that pydantic can say, with its places."""
THEIRS: Final = sorted({
    piece for template in SENTENCES for part in re.split(r"\{[^}]*\}", template)
    if len(piece := part.strip(" ,:'-")) > 10 and " " in piece
})  # fmt: skip
"""What of it stands between the places."""
ODD: Final[tuple[Any, ...]] = (
    None, True, 0, -1, 1.5, 10**40, 1e300, "", " ", "x" * 5_000, "a b", "a\nb", "a\u0007b", "ж" * 100, "17", "..",
    "2026-03-02", "2026-03-02T12:00:00", "2026-02-30T12:00:00Z", "0000-01-01T00:00:00Z", LATER, [], {},
    ["x"], [1], [{}], ["2026-13-45"], ["x"] * 500, {"x": 1},
)  # fmt: skip
"""Values of which each field takes some, and none takes all."""
WHOLE: Final[dict[str, Json]] = {
    **GOOD,
    "payment_captured": GOOD["payment_captured"] | {"of": 5000, "occurred_at": LATER},
    "decide_cancellation": GOOD["decide_cancellation"]
    | {"approve": False, "reason": "policy", "carrier": "c", "tracking": "t", "deliver_by": LATER, "note": "n"},
    "open_dispute": GOOD["open_dispute"] | {"amount": 1, "evidence": [PHOTO | {"text": "t", "caption": "c"}]},
    "decide_dispute": GOOD["decide_dispute"] | {"amount": 1, "fault": "buyer", "note": "n"},
    "send_message": GOOD["send_message"]
    | {"attachments": [{field: PHOTO[field] for field in PHOTO if field != "kind"} | {"caption": "c"}]},
    "refund_updated": GOOD["refund_updated"] | {"attempt": 1, "provider_reference": "p", "failure_reason": "f"},
}
START_WHOLE: Final[Json] = START | {
    "shipping_fee": 0,
    "terms": {
        "respond_within": "PT72H",
        "on_seller_silence": "continue",
        "auto_approve": [{"within": "PT1H", "reasons": ["changed_mind"], "up_to": 1}],
        "disputes": 1,
        "smallest_amount": 1,
        "calendar": {"time_zone": "UTC", "weekend": ["sat"], "holidays": ["2026-12-25"]},
    },
}


def changed(given: Any) -> Iterator[Any]:
    """`given` with one of its values, however deep, left out or replaced by something odd."""
    yield from ODD
    if isinstance(given, dict):
        for field, value in given.items():
            rest = {name: kept for name, kept in given.items() if name != field}
            yield rest
            yield from (rest | {field: other} for other in changed(value))
        yield given | {"colour": "red"}
    if isinstance(given, list):
        for at, value in enumerate(given):
            yield from ([*given[:at], other, *given[at + 1 :]] for other in changed(value))


def wrong() -> Iterator[tuple[type[BaseModel], bytes]]:
    """Every kind of field that messages have with one thing changed, and what is no message at all."""
    seen: set[str] = set()
    whole: list[tuple[type[BaseModel], Json]] = [(kind, WHOLE[name]) for name, kind in MESSAGES.items()]
    whole += [(StartOrder, START_WHOLE), (ResumeOrder, {"order_id": "A-1", "resume": True})]
    for kind, fields in whole:
        yield from ((kind, json.dumps(other).encode()) for other in (*ODD, fields | {"colour": "red"}))
        for field, value in fields.items():
            yield kind, json.dumps({name: kept for name, kept in fields.items() if name != field}).encode()
            # What two messages have alike is read alike, and most have a sender and a note.
            if (about := f"{field}: {kind.model_fields[field]!r}") not in seen:
                seen.add(about)
                yield from ((kind, json.dumps(fields | {field: other}).encode()) for other in changed(value))
    yield StartOrder, b"{"
    yield StartOrder, b'{"order_id": "\xff"}'


def found() -> Iterator[tuple[ErrorDetails, str]]:
    """Every fault in all of them, and the whole refusal's sentence."""
    for kind, payload in wrong():
        try:
            kind.model_validate_json(payload)
        except ValidationError as error:
            sentence = str(unreadable(say("It"), error))
            yield from ((fault, sentence) for fault in error.errors(include_url=False))


@pytest.fixture(scope="module")
def faults() -> list[tuple[ErrorDetails, str]]:
    return list(found())


def test_every_kind_of_error_that_a_field_can_have_has_a_sentence_of_ours(
    faults: list[tuple[ErrorDetails, str]],
) -> None:
    assert {error["type"] for error, _ in faults} - {"value_error"} == set(COMPLAINTS)
    assert not [error for error, _ in faults if complaint_of(error) == NOT_VALID]


def test_our_own_validators_complain_in_sentences(faults: list[tuple[ErrorDetails, str]]) -> None:
    ours = [error["ctx"]["error"] for error, _ in faults if error["type"] == "value_error"]
    assert ours
    assert {type(error) for error in ours if not isinstance(error, Complaint)} == set()


def test_nothing_of_pydantics_is_said(faults: list[tuple[ErrorDetails, str]]) -> None:
    assert "Input should be a valid string" in THEIRS
    for sentence in {sentence for _, sentence in faults}:
        assert not [piece for piece in THEIRS if piece in sentence], sentence
        assert "Input should" not in sentence
    for error, sentence in faults:
        assert error["msg"].removeprefix("Value error, ") not in sentence or error["type"] == "value_error", sentence


def test_a_kind_of_error_that_nobody_knows_is_said_in_a_sentence_of_ours() -> None:
    unknown: ErrorDetails = {"type": "url_parsing", "loc": ("x",), "msg": "Input should be a valid URL", "input": 1}
    assert str(complaint_of(unknown)) == "is not valid"
    strange: ErrorDetails = {**unknown, "type": "value_error", "ctx": {"error": ValueError("bad thing")}}
    assert str(complaint_of(strange)) == "is not valid"


def patterns(schema: Any, seen: set[int]) -> Iterator[str]:
    """Those of a schema by which pydantic reads."""
    if id(schema) in seen or not isinstance(schema, dict | list):
        return
    seen.add(id(schema))
    for part in schema.values() if isinstance(schema, dict) else schema:
        yield from patterns(part, seen)
    if isinstance(schema, dict) and isinstance(schema.get("pattern"), str):
        yield schema["pattern"]


def test_every_pattern_of_a_field_is_said_in_words() -> None:
    kinds: tuple[type[BaseModel], ...] = (*MESSAGES.values(), StartOrder, ResumeOrder)
    assert {pattern for kind in kinds for pattern in patterns(kind.__pydantic_core_schema__, set())} == set(SAID)


ACTION: Final = '"Ship Order" is not valid: '


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"tracking": None}, "tracking is missing"),
        ({"colour": "red"}, "colour is not a field of this message (given: red)"),
        ({"tracking": 17}, "tracking must be a text (given: 17)"),
        ({"tracking": "x" * 129}, f"tracking must have at most 128 characters (given: {'x' * 40})"),
        ({"tracking": ""}, "tracking must have at least one character (given: )"),
        ({"tracking": "a\u0007"}, "tracking must not contain control characters or line breaks, found U+0007"),
        ({"by": []}, "by must be one JSON object"),
        ({"by": BUYER | {"id": "b 7"}}, "by.id must not contain spaces or line breaks (given: b 7)"),
        ({"deliver_by": "2026-02-30T12:00:00Z"}, "deliver_by must be an instant that there is, with its offset"),
    ],
)
def test_a_fault_says_what_would_be_right(changes: Json, sentence: str) -> None:
    assert fault("ship", **changes).message.startswith(f"{ACTION}{sentence}")


def test_a_fault_of_several_fields_names_them_and_says_why() -> None:
    told_ = start_fault(seller_id="b-7").message
    assert told_ == "The order is not valid: buyer_id, seller_id: these must be two, for nobody buys from themselves."
    picture = {"kind": "photo", "uri": "https://files.example/1", "size": 1}
    told_ = fault("add_evidence", evidence=[picture]).message
    where = "evidence.0.sha256, evidence.0.media_type"
    why = 'evidence of the kind "photo" is a file, and not complete without this'
    assert told_ == f'"Add Evidence" is not valid: {where}: {why}.'


def test_what_is_missing_beside_something_else_is_said_with_it() -> None:
    told_ = fault("make_offer", resolution="voucher").message
    assert told_ == '"Make an Offer" is not valid: amount: "voucher" needs an amount.'
    told_ = fault("make_offer", amount=1).message
    assert told_ == '"Make an Offer" is not valid: amount: "full refund" has no amount.'
    told_ = fault("request_cancellation", reason="other").message
    assert told_ == '"Request Order Cancellation" is not valid: note: the reason "other" needs a note.'


def test_words_of_a_vocabulary_stand_as_they_have_to_be_sent() -> None:
    told_ = fault("chargeback_closed", outcome="gone").message
    assert told_ == '"chargeback closed" is not valid: outcome must be one of "won" or "lost" (given: gone).'
    told_ = fault("request_information", party="carrier", question="?").message
    wanted = 'party must be one of "buyer" or "seller" (given: carrier)'
    assert told_ == f'"Ask for Information" is not valid: {wanted}.'
    assert "no_longer_needed" in fault("request_cancellation", reason="gone").message
    assert "out_of_stock" not in fault("request_cancellation", reason="gone").message


def test_all_faults_are_one_sentence_that_can_be_told_anew() -> None:
    refusal = fault("ship", by=None, tracking=17)
    assert refusal.message == f"{ACTION}by is missing; tracking must be a text (given: 17)."
    assert refusal.said is not None
    assert told(from_wire(json.loads(json.dumps(refusal.said))), ENGLISH) == refusal.message


def test_braces_that_somebody_sends_stay_what_they_are() -> None:
    assert "{0} is not a field of this message (given: {x!r})" in fault("ship", **{"{0}": "{x!r}"}).message


def test_a_number_of_any_length_is_a_fault_and_no_crash() -> None:
    raw = b'{"by": {"role": "seller", "id": "s-3"}, "days": ' + b"9" * 5_000 + b"}"
    assert raw_fault("extend_delivery", raw).message.startswith('"Extend Delivery" is not valid: ')
