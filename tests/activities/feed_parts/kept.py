"""The file in which a follower keeps what it has dealt with: a line for each event, and nothing else to remember."""

import os
from pathlib import Path
from typing import BinaryIO


def opened(path: Path) -> tuple[BinaryIO, list[bytes]]:
    """The file at its end, but for a line that is not whole, and the lines that are."""
    known = path.read_bytes() if path.exists() else b""
    whole = known[: known.rfind(b"\n") + 1]
    if known:
        os.truncate(path, len(whole))
    return path.open("ab"), whole.splitlines()


def whole_lines(path: Path) -> list[bytes]:
    """Those that are kept by now."""
    known = path.read_bytes() if path.exists() else b""
    return known[: known.rfind(b"\n") + 1].splitlines()
