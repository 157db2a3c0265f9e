"""Time zones by the rules of the build: the pinned `tzdata` package, and never the files of the system (R42).

Two workers with other files of their systems would count other deadlines, and an order replayed by the second would
freeze. So an update of the package is a change of code: golden histories with zones must go on replaying.
"""

import zoneinfo
from typing import Final
from zoneinfo import ZoneInfo

NOWHERE: Final = ()
"""The folders in which rules are looked for before the package."""


def time_zone(name: str) -> ZoneInfo:
    """The zone of that IANA name. Raises `KeyError`, `ValueError` or `OSError` where the package has none."""
    # Of the process, not of this call: whatever else asks for a zone here must not bring other rules into the cache.
    if zoneinfo.TZPATH != NOWHERE:
        zoneinfo.reset_tzpath(NOWHERE)
        ZoneInfo.clear_cache()
    return ZoneInfo(name)
