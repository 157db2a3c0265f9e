"""Files in a folder of this machine, or of a disk that several share. Their names are their hashes, and nobody but
their owner reads them.
"""

import asyncio
import os
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, Final
from uuid import uuid4

from activities.files.stores import NotKept, StoreError, checked_hash

FILE: Final = 0o600
FOLDER: Final = 0o700
CHUNK: Final = 256 * 1024
"""Bytes that are read at once."""
SPREAD: Final = 2
"""Characters of the hash that name the folder within the folder: 256 of them, each with a 256th of the files."""
UNFINISHED: Final = "unfinished"
"""Where files lie that are still being written."""
GIVEN_UP_AFTER: Final = 24 * 3600.0
"""Seconds after which an unfinished file is nobody's: who wrote it was killed."""


class FolderStore:
    """A folder as a place for files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, sha256: str, source: Path, media_type: str) -> None:  # noqa: ARG002 - it stands in Postgres
        kept = self._path(sha256)
        try:
            await asyncio.to_thread(self._put, kept, source)
        except OSError as error:
            raise StoreError(f"The folder for files cannot be written: {error}.") from None

    async def exists(self, sha256: str) -> bool:
        return await asyncio.to_thread(self._path(sha256).is_file)

    @asynccontextmanager
    async def read(self, sha256: str) -> AsyncIterator[AsyncIterator[bytes]]:
        try:
            opened = await asyncio.to_thread(self._path(sha256).open, "rb")
        except FileNotFoundError:
            raise NotKept(f"File {sha256} is not in the folder.") from None
        except OSError as error:
            raise StoreError(f"The folder for files cannot be read: {error}.") from None
        with opened:
            yield _chunks(opened)

    def _path(self, sha256: str) -> Path:
        return self._folder / checked_hash(sha256)[:SPREAD] / sha256

    def _put(self, kept: Path, source: Path) -> None:
        """Write it under a name that nobody reads, see to it that it lies on the disk, and then give it its own."""
        if kept.is_file():
            return
        unfinished = self._folder / UNFINISHED / uuid4().hex
        for folder in (self._folder, kept.parent, unfinished.parent):
            folder.mkdir(mode=FOLDER, parents=True, exist_ok=True)
        _forget_given_up(unfinished.parent)
        try:
            with source.open("rb") as given, _new(unfinished) as written:
                shutil.copyfileobj(given, written, CHUNK)
                written.flush()
                os.fsync(written.fileno())
            unfinished.replace(kept)
        finally:
            unfinished.unlink(missing_ok=True)
        # The names too: a file without one is lost. The folder of a new folder holds that one's name.
        for folder in (kept.parent, self._folder):
            _sync(folder)


def _new(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE), "wb")


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _forget_given_up(folder: Path) -> None:
    for path in folder.iterdir():
        try:
            if path.stat().st_mtime < time.time() - GIVEN_UP_AFTER:
                path.unlink()
        except FileNotFoundError:
            continue  # it was finished, or another process forgot it, meanwhile


async def _chunks(opened: IO[bytes]) -> AsyncIterator[bytes]:
    try:
        while chunk := await asyncio.to_thread(opened.read, CHUNK):
            yield chunk
    except OSError as error:
        raise StoreError(f"The folder for files cannot be read: {error}.") from None
