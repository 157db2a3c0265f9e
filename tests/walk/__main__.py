"""`python -m tests.walk --seed SEED --steps STEPS --kept FILE`: walks in several processes, and goes on where a run of
this seed was stopped. Ends with 1 if a walk has found something, which it prints as Python."""

import argparse
import sys
from functools import partial
from pathlib import Path

from tests.walk.parts import walked
from tests.walk.walk import Gone


def main() -> None:
    """Walks, says how far it is, and what was found."""
    arguments = argparse.ArgumentParser(prog="python -m tests.walk", description=__doc__)
    arguments.add_argument("--seed", required=True, help="the same seed walks the same walks")
    arguments.add_argument("--steps", type=int, required=True, help="at least so many")
    arguments.add_argument("--kept", type=Path, help="a file that keeps what is done")
    asked = arguments.parse_args()
    shown: set[str] = set()
    gone = walked(asked.seed, asked.steps, asked.kept, partial(_tell, shown))
    sys.stdout.write(f"\n{_said(gone)}\n")
    sys.exit(bool(gone.found))


def _tell(shown: set[str], gone: Gone) -> None:
    """How far it is; and what was found, as soon as it is: the whole walk takes half an hour."""
    for found in gone.found:
        if found not in shown:
            sys.stdout.write(f"\n{found}\n")
            shown.add(found)
    sys.stdout.flush()
    sys.stderr.write(f"\r{_said(gone)}")
    sys.stderr.flush()


def _said(gone: Gone) -> str:
    share = 100 * gone.in_open_orders // max(1, gone.steps)
    return f"{gone.steps} steps in {gone.walks} walks, {share} % in open orders, {len(gone.found)} found"


if __name__ == "__main__":
    main()
