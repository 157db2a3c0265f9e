"""What Postgres knows of files: what each is, who has brought it, and who may read it. Their bytes lie elsewhere."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import asyncpg

from activities.database import DATABASE_ERRORS
from activities.files.stores import StoreError
from activities.sql import query
from workflows.messages.values import Role

DAY: Final = timedelta(days=1)
MAX_A_DAY: Final = 300
"""Files that one party brings within a day: twice what all rounds of evidence of three disputes take."""


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file that is kept: what evidence says of it, but where it lies."""

    sha256: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Bringer:
    """Who uploads. `role` is empty for a program of the marketplace that acts for nobody."""

    role: str
    id: str


@dataclass(frozen=True, slots=True)
class Eyes:
    """Who wants to read: through whose eyes (None: an outsider's), and of which buyer's or seller's orders (None: all
    of them)."""

    role: Role | None
    buyer_id: str | None = None
    seller_id: str | None = None

    def __post_init__(self) -> None:
        sides = {Role.BUYER: self.buyer_id, Role.SELLER: self.seller_id}
        assert self.role not in sides or sides[self.role] is not None, "a side sees its own orders and no others"


class FileTable:
    """The rows. Everything raises `StoreError` when Postgres is away."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def keep(self, file: KeptFile, by: Bringer) -> None:
        """Note that it is kept, and by whom it was brought; once, however often it comes."""
        await self._row("files/keep", file.sha256, file.media_type, file.size, by.role, by.id)

    async def check_share(self, by: Bringer) -> bool:
        """Whether they may bring one more today."""
        row = await self._row("files/uploaded", by.role, by.id, DAY, MAX_A_DAY)
        assert row is not None, "a count always answers"
        return bool(row[0] < MAX_A_DAY)

    async def readable(self, sha256: str, eyes: Eyes) -> KeptFile | None:
        """The file, if they may read it. That there is none, and that it is not theirs, are one answer and one look."""
        row = await self._row("files/readable", sha256, eyes.role or "", eyes.buyer_id, eyes.seller_id)
        return None if row is None else KeptFile(sha256, row["media_type"], row["size"])

    async def _row(self, name: str, *given: Any) -> asyncpg.Record | None:
        try:
            return await self._pool.fetchrow(query(name), *given)
        except DATABASE_ERRORS as error:
            raise StoreError(f"Postgres cannot be used: {str(error) or type(error).__name__}.") from None
