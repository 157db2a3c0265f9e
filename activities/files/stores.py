"""Where files lie: what every place promises, by which the rest of the room knows it. The places have modules of their
own, `folder.py` and `bucket.py`; which one it is, `places.py` reads off the setting.
"""

import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Final, Protocol

from workflows.messages.shapes import SHA256

_HASH: Final = re.compile(SHA256)


class StoreError(Exception):
    """The place cannot be used. The message says why, for the log; whoever waits is told to come again."""


class NotKept(Exception):
    """There is no such file in this place. The message names its hash."""


class FileStore(Protocol):
    """A place for files of at most `MAX_ATTACHMENT_BYTES`, each under its hash. What is kept is never changed.

    Everything raises `StoreError` when the place is away, and `ValueError` for what is no hash.
    """

    async def put(self, sha256: str, source: Path, media_type: str) -> None:
        """Keep the file at `source`, whose hash this is. When it returns, the file is kept, also if the power fails.

        The same again changes nothing, and nobody ever reads half of a file.
        """
        ...

    async def exists(self, sha256: str) -> bool:
        """Whether it is kept here."""
        ...

    def read(self, sha256: str) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Its bytes, at most 1 MB of them in memory. Entering raises `NotKept`, so that an answer can still say so."""
        ...


def checked_hash(sha256: str) -> str:
    """The hash, which becomes part of a path. Raises `ValueError` for everything else."""
    if not _HASH.fullmatch(sha256):
        raise ValueError("A file is known by its SHA-256, 64 of the characters 0 to 9 and a to f.")
    return sha256
