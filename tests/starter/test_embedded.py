"""The stack for one machine, with its real Temporal and Postgres: it starts, goes on, and leaves nothing behind."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import asyncpg
import httpx
import psutil
import pytest

from activities.migrations import all_migrations
from activities.run_status import run_status
from starter.connections import SEARCH_ATTRIBUTES, connect_database, connect_temporal, missing_search_attributes
from starter.embedded import EmbeddedStack, StackError, StackOptions, stoppable, temporal_binary
from starter.embedded.folder import data_folder
from starter.settings.environment import SettingsError, load_settings
from tests.pausing import pause
from tests.warden import mark

ROOT: Final = Path(__file__).parents[2]
BARE: Final = StackOptions(
    temporal_port=0, ui_port=0, gateway_port=0, worker=False, gateway=False, sandbox=False, environment=mark()
)
"""Temporal and Postgres only, on free ports, whatever the environment of the tests says."""
PROGRAM: Final = """
import asyncio, json, sys
from pathlib import Path
from starter.embedded import EmbeddedStack, StackOptions, stoppable
from tests.warden import mark

async def main():
    options = StackOptions(Path(sys.argv[1]), 0, 0, 0, worker=False, gateway=False, sandbox=False, environment=mark())
    async with stoppable(), EmbeddedStack(options) as stack:
        print(json.dumps([child.process.pid for child in stack.crew.children]), flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


def pids(stack: EmbeddedStack) -> list[int]:
    """The processes of the stack."""
    return [child.process.pid for child in stack.crew.children]


def alive(processes: list[int]) -> list[int]:
    """Which of them still run."""
    return [pid for pid in processes if psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE]


@contextmanager
def program(data: Path) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """A process that runs a stack on `data`, and the processes of that stack."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, data], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        try:
            yield running, json.loads(running.stdout.readline())
        finally:
            running.kill()


async def test_a_stack_is_ready_when_it_is_entered_and_gone_when_it_is_left() -> None:
    """Temporal with the search attributes, Postgres with the schema; afterwards no process and no file."""
    async with EmbeddedStack(replace(BARE, data=None)) as stack:
        client = await connect_temporal(stack.settings)
        assert await missing_search_attributes(client) == []
        async with await connect_database(stack.settings) as pool:
            applied = await pool.fetch("SELECT name FROM schema_migrations ORDER BY name")
        assert [row["name"] for row in applied] == [migration.name for migration in all_migrations()]
        started, folder = pids(stack), stack.folder.path
        assert len(alive(started)) == 2

    assert alive(started) == []
    assert not folder.exists()


async def test_the_addresses_are_enough_to_join(data: Path) -> None:
    """One object of the contract's names; its environment alone makes the settings of one more process."""
    async with EmbeddedStack(replace(BARE, data=data)) as stack:
        addresses = json.loads(json.dumps(stack.addresses))
        joined = load_settings(addresses["environment"])

        assert set(addresses) == {"temporal", "namespace", "ui", "database_url", "gateway", "keys", "environment"}
        assert joined.temporal_address == addresses["temporal"]
        assert joined.database_url == addresses["database_url"]
        assert joined.payment_url == stack.payments_url
        assert joined == stack.settings
        assert (await connect_temporal(joined)).namespace == addresses["namespace"] == "default"


async def test_a_second_start_on_the_same_folder_goes_on(data: Path) -> None:
    """The same addresses, the same rows, the same workflows."""
    async with EmbeddedStack(replace(BARE, data=data)) as stack:
        first = stack.addresses
        client = await connect_temporal(stack.settings)
        await client.start_workflow("Order", id="order-A-1", task_queue="nobody-serves-this")
        async with await connect_database(stack.settings) as pool:
            await pool.execute("CREATE TABLE kept AS SELECT 7 AS number")

    async with EmbeddedStack(replace(BARE, data=data)) as stack:
        assert stack.addresses == first
        client = await connect_temporal(stack.settings)
        assert (await client.get_workflow_handle("order-A-1").describe()).workflow_type == "Order"
        async with await connect_database(stack.settings) as pool:
            assert await pool.fetchval("SELECT number FROM kept") == 7


async def test_a_workflow_can_be_paused(data: Path) -> None:
    """Temporal has it off by default; here one can see what becomes of a paused order."""
    async with EmbeddedStack(replace(BARE, data=data)) as stack:
        client = await connect_temporal(stack.settings)
        await client.start_workflow("Order", id="order-A-1", task_queue="nobody-serves-this")
        await pause(client, "order-A-1", "to see it")
        status = await run_status(client, "order-A-1")
        assert status
        assert (status.status, status.why) == ("paused", "to see it")


async def test_one_folder_serves_one_stack_at_a_time(data: Path) -> None:
    """The second is told by whom it is taken, and does not disturb the first."""
    async with EmbeddedStack(replace(BARE, data=data)) as stack:
        with pytest.raises(StackError, match=f"process {os.getpid()}.*--data"):
            async with EmbeddedStack(replace(BARE, data=data)):
                pass
        assert len(alive(pids(stack))) == 2


async def test_a_start_that_fails_midway_stops_what_has_started(data: Path) -> None:
    """It says which part, and shows the end of its log."""
    stack = EmbeddedStack(replace(BARE, data=data, temporal_arguments=("--no-such-flag",)))

    with pytest.raises(StackError, match="Temporal ended by itself") as raised:
        await stack.__aenter__()

    assert "no-such-flag" in str(raised.value)
    assert alive(pids(stack)) == []
    with data_folder(data):
        """Nobody holds the folder any more."""


async def test_a_part_that_dies_ends_the_stack(data: Path) -> None:
    """The block is left at once, with the part's name and its last words; the other parts are stopped."""
    with pytest.raises(StackError, match="Postgres ended by itself") as raised:  # noqa: PT012 - the block is what is tested
        async with EmbeddedStack(replace(BARE, data=data)) as stack:
            started = pids(stack)
            postgres = next(child for child in stack.crew.children if child.name == "Postgres")
            postgres.process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(asyncio.Event().wait(), 30)

    assert "The end of its log" in str(raised.value)
    assert "database system is shut down" in str(raised.value)
    assert alive(started) == []
    assert asyncio.current_task() is not None
    await asyncio.sleep(0)  # and this task is not cancelled


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_a_program_that_is_told_to_stop_stops_all_of_it(data: Path, told: signal.Signals) -> None:
    """Quietly, with exit code 0, however often it is told."""
    with program(data) as (running, started):
        assert len(alive(started)) == 2
        running.send_signal(told)
        running.send_signal(told)
        _, said = running.communicate(timeout=60)

    assert (running.returncode, said) == (0, "")
    assert alive(started) == []


def test_a_start_that_is_told_to_stop_midway_leaves_no_process(data: Path) -> None:
    """The signal comes when the first parts run, and the others do not yet."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, data], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as running:
        written = data / "processes.json"
        while not written.exists() or not written.read_text():
            assert running.poll() is None
        started = [pid for pid, _ in json.loads(written.read_text())]
        running.send_signal(signal.SIGTERM)
        said, _ = running.communicate(timeout=60)

    assert (running.returncode, said) == (0, "")
    assert alive(started) == []
    assert not written.exists()


async def test_what_a_killed_stack_leaves_behind_the_next_one_stops(data: Path) -> None:
    """The second start on the folder works, and goes on with the data of the first."""
    with program(data) as (running, started):
        running.kill()
        running.wait()
        assert len(alive(started)) == 2

        async with EmbeddedStack(replace(BARE, data=data)) as stack:
            assert alive(started) == []
            assert len(alive(pids(stack))) == 2


async def test_what_the_environment_names_is_used_instead(tmp_path: Path) -> None:
    """No Temporal and no Postgres of its own; the ones that were named are prepared, and are not stopped."""
    async with EmbeddedStack(replace(BARE, data=tmp_path / "first")) as first:
        named = {"DATABASE_URL": first.settings.database_url, "TEMPORAL_ADDRESS": first.settings.temporal_address}
        async with EmbeddedStack(replace(BARE, data=tmp_path / "second", environment={**named, **mark()})) as second:
            assert pids(second) == []
            assert second.addresses["ui"] is None
            assert second.addresses["database_url"] == first.addresses["database_url"]
            assert second.addresses["temporal"] == first.addresses["temporal"]
        assert len(alive(pids(first))) == 2
        assert await missing_search_attributes(await connect_temporal(first.settings)) == []


async def test_settings_for_another_temporal_do_not_reach_ours(data: Path) -> None:
    """A key or a profile without an address is for a server that this stack does not use."""
    other = {"TEMPORAL_API_KEY": "key", "TEMPORAL_TLS": "true", "COUNTERMAND_POOL_SIZE": "3"}
    async with EmbeddedStack(replace(BARE, data=data, environment={**other, **mark()})) as stack:
        assert stack.settings.temporal() == {"target_host": stack.addresses["temporal"], "namespace": "default"}
        assert stack.settings.pool_size == 3


async def test_a_port_that_is_taken_is_named(data: Path) -> None:
    """With the option that chooses another one; nothing was started."""
    async with await asyncio.start_server(lambda *_: None, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        for option in ("temporal_port", "ui_port", "gateway_port"):
            taken: dict[str, Any] = {option: port}
            with pytest.raises(StackError, match=f"Port {port} is taken.*--{option.replace('_', '-')}"):
                async with EmbeddedStack(replace(BARE, data=data, **taken)):
                    pass


async def test_a_wrong_setting_is_told_before_anything_starts(data: Path) -> None:
    """Not even the folder is made."""
    with pytest.raises(SettingsError, match="COUNTERMAND_TYPO"):
        async with EmbeddedStack(replace(BARE, data=data, environment={"COUNTERMAND_TYPO": "1"})):
            pass
    assert not data.exists()


async def test_other_users_of_the_machine_need_the_password(data: Path) -> None:
    """The port is open to all of them."""
    async with EmbeddedStack(replace(BARE, data=data)) as stack:
        _, _, place = stack.settings.database_url.rpartition("@")
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(f"postgresql://postgres:guess@{place}")


async def test_a_cancellation_from_elsewhere_is_not_swallowed() -> None:
    """`stoppable` ends quietly only what a signal has ended."""

    async def waits() -> None:
        async with stoppable():
            await asyncio.Event().wait()

    task = asyncio.create_task(waits())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_the_temporal_command_is_the_installed_one() -> None:
    """It runs, and says which version it is."""
    done = subprocess.run([temporal_binary(), "--version"], capture_output=True, text=True, timeout=30, check=True)

    assert done.stdout.startswith("temporal version")


def test_search_attributes_are_those_of_the_contract() -> None:
    """Seven names, none of them personal."""
    assert sorted(SEARCH_ATTRIBUTES) == [
        "BuyerId",
        "NextDeadline",
        "OrderStage",
        "OrderStatus",
        "RefundState",
        "SellerId",
        "WaitingOn",
    ]


def _modes(data: Path) -> Iterator[tuple[Path, int]]:
    """Each path with its mode. SQLite's journal goes away between the list and the look."""
    for path in (data, *data.rglob("*")):
        with suppress(FileNotFoundError):
            yield path, path.lstat().st_mode


async def test_everything_in_the_folder_is_its_owner_s(tmp_path: Path) -> None:
    """Secrets, what people wrote and what they paid: no other user of the machine reads or lists any of it, also
    where an earlier version let them. As root the folder lets Postgres's user through, to its own folder only."""
    data = tmp_path / "data"
    data.mkdir(mode=0o755)
    (data / "ports.json").write_text("{}")
    (data / "ports.json").chmod(0o644)
    options = StackOptions(data, temporal_port=0, ui_port=0, gateway_port=0, worker=True, environment=mark())
    async with EmbeddedStack(options) as stack:
        async with httpx.AsyncClient(base_url=stack.payments_url) as http:
            (await http.get("/book")).raise_for_status()
        found = dict(_modes(data))
        assert {"payments.book", "temporal.db", "webhook.secret", "postgres.password", "mail", "worker.log"} <= {
            path.name for path in found
        }
        assert {path for path, mode in found.items() if mode & 0o066} == set()
        through = {path for path, mode in found.items() if mode & 0o011}
        assert through <= ({data} if os.geteuid() == 0 else set())


async def test_no_secret_stands_in_a_command(tmp_path: Path) -> None:
    """Every user of the machine can list the commands."""
    options = StackOptions(tmp_path / "data", temporal_port=0, ui_port=0, gateway_port=0, environment=mark())
    async with EmbeddedStack(options) as stack:
        secrets = [stack.settings.webhook_secret, urlsplit(stack.settings.database_url).password or "?"]
        commands = [
            " ".join(process.cmdline())
            for pid in pids(stack)
            for process in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True))
        ]
        assert any("starter.sandbox" in command for command in commands)
        assert [command for command in commands for secret in secrets if secret in command] == []
