"""Pictures that are drawn anew: what goes on of them, and what does not."""

import asyncio
import random
import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import pytest
from PIL import Image, ImageChops, ImageCms, ImageStat
from PIL.PngImagePlugin import PngInfo

from activities.files.kinds import PICTURES
from activities.files.pictures import MAX_PIXELS, MAX_PIXELS_OF_OTHERS, Redrawing
from activities.files.redraw import MAX_PROFILE, NotDrawn, redraw
from activities.files.refusals import FileRefused

CANARY: Final = "48.20817N"
"""Stands wherever a picture can say something."""
XMP: Final = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{CANARY}</x:xmpmeta>".encode()
FORMATS: Final = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/gif": "GIF"}
SOME: Final = Image.frombytes("RGB", (16, 12), random.Random(1).randbytes(16 * 12 * 3)).resize((64, 48))


def exif(orientation: int = 6) -> Image.Exif:
    """What a telephone says of a photo."""
    made = Image.Exif()
    made[0x0112] = orientation
    made[0x010F] = CANARY
    made.get_ifd(0x8825).update({1: "N", 2: (48.0, 12.0, 29.4), 29: CANARY})
    return made


def said_everywhere() -> dict[str, dict[str, Any]]:
    """Media type → Pillow's options for a picture that says where it was taken wherever it can."""
    words = PngInfo()
    words.add_text("Comment", CANARY)
    words.add_text("Raw profile type exif", CANARY, zip=False)
    words.add_itxt("XML:com.adobe.xmp", XMP.decode())
    return {
        "image/jpeg": {"exif": exif(), "xmp": XMP, "comment": CANARY.encode()},
        "image/png": {"exif": exif(), "pnginfo": words},
        "image/webp": {"exif": exif(), "xmp": XMP},
        "image/gif": {"comment": CANARY.encode()},
    }


def saved(picture: Image.Image, media_type: str, **options: Any) -> bytes:
    made = BytesIO()
    picture.save(made, FORMATS[media_type], **options)
    return made.getvalue()


Draw = Callable[..., Image.Image]


@pytest.fixture
def drawn(tmp_path: Path) -> Draw:
    """Draws a picture anew, in this process, and opens what came of it."""

    def draw(content: bytes, media_type: str, max_pixels: int = MAX_PIXELS) -> Image.Image:
        (tmp_path / "came").write_bytes(content)
        redraw(tmp_path / "came", tmp_path / "drawn", media_type, max_pixels)
        return Image.open(tmp_path / "drawn")

    return draw


def difference(one: Image.Image, other: Image.Image) -> float:
    """Of two pictures, at the mean, of 255."""
    return max(ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean)


@pytest.mark.parametrize("media_type", PICTURES)
def test_where_it_was_taken_is_gone_and_what_was_put_behind_it_too(
    drawn: Draw, tmp_path: Path, media_type: str
) -> None:
    came = saved(SOME, media_type, **said_everywhere()[media_type]) + f"<script>{CANARY}</script>".encode()
    assert came.count(CANARY.encode()) > 1, "it says so"
    picture = drawn(came, media_type)
    assert CANARY.encode() not in (tmp_path / "drawn").read_bytes()
    assert b"<script>" not in (tmp_path / "drawn").read_bytes()
    assert not picture.getexif().get_ifd(0x8825)
    assert (picture.format, picture.size) == (FORMATS[media_type], SOME.size)


@pytest.mark.parametrize("media_type", ["image/jpeg", "image/png", "image/webp"])
@pytest.mark.parametrize("orientation", [1, 3, 8])
def test_it_lies_as_it_lay(drawn: Draw, media_type: str, orientation: int) -> None:
    told = drawn(saved(SOME, media_type, exif=exif(orientation)), media_type).getexif()
    assert dict(told) == ({} if orientation == 1 else {0x0112: orientation})


@pytest.mark.parametrize("orientation", [0, 9, 65_000])
def test_a_way_to_lie_that_there_is_not_is_dropped(drawn: Draw, orientation: int) -> None:
    assert not dict(drawn(saved(SOME, "image/jpeg", exif=exif(orientation)), "image/jpeg").getexif())


@pytest.mark.parametrize(
    ("mode", "media_type", "options"),
    [
        ("RGB", "image/png", {}),
        ("RGBA", "image/png", {}),
        ("LA", "image/png", {}),
        ("P", "image/png", {"transparency": 3}),
        ("1", "image/png", {}),
        ("I;16", "image/png", {}),
        ("RGB", "image/webp", {"lossless": True}),
        ("RGBA", "image/webp", {"lossless": True}),
        ("P", "image/gif", {}),
        ("L", "image/jpeg", {}),
        ("CMYK", "image/jpeg", {}),
    ],
)
def test_what_one_sees_is_the_same(drawn: Draw, mode: str, media_type: str, options: dict[str, Any]) -> None:
    given = Image.frombytes(mode, (8, 8), bytes(range(128))) if mode == "I;16" else SOME.convert(mode)
    before = Image.open(BytesIO(saved(given, media_type, **options)))
    after = drawn(saved(given, media_type, **options), media_type)
    assert (after.mode, after.info.get("transparency")) == (before.mode, before.info.get("transparency"))
    assert difference(before, after) < 0.5


@pytest.mark.parametrize("options", [{"quality": 60}, {"quality": 95, "subsampling": 0}, {"progressive": True}])
def test_a_photo_is_drawn_by_the_tables_by_which_it_was_made(
    drawn: Draw, tmp_path: Path, options: dict[str, Any]
) -> None:
    content = saved(SOME, "image/jpeg", **options)
    before, after = Image.open(BytesIO(content)), drawn(content, "image/jpeg")
    assert after.quantization == before.quantization  # type: ignore[attr-defined]  # a JPEG's
    assert bool(after.info.get("progressive")) == bool(before.info.get("progressive"))
    # Made of noise, whose colours hardly survive that only every second one is kept: its light tells.
    assert difference(before.convert("L"), after.convert("L")) < 1
    assert (tmp_path / "drawn").stat().st_size < 1.1 * len(content)


def test_a_picture_that_loses_something_anyway_stays_small(drawn: Draw, tmp_path: Path) -> None:
    photo = Image.effect_noise((300, 200), 60)
    content = saved(photo.convert("RGB"), "image/webp", quality=60)
    drawn(content, "image/webp")
    assert (tmp_path / "drawn").stat().st_size < len(saved(photo, "image/webp", lossless=True))


def test_of_a_photo_with_a_second_one_behind_it_the_first_is_drawn(drawn: Draw) -> None:
    made = BytesIO()
    SOME.save(made, "MPO", save_all=True, append_images=[SOME.rotate(180)], exif=exif())
    picture = drawn(made.getvalue(), "image/jpeg")
    assert (picture.format, getattr(picture, "n_frames", 1)) == ("JPEG", 1)
    assert difference(SOME, picture) < 20, "it is the first"


@pytest.mark.parametrize("media_type", ["image/gif", "image/webp", "image/png"])
def test_an_animation_runs_as_it_ran(drawn: Draw, media_type: str) -> None:
    frames = [SOME.rotate(90 * number) for number in range(4)]
    options = {"save_all": True, "append_images": frames[1:], "duration": [100, 200, 300, 400], "loop": 3}
    before = Image.open(BytesIO(saved(frames[0], media_type, **options)))
    after = drawn(saved(frames[0], media_type, **options), media_type)
    assert (after.n_frames, after.info["loop"]) == (4, 3)  # type: ignore[attr-defined]  # of an animation
    for number in range(4):
        before.seek(number)
        after.seek(number)
        before.load()
        after.load()
        assert after.info["duration"] == before.info["duration"]
        assert difference(before, after) < 10


def test_the_colour_profile_stays_unless_it_is_too_large(drawn: Draw) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for given, kept in (
        (profile, True),
        (profile.ljust(MAX_PROFILE, b"\0"), True),
        (profile.ljust(MAX_PROFILE + 1), False),
    ):
        picture = drawn(saved(SOME, "image/jpeg", icc_profile=given), "image/jpeg")
        assert picture.info.get("icc_profile") == (given if kept else None)


@pytest.mark.parametrize("media_type", PICTURES)
def test_too_many_pixels_are_one_more_than_may_be(drawn: Draw, media_type: str) -> None:
    content, pixels = saved(SOME, media_type), SOME.width * SOME.height
    assert drawn(content, media_type, pixels).size == SOME.size
    with pytest.raises((NotDrawn, Image.DecompressionBombWarning, Image.DecompressionBombError)):
        drawn(content, media_type, pixels - 1)


def test_the_pixels_of_all_frames_count(drawn: Draw) -> None:
    frames = [SOME.rotate(90 * number) for number in range(3)]
    content = saved(frames[0], "image/gif", save_all=True, append_images=frames[1:])
    pixels = 3 * SOME.width * SOME.height
    assert drawn(content, "image/gif", pixels).n_frames == 3  # type: ignore[attr-defined]  # of an animation
    with pytest.raises(NotDrawn):
        drawn(content, "image/gif", pixels - 1)


def png(width: int, height: int, *, rows: int = 0) -> bytes:
    """A PNG that says how large it is, and brings so many rows of zeros, which take nearly no place."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    pressed = zlib.compressobj(9)
    lines = b"".join(pressed.compress(bytes(1 + 3 * width)) for _ in range(rows)) + pressed.flush()
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


async def redrawn(tmp_path: Path, content: bytes, media_type: str, **limits: Any) -> Image.Image:
    """By a program of its own."""
    (tmp_path / "came").write_bytes(content)
    await Redrawing(**limits).redraw(tmp_path / "came", tmp_path / "drawn", media_type)
    return Image.open(tmp_path / "drawn")


async def test_a_program_of_its_own_draws_it(tmp_path: Path) -> None:
    content = saved(SOME, "image/jpeg", **said_everywhere()["image/jpeg"])
    assert dict((await redrawn(tmp_path, content, "image/jpeg")).getexif()) == {0x0112: 6}


@pytest.mark.parametrize(
    ("content", "media_type", "told"),
    [
        (png(60_000, 60_000, rows=10), "image/png", "more than 25 million pixels"),
        (png(5_001, 5_000), "image/png", "more than 25 million pixels"),
        (saved(SOME, "image/jpeg")[:-200], "image/jpeg", "cannot be read to its end"),
        (saved(SOME, "image/png")[:-200], "image/png", "cannot be read to its end"),
        (b"\xff\xd8\xff<svg onload=alert(1)>", "image/jpeg", "cannot be read to its end"),
        (b"GIF89a=1;alert(1)//", "image/gif", "cannot be read to its end"),
        (saved(SOME, "image/png"), "image/jpeg", "cannot be read to its end"),
    ],
    ids=["bomb", "too large", "cut off", "cut off PNG", "script as JPEG", "script as GIF", "PNG as JPEG"],
)
async def test_what_is_no_picture_is_told_so(tmp_path: Path, content: bytes, media_type: str, told: str) -> None:
    with pytest.raises(FileRefused, match=told):
        await redrawn(tmp_path, content, media_type)
    assert MAX_PIXELS_OF_OTHERS == 25_000_000


async def test_a_picture_that_wants_too_much_memory_is_refused_and_not_its_process_killed(tmp_path: Path) -> None:
    """Within the pixels, so that only the bound of the program itself can tell."""
    with pytest.raises(FileRefused, match="too much memory"):
        await redrawn(tmp_path, png(4_000, 4_000, rows=1), "image/png", max_memory=80 * 1024**2)


async def test_a_picture_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="takes too long"):
        await redrawn(tmp_path, saved(SOME, "image/png"), "image/png", max_wait=0.001)


async def test_more_pictures_than_are_drawn_at_once_wait(tmp_path: Path) -> None:
    redrawing = Redrawing()
    (tmp_path / "came").write_bytes(saved(SOME, "image/png"))
    targets = [tmp_path / str(number) for number in range(3)]
    await asyncio.gather(*(redrawing.redraw(tmp_path / "came", target, "image/png") for target in targets))
    assert all(Image.open(target).size == SOME.size for target in targets)
