"""What a place for files promises, of a folder and of a real S3 server alike; and how a setting names one."""

import asyncio
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from uuid import uuid4

import httpx
import pytest
from moto.server import ThreadedMotoServer
from obstore.store import S3Store

from activities.files.bucket import PIECE, BucketStore
from activities.files.folder import GIVEN_UP_AFTER, UNFINISHED, FolderStore
from activities.files.places import open_store
from activities.files.stores import FileStore, NotKept, StoreError
from workflows.messages.attachments import MAX_ATTACHMENT_BYTES

BUCKET: Final = "evidence"
LONG: Final = bytes(range(256)) * (PIECE // 256) * 2 + b"and the rest"
"""Several pieces, of which the last is short."""


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """The address of an S3 server, which has the bucket."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    with pytest.MonkeyPatch.context() as environment:
        for name, value in (("ACCESS_KEY_ID", "a-key"), ("SECRET_ACCESS_KEY", "a-secret"), ("REGION", "us-east-1")):
            environment.setenv(f"AWS_{name}", value)
        host, port = server.get_host_and_port()
        httpx.put(f"http://{host}:{port}/{BUCKET}", timeout=60).raise_for_status()
        yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    """An empty place of each kind."""
    if request.param == "folder":
        return open_store(str(tmp_path / "files"))
    return open_store(f"s3://{BUCKET}/{uuid4().hex}?endpoint={request.getfixturevalue('s3')}")


def given(tmp_path: Path, content: bytes) -> tuple[str, Path]:
    """A file, and its hash."""
    file = tmp_path / uuid4().hex
    file.write_bytes(content)
    return hashlib.sha256(content).hexdigest(), file


async def read(store: FileStore, sha256: str) -> bytes:
    async with store.read(sha256) as pieces:
        return b"".join([piece async for piece in pieces])


@pytest.mark.parametrize("content", [b"x", LONG], ids=["short", "long"])
async def test_what_was_put_is_read(store: FileStore, tmp_path: Path, content: bytes) -> None:
    sha256, file = given(tmp_path, content)
    assert not await store.exists(sha256)
    await store.put(sha256, file, "image/jpeg")
    assert await store.exists(sha256)
    assert await read(store, sha256) == content


async def test_it_comes_in_pieces(store: FileStore, tmp_path: Path) -> None:
    sha256, file = given(tmp_path, LONG)
    await store.put(sha256, file, "image/jpeg")
    async with store.read(sha256) as pieces:
        sizes = [len(piece) async for piece in pieces]
    assert len(sizes) > 2 and max(sizes) <= PIECE


async def test_the_same_again_changes_nothing_also_at_the_same_moment(store: FileStore, tmp_path: Path) -> None:
    sha256, file = given(tmp_path, b"the same")
    await asyncio.gather(*(store.put(sha256, file, "text/plain") for _ in range(5)))
    await store.put(sha256, file, "text/plain")
    assert await read(store, sha256) == b"the same"


async def test_what_was_never_put_is_not_kept(store: FileStore) -> None:
    sha256 = "0" * 64
    assert not await store.exists(sha256)
    with pytest.raises(NotKept, match=sha256):
        async with store.read(sha256):
            pass


@pytest.mark.parametrize("wrong", ["", "0" * 63, "0" * 65, "A" * 64, "../" + "0" * 61, "0" * 64 + "\n"])
async def test_what_is_no_hash_never_becomes_a_path(store: FileStore, tmp_path: Path, wrong: str) -> None:
    _, file = given(tmp_path, b"x")
    with pytest.raises(ValueError, match="SHA-256"):
        await store.put(wrong, file, "text/plain")
    with pytest.raises(ValueError, match="SHA-256"):
        await store.exists(wrong)
    with pytest.raises(ValueError, match="SHA-256"):
        async with store.read(wrong):
            pass


async def test_nobody_but_its_owner_reads_a_file_in_a_folder(tmp_path: Path) -> None:
    place = tmp_path / "deep" / "files"
    sha256, file = given(tmp_path, b"mine")
    await FolderStore(place).put(sha256, file, "text/plain")
    assert {path.stat().st_mode & 0o077 for path in (place, *place.rglob("*"))} == {0}
    assert [path.name for path in place.rglob("*") if path.is_file()] == [sha256]


async def test_a_file_has_its_name_once_it_lies_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The power may fail at any moment: what has its name is whole."""
    place, seen = tmp_path / "files", []
    sha256, file = given(tmp_path, b"whole")
    kept = place / sha256[:2] / sha256

    def fsync(number: int) -> None:
        seen.append((Path(f"/proc/self/fd/{number}").readlink().relative_to(place).parts[:1], kept.exists()))

    monkeypatch.setattr(os, "fsync", fsync)
    await FolderStore(place).put(sha256, file, "text/plain")
    assert seen == [((UNFINISHED,), False), ((sha256[:2],), True), ((), True)]


async def test_what_could_not_be_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    sha256, file = given(tmp_path, b"x")
    with pytest.raises(StoreError, match="No space left on device"):
        await FolderStore(tmp_path / "files").put(sha256, file, "text/plain")
    assert not [path for path in (tmp_path / "files").rglob("*") if path.is_file()]


async def test_what_a_killed_process_left_unfinished_goes_after_a_day(tmp_path: Path) -> None:
    unfinished = tmp_path / "files" / UNFINISHED
    unfinished.mkdir(parents=True)
    now = tmp_path.stat().st_mtime
    for name, age in (("old", GIVEN_UP_AFTER + 60), ("new", GIVEN_UP_AFTER - 60)):
        (unfinished / name).write_bytes(b"half")
        os.utime(unfinished / name, (now - age, now - age))
    sha256, file = given(tmp_path, b"x")
    await FolderStore(tmp_path / "files").put(sha256, file, "text/plain")
    assert [path.name for path in unfinished.iterdir()] == ["new"]


async def test_a_folder_that_cannot_be_used_says_so(tmp_path: Path) -> None:
    sha256, file = given(tmp_path, b"x")
    (tmp_path / "no-folder").write_bytes(b"")
    with pytest.raises(StoreError, match="folder for files cannot be written"):
        await FolderStore(tmp_path / "no-folder").put(sha256, file, "text/plain")
    with pytest.raises(StoreError, match="folder for files cannot be read"):
        await read(FolderStore(tmp_path / "no-folder"), sha256)


async def test_a_bucket_tells_what_a_file_is_and_one_of_the_largest_fits(s3: str, tmp_path: Path) -> None:
    sha256, file = given(tmp_path, b"\0" * MAX_ATTACHMENT_BYTES)
    await BucketStore(BUCKET, "large", s3).put(sha256, file, "video/mp4")
    lies = S3Store(BUCKET, prefix="large", endpoint=s3, client_options={"allow_http": True})
    found = await lies.get_async(sha256)
    assert (found.attributes["Content-Type"], found.meta["size"]) == ("video/mp4", MAX_ATTACHMENT_BYTES)


@pytest.mark.parametrize("bucket", ["no-such-bucket", None], ids=["no bucket", "no server"])
async def test_a_bucket_that_is_away_says_so_in_a_line(s3: str, tmp_path: Path, bucket: str | None) -> None:
    sha256, file = given(tmp_path, b"x")
    away = BucketStore(bucket, endpoint=s3) if bucket else BucketStore(BUCKET, endpoint="http://127.0.0.1:9")
    with pytest.raises(StoreError, match="bucket for files cannot be used") as told:
        await away.put(sha256, file, "text/plain")
    assert "\n" not in str(told.value)
    assert "a-secret" not in str(told.value)


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("gs://evidence", "must be a folder, or a bucket such as s3://evidence/files"),
        ("s3://", "must name a bucket"),
        ("s3:///files", "must name a bucket"),
        ("s3://key:secret@evidence", "must not hold credentials"),
        ("s3://evidence?endpoint=minio:9000", "must have an endpoint such as"),
        ("s3://evidence?endpoint=", "must have an endpoint such as"),
        ("s3://evidence?bucket=other", "takes endpoint and region .* and not bucket"),
    ],
)
def test_a_place_that_cannot_be_says_what_would_be_right(place: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        open_store(place)
