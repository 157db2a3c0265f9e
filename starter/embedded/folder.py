"""The data folder of a stack: whose it is now, where its parts keep their files, and what must outlive a start."""

import contextlib
import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from starter.embedded.private import FOLDER, tighten, write_private
from starter.embedded.processes import free_port, is_free
from starter.errors import StackError
from starter.settings.checks import new_secret
from starter.settings.nearby import JOINING, LOCK


@dataclass(frozen=True, slots=True)
class DataFolder:
    """A folder that one stack at a time uses."""

    path: Path

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    def log(self, name: str) -> Path:
        return self.path / f"{name}.log"

    def port(self, name: str) -> int:
        """A free port for `name`: the one of the last start when it is still free, so that addresses stay the same."""
        file = self.path / "ports.json"
        ports: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
        if name not in ports or not is_free(ports[name]):
            ports[name] = free_port()
            write_private(file, json.dumps(ports))
        return ports[name]

    def webhook_secrets(self, of_provider: str | None, of_carriers: str | None) -> dict[str, str]:
        """What signs the payment provider's webhooks, and carriers': those given, or else ours, by their settings."""
        return {
            "COUNTERMAND_WEBHOOK_SECRET": of_provider or self._secret("webhook"),
            "COUNTERMAND_CARRIER_SECRET": of_carriers or self._secret("carrier"),
        }

    def _secret(self, whose: str) -> str:
        """Made at the first start, readable by us only."""
        file = self.path / f"{whose}.secret"
        if not file.exists():
            write_private(file, new_secret())
        return file.read_text()


@contextlib.contextmanager
def data_folder(path: Path | None) -> Iterator[DataFolder]:
    """The folder at `path`, locked for us; None: a new one, removed at the end. Raises `StackError` when taken."""
    if path is None:
        temporary = Path(tempfile.mkdtemp(prefix="countermand-"))
        try:
            yield DataFolder(temporary)
        finally:
            shutil.rmtree(temporary)
        return
    path = path.resolve()
    path.mkdir(parents=True, exist_ok=True, mode=FOLDER)
    # The kernel drops the lock when we die, however we die.
    with (path / LOCK).open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise StackError(
                f"Another stack (process {lock.read() or '?'}) uses {path}. "
                "Stop it, or choose another folder with --data."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        tighten(path)
        # Of the last stack: until this one has told its own, whoever follows it goes astray.
        (path / JOINING).unlink(missing_ok=True)
        yield DataFolder(path)
