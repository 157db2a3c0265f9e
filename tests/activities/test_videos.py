"""Videos whose places and measurements are written over, while all that one sees and hears stays where it was."""

from collections.abc import Sequence
from pathlib import Path
from struct import pack
from typing import Final

import pytest

from activities.files.refusals import FileRefused
from activities.files.videos import MAX_BOXES, MAX_DEPTH, clean_video

CANARY: Final = b"+48.2081+016.3738/"
FILM: Final = b"the pictures of the film"
POSITIONS: Final = (b"at 48.1 16.1", b"at 48.2 16.2", b"at 48.3")
"""Second by second, in a track of their own."""


def box(kind: bytes, *parts: bytes, wide: bool = False) -> bytes:
    content = b"".join(parts)
    if wide:
        return pack(">I4sQ", 1, kind, 16 + len(content)) + content
    return pack(">I4s", 8 + len(content), kind) + content


def table(kind: bytes, numbers: Sequence[int], length: int, form: str = "I", before: bytes = b"") -> bytes:
    return box(kind, bytes(4), before, pack(f">I{form * len(numbers)}", length, *numbers))


def track(handler: bytes, starts: Sequence[int], sizes: Sequence[int], *more: bytes, wide: bool = False) -> bytes:
    """A track: its first chunk has two samples, and every further one has one."""
    samples = (
        table(b"stsz", sizes, len(sizes), before=bytes(4))
        if len(set(sizes)) > 1
        else box(b"stsz", bytes(4), pack(">II", sizes[0], len(sizes)))
    )
    runs = table(b"stsc", [1, 2, 1, 2, 1, 1], 2)
    chunks = table(b"co64", starts, len(starts), "Q") if wide else table(b"stco", starts, len(starts))
    found = box(b"minf", box(b"stbl", samples, runs, chunks))
    return box(b"trak", box(b"mdia", box(b"hdlr", bytes(8), handler, bytes(13)), found), *more)


HEAD: Final = box(b"ftyp", b"isom", bytes(4), b"isommp42")
PLACE: Final = box(b"udta", box(b"\xa9xyz", CANARY))


def video(
    *more_tracks: bytes, in_moov: bytes = b"", at_top: bytes = b"", film: bytes = FILM, wide: bool = False
) -> bytes:
    """A video whose film lies right behind its head, with a place wherever there is room for one."""
    seen = track(b"vide", [len(HEAD) + (16 if wide else 8)], [len(FILM)], PLACE, box(b"meta", CANARY))
    moov = box(b"moov", box(b"mvhd", bytes(100)), seen, *more_tracks, PLACE, in_moov)
    return HEAD + box(b"mdat", film, wide=wide) + moov + box(b"free", CANARY) + box(b"uuid", CANARY) + at_top


def cleaned(tmp_path: Path, content: bytes) -> bytes:
    file = tmp_path / "video"
    file.write_bytes(content)
    clean_video(file)
    return file.read_bytes()


@pytest.mark.parametrize("wide", [False, True])
def test_where_it_was_taken_is_written_over_and_nothing_is_moved(tmp_path: Path, *, wide: bool) -> None:
    came = video(wide=wide)
    assert came.count(CANARY) == 5, "it says so"
    kept = cleaned(tmp_path, came)
    assert CANARY not in kept
    assert (len(kept), kept.index(FILM)) == (len(came), came.index(FILM))
    assert b"udta" not in kept and b"meta" not in kept and b"uuid" not in kept


def test_what_was_cleaned_is_clean(tmp_path: Path) -> None:
    once = cleaned(tmp_path, video())
    assert cleaned(tmp_path, once) == once


@pytest.mark.parametrize("wide", [False, True])
def test_positions_second_by_second_are_written_over_too(tmp_path: Path, *, wide: bool) -> None:
    film = FILM + b"".join(POSITIONS)
    first = len(HEAD) + 8 + len(FILM)
    starts = [first, first + len(POSITIONS[0]) + len(POSITIONS[1])]
    measured = track(b"meta", starts, [len(position) for position in POSITIONS], wide=wide)
    kept = cleaned(tmp_path, video(measured, film=film))
    assert FILM + bytes(sum(map(len, POSITIONS))) in kept
    assert kept.count(b"trak") == 1


def test_samples_of_one_size_are_written_over_too(tmp_path: Path) -> None:
    film = FILM + b"48.1" * 3
    first = len(HEAD) + 8 + len(FILM)
    assert FILM + bytes(12) in cleaned(tmp_path, video(track(b"meta", [first, first + 8], [4, 4, 4]), film=film))


def test_sound_is_heard(tmp_path: Path) -> None:
    film = FILM + b"and its sound"
    heard = track(b"soun", [len(HEAD) + 8 + len(FILM)], [13])
    kept = cleaned(tmp_path, video(heard, film=film))
    assert film in kept and kept.count(b"trak") == 2


@pytest.mark.parametrize(
    "content",
    [
        HEAD,
        HEAD + box(b"mdat", FILM),
        video()[:-1],
        video() + b"<script>",
        video(at_top=b"\0\0\0\7moov"),
        video(at_top=pack(">I4s", 2**31, b"free")),
        video(in_moov=b"\0\0\0\x20trak"),
        video(box(b"trak")),
    ],
    ids=[
        "head only",
        "no moov",
        "cut off",
        "a script behind it",
        "too short",
        "too long",
        "beyond its own",
        "empty track",
    ],
)
def test_what_is_no_video_to_its_end_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(FileRefused, match="cannot be read to its end"):
        cleaned(tmp_path, content)


def test_a_track_that_points_at_something_else_than_the_film_writes_over_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="cannot be removed"):
        cleaned(tmp_path, video(track(b"meta", [4], [8, 8, 8])))


def test_chunks_that_lie_over_one_another_write_over_nothing(tmp_path: Path) -> None:
    """However small the file, they would have it written over as often as there are chunks."""
    inside = len(HEAD) + 8
    apart = track(b"meta", [inside + len(FILM)] * 2, [8, 8, 8])
    assert FILM in cleaned(tmp_path, video(apart, film=FILM + bytes(24))), "three samples are less than the file"
    over = video(track(b"meta", [inside] * 1_000, [len(FILM) // 2] * 1_001))
    assert len(over) < 1_000 * len(FILM) // 2
    with pytest.raises(FileRefused, match="cannot be removed"):
        cleaned(tmp_path, over)
    assert (tmp_path / "video").read_bytes() == over


def test_chunks_have_their_limit_over_all_tracks(tmp_path: Path) -> None:
    inside, half = len(HEAD) + 8 + len(FILM), MAX_BOXES // 2
    empty = track(b"meta", [inside] * half, [1])
    assert FILM in cleaned(tmp_path, video(empty, empty, film=FILM + bytes(2)))
    with pytest.raises(FileRefused, match="cannot be removed"):
        cleaned(tmp_path, video(empty, empty, track(b"meta", [inside], [1]), film=FILM + bytes(2)))


def test_measurements_of_a_video_in_parts_are_not_found_so_it_is_refused(tmp_path: Path) -> None:
    inside = len(HEAD) + 8
    with pytest.raises(FileRefused, match="cannot be removed"):
        cleaned(tmp_path, video(track(b"meta", [inside], [1]), at_top=box(b"moof")))
    assert FILM in cleaned(tmp_path, video(at_top=box(b"moof", box(b"traf", PLACE))))


def test_boxes_have_their_limits(tmp_path: Path) -> None:
    empty = box(b"mvex")
    assert FILM in cleaned(tmp_path, video(at_top=box(b"moof", empty * (MAX_BOXES // 2))))
    with pytest.raises(FileRefused, match="cannot be read to its end"):
        cleaned(tmp_path, video(at_top=box(b"moof", empty * MAX_BOXES)))
    deep = b""
    for _ in range(MAX_DEPTH):
        deep = box(b"moof", deep)
    assert FILM in cleaned(tmp_path, video(at_top=deep))
    with pytest.raises(FileRefused, match="cannot be read to its end"):
        cleaned(tmp_path, video(at_top=box(b"moof", box(b"moof", deep))))


def test_a_table_that_claims_more_than_there_is_is_refused(tmp_path: Path) -> None:
    for length in (4, MAX_BOXES + 1, 2**32 - 1):
        lying = track(b"meta", [len(HEAD) + 8], [1]).replace(
            table(b"stco", [len(HEAD) + 8], 1), table(b"stco", [len(HEAD) + 8], length)
        )
        with pytest.raises(FileRefused, match="cannot be read to its end"):
            cleaned(tmp_path, video(lying))
