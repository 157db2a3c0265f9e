"""Pictures are drawn anew, each by a program of its own that may use little and may die: `redraw.py` says what is kept.

A process and not a thread, since what a decoder takes can only be bounded for a process, and what it breaks is then its
own. It starts in a tenth of a second, and knows nothing: no setting, no connection, no other file.
"""

import asyncio
import sys
from pathlib import Path
from typing import Final

from activities.files.redraw import MAY_NOT
from activities.files.refusals import FileRefused
from workflows.messages.sentences import Sentence, say

MAX_PIXELS: Final = 50_000_000
"""Of a JPEG: the largest photo of usual phones has 49.9 million."""
MAX_PIXELS_OF_OTHERS: Final = 25_000_000
"""Of another picture, of all its frames together: they need more memory for each. A screen has 8 million."""
MAX_MEMORY: Final = 1024 * 1024**2
"""Bytes of address space of the program: twice what the largest picture was seen to take."""
MAX_SECONDS: Final = 20
"""Of CPU: the largest photo takes 3."""
MAX_WAIT: Final = 60.0
"""Seconds on the clock, which a busy machine needs more of."""
AT_ONCE: Final = 2
"""Pictures that are drawn at the same time by one process; the others wait."""
PHOTO: Final = "image/jpeg"
_PROGRAM: Final = Path(__file__).with_name("redraw.py")


class Redrawing:
    """Draws pictures anew, a few at a time."""

    def __init__(
        self,
        max_pixels: int = MAX_PIXELS,
        max_pixels_of_others: int = MAX_PIXELS_OF_OTHERS,
        max_memory: int = MAX_MEMORY,
        max_seconds: int = MAX_SECONDS,
        max_wait: float = MAX_WAIT,
    ) -> None:
        self._max_pixels = {PHOTO: max_pixels}
        self._max_pixels_of_others = max_pixels_of_others
        self._limits = (str(max_memory), str(max_seconds))
        self._max_wait = max_wait
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def redraw(self, source: Path, target: Path, media_type: str) -> None:
        """Draw the picture at `source`, of this type, anew at `target`. Raises `FileRefused`."""
        limits = (str(self._max_pixels.get(media_type, self._max_pixels_of_others)), *self._limits)
        async with self._turns:
            # -I: neither the environment nor the folder that we run in says what it imports.
            program = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", str(_PROGRAM), str(source), str(target), media_type, *limits),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={},
            )
            try:
                async with asyncio.timeout(self._max_wait):
                    told, _ = await program.communicate()
            except TimeoutError:
                raise FileRefused(
                    say("The picture takes too long to be looked at; save it anew, or send a photo of it.")
                ) from None
            finally:
                if program.returncode is None:
                    program.kill()
                    await program.wait()
        if program.returncode != 0:
            word = told.decode(errors="replace") if program.returncode == MAY_NOT else ""
            raise FileRefused(_why(word, self._max_pixels.get(media_type, self._max_pixels_of_others)))


def _why(word: str, max_pixels: int) -> Sentence:
    """Why the picture is not taken, by the program's last word."""
    match word:
        case "pixels":
            return say(
                "The picture has more than {most} million pixels; save it anew, or send a smaller one.",
                most=max_pixels // 1_000_000,
            )
        case "memory":
            return say("The picture takes too much memory to be looked at; save it anew, or send a smaller one.")
        case "broken":
            return say(
                "The picture cannot be read to its end: it is broken, or it is none; save it anew, or send a smaller "
                "one."
            )
    return say("The picture cannot be looked at; save it anew, or send a smaller one.")
