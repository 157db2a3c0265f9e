"""What callers may call things: parties, orders, parcels, and where files lie (R41)."""

import json
from typing import Any

import pytest

from tests.process.test_decoding import PHOTO, fault, message, start_fault, started
from workflows.messages.file_schemes import MAX_URI, NEVER, check_schemes, named_schemes
from workflows.messages.ids import order_id_of, workflow_id
from workflows.messages.refusal import Code, Refused

FILE = {"uri": "https://files.example/1.jpg", "sha256": "0" * 64, "media_type": "image/jpeg", "size": 1}


def photo(uri: str) -> dict[str, Any]:
    return PHOTO | {"uri": uri}


def test_R41_nobody_buys_from_themselves() -> None:
    refusal = start_fault(seller_id="b-7")
    assert refusal.fields == ("buyer_id", "seller_id")
    assert "must be two" in refusal.message
    assert started(seller_id="b-8").seller_id == "b-8"


@pytest.mark.parametrize("dots", [".", "..", "." * 64])
def test_R41_an_order_id_is_not_dots_only(dots: str) -> None:
    refusal = start_fault(order_id=dots)
    assert refusal.fields == ("order_id",)
    assert "must not consist of dots only" in refusal.message
    with pytest.raises(ValueError, match="not dots only"):
        workflow_id(dots)
    assert order_id_of(f"order-{dots}") is None


def test_R41_an_order_id_may_have_dots_beside_others() -> None:
    for order_id in ("..a", "a..", "-.", "._"):
        assert started(order_id=order_id).order_id == order_id
        assert order_id_of(workflow_id(order_id)) == order_id


@pytest.mark.parametrize("character", ["\n", "\r", "\t", "\x00", "\x1b", "\x85", "\u2028", "\u2029"])
def test_R41_what_is_copied_from_lists_takes_no_control_characters(character: str) -> None:
    bad = f"T{character}1"
    for name in ("ship", "correct_tracking", "ship_return"):
        for field in ("carrier", "tracking"):
            refusal = fault(name, **{field: bad})
            assert refusal.fields == (field,)
            assert "must not contain control characters" in refusal.message
    for fact in ("parcel_delivered", "delivery_refused", "delivery_failed", "parcel_returned", "parcel_lost"):
        assert fault(fact, tracking=bad).fields == ("tracking",)
    for fact in ("payment_captured", "payment_failed", "chargeback_opened", "refund_reported"):
        assert fault(fact, payment_id=bad).fields == ("payment_id",)
    rejection = {"approve": False, "reason": "already_shipped", "carrier": "post", "tracking": "T-1"}
    for field in ("carrier", "tracking"):
        assert fault("decide_cancellation", **rejection | {field: bad}).fields == (field,)


@pytest.mark.parametrize("scheme", NEVER)
def test_R41_files_under_schemes_that_run_or_read_something_are_invalid(scheme: str) -> None:
    for uri in (f"{scheme}:x", f"{scheme.upper()}:x", f"{scheme}://x/y"):
        refusal = fault("add_evidence", evidence=[photo(uri)])
        assert refusal.fields[0] == "evidence.0.uri"
        assert "must begin with https or http" in refusal.message
        refusal = fault("send_message", attachments=[FILE | {"uri": uri}])
        assert refusal.fields == ("attachments.0.uri",)


@pytest.mark.parametrize(
    "nowhere", ["", "photo.jpg", "//files.example/1", "/etc/passwd", "https:", " https://x", "1:x"]
)
def test_R41_an_address_of_a_file_has_a_scheme(nowhere: str) -> None:
    assert fault("add_evidence", evidence=[photo(nowhere)]).fields[0] == "evidence.0.uri"


@pytest.mark.parametrize("broken", ["java\nscript:x", "https://x/a b", "https://x/a\tb", "https://x/\u2028"])
def test_R41_an_address_of_a_file_is_one_word_in_one_line(broken: str) -> None:
    assert fault("add_evidence", evidence=[photo(broken)]).fields[0] == "evidence.0.uri"


def test_an_address_of_a_file_has_at_most_2000_characters() -> None:
    longest = "https://files.example/".ljust(MAX_URI, "x")
    message("add_evidence", evidence=[photo(longest)])
    assert fault("add_evidence", evidence=[photo(f"{longest}x")]).fields[0] == "evidence.0.uri"


def test_R41_a_scheme_beside_https_and_http_is_one_that_the_settings_name() -> None:
    shown = message("add_evidence", evidence=[photo("http://x/1"), photo("S3://x/2")])
    attached = message("send_message", attachments=[FILE | {"uri": "s3://x/1"}])
    check_schemes(shown, named_schemes("s3, gs"))
    check_schemes(attached, ("s3",))
    with pytest.raises(Refused) as refused:
        check_schemes(shown, ("gs",))
    assert refused.value.code is Code.INVALID
    assert refused.value.refusal.fields == ("evidence.1.uri",)
    where = "evidence.1.uri must begin with https, http or gs, and not with s3"
    assert str(refused.value) == f'"Add Evidence" is not valid: {where}.'
    with pytest.raises(Refused, match=r"attachments\.0\.uri"):
        check_schemes(attached, ())
    check_schemes(message("add_evidence", evidence=[PHOTO, {"kind": "text", "text": "s3:"}]), ())
    check_schemes(message("confirm_receipt"), ())


def test_no_setting_can_name_a_scheme_that_runs_or_reads_something() -> None:
    assert named_schemes("") == ()
    assert named_schemes(" S3 ,gs,, x-minio") == ("s3", "gs", "x-minio")
    for wrong in (*NEVER, "s3:", "a b", "1s"):
        with pytest.raises(ValueError, match=json.dumps(wrong)[1:-1]):
            named_schemes(f"s3,{wrong}")
