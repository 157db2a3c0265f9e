"""Files in a bucket: S3, and whatever speaks as it does. The library reads the credentials itself, as every AWS client
does: `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, or what the machine's role says.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

from obstore.exceptions import BaseError
from obstore.store import S3Store

from activities.files.stores import NotKept, StoreError, checked_hash

TIMEOUT: Final = timedelta(seconds=30)
"""For one request: 10 MB at 3 Mbit/s."""
CONNECT_TIMEOUT: Final = timedelta(seconds=5)
TRIES_WITHIN: Final = timedelta(seconds=20)
"""For a request and its repetitions: whoever uploads waits for it."""
RETRIES: Final = 3
PIECE: Final = 1024 * 1024
"""Bytes that one request brings."""


class BucketStore:
    """A bucket as a place for files."""

    def __init__(self, bucket: str, prefix: str = "", endpoint: str | None = None, region: str | None = None) -> None:
        """The place under `prefix` in `bucket`, at AWS or at the server of `endpoint`. Connects to nobody yet."""
        told = {name: value for name, value in (("endpoint", endpoint), ("region", region)) if value}
        self._store = S3Store(
            bucket,
            prefix=prefix or None,
            # The server then finds out itself whether each byte came as it was sent.
            checksum_algorithm="SHA256",
            client_options={
                "allow_http": bool(endpoint and endpoint.startswith("http://")),
                "timeout": TIMEOUT,
                "connect_timeout": CONNECT_TIMEOUT,
            },
            retry_config={"max_retries": RETRIES, "retry_timeout": TRIES_WITHIN},
            **told,  # type: ignore[arg-type]  # its options by name
        )

    async def put(self, sha256: str, source: Path, media_type: str) -> None:
        """In one request, which the server keeps whole or not at all; written again it is the same."""
        try:
            await self._store.put_async(
                checked_hash(sha256), source, attributes={"Content-Type": media_type}, use_multipart=False
            )
        except (BaseError, OSError) as error:
            raise _away(error) from None

    async def exists(self, sha256: str) -> bool:
        try:
            await self._store.head_async(checked_hash(sha256))
        except FileNotFoundError:
            return False
        except (BaseError, OSError) as error:
            raise _away(error) from None
        return True

    @asynccontextmanager
    async def read(self, sha256: str) -> AsyncIterator[AsyncIterator[bytes]]:
        try:
            found = await self._store.head_async(checked_hash(sha256))
        except FileNotFoundError:
            raise NotKept(f"File {sha256} is not in the bucket.") from None
        except (BaseError, OSError) as error:
            raise _away(error) from None
        yield self._pieces(sha256, found["size"])

    async def _pieces(self, sha256: str, size: int) -> AsyncIterator[bytes]:
        """Each by a request of its own: one for all would run into its timeout where the reader is slow."""
        try:
            for start in range(0, size, PIECE):
                piece = await self._store.get_range_async(sha256, start=start, end=min(start + PIECE, size))
                yield piece.to_bytes()
        except (BaseError, OSError) as error:
            raise _away(error) from None


def _away(error: Exception) -> StoreError:
    """The library tells a line for people, and then its own insides."""
    return StoreError(f"The bucket for files cannot be used: {str(error).partition(chr(10))[0]}")
