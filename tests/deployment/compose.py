"""For tests of the set-up in containers: docker-compose.yml as Docker Compose itself reads it. No test lives here."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
COMPOSE_FILE: Final = ROOT / "docker-compose.yml"
DOCKERFILE: Final = ROOT / "Dockerfile"
TOOLS: Final = Path(sys.executable).parent
"""Where pip puts the commands `docker-compose` and `hadolint`."""
TOOL_SECONDS: Final = 60.0
"""For one of them; each takes a fraction of a second."""

JOBS: Final = frozenset({"databases", "temporal-schema", "temporal-namespace", "migrate"})
"""What does its work and ends."""
OURS: Final = frozenset({"migrate", "worker", "gateway", "sandbox"})
"""What runs in our own image."""

SECRETS: Final = {
    "POSTGRES_PASSWORD": "another-password-1",
    "TEMPORAL_DB_PASSWORD": "another-password-2",
    "ORDERS_DB_PASSWORD": "another-password-3",
    "COUNTERMAND_WEBHOOK_SECRET": "whsec_" + "YW5vdGhlciBzZWNyZXQgYWx0b2dldGhlcg==",
}
"""Every secret of the file, with a value of somebody's own."""

Service = dict[str, Any]


def configured(given: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """What Compose says to the file with these variables only: neither this shell nor an `.env` counts."""
    options = ["--env-file", os.devnull, "--file", str(COMPOSE_FILE)]
    return subprocess.run(
        [str(TOOLS / "docker-compose"), *options, "config", "--format", "json"],
        env={"PATH": os.environ["PATH"], **given},
        capture_output=True,
        text=True,
        timeout=TOOL_SECONDS,
        cwd=ROOT,
        check=False,
    )


def read(given: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The whole file with every variable filled in, from the secrets and `given`."""
    done = configured({**SECRETS, **(given or {})})
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    whole: dict[str, Any] = json.loads(done.stdout)
    return whole


def services() -> dict[str, Service]:
    """Every service by its name."""
    found: dict[str, Service] = read()["services"]
    return found


def health_check(service: Service) -> list[str]:
    """The command of the health check, which needs no shell."""
    test: list[str] = service["healthcheck"]["test"]
    assert test[0] == "CMD", f"a health check by {test[0]} needs a shell in the image"
    return test[1:]


def seconds(duration: str) -> float:
    """A duration as Compose writes it: `1m0s`."""
    units = {"h": 3600, "m": 60, "s": 1}
    total, number = 0.0, ""
    for sign in duration:
        if sign in units:
            total, number = total + float(number) * units[sign], ""
        else:
            number += sign
    assert not number, f"{duration} ends without a unit"
    return total


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile, an instruction and its arguments each."""
    text = DOCKERFILE.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def copied() -> list[str]:
    """What the Dockerfile copies out of this folder."""
    sources = [rest.split()[:-1] for word, rest in instructions() if word == "COPY" and not rest.startswith("--from")]
    return [source for line in sources for source in line]
