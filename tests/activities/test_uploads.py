"""Uploads: what is taken, what is refused with a sentence, and that nothing takes more room or time than it may."""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import asyncpg
import pytest

from activities.files import intake
from activities.files.folder import FolderStore
from activities.files.intake import AT_ONCE, OF_ONE_AT_ONCE, Files
from activities.files.refusals import FileRefused, TooLarge, TooMany, TooSlow, WrongType
from activities.files.stores import StoreError
from activities.files.table import MAX_A_DAY, Bringer, FileTable, KeptFile
from tests.activities.test_pictures import CANARY, SOME, png, said_everywhere, saved
from tests.activities.test_videos import CANARY as PLACE_OF_VIDEO
from tests.activities.test_videos import box, video
from workflows.messages.attachments import MAX_ATTACHMENT_BYTES

PDF: Final = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\nstartxref\n9\n%%EOF\n"


@pytest.fixture
def files(pool: asyncpg.Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    """An empty place in a folder, and a folder of this test's own for what is under way."""
    (tmp_path / "under-way").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "under-way"))
    return Files(FolderStore(tmp_path / "files"), FileTable(pool))


@pytest.fixture
def buyer() -> Bringer:
    """Somebody who has not uploaded anything."""
    return Bringer("buyer", uuid4().hex)


async def pieces(content: bytes, size: int = 64 * 1024) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


def bytes_kept(tmp_path: Path) -> list[bytes]:
    assert not list((tmp_path / "under-way").iterdir()), "nothing is left of what was under way"
    return [path.read_bytes() for path in (tmp_path / "files").rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("content", "said", "media_type"),
    [
        (saved(SOME, "image/jpeg"), "image/jpeg", "image/jpeg"),
        (saved(SOME, "image/png"), "image/jpg", "image/png"),
        (saved(SOME, "image/webp"), "", "image/webp"),
        (saved(SOME, "image/gif"), "application/octet-stream", "image/gif"),
        (video(), "video/quicktime", "video/mp4"),
        (video().replace(b"isom", b"qt  ", 1), "video/quicktime", "video/quicktime"),
        (PDF, "application/pdf", "application/pdf"),
        (
            b"The lamp came like this; 2 < 3, and that is <b>so</b>.\n",
            "text/plain; charset=utf-8",
            "text/plain",
        ),
        ("\ufeffGrüße aus Wien\r\n\f".encode(), "text/plain", "text/plain"),
    ],
    ids=["JPEG", "PNG", "WebP", "GIF", "MP4", "MOV", "PDF", "text", "text with a mark"],
)
async def test_what_is_taken_is_kept_under_the_hash_of_what_is_kept(
    files: Files, buyer: Bringer, tmp_path: Path, content: bytes, said: str, media_type: str
) -> None:
    taken = await files.take(pieces(content), buyer, said)
    (kept,) = bytes_kept(tmp_path)
    assert taken == KeptFile(hashlib.sha256(kept).hexdigest(), media_type, len(kept))
    async with files.read(taken) as read:
        assert b"".join([piece async for piece in read]) == kept


async def test_where_a_picture_or_video_was_taken_is_not_kept(files: Files, buyer: Bringer, tmp_path: Path) -> None:
    photo = saved(SOME, "image/jpeg", **said_everywhere()["image/jpeg"])
    taken = await files.take(pieces(photo), buyer)
    assert taken.sha256 != hashlib.sha256(photo).hexdigest(), "evidence names what is kept, not what came"
    await files.take(pieces(video()), buyer)
    assert not any(CANARY.encode() in kept or PLACE_OF_VIDEO in kept for kept in bytes_kept(tmp_path))


SVG: Final = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


@pytest.mark.parametrize(
    ("content", "said", "kind", "told"),
    [
        (SVG, "image/svg+xml", WrongType, "markup, such as HTML or SVG"),
        (b"<svg onload=alert(1)>", "image/png", WrongType, "markup"),
        (b"words first, and then <ScRiPt src=//x>", "text/plain", WrongType, "markup"),
        (b"<!doctype html>", "text/html", WrongType, "markup"),
        (b"<?php system($_GET[1]);", "", WrongType, "markup"),
        (b"#!/bin/sh\nrm -r .", "text/plain", WrongType, "a program"),
        (b"alert(1)", "image/jpeg", WrongType, "said to be image/jpeg, and is text/plain"),
        (saved(SOME, "image/png"), "video/mp4", WrongType, "said to be video/mp4, and is image/png"),
        (b"\xff\xd8\xff<script>alert(1)</script>", "image/jpeg", FileRefused, "cannot be read to its end"),
        (PDF + b"PK\x03\x04<script>", "application/pdf", FileRefused, "something was put behind it"),
        (PDF[:-7], "application/pdf", FileRefused, "cut off"),
        (b"PK\x03\x04" + bytes(60), "", WrongType, "an archive or an office document"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "image/heic", WrongType, "send it as JPEG"),
        (b"\0\0\0\x18ftypavif\0\0\0\0mif1", "image/avif", WrongType, "send it as JPEG"),
        (b"MZ\x90\0" + bytes(60), "", WrongType, "cannot be seen what this is; send JPEG, PNG"),
        (bytes(range(256)), "", WrongType, "cannot be seen what this is"),
        (b"\xffnot UTF-8", "text/plain", WrongType, "cannot be seen what this is"),
        (box(b"ftyp", b"isom") + b"<script>", "video/mp4", FileRefused, "video cannot be read to its end"),
        (png(60_000, 60_000, rows=1), "image/png", FileRefused, "more than 25 million pixels"),
        (b"", "image/png", FileRefused, "is empty"),
    ],
)
async def test_what_is_not_taken_is_told_why_and_leaves_nothing(
    files: Files, buyer: Bringer, tmp_path: Path, content: bytes, said: str, kind: type[FileRefused], told: str
) -> None:
    with pytest.raises(kind, match=told) as refused:
        await files.take(pieces(content), buyer, said)
    assert type(refused.value) is kind
    assert not bytes_kept(tmp_path)


async def test_a_file_has_at_most_10_mb_and_no_more_of_it_is_even_read(
    files: Files, buyer: Bringer, tmp_path: Path
) -> None:
    whole = b"a" * MAX_ATTACHMENT_BYTES
    assert (await files.take(pieces(whole), buyer)).size == MAX_ATTACHMENT_BYTES
    read = 0

    async def without_end() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 64 * 1024
            yield b"b" * 64 * 1024

    with pytest.raises(TooLarge, match="at most 10 MB"):
        await files.take(without_end(), buyer)
    assert read == MAX_ATTACHMENT_BYTES + 64 * 1024, "one piece too many tells"
    with pytest.raises(TooLarge):
        await files.take(pieces(whole + b"a", MAX_ATTACHMENT_BYTES + 1), buyer)
    assert [len(kept) for kept in bytes_kept(tmp_path)] == [MAX_ATTACHMENT_BYTES]


async def test_a_picture_that_is_larger_when_it_is_drawn_anew_is_refused(
    files: Files, buyer: Bringer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = saved(SOME, "image/webp", quality=1)
    monkeypatch.setattr(intake, "MAX_ATTACHMENT_BYTES", len(small))
    with pytest.raises(TooLarge, match="when it is drawn anew"):
        await files.take(pieces(small), buyer)
    assert not bytes_kept(tmp_path)


@pytest.mark.parametrize("patience", [{"upload_seconds": 0.05}, {"piece_seconds": 0.05}])
async def test_an_upload_that_does_not_come_to_its_end_is_given_up(
    pool: asyncpg.Pool, files: Files, buyer: Bringer, tmp_path: Path, patience: dict[str, Any]
) -> None:
    async def slow() -> AsyncIterator[bytes]:
        yield b"the beginning"
        await asyncio.Event().wait()

    with pytest.raises(TooSlow, match="An upload has"):
        await Files(FolderStore(tmp_path / "files"), FileTable(pool), **patience).take(slow(), buyer)
    assert not bytes_kept(tmp_path)


async def test_nobody_takes_all_places_of_those_who_upload(files: Files) -> None:
    until, started = asyncio.Event(), asyncio.Semaphore(0)

    async def waiting() -> AsyncIterator[bytes]:
        started.release()
        await until.wait()
        yield b"text"

    async with asyncio.TaskGroup() as group:
        for number in range(AT_ONCE):
            group.create_task(files.take(waiting(), Bringer("buyer", f"b-{number // OF_ONE_AT_ONCE}")))
        for _ in range(AT_ONCE):
            await started.acquire()
        with pytest.raises(TooMany, match="try again in a minute"):
            await files.take(pieces(b"text"), Bringer("buyer", "another"))
        until.set()
    until.clear()
    async with asyncio.TaskGroup() as group:
        for _ in range(OF_ONE_AT_ONCE):
            group.create_task(files.take(waiting(), Bringer("buyer", "b-0")))
        for _ in range(OF_ONE_AT_ONCE):
            await started.acquire()
        with pytest.raises(TooMany):
            await files.take(pieces(b"text"), Bringer("buyer", "b-0"))
        assert (await files.take(pieces(b"text"), Bringer("seller", "b-0"))).size == 4, "another one has room"
        until.set()


async def test_one_party_brings_so_many_files_a_day(pool: asyncpg.Pool, files: Files, buyer: Bringer) -> None:
    others = "SELECT encode(sha256(($1 || number)::bytea), 'hex') AS sha256 FROM generate_series(2, $2) AS number"
    await pool.execute(
        f"WITH others AS ({others}), "
        "kept AS (INSERT INTO files (sha256, media_type, size) SELECT sha256, 'text/plain', 1 FROM others) "
        "INSERT INTO uploads (sha256, role, party_id) SELECT sha256, 'buyer', $1::text FROM others",
        buyer.id,
        MAX_A_DAY,
    )
    last = f"the last of {buyer.id}".encode()
    await files.take(pieces(last), buyer)
    with pytest.raises(TooMany, match="300 files within a day"):
        await files.take(pieces(last), buyer)
    await pool.execute("UPDATE uploads SET uploaded_at = now() - interval '25 hours' WHERE party_id = $1", buyer.id)
    assert (await files.take(pieces(last + b"!"), buyer)).size, "tomorrow they may again"


async def test_a_place_that_is_away_notes_nothing(pool: asyncpg.Pool, buyer: Bringer, tmp_path: Path) -> None:
    (tmp_path / "no-folder").write_bytes(b"")
    content = uuid4().bytes.hex().encode()
    with pytest.raises(StoreError):
        await Files(FolderStore(tmp_path / "no-folder"), FileTable(pool)).take(pieces(content), buyer)
    assert not await pool.fetchval("SELECT count(*) FROM files WHERE sha256 = $1", hashlib.sha256(content).hexdigest())


async def test_the_same_file_of_two_is_kept_once_and_noted_for_both(
    pool: asyncpg.Pool, files: Files, buyer: Bringer, tmp_path: Path
) -> None:
    content = uuid4().bytes.hex().encode()
    another = Bringer("seller", uuid4().hex)
    first, second, again = [await files.take(pieces(content), by) for by in (buyer, another, buyer)]
    assert first == second == again
    assert len(bytes_kept(tmp_path)) == 1
    noted = await pool.fetch("SELECT role, party_id FROM uploads WHERE sha256 = $1", first.sha256)
    assert {tuple(row) for row in noted} == {("buyer", buyer.id), ("seller", another.id)}
