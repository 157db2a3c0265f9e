"""The client has a method for every message of the command table: written by a command, so that nobody forgets one."""

from tests.client_methods import FILE, REGENERATE, written
from workflows.messages.commands import OFFERED, AddNote
from workflows.messages.offers import MakeOffer
from workflows.messages.parcels import ParcelLost


def test_the_clients_methods_are_those_of_the_command_table() -> None:
    text = FILE.read_text(encoding="utf-8")
    assert written(text) == text, f"{FILE.name} is stale: run {REGENERATE}"


def test_a_message_that_the_client_does_not_know_yet_is_written_into_its_file() -> None:
    text = FILE.read_text(encoding="utf-8")
    before = written(text, [kind for kind in OFFERED.values() if kind not in (AddNote, ParcelLost)])
    assert "_sends(wire.AddNote)" not in before
    assert "_reports(parcels.ParcelLost)" not in before
    assert written(before) == text


def test_a_chapter_whose_messages_are_gone_is_imported_no_more() -> None:
    text = written(FILE.read_text(encoding="utf-8"), [MakeOffer, AddNote])
    assert "\nfrom workflows.messages import offers\n" in text
    assert text.endswith("    add_note = _sends(wire.AddNote)\n")
