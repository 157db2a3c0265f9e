"""A file on a command line: hashed here, named by where it lies, and refused with what would be right.

What is done with one that lies nowhere is tested in `test_cli_uploads.py`.
"""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from starter.cli.fields import build, message_class, read_fields
from starter.cli.wrong_usage import WrongUsage
from workflows.messages.attachments import MAX_ATTACHMENT_BYTES

AT = "https://files.example/a, b.jpg"


def fields(command: str, *words: str) -> Any:
    return read_fields(message_class(command), words)


def made(folder: Path, name: str, content: bytes = b"seen") -> Path:
    (folder / name).write_bytes(content)
    return folder / name


@pytest.mark.parametrize(
    ("name", "said", "kind", "media_type"),
    [
        ("foot, broken.jpg", "", "photo", "image/jpeg"),
        ("fall.mp4", "", "video", "video/mp4"),
        ("bill.pdf", "", "document", "application/pdf"),
        ("no_ending", "", "document", "application/octet-stream"),
        ("listing.png", ",kind=screenshot", "screenshot", "image/png"),
        ("no_ending", ",type=image/webp", "photo", "image/webp"),
    ],
)
def test_a_file_is_hashed_typed_and_measured(tmp_path: Path, name: str, said: str, kind: str, media_type: str) -> None:
    file = made(tmp_path, name)
    word = f"evidence=@{file},at=https://files.example/1{said},caption=The foot, broken"
    [item] = fields("add_evidence", word)["evidence"]
    assert item == {
        "kind": kind,
        "uri": "https://files.example/1",
        "sha256": sha256(b"seen").hexdigest(),
        "media_type": media_type,
        "size": 4,
        "caption": "The foot, broken",
    }
    built = build(message_class("add_evidence"), {"evidence": [item], "by": {"role": "buyer", "id": "b-7"}})
    assert built.name == "add_evidence"


def test_several_files_are_several_items_and_words_are_themselves(tmp_path: Path) -> None:
    photo, words = made(tmp_path, "1.png"), made(tmp_path, "1.txt", b"It was whole.\n")
    given = fields("add_evidence", f"evidence=@{photo},at=https://f.example/1", f"evidence=@{words}")["evidence"]
    assert [item["kind"] for item in given] == ["photo", "text"]
    assert given[1] == {"kind": "text", "text": "It was whole."}
    as_document = fields("add_evidence", f"evidence=@{words},at=https://f.example/2")["evidence"]
    assert [item["kind"] for item in as_document] == ["document"]


def test_a_file_of_json_holds_the_items_themselves_and_an_attachment_has_no_kind(tmp_path: Path) -> None:
    items = [{"kind": "text", "text": "It was whole."}]
    assert fields("add_evidence", f"evidence=@{made(tmp_path, '1.json', json.dumps(items).encode())}") == {
        "evidence": items
    }
    [attached] = fields("send_message", f"attachments=@{made(tmp_path, '1.jpg')},at={AT}")["attachments"]
    assert attached.keys() == {"uri", "sha256", "media_type", "size"}
    assert attached["uri"] == AT


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("evidence=@{}/none.jpg,at=https://f.example/1",), "none.jpg cannot be read: No such file"),
        (("evidence=@{}/empty.jpg,at=https://f.example/1",), "at least 1 byte and at most 10 MB"),
        (("evidence=@{}/large.jpg,at=https://f.example/1",), "at least 1 byte and at most 10 MB"),
        (("evidence=@{},at=https://f.example/1",), "must be a file"),
        (("evidence=@{}/bytes.txt",), "cannot be read as text"),
        (("evidence=@{}/1.jpg,at=https://f.example/1", "evidence=[]"), "evidence is given twice"),
        (("evidence=none", "evidence=@{}/1.jpg,at=https://f.example/1"), "as FIELD:=JSON"),
    ],
)
def test_a_file_that_cannot_be_sent_is_named(tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    made(tmp_path, "1.jpg")
    made(tmp_path, "empty.jpg", b"")
    made(tmp_path, "bytes.txt", b"\xff\xfe\xff")
    with made(tmp_path, "large.jpg").open("r+b") as large:
        large.truncate(MAX_ATTACHMENT_BYTES + 1)
    with pytest.raises(WrongUsage) as wrong:
        fields("add_evidence", *(word.format(tmp_path) for word in words))
    assert told.format(tmp_path) in str(wrong.value)


def test_the_largest_file_is_taken(tmp_path: Path) -> None:
    with made(tmp_path, "large.jpg").open("r+b") as large:
        large.truncate(MAX_ATTACHMENT_BYTES)
    [item] = fields("add_evidence", f"evidence=@{tmp_path}/large.jpg,at=https://f.example/1")["evidence"]
    assert item["size"] == MAX_ATTACHMENT_BYTES
