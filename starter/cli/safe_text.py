"""Words of others on a terminal: what they wrote, and nothing that it would obey."""

import unicodedata

from activities.visible_text import visible_text


def safe(text: str) -> str:
    """`text` in one line, without control characters: a terminal would obey them, and a signal's name may come from
    anybody."""
    shown = visible_text(text)
    return "".join(" " if c in "\t\n\r" else "\ufffd" if unicodedata.category(c) == "Cc" else c for c in shown)
