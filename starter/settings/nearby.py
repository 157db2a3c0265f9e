"""The stack that `countermand dev` runs in this folder: whoever types beside it, and says nothing else, means it."""

import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from starter.settings.environment import Settings, load_settings

DATA: Final = Path(".countermand")
"""Where `countermand dev` keeps everything, unless it is told otherwise."""
LOCK: Final = "lock"
"""Held by the stack that uses the folder, as long as it lives."""
JOINING: Final = "environment.json"
"""The environment with which one joins the stack."""
SAYS_WHERE: Final = ("TEMPORAL_ADDRESS", "DATABASE_URL")
"""Who sets one of these means another engine."""


def settings_here(environment: Mapping[str, str] | None = None, data: Path = DATA) -> Settings:
    """The settings of this process; where they say of no engine, those of the stack that runs in `data`."""
    given = os.environ if environment is None else environment
    if any(given.get(name) for name in SAYS_WHERE):
        return load_settings(given)
    return load_settings(_joining(data) | dict(given))


def _joining(data: Path) -> dict[str, str]:
    """What the stack in that folder says; nothing, where none runs: what is left of a killed one leads nowhere."""
    if not _runs(data) or not (data / JOINING).exists():
        return {}
    said: dict[str, str] = json.loads((data / JOINING).read_text(encoding="utf-8"))
    return said


def _runs(data: Path) -> bool:
    try:
        with (data / LOCK).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
