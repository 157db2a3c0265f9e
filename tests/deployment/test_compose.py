"""docker-compose.yml: valid, guarded, pinned, closed to everybody else, and in agreement with the settings."""

import re
import stat
import subprocess
import tomllib
from pathlib import Path
from typing import Final

import pytest

from starter.serving import GRACE_SECONDS
from starter.settings.environment import Settings, load_settings, settings_table
from tests.deployment.compose import COMPOSE_FILE, JOBS, OURS, ROOT, SECRETS, configured, read, seconds, services

SERVICES: Final = services()
NAMES: Final = sorted(SERVICES)
LEFT_ALONE: Final = {
    "COUNTERMAND_TASK_QUEUE": "contract.md names it; another one only for a second engine in the same namespace",
    "COUNTERMAND_GATEWAY_PORT": "ours alone within its container; the published port is what one may want to change",
    "COUNTERMAND_POOL_SIZE": "right for one process, and counted in max_connections of Postgres",
    "COUNTERMAND_RECORD_TIMEOUT": "bound to the time that a record has",
    "COUNTERMAND_SMTP_URL": "whose mail server it is, only they know",
    "COUNTERMAND_MAIL_FROM": "comes with the mail server",
    "COUNTERMAND_LINK": "where people see an order, only they know",
    "COUNTERMAND_FILE_SCHEMES": "where files lie, only they know",
    "COUNTERMAND_GATEWAY_URL": "for command lines elsewhere: whoever types in the container has no files there",
    "COUNTERMAND_GATEWAY_KEY": "no key is published, and no service calls the gateway",
    "COUNTERMAND_CRASH_AT": "for proofs only",
    "COUNTERMAND_JWT_ALGORITHMS": "those that every sign-in of these years signs with",
    "COUNTERMAND_CALLER_RATE": "right for one caller, however large the machine",
    "COUNTERMAND_ORDER_RATE": "bound to what an order takes",
    "COUNTERMAND_TRANSACTION_POOLING": "the services reach Postgres itself",
}
"""Settings that the file leaves at their defaults, each with the reason."""
TEMPORALS: Final = {"TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE"}
"""What the Temporal SDK reads itself."""
WRITABLE: Final = {"ui": "its start script may write its configuration beside itself, depending on its version"}
"""Services whose root file system is not read-only, each with the reason."""
ROOTS: Final[dict[str, str]] = {}
"""Services that run as root, each with the reason: none."""
PINNED: Final = re.compile(r"(?P<name>[a-z/-]+):(?P<version>\d+\.\d+(\.\d+)?(-[a-z]+)?)")


def environment(name: str) -> dict[str, str]:
    found: dict[str, str] = SERVICES[name].get("environment") or {}
    return found


def test_every_variable_of_our_services_is_a_setting_and_has_a_right_value() -> None:
    known = {row.name for row in settings_table()} | TEMPORALS
    for name in sorted(OURS):
        assert set(environment(name)) <= known
        load_settings(environment(name))


def test_every_setting_is_set_or_left_alone_for_a_reason() -> None:
    used = {variable for name in OURS for variable in environment(name)} - TEMPORALS
    known = {row.name for row in settings_table()}
    assert used | set(LEFT_ALONE) == known
    assert not used & set(LEFT_ALONE)


def test_whoever_is_told_to_stop_has_longer_than_it_needs() -> None:
    drain = load_settings(environment("worker")).drain_seconds
    assert seconds(SERVICES["worker"]["stop_grace_period"]) >= drain + 10
    for name in ("gateway", "sandbox"):
        assert seconds(SERVICES[name]["stop_grace_period"]) >= GRACE_SECONDS + 5


@pytest.mark.parametrize("name", NAMES)
def test_ports_are_open_to_this_machine_only(name: str) -> None:
    assert {port.get("host_ip") for port in SERVICES[name].get("ports", [])} <= {"127.0.0.1"}
    assert "network_mode" not in SERVICES[name]


def test_postgres_is_not_published() -> None:
    assert "ports" not in SERVICES["postgres"]


def test_every_image_is_pinned_and_those_that_belong_together_agree() -> None:
    found: dict[str, set[str]] = {}
    for name in NAMES:
        match = PINNED.fullmatch(SERVICES[name]["image"])
        assert match, f"{name}: {SERVICES[name]['image']} needs a whole version"
        found.setdefault(match["name"], set()).add(match["version"])
    assert all(len(versions) == 1 for versions in found.values()), found
    assert found["temporalio/server"] == found["temporalio/admin-tools"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert found["countermand"] == {project["version"]}


def test_our_image_is_built_once_and_never_pulled() -> None:
    """Nobody else's `countermand` on a registry is ever run."""
    assert {name for name in NAMES if "build" in SERVICES[name]} == {"migrate"}
    assert {name for name in NAMES if SERVICES[name].get("pull_policy") == "never"} == OURS - {"migrate"}


@pytest.mark.parametrize("name", NAMES)
def test_every_service_is_guarded(name: str) -> None:
    service = SERVICES[name]
    user, _, group = service["user"].partition(":")
    assert (int(user) > 0 and int(group) > 0) != (name in ROOTS)
    assert service.get("read_only", False) != (name in WRITABLE)
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "devices", "pid", "ipc"} & set(service)
    assert set(service["logging"]["options"]) == {"max-size", "max-file"}


@pytest.mark.parametrize("name", NAMES)
def test_what_runs_on_is_restarted_and_watched_and_what_ends_is_tried_again(name: str) -> None:
    service = SERVICES[name]
    if name in JOBS:
        assert service["restart"].startswith("on-failure:")
        assert "healthcheck" not in service
    else:
        assert service["restart"] == "unless-stopped"
        check = service["healthcheck"]
        assert {"test", "interval", "timeout", "retries"} <= set(check)
        assert check["test"][0] == "CMD"


@pytest.mark.parametrize("name", NAMES)
def test_nobody_waits_for_what_cannot_come(name: str) -> None:
    """Compose itself refuses services that do not exist, and circles."""
    for other, wanted in SERVICES[name].get("depends_on", {}).items():
        expected = "service_completed_successfully" if other in JOBS else "service_healthy"
        assert wanted["condition"] == expected, f"{name} waits for {other}"


def test_whoever_needs_the_schema_waits_for_it() -> None:
    assert set(SERVICES["migrate"]["depends_on"]) == {"databases", "temporal-namespace"}
    for name in ("worker", "gateway"):
        assert set(SERVICES[name]["depends_on"]) == {"migrate"}


def test_workers_can_be_many() -> None:
    """A name or a port of the host's can be had once."""
    assert not {"container_name", "ports", "hostname"} & set(SERVICES["worker"])


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_without_a_secret_nothing_starts_and_one_sentence_says_how_to_make_it(name: str) -> None:
    """None is published as a default: whoever starts it as it is has secrets of their own, or nothing."""
    for given in ({}, {**SECRETS, name: ""}, {key: value for key, value in SECRETS.items() if key != name}):
        done = configured(given)
        assert (done.returncode != 0, done.stdout) == (True, "")
        assert done.stderr.count("\n") == 1
        named = name if given else "POSTGRES_PASSWORD"
        assert f"{named} is missing a value: run `sh deploy/secrets.sh`, which makes all secrets" in done.stderr


def test_every_secret_is_used_and_stands_in_no_command() -> None:
    """A command is shown to every user of the machine."""
    commands = str([(service.get("command"), service.get("entrypoint")) for service in SERVICES.values()])
    for value in SECRETS.values():
        assert value in str(SERVICES)
        assert value not in commands


def test_the_secrets_are_made_once_and_for_their_owner_only(tmp_path: Path) -> None:
    """By a script beside the file, which overwrites none: the data behind a lost password is lost."""
    (deploy := tmp_path / "deploy").mkdir()
    script = deploy / "secrets.sh"
    script.write_bytes((ROOT / "deploy/secrets.sh").read_bytes())
    made, again = (subprocess.run(["sh", str(script)], capture_output=True, text=True, check=False) for _ in range(2))
    assert (made.returncode, again.returncode, again.stderr.count("\n")) == (0, 1, 1), made.stderr
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    found = dict(line.split("=", 1) for line in (tmp_path / ".env").read_text().splitlines())
    assert found.keys() == {*SECRETS, "COUNTERMAND_CARRIER_SECRET"}
    assert len(set(found.values())) == len(found)
    load_settings(read(found)["services"]["gateway"]["environment"])


def test_the_documentation_names_every_variable() -> None:
    variables = set(re.findall(r"\$\{(\w+)", COMPOSE_FILE.read_text(encoding="utf-8")))
    assert variables == {
        *SECRETS,
        *("COUNTERMAND_PAYMENT_PROVIDER", "COUNTERMAND_PAYMENT_KEY", "COUNTERMAND_PAYMENT_URL"),
        *("COUNTERMAND_JWT_SECRET", "COUNTERMAND_JWT_KEYS", "COUNTERMAND_CARRIER_SECRET"),
        *("COUNTERMAND_FOUR_EYES_ABOVE", "COUNTERMAND_CORS_ORIGINS", "COUNTERMAND_WEBHOOK_HOSTS"),
    }
    documented = (ROOT / "docs/deployment.md").read_text(encoding="utf-8")
    assert [name for name in sorted(variables) if f"`{name}`" not in documented] == []


@pytest.mark.parametrize(
    ("name", "value", "services"),
    [
        ("COUNTERMAND_FOUR_EYES_ABOVE", "USD=50000", {"gateway"}),
        ("COUNTERMAND_CORS_ORIGINS", "https://desk.example", {"gateway"}),
        ("COUNTERMAND_WEBHOOK_HOSTS", "shop.internal:8443", {"gateway", "worker"}),
    ],
)
def test_what_guards_is_set_where_it_is_read_and_empty_counts_as_not_set(
    name: str, value: str, services: set[str]
) -> None:
    """A limit in `.env` that no container hears of would be believed to hold."""
    said, unsaid = (
        {service: found["services"][service].get("environment") or {} for service in OURS}
        for found in (read(SECRETS | {name: value}), read())
    )
    field = next(one for one, told in Settings.model_fields.items() if told.alias == name)
    for service in OURS:
        if service in services:
            assert getattr(load_settings(said[service]), field) != getattr(load_settings(unsaid[service]), field)
        else:
            assert name not in said[service]
        assert getattr(load_settings(unsaid[service]), field) == Settings.model_fields[field].default


@pytest.mark.parametrize("name", NAMES)
def test_what_is_mounted_is_there_and_cannot_be_written(name: str) -> None:
    for volume in SERVICES[name].get("volumes", []):
        if volume["type"] == "bind":
            assert volume["read_only"]
            source = Path(volume["source"])
            assert source.is_file(), f"Docker would make an empty folder at {source}"
            assert source.is_relative_to(ROOT / "deploy")
        else:
            assert volume["type"] == "volume"
            assert volume["source"] in read()["volumes"]


def test_workers_run_orders_without_the_sandbox_that_tests_run_them_in() -> None:
    assert environment("worker")["COUNTERMAND_SANDBOX"] == "false"
    assert Settings.model_fields["sandbox"].default is True
