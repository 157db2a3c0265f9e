"""What `countermand dev` does while it runs: it replaces a worker that died, and tells what happens."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import asyncpg
import pytest
from typer.testing import CliRunner

from starter.cli.dev import _print_addresses, tell_what_happens
from starter.cli.program import app
from starter.client.reads import get_last_entries
from starter.embedded import EmbeddedStack, StackOptions
from starter.embedded.processes import Child, Crew, Program
from starter.embedded.watch import MAX_DEATHS, Watch
from tests.starter.orders import PATIENCE
from tests.starter.test_lists import a_row, written
from tests.warden import mark

SHORT_LIVED = (sys.executable, "-c", "raise SystemExit(3)")


def a_crew(folder: Path) -> Crew:
    return Crew(folder / "processes.json")


def short_lived(crew: Crew, folder: Path, name: str = "Worker") -> Child:
    return crew.start(Program(name, SHORT_LIVED, folder / f"{name}.log", os.environ))


async def test_a_killed_worker_is_replaced_and_somebody_is_told_so(tmp_path: Path) -> None:
    """The stack goes on: whoever develops against it kills workers to see what becomes of an order."""
    told: list[str] = []
    options = StackOptions(
        tmp_path / "data",
        *(0, 0, 0),
        gateway=False,
        sandbox=False,
        worker_died=told.append,
        environment={**mark(), "COUNTERMAND_PAYMENT_URL": "http://127.0.0.1:1"},
    )
    async with EmbeddedStack(options) as stack, asyncio.timeout(2 * PATIENCE.total_seconds()):
        [killed] = [child for child in stack.crew.children if child.name == "Worker"]
        killed.process.send_signal(signal.SIGKILL)
        while len(told) < 2:
            await asyncio.sleep(0.05)
        [successor] = [child for child in stack.crew.children if child.name == "Worker"]
        assert not successor.dead
    assert told == [
        f"Worker {killed.process.pid} was killed (SIGKILL); its orders wait while another one starts.",
        f"Worker {successor.process.pid} has taken over: every order goes on where it was.",
    ]
    assert successor.dead, "it is stopped with the stack"


async def test_a_worker_that_dies_again_and_again_ends_the_stack(tmp_path: Path) -> None:
    """Rather than to start it for ever; its last words are told."""
    crew, told = a_crew(tmp_path), list[str]()

    async def start_worker() -> Child:
        return short_lived(crew, tmp_path)

    await start_worker()
    async with asyncio.timeout(PATIENCE.total_seconds()):
        why = await Watch(crew, start_worker, told.append).until_it_ends()
    assert str(why).startswith("Worker ended by itself (exit code 3).")
    assert sum("ended by itself (exit code 3); its orders wait" in sentence for sentence in told) == MAX_DEATHS


@pytest.mark.parametrize(("name", "replaced"), [("Temporal", True), ("Worker", False)])
async def test_any_other_death_ends_the_stack(tmp_path: Path, name: str, *, replaced: bool) -> None:
    """And that of a worker too, where nobody would be told."""
    crew, told = a_crew(tmp_path), list[str]()

    async def start_worker() -> Child:
        raise AssertionError

    short_lived(crew, tmp_path, name)
    async with asyncio.timeout(PATIENCE.total_seconds()):
        why = await Watch(crew, start_worker, told.append if replaced else None).until_it_ends()
    assert (str(why).startswith(f"{name} ended by itself"), told) == (True, [])


async def test_what_happens_is_told_a_line_per_event(
    pool: asyncpg.Pool, order_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """From now on, and not what was before."""
    await written(pool, a_row(f"{order_id}-before"))
    telling = asyncio.create_task(tell_what_happens(pool, await get_last_entries(pool)))
    told = ""
    async with asyncio.timeout(PATIENCE.total_seconds()):
        await written(pool, a_row(f"{order_id}-1"))
        while f"{order_id}-1" not in told:
            await asyncio.sleep(0.05)
            told += capsys.readouterr().out
    telling.cancel()
    [line] = [line for line in told.splitlines() if order_id in line]
    assert line.startswith(f"{order_id}-1")
    assert line.endswith("buyer b-7                 Ordered")


def test_what_the_documents_type_is_printed_with_the_keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Also in the folder in which the command line finds the stack by itself, where the rest need not be said."""
    typed = {"COUNTERMAND_PAYMENT_URL": "http://127.0.0.1:8181", "COUNTERMAND_CARRIER_SECRET": "whsec_c2VjcmV0"}
    for environment in (typed, {}):
        stack = SimpleNamespace(
            addresses=dict.fromkeys(("temporal", "namespace", "ui", "gateway")),
            folder=SimpleNamespace(path=tmp_path),
            environment=environment,
            gateway_url="http://127.0.0.1:8080",
            keys={"platform": "cmk_x"},
        )
        _print_addresses(cast("EmbeddedStack", stack))
        _, calling = capsys.readouterr().out.split("To call the gateway")
        exported = [line for line in calling.splitlines() if line.startswith("export COUNTERMAND_")]
        assert exported == [f"export {name}={value}" for name, value in environment.items()]


@pytest.mark.parametrize("command", ["dev", "demo"])
def test_without_the_embedded_extra_one_sentence_says_what_to_install(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith(("starter.embedded", "starter.demo"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "psutil", None)
    ended = CliRunner().invoke(app, [command])
    assert (ended.exit_code, ended.stdout, len(ended.stderr.splitlines())) == (3, "", 1)
    assert 'pip install "countermand[embedded]"' in ended.stderr
