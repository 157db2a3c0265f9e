"""Files that nobody but their owner reads: they hold secrets, and what people wrote and paid."""

import os
from pathlib import Path
from typing import IO, Final

OWNER_ONLY: Final = 0o077
"""The umask of everything that the stack starts: what it writes is its owner's."""
FILE: Final = 0o600
FOLDER: Final = 0o700


def write_private(file: Path, text: str) -> None:
    """Write it, readable by us only from its first byte on."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE), "w", encoding="utf-8") as opened:
        opened.write(text)


def append_private(file: Path) -> IO[bytes]:
    """Open it to be written on, readable by us only when it is new."""
    return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, FILE), "ab")


def tighten(folder: Path) -> None:
    """Close a folder, and the files right in it, to everybody else: an earlier version, or a person, made them."""
    folder.chmod(FOLDER)
    for path in folder.iterdir():
        if path.is_file() and not path.is_symlink():
            path.chmod(FILE)
