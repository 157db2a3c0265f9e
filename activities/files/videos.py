"""Videos keep their pictures and sound. Whatever else stands in them, such as where they were taken, is written over.

An MP4 or MOV file is a tree of boxes, and its pictures are found by their distance from the file's beginning. So
nothing is taken out of it, which would move them: a box that must not go on becomes a free one, full of zeros. The
libraries that could do it write the whole file anew, with all the decoders that there are.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice, repeat
from pathlib import Path
from struct import unpack
from typing import IO, Final

from activities.files.refusals import FileRefused
from workflows.messages.sentences import say

MAX_BOXES: Final = 100_000
"""In one video, and of the samples of a track that is written over, and of the chunks of all such tracks; an hour has
as many."""
MAX_DEPTH: Final = 8
ZEROS: Final = 256 * 1024
"""Bytes that are written over at once."""
WITHIN: Final = frozenset(b"moov trak mdia minf stbl moof traf mvex edts".split())
"""Boxes that are looked into."""
AT_TOP: Final = frozenset(b"ftyp styp moov mdat moof mfra sidx ssix prft".split())
"""What a video is made of. All else that stands there, also free space, is written over."""
NEVER: Final = frozenset(b"udta meta uuid free skip".split())
"""Where, by what, when and by whom it was taken, wherever they stand."""
SEEN_OR_HEARD: Final = (b"vide", b"soun")
"""Tracks that are kept. Others hold words or measurements, such as positions second by second."""
_UNREADABLE: Final = say("The video cannot be read to its end: it is broken, or it is none. Save it anew, as MP4.")
_NOT_TAKEN_APART: Final = say(
    "The video holds a track of measurements, such as positions, in a form that cannot be removed. Save it anew, as "
    "MP4."
)


@dataclass(frozen=True, slots=True)
class Box:
    """Bytes of a file: from `start` on its head, from `body` on what it holds, up to `end`."""

    kind: bytes
    start: int
    body: int
    end: int


class _Reader:
    """The boxes of an open file, as many as one has patience for."""

    def __init__(self, opened: IO[bytes]) -> None:
        self._opened = opened
        self.size = os.fstat(opened.fileno()).st_size
        self._patience = MAX_BOXES

    def boxes(self, start: int, end: int) -> Iterator[Box]:
        """Those between two places, one after the other, without gaps. Raises `FileRefused`."""
        while start < end:
            self._patience -= 1
            size, kind = unpack(">I4s", self.bytes_at(start, 8))
            body = start + 8
            if size == 1:
                size, body = unpack(">Q", self.bytes_at(body, 8))[0], body + 8
            elif size == 0:
                size = end - start
            if self._patience < 0 or not body <= start + size <= end:
                raise FileRefused(_UNREADABLE)
            yield Box(kind, start, body, start + size)
            start += size

    def one(self, within: Box, *path: bytes) -> Box:
        """The box to which the path leads. Raises `FileRefused` where it leads nowhere."""
        for kind in path:
            found = next((box for box in self.boxes(within.body, within.end) if box.kind == kind), None)
            if found is None:
                raise FileRefused(_UNREADABLE)
            within = found
        return within

    def bytes_at(self, start: int, length: int) -> bytes:
        self._opened.seek(start)
        found = self._opened.read(length)
        if len(found) != length:
            raise FileRefused(_UNREADABLE)
        return found

    def numbers(self, box: Box, skipped: int, form: str = "I") -> tuple[int, ...]:
        """The list that a table holds: behind version, flags and `skipped` bytes its length, and then the numbers."""
        start = box.body + 4 + skipped
        length = unpack(">I", self.bytes_at(start, 4))[0]
        size = {"I": 4, "Q": 8, "III": 12}[form]
        if length > MAX_BOXES or start + 4 + length * size > box.end:
            raise FileRefused(_UNREADABLE)
        return unpack(f">{form * length}", self.bytes_at(start + 4, length * size))


def clean_video(file: Path) -> None:
    """Write over, in the file itself, what must not go on. Raises `FileRefused` for what cannot be read to its end."""
    with file.open("r+b") as opened:
        reader = _Reader(opened)
        whole = Box(b"", 0, 0, reader.size)
        films = [box for box in reader.boxes(0, reader.size) if box.kind == b"mdat"]
        reader.one(whole, b"moov")
        unwanted = list(_unwanted(reader, whole))
        tracks = [box for box in unwanted if box.kind == b"trak"]
        samples = list(islice(chain.from_iterable(_samples(reader, box) for box in tracks), MAX_BOXES + 1))
        in_parts = any(box.kind == b"moof" for box in reader.boxes(0, reader.size))
        if in_parts and any(box.kind == b"trak" for box in unwanted):
            raise FileRefused(_NOT_TAKEN_APART)
        # Each byte of a film is one sample's: chunks that lie over one another would have it written over and over,
        # some megabytes a hundred thousand times.
        if len(samples) > MAX_BOXES or sum(end - start for start, end in samples) > reader.size:
            raise FileRefused(_NOT_TAKEN_APART)
        for start, end in samples:
            if not any(film.body <= start <= end <= film.end for film in films):
                raise FileRefused(_NOT_TAKEN_APART)
            _write_zeros(opened, start, end)
        for box in unwanted:
            _write_zeros(opened, box.body, box.end)
            opened.seek(box.start + 4)
            opened.write(b"free")


def _unwanted(reader: _Reader, within: Box, depth: int = 0) -> Iterator[Box]:
    if depth > MAX_DEPTH:
        raise FileRefused(_UNREADABLE)
    for box in reader.boxes(within.body, within.end):
        known = box.kind in AT_TOP if depth == 0 else box.kind not in NEVER
        if not known or (box.kind == b"trak" and _handler(reader, box) not in SEEN_OR_HEARD):
            yield box
        elif box.kind in WITHIN:
            yield from _unwanted(reader, box, depth + 1)


def _handler(reader: _Reader, track: Box) -> bytes:
    """What a track is for."""
    told = reader.one(track, b"mdia", b"hdlr")
    return reader.bytes_at(told.body + 8, 4)


def _samples(reader: _Reader, track: Box) -> Iterator[tuple[int, int]]:
    """Where in the file the contents of a track lie: chunk after chunk, each with as many samples as a table says."""
    table = reader.one(track, b"mdia", b"minf", b"stbl")
    sizes = iter(_sizes(reader, reader.one(table, b"stsz")))
    runs = reader.numbers(reader.one(table, b"stsc"), 0, "III")
    in_chunk = dict(zip(runs[::3], runs[1::3], strict=True))
    wide = any(box.kind == b"co64" for box in reader.boxes(table.body, table.end))
    starts = reader.numbers(reader.one(table, b"co64" if wide else b"stco"), 0, "Q" if wide else "I")
    samples = 0
    for number, start in enumerate(starts, 1):
        samples = in_chunk.get(number, samples)
        yield start, start + sum(islice(sizes, samples))


def _sizes(reader: _Reader, table: Box) -> Iterable[int]:
    each, count = unpack(">II", reader.bytes_at(table.body + 4, 8))
    if each and count <= MAX_BOXES:
        return repeat(each, count)
    return reader.numbers(table, 4)


def _write_zeros(opened: IO[bytes], start: int, end: int) -> None:
    opened.seek(start)
    for left in range(end - start, 0, -ZEROS):
        opened.write(bytes(min(left, ZEROS)))
