"""`python -m benchmarks.gateway`: what the gateway costs, beside the same without it, and among a million orders.

The parts have a file each (`gateway_*.py`), and are parts of `benchmarks.orders`, which prints them.
"""

import sys
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from benchmarks.gateway_commands import commands
from benchmarks.gateway_lists import lists
from benchmarks.gateway_reads import reads
from benchmarks.parts import Part

GATEWAY: Final[Mapping[str, Part]] = MappingProxyType({"commands": commands, "reads": reads, "lists": lists})
"""Its parts."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure them all, or those that `--only` names; the exit code."""
    from benchmarks.orders import main as measured  # noqa: PLC0415 - which has these parts among its own

    given = list(sys.argv[1:] if arguments is None else arguments)
    if "--only" not in given:
        given += [word for name in GATEWAY for word in ("--only", name)]
    return measured(given)


if __name__ == "__main__":
    sys.exit(main())
