"""The Dockerfile: clean to its linter, pinned, not root, and with all that it copies."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from importlib.util import find_spec

from tests.deployment.compose import DOCKERFILE, OURS, ROOT, TOOL_SECONDS, TOOLS, copied, instructions, services


def arguments(word: str) -> list[str]:
    return [rest for found, rest in instructions() if found == word]


def test_its_linter_finds_nothing() -> None:
    done = subprocess.run(
        [TOOLS / "hadolint", "--no-color", DOCKERFILE],
        capture_output=True,
        text=True,
        timeout=TOOL_SECONDS,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_what_is_built_runs_on_the_python_that_built_it() -> None:
    """A virtual environment is bound to its Python, to the patch release."""
    images = {rest.split(" AS ")[0] for rest in arguments("FROM")}
    [image] = images
    assert re.fullmatch(r"python:3\.11\.\d+-slim-\w+", image)


def test_the_builder_of_our_wheel_is_that_of_the_lock_file() -> None:
    lock = (ROOT / "requirements-dev.lock").read_text(encoding="utf-8")
    [pinned] = re.findall(r"^(setuptools==\S+)", lock, re.MULTILINE)
    installs = any(f"install --no-cache-dir {pinned}" in rest for rest in arguments("RUN"))
    assert installs, f"requirements-dev.lock has {pinned}: write that into the Dockerfile"


def test_it_runs_as_the_user_that_the_services_name() -> None:
    [user] = arguments("USER")
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    assert {services()[name]["user"] for name in OURS} == {user}
    assert any(f"--uid {user.split(':')[0]} " in rest for rest in arguments("RUN"))


def test_every_volume_of_ours_belongs_to_that_user_when_it_is_new() -> None:
    """Docker gives it the owner of the image's folder; without one it is root's, and nothing can be kept."""
    [run] = [rest for rest in arguments("RUN") if "install --directory" in rest]
    made = run.rpartition("install --directory ")[2].split()
    assert made[:4] == ["--owner", "countermand", "--group", "countermand"]
    volumes = [volume for name in OURS for volume in services()[name].get("volumes", [])]
    assert {volume["target"] for volume in volumes if volume["type"] == "volume"} == set(made[4:])


def test_what_it_copies_is_there_and_is_not_ignored() -> None:
    patterns = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    patterns = [line for line in patterns if line and not line.startswith("#")]
    assert patterns[0] == "*", "everything is left out, but for what is named"
    assert {line.removeprefix("!") for line in patterns if line.startswith("!")} == set(copied())
    assert [path for path in copied() if not (ROOT / path).exists()] == []


def test_every_module_of_ours_is_copied() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    tools = project["tool"]["setuptools"]
    packages = {pattern.removesuffix("*") for pattern in tools["packages"]["find"]["include"]}
    modules = {f"{name}.py" for name in tools["py-modules"]}
    needed = {project["project"]["readme"], *project["project"]["license-files"], "pyproject.toml"}
    assert packages | modules | needed <= set(copied())


def test_every_module_that_a_command_names_exists() -> None:
    found = list(_modules())
    assert {"worker", "starter.gateway", "starter.sandbox", "starter.health"} == set(found)
    for module in found:
        assert find_spec(module), module


def _modules() -> Iterator[str]:
    for name in OURS:
        service = services()[name]
        for command in (service["command"], service.get("healthcheck", {}).get("test", [])):
            if "-m" in command:
                yield command[command.index("-m") + 1]
