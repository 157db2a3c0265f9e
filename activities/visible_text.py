"""What a person is shown of words that somebody else wrote: what stands there is what was written, in that order."""

from typing import Final

TURNING: Final = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""They turn the direction of what follows: `gpj.exe` reads as `exe.jpg`, and an amount backwards."""
WITHOUT_WIDTH: Final = "\u00ad\u034f\u180e\u200b\u200c\u200d\u2060\u2061\u2062\u2063\u2064\ufeff" + "".join(
    map(chr, range(0xE0000, 0xE0080))
)
"""Nobody sees them: two ids that look the same are two, and tags carry words that only programs read."""
SEPARATORS: Final = "\u0085\u2028\u2029"
"""They begin a line where the writer's own program shows none."""
_SHOWN: Final = str.maketrans({**dict.fromkeys(TURNING + WITHOUT_WIDTH), **dict.fromkeys(SEPARATORS, " ")})


def visible_text(text: str) -> str:
    """`text` without characters that turn or hide what others show; a separator of lines is a space."""
    return text.translate(_SHOWN)
