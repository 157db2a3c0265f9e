"""Explores every state of the process, on two cores, for some minutes."""

import argparse
import sys
import time

from tests.exploration.document import files
from tests.exploration.explored import WORLDS, everything, explored


def main() -> None:
    """Explores; with `--write` it also writes the generated files."""
    parser = argparse.ArgumentParser(prog="python -m tests.exploration", description=__doc__)
    parser.add_argument("--write", action="store_true", help="also write docs/process.md and its pictures anew")
    asked = parser.parse_args()
    started = time.monotonic()
    for world, seen in zip(WORLDS, explored(), strict=True):
        _say(f"{world.name}: {seen.states} states, {seen.edges} edges, {seen.steps} steps, {seen.left} left")
    _say(f"{time.monotonic() - started:.0f} s")
    if asked.write:
        for path, content in files(everything()).items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
            _say(f"wrote {path}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
