"""PDF and plain text: kept as they came, once they have proved to be nothing else."""

import re
from pathlib import Path
from typing import Final

from activities.files.kinds import TAKEN
from activities.files.refusals import FileRefused, WrongType
from workflows.messages.sentences import say

TAIL: Final = 1024
"""Bytes at the end of a PDF within which it says that it ends, as every reader has it."""
_ENDS: Final = re.compile(rb"%%EOF[\s\0]*\Z")
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_MARKUP: Final = re.compile(
    r"<(?:[!?%]|/?(?:html|head|body|script|svg|iframe|object|embed|style|meta|link)\b)", re.IGNORECASE
)
_PROGRAM: Final = re.compile(r"\A\ufeff?\s*#!")


def check_pdf(file: Path) -> None:
    """A PDF ends as one: with something behind it another reader takes it for that. Raises `FileRefused`."""
    with file.open("rb") as opened:
        opened.seek(max(0, file.stat().st_size - TAIL))
        tail = opened.read()
    if not _ENDS.search(tail):
        raise FileRefused(
            say("This PDF does not end as one: it was cut off, or something was put behind it. Save it anew.")
        )


def check_text(file: Path) -> None:
    """Words in UTF-8 and nothing that a browser or a machine would run. Raises `WrongType`."""
    try:
        text = file.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise WrongType(say("It cannot be seen what this is; send {kinds}.", kinds=TAKEN)) from None
    if _CONTROLS.search(text):
        raise WrongType(say("It cannot be seen what this is; send {kinds}.", kinds=TAKEN))
    if _MARKUP.search(text):
        raise WrongType(
            say("This is markup, such as HTML or SVG, which can hold a program; send a picture of it, or a PDF.")
        )
    if _PROGRAM.match(text):
        raise WrongType(say("This is a program; send {kinds}.", kinds=TAKEN))
