"""A picture drawn anew from its pixels: nothing else that it came with goes on. A program of its own, which is handed
one picture, may use little memory and time, and may die of it; `pictures.py` runs it.

Kept are how the picture lies (a number from 1 to 8), its colour profile, what of it can be seen through, and how an
animation runs. Where it was taken, with what, when and by whom, in EXIF, XMP, IPTC, comments, previews or behind the
picture's end, is not.
"""

import resource
import sys
import warnings
from collections.abc import Mapping
from os import SEEK_CUR
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from PIL import GifImagePlugin, Image, ImageSequence

MAX_PROFILE: Final = 1024 * 1024
"""Bytes of a colour profile; one for print has half of it. A larger one is dropped, and colours are a little off."""
ORIENTATION: Final = 0x0112
"""In EXIF, how the picture lies."""
LIES: Final = range(2, 9)
"""What is worth saying of it; 1 is as it stands."""
MAY_NOT: Final = 3
"""This program's end when the picture is not one that is kept; the reason stands in its output."""
WEBP_QUALITY: Final = 92
FORMATS: Final[Mapping[str, str]] = MappingProxyType(
    {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/gif": "GIF"}
)
"""Nothing else is even tried: each format that can be read is one more that somebody may have a trick for."""


class NotDrawn(Exception):
    """It is not drawn. The message says why."""


def redraw(source: Path, target: Path, media_type: str, max_pixels: int) -> None:
    """Draw the picture at `source` anew at `target`. Raises `NotDrawn`, and whatever Pillow makes of a broken one."""
    Image.MAX_IMAGE_PIXELS = max_pixels
    # Pillow warns from that size on, and refuses only what is twice as large.
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    GifImagePlugin.LOADING_STRATEGY = GifImagePlugin.LoadingStrategy.RGB_AFTER_DIFFERENT_PALETTE_ONLY
    form = FORMATS[media_type]
    with Image.open(source, formats=[form]) as picture:
        frames = 1 if form == "JPEG" else getattr(picture, "n_frames", 1)
        if picture.width * picture.height * frames > max_pixels:
            raise NotDrawn("pixels")
        if form == "JPEG":
            _redraw_photo(picture, target)
        else:
            options = {"PNG": {}, "GIF": {"disposal": 2}, "WEBP": _as_before(source)}[form]
            _redraw_frames(picture, target, form, options)


def _redraw_photo(picture: Image.Image, target: Path) -> None:
    """With the tables by which it was made: what was lost then is all that is lost."""
    kept = _kept(picture)
    progressive = bool(picture.info.get("progressive"))
    picture.load()
    picture.info = {}
    # A phone's picture with a second one behind it is another format by name; only the first one is drawn.
    picture.format = "JPEG"
    picture.save(target, "JPEG", quality="keep", optimize=True, progressive=progressive, **kept)


def _redraw_frames(picture: Image.Image, target: Path, form: str, options: Mapping[str, Any]) -> None:
    kept = {**options, **(_kept(picture) if form != "GIF" else {})}
    loop = picture.info.get("loop")
    frames: list[Image.Image] = []
    durations: list[float] = []
    for frame in ImageSequence.Iterator(picture):
        drawn = frame.copy()  # before the look at `info`, part of which is known only then
        durations.append(frame.info.get("duration", 0))
        drawn.info = {name: one for name, one in frame.info.items() if name == "transparency"}
        frames.append(drawn)
    if len(frames) > 1:
        kept |= {"save_all": True, "append_images": frames[1:], "duration": durations}
        kept |= {} if loop is None else {"loop": loop}
    frames[0].save(target, form, **kept)


def _as_before(source: Path) -> dict[str, Any]:
    """Whether a WebP picture has lost nothing, which Pillow does not say; of an animation it is not asked."""
    with source.open("rb") as opened:
        opened.seek(12)
        while len(head := opened.read(8)) == 8:
            if head[:4] in (b"VP8 ", b"VP8L", b"ANMF"):
                return {"lossless": True} if head[:4] == b"VP8L" else {"quality": WEBP_QUALITY}
            size = int.from_bytes(head[4:], "little")
            opened.seek(size + size % 2, SEEK_CUR)
    return {"quality": WEBP_QUALITY}


def _kept(picture: Image.Image) -> dict[str, Any]:
    """How it lies and its colour profile, as Pillow's options."""
    kept: dict[str, Any] = {}
    orientation = picture.getexif().get(ORIENTATION)
    if orientation in LIES:
        exif = Image.Exif()
        exif[ORIENTATION] = orientation
        kept["exif"] = exif
    profile = picture.info.get("icc_profile")
    if profile and len(profile) <= MAX_PROFILE:
        kept["icc_profile"] = profile
    return kept


def main(source: str, target: str, media_type: str, max_pixels: str, max_memory: str, max_seconds: str) -> int:
    """0: it is drawn; `MAY_NOT`: it is not, and the output says why. Any other end: nobody knows."""
    resource.setrlimit(resource.RLIMIT_AS, (int(max_memory), int(max_memory)))
    resource.setrlimit(resource.RLIMIT_CPU, (int(max_seconds), int(max_seconds)))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        redraw(Path(source), Path(target), media_type, int(max_pixels))
    except NotDrawn as error:
        why = str(error)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        why = "pixels"
    except MemoryError:
        why = "memory"
    except Exception:  # noqa: BLE001 - a broken picture makes Pillow raise anything, and all of it means this
        why = "broken"
    else:
        return 0
    sys.stdout.write(why)
    return MAY_NOT


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
