"""What a file is, by its first bytes and never by its name. That it is one throughout is then shown by who cleans it:
`pictures.py`, `videos.py`, `documents.py`.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from activities.files.refusals import WrongType
from workflows.messages.complaints import shown
from workflows.messages.sentences import Sentence, say

HEAD: Final = 64
"""Bytes that say what a file is."""
TAKEN: Final = say("JPEG, PNG, WebP or GIF pictures, MP4 or MOV videos, PDF and plain text")
PICTURES: Final[Mapping[str, re.Pattern[bytes]]] = MappingProxyType(
    {
        "image/jpeg": re.compile(rb"\xff\xd8\xff"),
        "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
        "image/webp": re.compile(rb"RIFF....WEBP", re.DOTALL),
        "image/gif": re.compile(rb"GIF8[79]a"),
    }
)
VIDEOS: Final[Mapping[str, re.Pattern[bytes]]] = MappingProxyType(
    {
        "video/mp4": re.compile(rb"....ftyp(isom|iso[2-9]|mp4[12]|avc1|hvc1|M4V |MSNV|dash|mmp4)", re.DOTALL),
        "video/quicktime": re.compile(rb"....ftypqt  ", re.DOTALL),
    }
)
PDF: Final = "application/pdf"
TEXT: Final = "text/plain"
OTHERS: Final[Mapping[str, re.Pattern[bytes]]] = MappingProxyType({PDF: re.compile(rb"%PDF-[12]\.\d")})
INSTEAD: Final[tuple[tuple[re.Pattern[bytes], Sentence], ...]] = (
    (
        re.compile(rb"....ftyp(hei[cfmsx]|hev[cx]|mif1|msf1|avi[fs])", re.DOTALL),
        say("This is a HEIC or AVIF picture, which many browsers do not show: send it as JPEG."),
    ),
    (
        re.compile(rb"PK\x03\x04"),
        say("This is an archive or an office document: send what is in it, a document as PDF."),
    ),
)
"""What people mean well, and what they can do."""
NOTHING_SAID: Final = ("", "application/octet-stream", "application/x-www-form-urlencoded")
"""Media types that say nothing about a file: the last is what curl says where nobody tells it."""


def media_type_of(head: bytes) -> str:
    """The media type by the first `HEAD` bytes; what no signature tells is taken for text, and must prove to be it.

    Raises `WrongType`, with what would be right, for what is known not to be kept.
    """
    for known in (PICTURES, VIDEOS, OTHERS):
        for media_type, signature in known.items():
            if signature.match(head):
                return media_type
    for signature, told in INSTEAD:
        if signature.match(head):
            raise WrongType(told)
    return TEXT


def check_said(said: str, found: str) -> None:
    """A picture that is said to be one, and is a text, is somebody's trick. Raises `WrongType`.

    Only what stands before the slash counts: a PNG that is called `photo.jpg` is nobody's.
    """
    said = said.partition(";")[0].strip().lower()
    if said not in NOTHING_SAID and said.partition("/")[0] != found.partition("/")[0]:
        raise WrongType(
            say("This is said to be {said}, and is {found}: send it as what it is.", said=shown(said), found=found)
        )
