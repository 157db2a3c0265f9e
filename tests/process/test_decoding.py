"""From bytes to a message, or a refusal that names every field at fault; never any other exception (section 4, R26)."""

import json
from typing import Any

import pytest

from workflows.messages.attachments import MAX_ATTACHMENT_BYTES, MAX_ATTACHMENTS
from workflows.messages.base import Command, Message
from workflows.messages.commands import MESSAGES
from workflows.messages.decoding import MAX_BYTES, decode, decode_as
from workflows.messages.evidence import MAX_EVIDENCE
from workflows.messages.faults import MAX_FAULTS
from workflows.messages.fields import MAX_AMOUNT, MAX_ID, MAX_REFERENCE, MAX_TEXT
from workflows.messages.parcels import MAX_EXTENSION_DAYS
from workflows.messages.refusal import Code, Refusal, Refused
from workflows.messages.sentences import say
from workflows.messages.start import MAX_LINES, MAX_LOCALE, MAX_QUANTITY, MAX_START_BYTES, MAX_TITLE, StartOrder
from workflows.messages.terms import MAX_AUTO_APPROVALS, MAX_COUNT, MAX_HOLIDAYS
from workflows.messages.values import Role

Json = dict[str, Any]
IDS = {
    Role.PAYMENT_PROVIDER: "payments",
    Role.SELLER: "s-3",
    Role.BUYER: "b-7",
    Role.PLATFORM: "ops-1",
    Role.CARRIER: "post",
    Role.SYSTEM: "engine",
}
PROVIDER, SELLER, BUYER, PLATFORM, CARRIER, ENGINE = ({"role": role, "id": id_} for role, id_ in IDS.items())
LATER = "2026-03-02T12:00:00Z"
PHOTO = {"kind": "photo", "uri": "https://files.example/1", "sha256": "a" * 64, "media_type": "image/jpeg", "size": 1}

OF_THE_ORDER: dict[str, Json] = {
    "payment_authorized": {"by": PROVIDER, "payment_id": "p-1", "amount": 2299, "currency": "USD", "method": "card"},
    "payment_voided": {"by": PROVIDER, "payment_id": "p-1", "reason": "expired"},
    "payment_captured": {"by": PROVIDER, "payment_id": "p-1", "amount": 2299, "currency": "USD", "method": "card"},
    "payment_failed": {"by": PROVIDER, "payment_id": "p-1", "reason": "declined"},
    "cancel_order": {"by": SELLER, "reason": "out_of_stock"},
    "ship": {"by": SELLER, "carrier": "post", "tracking": "T-1"},
    "correct_tracking": {"by": SELLER, "carrier": "post", "tracking": "T-2"},
    "answer_interception": {"by": SELLER, "answer": "trying"},
    "parcel_delivered": {"by": CARRIER, "tracking": "T-1"},
    "delivery_refused": {"by": CARRIER, "tracking": "T-1"},
    "delivery_failed": {"by": CARRIER, "tracking": "T-1"},
    "parcel_returned": {"by": CARRIER, "tracking": "T-1"},
    "parcel_lost": {"by": CARRIER, "tracking": "T-1"},
    "accept_offer": {"by": BUYER, "offer_id": "A-1001-offer-1"},
    "decline_offer": {"by": BUYER, "offer_id": "A-1001-offer-1"},
    "open_dispute": {"by": BUYER, "reason": "damaged", "description": "?", "requested_resolution": "full_refund"},
    "add_evidence": {"by": BUYER, "evidence": [PHOTO]},
    "respond_to_dispute": {"by": SELLER, "accept": True},
    "decide_dispute": {"by": PLATFORM, "outcome": "no_refund", "reason_code": "insufficient_evidence"},
    "appeal": {"by": BUYER, "statement": "?", "evidence": [PHOTO]},
    "ship_return": {"by": BUYER, "carrier": "post", "tracking": "R-1"},
    "refund_updated": {"by": PROVIDER, "refund_id": "r-1", "state": "succeeded"},
    "release_updated": {"by": PROVIDER, "release_id": "r-1", "state": "succeeded"},
    "chargeback_opened": {"by": PROVIDER, "payment_id": "p-1", "chargeback_id": "c-1", "amount": 1},
    "chargeback_closed": {
        "by": PROVIDER,
        "payment_id": "p-1",
        "chargeback_id": "c-1",
        "amount": 1,
        "outcome": "lost",
    },
    "refund_reported": {
        "by": PROVIDER,
        "payment_id": "p-1",
        "reference": "re_1",
        "amount": 1,
        "currency": "USD",
        "state": "pending",
    },
    "send_message": {"by": BUYER, "to": "seller", "text": "Where is it?"},
    "move_deadline": {"by": PLATFORM, "deadline": "ship_by", "to": LATER, "note": "agreed"},
    "retry_refund": {"by": PLATFORM, "refund_id": "r-1"},
    "settle_refund_manually": {"by": PLATFORM, "refund_id": "r-1"},
    "retry_release": {"by": PLATFORM, "release_id": "r-1"},
    "settle_release_manually": {"by": PLATFORM, "release_id": "r-1", "note": "by bank transfer"},
    "retry_capture": {"by": PLATFORM, "capture_id": "c-1"},
    "settle_capture_manually": {"by": PLATFORM, "capture_id": "c-1"},
    "payment_conflict": {"by": ENGINE, "payment_id": "p-1", "orders": ["A-1001", "A-1002"]},
    "settle_payment_conflict": {"by": PLATFORM, "payment_id": "p-1", "amount": 0, "note": "of the other order"},
    "acknowledge": {"by": PLATFORM, "subject": "A-1001-reset-1", "note": "looked at it"},
}
"""One of each that is about something of an order, or that nobody tries; the others are as their class says."""


def sample(kind: type[Message]) -> Json:
    """What the class says of an honest one, as far as it is needed."""
    role = kind.roles[0]
    fields = kind.sample if issubclass(kind, Command) else {}
    needed = {field: value for field, value in fields.items() if kind.model_fields[field].is_required()}
    return {"by": {"role": role, "id": IDS[role]}, **needed}


GOOD: dict[str, Json] = {name: OF_THE_ORDER.get(name) or sample(kind) for name, kind in MESSAGES.items()}
START: Json = {
    "order_id": "A-1001",
    "buyer_id": "b-7",
    "seller_id": "s-3",
    "currency": "USD",
    "lines": [{"line_id": "1", "sku": "LAMP-1", "title": "Desk lamp", "quantity": 1, "unit_price": 1999}],
}


def message(name: str, **changes: Any) -> Message:
    return decode(name, json.dumps(GOOD[name] | changes).encode())


def fault(name: str, **changes: Any) -> Refusal:
    """The refusal of a message with these fields changed; None takes a field away."""
    fields = {field: value for field, value in (GOOD[name] | changes).items() if value is not None}
    return raw_fault(name, json.dumps(fields).encode())


def raw_fault(name: str, payload: bytes) -> Refusal:
    with pytest.raises(Refused) as caught:
        decode(name, payload)
    assert caught.value.code is Code.INVALID
    return caught.value.refusal


def started(**changes: Any) -> StartOrder:
    return decode_as(StartOrder, say("The order"), json.dumps(START | changes).encode())


def start_fault(**changes: Any) -> Refusal:
    fields = {field: value for field, value in (START | changes).items() if value is not None}
    with pytest.raises(Refused) as caught:
        decode_as(StartOrder, say("The order"), json.dumps(fields).encode())
    assert caught.value.code is Code.INVALID
    return caught.value.refusal


def test_every_example_is_one_of_a_message() -> None:
    assert set(OF_THE_ORDER) <= set(MESSAGES)


@pytest.mark.parametrize("name", MESSAGES)
def test_a_good_message_is_decoded_and_survives_its_json(name: str) -> None:
    decoded = message(name, request_id="r-1")
    assert (decoded.name, decoded.request_id) == (name, "r-1")
    assert decode(name, decoded.model_dump_json().encode()) == decoded


@pytest.mark.parametrize("name", MESSAGES)
def test_each_missing_field_is_named(name: str) -> None:
    for field in GOOD[name]:
        refusal = fault(name, **{field: None})
        assert refusal.fields[0] == field
        assert field in refusal.message
        assert "missing" in refusal.message


@pytest.mark.parametrize("name", MESSAGES)
def test_a_field_that_does_not_belong_is_named(name: str) -> None:
    refusal = fault(name, colour="red")
    assert refusal.fields == ("colour",)
    assert "not a field of this message" in refusal.message


@pytest.mark.parametrize("name", MESSAGES)
def test_each_mistyped_field_is_named(name: str) -> None:
    for field, value in GOOD[name].items():
        wrong: object = 17 if isinstance(value, str) else "17"
        assert fault(name, **{field: wrong}).fields[0].split(".")[0] == field


@pytest.mark.parametrize(
    "payload",
    [b"", b"{", b"\xff\xfe", b"null", b"[]", b"17", b'"text"', b"[" * 100_000, b'{"by":' * 5_000, b'{"by": NaN}'],
)
def test_what_is_no_json_object_is_invalid(payload: bytes) -> None:
    assert raw_fault("ship", payload).message


def test_a_lone_surrogate_is_invalid() -> None:
    raw_fault("add_note", b'{"by": {"role": "platform", "id": "ops-1"}, "text": "\\ud800"}')


def test_an_unknown_name_is_invalid_and_those_that_may_be_meant_are_named() -> None:
    refusal = raw_fault("shipp", b"{}")
    assert refusal.message == 'There is no command or fact "shipp". Did you mean "ship"?'
    strange = raw_fault("x" * 10_000, b"{}").message
    assert strange.startswith(f'There is no command or fact "{"x" * 40}". Known are: "payment_authorized", ')


def test_a_misspelt_choice_is_told_the_nearest_and_a_strange_one_all_of_them() -> None:
    body = {"by": BUYER, "reason": "chnged_mind"}
    refusal = raw_fault("request_cancellation", json.dumps(body).encode())
    assert refusal.message == (
        '"Request Order Cancellation" is not valid: reason has no such choice; the nearest is "changed_mind" '
        "(given: chnged_mind)."
    )
    refusal = raw_fault("request_cancellation", json.dumps(body | {"reason": "zzz"}).encode())
    assert 'reason must be one of "no_longer_needed", "found_better_price"' in refusal.message
    assert refusal.message.endswith('"found_better_price" or 8 more (all of them: docs/messages.md) (given: zzz).')
    assert refusal.fields == ("reason",)


def test_a_message_of_too_many_bytes_is_refused_unread() -> None:
    told = '"Ship Order" has 262145 bytes, and may have at most 262144.'
    assert raw_fault("ship", b" " * (MAX_BYTES + 1)).message == told
    assert raw_fault("ship", b" " * MAX_BYTES).message == '"Ship Order" is not valid: it must be one JSON object.'


def test_every_fault_is_named_up_to_a_limit() -> None:
    refusal = fault("ship", **{f"field_{number}": 1 for number in range(MAX_FAULTS + 2)})
    assert "and 2 more" in refusal.message
    assert len(refusal.fields) == MAX_FAULTS + 2


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\x7f", "\x85"])
def test_control_characters_are_refused_in_every_text_and_id(character: str) -> None:
    bad = f"a{character}b"
    assert fault("add_note", text=bad).fields == ("text",)
    assert fault("ship", tracking=bad).fields == ("tracking",)
    assert fault("ship", request_id=bad).fields == ("request_id",)
    assert fault("ship", by=SELLER | {"id": bad}).fields == ("by.id",)
    assert f"U+{ord(character):04X}" in fault("add_note", text=bad).message


def test_a_text_may_have_lines_and_tabs() -> None:
    assert message("add_note", text="one\n\ttwo\r\n").name == "add_note"


def test_R26_a_text_has_at_most_4000_characters() -> None:
    assert MAX_TEXT == 4_000
    message("add_note", text="é" * MAX_TEXT)
    message("acknowledge", note="é" * MAX_TEXT)
    assert fault("acknowledge", note="é" * (MAX_TEXT + 1)).fields == ("note",)
    assert fault("add_note", text="é" * (MAX_TEXT + 1)).fields == ("text",)
    assert fault("payment_failed", reason="x" * (MAX_TEXT + 1)).fields == ("reason",)


@pytest.mark.parametrize("blank", ["", " ", "\n\t "])
def test_what_is_blank_is_refused(blank: str) -> None:
    assert fault("add_note", text=blank).fields == ("text",)
    assert fault("ship", tracking=blank).fields == ("tracking",)
    assert fault("acknowledge", subject=blank).fields == ("subject",)
    assert fault("acknowledge", note=blank).fields == ("note",)
    assert fault("ship", request_id=blank).fields == ("request_id",)


def test_ids_and_references_are_limited_on_both_sides() -> None:
    message("ship", request_id="r" * MAX_ID)
    assert fault("ship", request_id="r" * (MAX_ID + 1)).fields == ("request_id",)
    message("ship", tracking="t" * MAX_REFERENCE)
    assert fault("ship", tracking="t" * (MAX_REFERENCE + 1)).fields == ("tracking",)
    message("acknowledge", subject="s" * MAX_REFERENCE)
    assert fault("acknowledge", subject="s" * (MAX_REFERENCE + 1)).fields == ("subject",)
    message("ship", by=SELLER | {"id": "s" * MAX_ID})
    assert fault("ship", by=SELLER | {"id": "s" * (MAX_ID + 1)}).fields == ("by.id",)
    assert fault("ship", by=SELLER | {"id": "s 3"}).fields == ("by.id",)


def test_R41_ids_and_references_are_measured_in_bytes_since_the_order_keeps_them() -> None:
    message("ship", request_id="ж" * (MAX_ID // 2), tracking="ж" * (MAX_REFERENCE // 2))
    for field, wrong in (("request_id", "ж" * (MAX_ID // 2 + 1)), ("tracking", "ж" * (MAX_REFERENCE // 2 + 1))):
        refusal = fault("ship", **{field: wrong})
        assert refusal.fields == (field,)
        assert "bytes in UTF-8" in refusal.message
    assert start_fault(buyer_id="ж" * (MAX_ID // 2 + 1)).fields == ("buyer_id",)


def test_R41_a_start_is_at_most_40_kib() -> None:
    assert MAX_START_BYTES == 40 * 1024
    payload = json.dumps(START).encode()
    decode_as(StartOrder, say("The start input"), payload.ljust(MAX_START_BYTES))
    with pytest.raises(Refused, match=r"^The start input has 40961 bytes, and may have at most 40960\.$"):
        decode_as(StartOrder, say("The start input"), payload.ljust(MAX_START_BYTES + 1))


def test_amounts_are_whole_minor_units_within_their_limits() -> None:
    message("payment_captured", amount=MAX_AMOUNT)
    message("payment_captured", amount=1)
    for wrong in (0, -1, MAX_AMOUNT + 1, 10**40, 5.0, 5.5, "5", True):
        assert fault("payment_captured", amount=wrong).fields == ("amount",)


def test_a_currency_is_a_code_of_iso_4217() -> None:
    message("payment_captured", currency="JPY")
    for wrong in ("usd", "US", "XXX", "BTC", ""):
        assert fault("payment_captured", currency=wrong).fields == ("currency",)


@pytest.mark.parametrize(
    "wrong",
    [
        "2026-03-02",
        "2026-03-02T12:00:00",
        "yesterday",
        1_772_452_800,
        "1772452800",
        "9999-12-31T23:59:59-23:59",
        "0001-01-01T00:00:00+23:59",
        "2026-02-30T12:00:00Z",
    ],
)
def test_an_instant_is_rfc_3339_with_its_offset_and_inside_the_calendar(wrong: object) -> None:
    assert fault("payment_captured", occurred_at=wrong).fields == ("occurred_at",)
    assert fault("move_deadline", to=wrong).fields == ("to",)


def test_an_instant_is_kept_in_utc() -> None:
    decoded = message("parcel_delivered", occurred_at="2026-03-02T13:00:00+01:00")
    assert json.loads(decoded.model_dump_json())["occurred_at"] == "2026-03-02T12:00:00Z"


def test_roles_are_the_six_and_nothing_else() -> None:
    assert fault("ship", by={"role": "Seller", "id": "s-3"}).fields == ("by.role",)
    assert fault("ship", by={"role": "admin", "id": "s-3"}).fields == ("by.role",)
    assert fault("ship", by={"role": "seller"}).fields == ("by.id",)


def test_a_rejection_needs_a_reason_an_approval_has_none() -> None:
    assert fault("decide_cancellation", approve=False).fields == ("reason",)
    assert fault("decide_cancellation", reason="custom_made").fields == ("reason",)
    message("decide_cancellation", approve=False, reason="custom_made")
    assert fault("decide_cancellation", approve=False, reason="too_late").fields == ("reason",)


def test_a_rejection_as_already_shipped_needs_carrier_and_tracking_and_only_that_has_them() -> None:
    shipped = {"approve": False, "reason": "already_shipped"}
    message("decide_cancellation", **shipped, carrier="post", tracking="T-1")
    assert "tracking" in fault("decide_cancellation", **shipped, carrier="post").fields
    assert "carrier" in fault("decide_cancellation", **shipped, tracking="T-1").fields
    assert set(fault("decide_cancellation", **shipped).fields) == {"carrier", "tracking"}
    other = {"approve": False, "reason": "policy"}
    assert "tracking" in fault("decide_cancellation", **other, carrier="post", tracking="T-1").fields
    assert "deliver_by" in fault("decide_cancellation", **other, deliver_by=LATER).fields
    assert "carrier" in fault("decide_cancellation", carrier="post").fields


def test_the_reason_other_needs_a_note() -> None:
    assert fault("decide_cancellation", approve=False, reason="other").fields == ("note",)
    message("decide_cancellation", approve=False, reason="other", note="because")
    assert fault("request_cancellation", reason="other").fields == ("note",)
    message("request_cancellation", reason="other", note="because")


def test_a_party_writes_to_another_one_that_reads() -> None:
    assert fault("send_message", to="buyer").fields == ("to",)
    assert fault("send_message", to="carrier").fields == ("to",)
    message("send_message", to="platform")


def test_an_attachment_is_a_reference_with_its_hash_within_limits() -> None:
    file = {
        "uri": "https://x.example/1.jpg",
        "sha256": "0" * 64,
        "media_type": "image/jpeg",
        "size": MAX_ATTACHMENT_BYTES,
    }
    message("send_message", attachments=[file] * MAX_ATTACHMENTS)
    assert fault("send_message", attachments=[file] * (MAX_ATTACHMENTS + 1)).fields == ("attachments",)
    for field, wrong in (("size", MAX_ATTACHMENT_BYTES + 1), ("size", 0), ("sha256", "0" * 63), ("media_type", "jpeg")):
        assert fault("send_message", attachments=[file | {field: wrong}]).fields == (f"attachments.0.{field}",)


def test_an_extension_has_one_to_400_days() -> None:
    message("extend_delivery", days=MAX_EXTENSION_DAYS)
    for wrong in (0, -1, MAX_EXTENSION_DAYS + 1):
        assert fault("extend_delivery", days=wrong).fields == ("days",)


def test_a_provider_reports_no_state_that_is_ours() -> None:
    for ours in ("requested", "submitted", "unknown", "settled_manually", "cancelled", "gone"):
        assert fault("refund_updated", state=ours).fields == ("state",)
        assert fault("release_updated", state=ours).fields == ("state",)
        assert fault("refund_reported", state=ours).fields == ("state",)
    for wrong in (0, -1, 1_001):
        assert fault("refund_updated", attempt=wrong).fields == ("attempt",)


@pytest.mark.parametrize("name", ["chargeback_opened", "chargeback_closed", "refund_reported"])
def test_R34_the_platform_says_how_it_knows_what_it_reports_of_money_taken_elsewhere(name: str) -> None:
    message(name, by=PLATFORM, note="seen in the provider's console")
    assert fault(name, by=PLATFORM).fields == ("note",)
    assert message(name).by.role is Role.PAYMENT_PROVIDER


def test_R34_news_of_a_chargeback_may_say_when_it_happened_and_in_which_currency() -> None:
    for name in ("chargeback_opened", "chargeback_closed"):
        message(name, occurred_at=LATER, currency="USD")
        assert fault(name, occurred_at="yesterday").fields == ("occurred_at",)
        assert fault(name, currency="dollars").fields == ("currency",)


def test_R36_only_what_closes_or_gives_back_may_be_nothing_of_this_order() -> None:
    message("chargeback_closed", amount=0)
    message("refund_reported", amount=0)
    assert fault("chargeback_opened", amount=0).fields == ("amount",)
    assert fault("chargeback_closed", amount=-1).fields == ("amount",)


def test_a_start_adds_up_its_total() -> None:
    order = started(shipping_fee=300, tax=100, discount=99)
    assert order.total == 1999 + 300 + 100 - 99
    assert started(discount=1998).total == 1
    assert "total" in start_fault(discount=1999).message


def test_a_total_out_of_range_names_its_field() -> None:
    assert start_fault(discount=1999).fields == ("total",)
    line = START["lines"][0] | {"quantity": MAX_QUANTITY, "unit_price": MAX_AMOUNT}
    assert start_fault(lines=[line]).fields == ("total",)


def test_lines_are_one_to_200_each_with_an_id_of_its_own() -> None:
    line = START["lines"][0]
    many = [line | {"line_id": str(number)} for number in range(MAX_LINES + 1)]
    assert len(started(lines=many[:MAX_LINES]).lines) == MAX_LINES
    assert start_fault(lines=many).fields == ("lines",)
    assert start_fault(lines=[]).fields == ("lines",)
    assert start_fault(lines=[line, line]).fields == ("lines",)
    for field, wrong in (("quantity", 0), ("quantity", MAX_QUANTITY + 1), ("unit_price", -1), ("title", "")):
        assert start_fault(lines=[line | {field: wrong}]).fields[0] == f"lines.0.{field}"
    started(lines=[line | {"title": "x" * MAX_TITLE}])
    assert start_fault(lines=[line | {"title": "x" * (MAX_TITLE + 1)}]).fields[0] == "lines.0.title"


@pytest.mark.parametrize("order_id", ["", "a b", "a/b", "ä", "a\n", "x" * 65])
def test_an_order_id_is_letters_digits_dots_underscores_and_hyphens(order_id: str) -> None:
    assert start_fault(order_id=order_id).fields == ("order_id",)


def test_a_start_names_no_field_that_is_not_its_own_and_misses_none() -> None:
    for field in START:
        assert start_fault(**{field: None}).fields[0] == field
    assert start_fault(carried="x").fields == ("carried",)
    assert start_fault(resume=True).fields == ("resume",)


@pytest.mark.parametrize(
    "window", ["PT72H", "P15D", "P1W", "P1DT2H3M4S", "PT1S", "5 business days", "1 business day", "P400D"]
)
def test_a_duration_comes_back_as_it_was_written(window: str) -> None:
    terms = started(terms={"respond_within": window}).terms
    assert str(terms.respond_within) == window
    assert json.loads(terms.model_dump_json())["respond_within"] == window


@pytest.mark.parametrize(
    "window",
    [5, "5", "P", "PT", "P1Y", "P1M", "-PT5H", "PT-5H", "P401D", "PT9601H", "401 business days", "PT0S", "P0D",
     "0 business days", "1.5 business days", "business days", "PT1H30", "pt1h", " PT1H", "PT1H ", "P1D\n"],
)  # fmt: skip
def test_a_duration_out_of_form_or_range_is_invalid_and_names_its_term(window: object) -> None:
    assert start_fault(terms={"respond_within": window}).fields == ("terms.respond_within",)


def test_only_two_terms_may_be_zero() -> None:
    started(terms={"appeal_within": "PT0S", "delivery_extensions": "PT0S"})
    assert start_fault(terms={"appeal_within": "P401D"}).fields == ("terms.appeal_within",)


def test_counts_choices_and_names_of_terms_are_checked() -> None:
    started(terms={"cancellation_requests": MAX_COUNT, "disputes": 0})
    for wrong in (-1, MAX_COUNT + 1, 1.5, "3"):
        assert start_fault(terms={"cancellation_requests": wrong}).fields == ("terms.cancellation_requests",)
    assert start_fault(terms={"on_seller_silence": "wait"}).fields == ("terms.on_seller_silence",)
    assert start_fault(terms={"reply_within": "PT1H"}).fields == ("terms.reply_within",)


def test_auto_approvals_are_limited_and_name_what_is_wrong() -> None:
    approval = {"within": "PT1H", "reasons": ["changed_mind"], "up_to": 5000}
    started(terms={"auto_approve": [approval] * MAX_AUTO_APPROVALS})
    assert start_fault(terms={"auto_approve": [approval] * (MAX_AUTO_APPROVALS + 1)}).fields == ("terms.auto_approve",)
    assert start_fault(terms={"auto_approve": [approval | {"reasons": []}]}).fields == ("terms.auto_approve.0.reasons",)
    assert start_fault(terms={"auto_approve": [{"up_to": -1}]}).fields == ("terms.auto_approve.0.up_to",)


def test_a_calendar_names_a_zone_weekdays_and_dates() -> None:
    started(terms={"calendar": {"time_zone": "Europe/Berlin", "weekend": [], "holidays": ["2026-12-25"]}})
    wrong: list[tuple[str, object]] = [
        ("time_zone", "Berlin"),
        ("time_zone", ""),
        ("time_zone", "../UTC"),
        ("time_zone", "/etc/passwd"),
        ("time_zone", "America"),
        ("time_zone", "UTC\x00"),
        ("weekend", ["sat", "sun", "mon", "tue", "wed", "thu", "fri"]),
        ("holidays", ["2026-12-25"] * (MAX_HOLIDAYS + 1)),
    ]
    for field, value in wrong:
        assert start_fault(terms={"calendar": {field: value}}).fields == (f"terms.calendar.{field}",)
    assert start_fault(terms={"calendar": {"weekend": ["caturday"]}}).fields == ("terms.calendar.weekend.0",)
    assert start_fault(terms={"calendar": {"holidays": ["2026-02-30"]}}).fields == ("terms.calendar.holidays.0",)
    assert start_fault(terms={"calendar": {"holidays": [20_000]}}).fields == ("terms.calendar.holidays.0",)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "drawing"}, "kind"),
        ({"sha256": None}, "sha256"),
        ({"sha256": "A" * 64}, "sha256"),
        ({"uri": None}, "uri"),
        ({"media_type": "text/plain"}, "media_type"),
        ({"size": 0}, "size"),
        ({"size": MAX_ATTACHMENT_BYTES + 1}, "size"),
        ({"text": "words"}, "text"),
        ({"kind": "text"}, "uri"),
    ],
)
def test_evidence_that_is_none_is_named_with_its_place(changes: Json, field: str) -> None:
    wrong = {name: value for name, value in (PHOTO | changes).items() if value is not None}
    assert fault("add_evidence", evidence=[PHOTO, wrong]).fields[0] == f"evidence.1.{field}"


def test_evidence_is_a_file_or_words_and_at_most_twenty_items_of_ten_megabytes() -> None:
    largest = PHOTO | {"size": MAX_ATTACHMENT_BYTES}
    words = {"kind": "text", "text": "It never worked."}
    message("add_evidence", evidence=[largest, words] * (MAX_EVIDENCE // 2))
    assert fault("add_evidence", evidence=[PHOTO] * (MAX_EVIDENCE + 1)).fields[0] == "evidence"
    assert fault("add_evidence", evidence=[]).fields[0] == "evidence"


def test_an_amount_stands_where_a_resolution_needs_one_and_nowhere_else() -> None:
    for resolution in ("partial_refund", "voucher"):
        assert fault("make_offer", resolution=resolution).fields[0] == "amount"
        message("make_offer", resolution=resolution, amount=1)
        assert fault("make_offer", resolution=resolution, amount=0).fields[0] == "amount"
    assert fault("make_offer", amount=1).fields[0] == "amount"
    assert fault("open_dispute", requested_resolution="partial_refund").fields[0] == "amount"
    assert fault("decide_dispute", outcome="partial_refund").fields[0] == "amount"


def test_each_vocabulary_has_its_place() -> None:
    assert fault("make_offer", resolution="no_refund").fields[0] == "resolution"
    assert fault("open_dispute", requested_resolution="voucher", amount=1).fields[0] == "requested_resolution"
    assert fault("decide_dispute", outcome="voucher", amount=1).fields[0] == "outcome"
    assert fault("decide_dispute", reason_code="agreement").fields[0] == "reason_code"
    assert fault("request_information", party="carrier").fields[0] == "party"
    assert fault("decide_dispute", fault="system").fields[0] == "fault"


def test_whoever_contests_says_why() -> None:
    assert fault("respond_to_dispute", accept=False).fields[0] == "statement"
    message("respond_to_dispute", accept=False, statement="It left us whole.")


def test_a_locale_is_a_language_tag_of_at_most_35_characters() -> None:
    longest = "de-" + "-".join(["abcdefgh"] * 3) + "-abcd"
    assert len(longest) == MAX_LOCALE - 1
    assert started(locale=f"{longest}g").locale == f"{longest}g"
    for wrong in (f"{longest}gh", "", "d", "deutsch", "de_AT", "de-", "de-a b"):
        refusal = start_fault(locale=wrong)
        assert refusal.fields == ("locale",)
