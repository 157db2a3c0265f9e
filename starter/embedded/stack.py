"""The whole engine on this machine: Temporal, Postgres, payment provider, gateway, worker; started and stopped as one.

What each part is lives in the files beside this one; what the parts do, in their own packages.
"""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from activities.migrations import migrate
from starter.connections import connect_temporal, register_search_attributes
from starter.embedded.folder import DataFolder, data_folder
from starter.embedded.keys import keys_of_roles, settings_of_calls
from starter.embedded.postgres import Cluster
from starter.embedded.private import write_private
from starter.embedded.processes import Child, Crew, Program, is_free
from starter.embedded.temporal import DevServer
from starter.embedded.watch import Watch
from starter.errors import StackError
from starter.settings.checks import SANDBOX
from starter.settings.environment import DEFAULT_NAMESPACE, PREFIX, TEMPORAL_PREFIX, Settings, load_settings
from starter.settings.nearby import JOINING

SOURCES: Final = Path(__file__).resolve().parents[2]
"""Where our packages lie; our processes find them there, installed or not."""
DEFAULT_DATA: Final = Path(".countermand")
TEMPORAL_PORT: Final = 7233
"""Where every Temporal client looks when it is told nothing."""
UI_PORT: Final = 8233
"""Where Temporal's own dev server puts its UI."""
READY_SECONDS: Final = 30.0
"""For one of our own processes to start: a second on a laptop, more on a busy machine."""
DRAIN_MARGIN: Final = 10.0
"""Seconds that a worker has beyond its drain before it is killed: it closes its connections."""
STOP_ORDER: Final = ("Worker", "Gateway", "Payment provider", "Mailbox", "Temporal", "Postgres")
"""Callers before those whom they call, so that nothing fails on the way down."""


@dataclass(frozen=True, slots=True)
class StackOptions:
    """Which stack. A port of 0 is a free one, the same at every start on one folder while nobody else takes it."""

    data: Path | None = DEFAULT_DATA
    """Where everything is kept; None: in a temporary folder that is removed at the end."""
    temporal_port: int = TEMPORAL_PORT
    ui_port: int = UI_PORT
    gateway_port: int | None = None
    """None: what the settings say."""
    worker: bool = True
    gateway: bool = True
    sandbox: bool = True
    settle_after: float = 1.0
    """Seconds until the sandbox provider settles what it was asked for."""
    sandbox_arguments: tuple[str, ...] = ()
    """More of the sandbox provider's own, such as `--fault-rate 0.2`."""
    temporal_arguments: tuple[str, ...] = ()
    worker_died: Callable[[str], None] | None = None
    """Who is told that a worker died and that another one has taken over; None: its death ends the stack too."""
    environment: Mapping[str, str] | None = None
    """Instead of the process's own, for tests."""


class EmbeddedStack:
    """Starts on entry what `DATABASE_URL` and `TEMPORAL_ADDRESS` do not name, and all of ours; stops it on exit.

    When a part dies, the block is cancelled and leaves with a `StackError` that names it and shows its last words; but
    a worker is replaced, where somebody is told so.
    """

    settings: Settings
    """With which this process joins the stack."""
    environment: dict[str, str]
    """With which one more worker or client joins the stack."""
    crew: Crew
    folder: DataFolder
    keys: Mapping[str, str]
    """With which each role calls the gateway."""

    def __init__(self, options: StackOptions = StackOptions()) -> None:
        self.options = options
        self._given = dict(os.environ if options.environment is None else options.environment)
        self._exit = contextlib.AsyncExitStack()
        self._died: StackError | None = None

    @property
    def addresses(self) -> dict[str, object]:
        """Where everything answers: the JSON of `countermand dev --json`."""
        return {
            "temporal": self.settings.temporal_address,
            "namespace": self.settings.temporal_namespace,
            "ui": None if self._brings_temporal else f"http://127.0.0.1:{self._ui_port}",
            "database_url": self.settings.database_url,
            "gateway": self.gateway_url,
            "keys": self.keys,
            "environment": self.environment,
        }

    @property
    def gateway_url(self) -> str:
        return f"http://{self._gateway()}"

    @property
    def payments_url(self) -> str:
        return self.settings.payment_url

    async def __aenter__(self) -> Self:
        given = load_settings(self._given)  # a wrong setting is told before anything starts
        try:
            self.folder = self._exit.enter_context(data_folder(self.options.data))
            self.crew = Crew(self.folder / "processes.json")
            await asyncio.to_thread(self.crew.stop_leftovers)
            self._exit.push_async_callback(self.crew.stop, STOP_ORDER)
            self._choose(given)
            await self._start()
        except BaseException:
            await self._close()
            raise
        owner = asyncio.current_task()
        assert owner is not None, "an async context is entered by a task"
        self._watcher = asyncio.create_task(self._watch(owner))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._watcher.cancel()
        await self._close()
        if self._died is not None:
            raise self._died from error

    async def start_worker(self) -> Child:
        """One more worker process, serving when this returns. Dismiss it to end it yourself."""
        count = sum(child.name == "Worker" for child in self.crew.children)
        log = self.folder.log("worker" if not count else f"worker-{count + 1}")
        stop_seconds = self.settings.drain_seconds + DRAIN_MARGIN
        program = Program("Worker", _python("worker"), log, self._joined(), stop_seconds=stop_seconds)
        child = self.crew.start(program)
        await child.announced(READY_SECONDS)
        return child

    @property
    def _brings_temporal(self) -> bool:
        """Whether a Temporal server was named, and is used instead of ours."""
        return bool(self._given.get("TEMPORAL_ADDRESS"))

    @property
    def _brings_database(self) -> bool:
        return bool(self._given.get("DATABASE_URL"))

    def _choose(self, given: Settings) -> None:
        """Where each part will listen, and so what the others must know, before the first of them starts."""
        gateway_port = given.gateway_port if self.options.gateway_port is None else self.options.gateway_port
        self.environment = {name: value for name, value in self._given.items() if name.startswith(PREFIX)} | {
            "COUNTERMAND_TASK_QUEUE": given.task_queue,
            "COUNTERMAND_GATEWAY_HOST": given.gateway_host,
            "COUNTERMAND_GATEWAY_PORT": str(self._port("gateway", gateway_port)),
            "COUNTERMAND_FILES": given.files or str(self.folder / "files"),
            **self.folder.webhook_secrets(given.given_webhook_secret, given.given_carrier_secret),
            "TEMPORAL_NAMESPACE": self._given.get("TEMPORAL_NAMESPACE") or DEFAULT_NAMESPACE,
        }
        if given.payment_provider == SANDBOX:
            ours = f"http://127.0.0.1:{self.folder.port('payments')}"
            self.environment["COUNTERMAND_PAYMENT_URL"] = given.given_payment_url or ours
        if given.smtp_url is None:
            self.environment["COUNTERMAND_SMTP_URL"] = f"smtp://127.0.0.1:{self.folder.port('mailbox')}"
        if self._brings_temporal:
            self.environment["TEMPORAL_ADDRESS"] = self._given["TEMPORAL_ADDRESS"]
        else:
            self._ui_port = self._port("ui", self.options.ui_port)
            self.environment["TEMPORAL_ADDRESS"] = f"127.0.0.1:{self._port('temporal', self.options.temporal_port)}"
            # A profile of this user may ask for TLS or a key, which our server does not know.
            self.environment["TEMPORAL_CONFIG_FILE"] = os.devnull

    def _port(self, name: str, wanted: int) -> int:
        if not wanted:
            return self.folder.port(name)
        if not is_free(wanted):
            raise StackError(
                f"Port {wanted} is taken. Stop whoever listens there, or choose another one with --{name}-port."
            )
        return wanted

    def _joined(self) -> dict[str, str]:
        """The environment of our processes: what was given, less another Temporal's settings, and the stack's."""
        kept = {
            name: value
            for name, value in self._given.items()
            if self._brings_temporal or not name.startswith(TEMPORAL_PREFIX)
        }
        path = os.pathsep.join(filter(None, (str(SOURCES), kept.get("PYTHONPATH"))))
        return kept | self.environment | {"PYTHONPATH": path}

    async def _start(self) -> None:
        starts: list[Coroutine[Any, Any, object]] = [self._start_database(), self._start_temporal()]
        wanted = self.options.sandbox and load_settings(self._given).payment_provider == SANDBOX
        if wanted and not self._given.get("COUNTERMAND_PAYMENT_URL"):
            starts.append(self._start_sandbox())
        if self.options.worker and not self._given.get("COUNTERMAND_SMTP_URL"):
            starts.append(self._start_mailbox())
        await _together(*starts)
        self.settings = load_settings(self._joined())
        starts = []
        if self.options.gateway:
            starts.append(self._start_gateway())
        if self.options.worker:
            starts.append(self.start_worker())
        await _together(*starts)
        write_private(self.folder / JOINING, json.dumps(self.environment))

    async def _start_database(self) -> None:
        if self._brings_database:
            self.environment["DATABASE_URL"] = self._given["DATABASE_URL"]
        else:
            cluster = Cluster(self.folder / "postgres", self.folder.log("postgres"))
            port = self.folder.port("postgres")
            await cluster.start(self.crew, port)
            self.environment["DATABASE_URL"] = cluster.url(port)
        await migrate(self.environment["DATABASE_URL"])
        self.keys = await keys_of_roles(self.environment["DATABASE_URL"], self.folder.path)
        if self.options.gateway:
            self.environment |= settings_of_calls(self.gateway_url, self.keys)

    async def _start_temporal(self) -> None:
        settings = load_settings(self._joined())
        if self._brings_temporal:
            await register_search_attributes(await connect_temporal(settings))
            return
        port = int(self.environment["TEMPORAL_ADDRESS"].rpartition(":")[2])
        log = self.folder.log("temporal")
        server = DevServer(self.folder / "temporal.db", log, port, self._ui_port, self.options.temporal_arguments)
        await server.start(self.crew, settings, self._joined())

    async def _start_sandbox(self) -> None:
        port = self.environment["COUNTERMAND_PAYMENT_URL"].rpartition(":")[2]
        arguments = {
            "port": port,
            "book": self.folder / "payments.book",
            "webhook-url": f"http://{self._gateway()}/webhooks/payments",
            "settle-after": self.options.settle_after,
        }
        given = [str(part) for name, value in arguments.items() for part in (f"--{name}", value)]
        command = _python("starter.sandbox", *given, *self.options.sandbox_arguments)
        log = self.folder.log("payments")
        child = self.crew.start(Program("Payment provider", command, log, self._joined()))
        await child.announced(READY_SECONDS)

    async def _start_mailbox(self) -> None:
        """Mail to anybody lies in a folder, and is told in a log."""
        port = self.environment["COUNTERMAND_SMTP_URL"].rpartition(":")[2]
        command = _python("starter.mailbox", "--port", port, "--folder", str(self.folder / "mail"))
        child = self.crew.start(Program("Mailbox", command, self.folder.log("mail"), self._joined()))
        await child.announced(READY_SECONDS)

    async def _start_gateway(self) -> None:
        log = self.folder.log("gateway")
        child = self.crew.start(Program("Gateway", _python("starter.gateway"), log, self._joined()))
        await child.announced(READY_SECONDS)

    def _gateway(self) -> str:
        return f"{self.environment['COUNTERMAND_GATEWAY_HOST']}:{self.environment['COUNTERMAND_GATEWAY_PORT']}"

    async def _watch(self, owner: asyncio.Task[object]) -> None:
        """Cancel `owner` when a part dies that nobody replaces."""
        self._died = await Watch(self.crew, self.start_worker, self.options.worker_died).until_it_ends()
        owner.cancel()

    async def _close(self) -> None:
        """Stop everything, to the end: a cancellation that comes meanwhile is delivered afterwards."""
        closing = asyncio.create_task(self._exit.aclose())
        cancelled = False
        while not closing.done():
            try:
                await asyncio.shield(closing)
            except asyncio.CancelledError:
                cancelled = True
        closing.result()
        if cancelled and self._died is None:
            raise asyncio.CancelledError


def _python(module: str, *arguments: str) -> list[str]:
    """A module of ours in this Python. `-P`: a module of that name in the folder where we were started is not ours."""
    return [sys.executable, "-P", "-m", module, *arguments]


async def _together(*starts: Coroutine[Any, Any, object]) -> None:
    """Do all at the same time; the first failure ends the others, and is the one that is told."""
    try:
        async with asyncio.TaskGroup() as group:
            for start in starts:
                group.create_task(start)
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from failures
