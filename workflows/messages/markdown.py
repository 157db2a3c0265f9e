"""Text that others wrote, for a place that reads Markdown: it must not become a link or a heading there."""

import re
from typing import Final

_MARKDOWN: Final = re.compile(r"[\\`*_{}\[\]()<>#+!|~&]")
"""What Markdown reads as more than a character."""


_LINKS: Final = re.compile(r"[\[\]()<>]")
"""What a link or a tag cannot do without."""


def without_links(text: str) -> str:
    """`text` without the characters that make links: never longer, where there is no room to escape them."""
    return _LINKS.sub("", text)


def as_it_stands(text: str) -> str:
    """`text` on one line, shown as it was written."""
    return _MARKDOWN.sub(r"\\\g<0>", " ".join(text.split()))
