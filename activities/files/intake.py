"""Files of people: taken in piece by piece, cleaned, kept under the hash of what is left, and read by whom they
concern.

The one door of this room. What an HTTP request is, and who calls, is not known here.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from hashlib import file_digest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Final

from activities.files.documents import check_pdf, check_text
from activities.files.kinds import HEAD, PDF, PICTURES, TEXT, check_said, media_type_of
from activities.files.pictures import Redrawing
from activities.files.refusals import FileRefused, TooLarge, TooMany, TooSlow
from activities.files.stores import FileStore, NotKept, checked_hash
from activities.files.table import MAX_A_DAY, Bringer, Eyes, FileTable, KeptFile
from activities.files.videos import clean_video
from workflows.messages.attachments import MAX_ATTACHMENT_BYTES
from workflows.messages.sentences import say

UPLOAD_SECONDS: Final = 120.0
"""For all of an upload: 10 MB by a telephone with 1 Mbit/s take 84."""
PIECE_SECONDS: Final = 15.0
"""For the next piece of it: who sends nothing for so long has gone."""
AT_ONCE: Final = 16
"""Uploads that one process takes at the same time: at most 320 MB where temporary files lie, with what is drawn."""
OF_ONE_AT_ONCE: Final = 4
"""Of these, one party's: nobody keeps the others out."""
_MEGABYTES: Final = MAX_ATTACHMENT_BYTES // 1024**2
_CHECKS: Final = {PDF: check_pdf, TEXT: check_text}


class Files:
    """All files, over a place for their bytes and a table."""

    def __init__(
        self,
        store: FileStore,
        table: FileTable,
        redrawing: Redrawing | None = None,
        upload_seconds: float = UPLOAD_SECONDS,
        piece_seconds: float = PIECE_SECONDS,
    ) -> None:
        self._store = store
        self._table = table
        self._redrawing = redrawing or Redrawing()
        self._upload_seconds = upload_seconds
        self._piece_seconds = piece_seconds
        self._under_way: Counter[Bringer] = Counter()

    async def take(self, pieces: AsyncIterator[bytes], by: Bringer, said: str = "") -> KeptFile:
        """Keep a file that comes in pieces, and is said to be of the media type `said` (empty: nothing is said).

        What is answered is what is kept: of a picture that is drawn anew it is not what came. Raises `FileRefused` for
        what is not taken, of which nothing is then left, and `StoreError` when it cannot be kept.
        """
        with self._turn_of(by), TemporaryDirectory(prefix="countermand-file-") as folder:
            if not await self._table.check_share(by):
                raise TooMany(
                    say("One party uploads at most {most} files within a day; come again tomorrow.", most=MAX_A_DAY)
                )
            came = Path(folder) / "came"
            await self._receive(pieces, came)
            file, media_type = await self._cleaned(came, Path(folder) / "drawn", said)
            sha256, size = await asyncio.to_thread(_hash_and_size, file)
            if size > MAX_ATTACHMENT_BYTES:
                raise TooLarge(
                    say(
                        "The picture has more than {most} MB when it is drawn anew; send a smaller one.",
                        most=_MEGABYTES,
                    )
                )
            kept = KeptFile(sha256, media_type, size)
            # The bytes first: a row promises that they are there.
            await self._store.put(sha256, file, media_type)
            await self._table.keep(kept, by)
            return kept

    async def find(self, sha256: str, eyes: Eyes) -> KeptFile:
        """The file, if they may read it. Raises `NotKept`, alike for what there is not and what is not for them."""
        try:
            found = await self._table.readable(checked_hash(sha256), eyes)
        except ValueError:
            found = None
        if found is None:
            raise NotKept("There is no such file, or it is not yours to read.")
        return found

    def read(self, file: KeptFile) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """The bytes of a file that was found. Entering raises `NotKept` where its place lost it, or `StoreError`."""
        return self._store.read(file.sha256)

    async def _receive(self, pieces: AsyncIterator[bytes], came: Path) -> None:
        size = 0
        try:
            async with asyncio.timeout(self._upload_seconds):
                with _new(came) as opened:
                    while (piece := await self._next_of(pieces)) is not None:
                        size += len(piece)
                        if size > MAX_ATTACHMENT_BYTES:
                            raise TooLarge(say("A file has at most {most} MB; send a smaller one.", most=_MEGABYTES))
                        opened.write(piece)
        except TimeoutError:
            raise TooSlow(
                say(
                    "An upload has {seconds} seconds, and {next} for the next piece of it.",
                    seconds=f"{self._upload_seconds:g}",
                    next=f"{self._piece_seconds:g}",
                )
            ) from None
        if size == 0:
            raise FileRefused(say("The file is empty."))

    async def _next_of(self, pieces: AsyncIterator[bytes]) -> bytes | None:
        """The next piece in time; None at the end."""
        async with asyncio.timeout(self._piece_seconds):
            return await anext(pieces, None)

    async def _cleaned(self, came: Path, drawn: Path, said: str) -> tuple[Path, str]:
        """The file as it is kept, and its media type."""
        media_type = media_type_of(await asyncio.to_thread(_head, came))
        if media_type in PICTURES:
            await self._redrawing.redraw(came, drawn, media_type)
        else:
            await asyncio.to_thread(_CHECKS.get(media_type, clean_video), came)
        check_said(said, media_type)
        return (drawn if media_type in PICTURES else came), media_type

    @contextmanager
    def _turn_of(self, by: Bringer) -> Iterator[None]:
        if self._under_way[by] >= OF_ONE_AT_ONCE or self._under_way.total() >= AT_ONCE:
            raise TooMany(say("Too many files are being uploaded at this moment; try again in a minute."))
        self._under_way[by] += 1
        try:
            yield
        finally:
            self._under_way[by] -= 1
            if not self._under_way[by]:
                del self._under_way[by]


def _new(path: Path) -> IO[bytes]:
    return path.open("xb")


def _head(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(HEAD)


def _hash_and_size(file: Path) -> tuple[str, int]:
    with file.open("rb") as opened:
        return file_digest(opened, "sha256").hexdigest(), file.stat().st_size
