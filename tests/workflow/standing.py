"""A run of the tests that stands still with all its servers: `tests/test_interrupted.py` interrupts it.

It is no test of its own, so it bears no name by which pytest would find it.
"""

import asyncio
import os
from datetime import timedelta
from pathlib import Path
from typing import Final

from tests.workflow.theatre import Theatre

NOBODY_COMES: Final = timedelta(minutes=5)
"""Whoever was to interrupt it is gone; it comes within seconds."""


async def test_that_stands_still(theatre: Theatre) -> None:
    """Says so when everything runs: Temporal, Postgres, the payment provider, a worker."""
    await theatre.start()
    Path(os.environ["STANDING_FOLDER"], str(os.getpid())).touch()
    async with asyncio.timeout(NOBODY_COMES.total_seconds()):
        await asyncio.Event().wait()
