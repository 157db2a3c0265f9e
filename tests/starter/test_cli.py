"""The command line without an engine: how words become messages, how times are told, and how a command ends."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from starter.cli.fields import (
    build,
    message_class,
    own_fields,
    read_body,
    read_fields,
    read_sender,
    usual_sender,
)
from starter.cli.program import app
from starter.cli.render import relative, timeline_line
from starter.cli.safe_text import safe
from starter.cli.wrong_usage import WrongUsage
from workflows.messages.commands import OFFERED
from workflows.messages.parcels import Ship
from workflows.messages.refusal import Refused
from workflows.messages.values import Party, Role, Stage
from workflows.messages.work import TimelineEntry

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def called(*words: str, given: str | None = None, **environment: str) -> Result:
    """One command, with nothing to reach: whoever listens on port 1 answers nobody."""
    nowhere = {"TEMPORAL_ADDRESS": "127.0.0.1:1", "DATABASE_URL": ""}
    return CliRunner().invoke(app, words, input=given, env=nowhere | environment)


# Fields


def test_a_text_field_takes_its_value_as_it_stands() -> None:
    fields = read_fields(Ship, ["carrier=DHL", "tracking=00340434161094042557"])
    assert fields == {"carrier": "DHL", "tracking": "00340434161094042557"}


@pytest.mark.parametrize(
    ("command", "word", "value"),
    [
        ("decide_cancellation", "approve=true", True),
        ("payment_captured", "amount=2299", 2299),
        ("payment_captured", "payment_id=2299", "2299"),
        ("payment_captured", "occurred_at=2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
        ("send_message", "text=a=b", "a=b"),
        ("send_message", "text=", ""),
        ("send_message", 'attachments=[{"uri": "x"}]', [{"uri": "x"}]),
        ("extend_delivery", "days=soon", "soon"),
    ],
)
def test_a_value_is_read_as_its_field_needs_it(command: str, word: str, value: Any) -> None:
    assert list(read_fields(message_class(command), [word]).values()) == [value]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ["carier=DHL"],
            "ship has no field 'carier'. Did you mean carrier? Fields of ship: carrier, tracking, deliver_by?.",
        ),
        (["carrier"], "'carrier' is not FIELD=VALUE"),
        (["carrier=DHL", "carrier=UPS"], "carrier is given twice"),
        (["by=seller"], "--as ROLE:ID"),
        (["request_id=r-1"], "--request-id"),
    ],
)
def test_a_word_that_cannot_be_read_is_named(words: list[str], told: str) -> None:
    with pytest.raises(WrongUsage) as wrong:
        read_fields(Ship, words)
    assert told in str(wrong.value)


def test_a_field_of_a_body_is_named_like_one_of_its_own_word() -> None:
    with pytest.raises(WrongUsage, match=r"ship has no field 'carier'. Did you mean carrier\?"):
        read_body(Ship, '{"carier": "DHL"}')
    assert read_body(Ship, '{"by": {}, "request_id": "r-1"}') == {"by": {}, "request_id": "r-1"}


@pytest.mark.parametrize("body", ["[]", "{", "1"])
def test_a_body_must_be_one_json_object(body: str) -> None:
    with pytest.raises(WrongUsage, match="--json-body"):
        read_body(Ship, body)


def test_what_the_fields_hold_is_judged_like_in_the_order() -> None:
    by = {"role": "seller", "id": "s-3"}
    assert build(Ship, {"carrier": "DHL", "tracking": "1", "by": by}) == Ship(
        carrier="DHL", tracking="1", by=Party(role=Role.SELLER, id="s-3")
    )
    with pytest.raises(Refused) as refused:
        build(Ship, {"carrier": "DHL", "by": by})
    assert refused.value.refusal.fields == ("tracking",)


def test_every_command_can_be_written_on_a_command_line() -> None:
    for name, kind in OFFERED.items():
        assert message_class(name) is kind
        assert read_fields(kind, [f"{field}=x" for field in own_fields(kind)]).keys() == own_fields(kind).keys()


# Senders


def test_a_sender_is_a_role_and_an_id() -> None:
    assert (read_sender("seller:s-3").role, read_sender("seller:s-3").id) == (Role.SELLER, "s-3")
    assert read_sender("platform").id is None
    with pytest.raises(WrongUsage, match="buyer, seller"):
        read_sender("vendor:s-3")
    with pytest.raises(WrongUsage, match=r"Did you mean seller\?"):
        read_sender("seler:s-3")


@pytest.mark.parametrize(
    ("command", "role"),
    [
        ("request_cancellation", Role.BUYER),
        ("decide_cancellation", Role.SELLER),
        ("refund_updated", Role.PAYMENT_PROVIDER),
        ("parcel_delivered", Role.CARRIER),
        ("add_note", Role.PLATFORM),
    ],
)
def test_without_a_sender_the_usual_one_sends(command: str, role: Role) -> None:
    assert usual_sender(message_class(command)).role is role


def test_what_both_sides_may_send_needs_a_sender() -> None:
    with pytest.raises(WrongUsage, match="--as ROLE:ID"):
        usual_sender(message_class("send_message"))


# How a command ends


@pytest.mark.parametrize(
    "words",
    [
        ("send", "A-1", "shp"),
        ("send", "A-1", "ship", "carier=DHL"),
        ("send", "A-1", "send_message", "to=seller", "text=Hello"),
        ("send", "A-1", "ship", "--as", "vendor:v-1"),
        ("send", "A-1"),
        ("start", "no-such-file.json"),
        ("list", "--due-before", "tomorrow"),
        ("list", "--limit", "0"),
        ("dev", "--ephemeral", "--data", "folder"),
        ("nonsense",),
    ],
)
def test_wrong_usage_ends_with_2(words: tuple[str, ...]) -> None:
    ended = called(*words)
    assert ended.exit_code == 2
    assert ended.stderr
    assert not ended.stdout


def test_a_wrong_setting_ends_with_2_and_is_named() -> None:
    ended = called("show", "A-1", COUNTERMAND_POOL_SIZE="many")
    assert ended.exit_code == 2
    assert "COUNTERMAND_POOL_SIZE" in ended.stderr


def test_an_engine_that_is_away_ends_with_3_and_says_what_to_do() -> None:
    ended = called("show", "A-1")
    assert ended.exit_code == 3
    assert "TEMPORAL_ADDRESS" in ended.stderr


def test_an_order_that_is_not_valid_ends_with_1_and_names_the_field() -> None:
    ended = called("start", "-", "--json", given='{"order_id": "A-1", "buyer_id": "b-7"}')
    assert ended.exit_code == 1
    assert ended.stderr.startswith("invalid: ")
    assert "seller_id" in json.loads(ended.stdout)["fields"]


def test_every_command_of_the_contract_is_there_and_takes_json() -> None:
    commands = {command.name or (command.callback and command.callback.__name__) for command in app.registered_commands}
    orders = {"dev", "demo", "start", "send", "show", "timeline", "watch", "list", "migrate"}
    assert commands == orders | {
        *("reconcile", "disagreements", "resolve", "unplaced", "strays", "place"),
        *("subscribe", "subscriptions", "unsubscribe", "rotate-secret", "resend"),
        *("test-subscription", "deliveries"),
        *("help", "commands", "terms", "listen", "events", "requests"),
    }
    for command in commands:
        assert "--json" in called(str(command), "--help").stdout


def test_what_was_allotted_is_marked_as_done_by_nobody() -> None:
    refused = called("place", "2", "--done", "--note", "seen", "--allotted")
    assert refused.exit_code == 2
    assert "what was allotted is some order's" in " ".join(refused.output.replace("│", " ").split())


def test_a_name_of_before_is_not_shown_to_those_who_never_knew_it() -> None:
    shown = called("--help").stdout
    assert "unplaced" in shown
    assert "strays" not in shown


# How it looks


@pytest.mark.parametrize(
    ("distance", "told"),
    [
        (timedelta(days=2, hours=3, minutes=4), "in 2 days 3 hours"),
        (timedelta(days=2, minutes=4), "in 2 days"),
        (timedelta(hours=1), "in 1 hour"),
        (timedelta(seconds=30), "in less than a minute"),
        (timedelta(minutes=-5), "5 minutes ago"),
    ],
)
def test_a_distance_in_time_is_told_in_two_units_at_most(distance: timedelta, told: str) -> None:
    assert relative(NOW + distance, NOW) == told


def test_what_others_wrote_cannot_command_the_terminal() -> None:
    assert safe("\x1b[31mred\x07\nnext") == "\ufffd[31mred\ufffd next"
    assert safe("pay \u202e0001\u202c now\u200b\u2028Approved") == "pay 0001 now Approved"


def test_a_timeline_entry_is_one_line_with_the_money_it_moved() -> None:
    entry = TimelineEntry(
        entry=1,
        at=NOW,
        role=Role.BUYER,
        party_id="b-7",
        name="request_cancellation",
        outcome="accepted",
        from_stage=Stage.AWAITING_SHIPMENT,
        to_stage=Stage.CANCELLATION_PENDING,
        summary="Asked\nto cancel",
        text="Too late",
        money={"held": -2299, "refunding": 2299, "captured": 0},
    )
    line = timeline_line(entry, "USD").plain
    assert line.startswith("2026-01-02 03:04:05Z  buyer b-7")
    assert line.endswith("Asked to cancel “Too late”  [held -22.99 USD, refunding +22.99 USD]")
