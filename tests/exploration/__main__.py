"""Explores every state of the process, on two cores, for some minutes; with `--tables` it explores nothing."""

import argparse
import sys
import time

from tests.exploration.document import DOCUMENT, files, with_tables
from tests.exploration.explored import explored


def main() -> None:
    """Explores, and with `--write` also writes the generated files; with `--tables` only what needs no exploration."""
    parser = argparse.ArgumentParser(prog="python -m tests.exploration", description=__doc__)
    writing = parser.add_mutually_exclusive_group()
    writing.add_argument("--write", action="store_true", help="also write docs/process.md and its pictures anew")
    writing.add_argument(
        "--tables",
        action="store_true",
        help="only write the bounds, deadlines and terms of docs/process.md anew, in a second: they stand in the code",
    )
    asked = parser.parse_args()
    if asked.tables:
        DOCUMENT.write_text(with_tables(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
        _say(f"wrote {DOCUMENT}")
    else:
        _explore(write=asked.write)


def _explore(*, write: bool) -> None:
    started = time.monotonic()
    for name, seen in explored().items():
        _say(f"{name}: {seen.states} states, {seen.edges} edges, {seen.steps} steps, {seen.left} left")
    _say(f"{time.monotonic() - started:.0f} s")
    if write:
        for path, content in files(explored()).items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
            _say(f"wrote {path}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
