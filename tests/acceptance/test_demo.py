"""The README's first command: the demo, as a person runs it."""

import json
import os
import subprocess
import sys

from starter.demo.scenarios import SCENARIOS

MAX_SECONDS = 120
"""What the demo may take at most after set-up; it takes a sixth of it."""


def test_the_demo_ends_as_it_should() -> None:
    """Every scenario ends in the stage and with the money that the guide promises, by the provider's own book too."""
    program = "from starter.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "demo", "--json"],
        capture_output=True,
        text=True,
        timeout=MAX_SECONDS,
        check=False,
        env=dict(os.environ),
    )
    assert done.returncode == 0, done.stderr
    endings = json.loads(done.stdout)["endings"]
    assert [ending for ending in endings if ending["faults"]] == []
    assert [ending["scenario"] for ending in endings] == [scenario.name for scenario in SCENARIOS]
