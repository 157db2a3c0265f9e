"""The quickstarts of the clients, as somebody runs them who has just installed one, against the whole engine."""

import asyncio
import shutil
import sys
import zipfile
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

from tests.acceptance.programs import ran

CLIENTS: Final = Path(__file__).parents[2] / "clients"
FROM_WHEEL: Final = """
import runpy, sys
sys.path.insert(0, sys.argv[1])
runpy.run_path(sys.argv[2], run_name="__main__")
"""
"""Runs a script with a wheel before everything that is installed."""


BUILD: Final = """
import os, sys
from setuptools import build_meta
os.chdir(sys.argv[1])
build_meta.build_wheel(sys.argv[2])
"""


@pytest_asyncio.fixture
async def wheel(tmp_path: Path) -> Path:
    """The distribution, built from a copy: nothing is left beside the source."""
    shutil.copytree(CLIENTS / "python", tmp_path / "python", ignore=shutil.ignore_patterns("build", "*.egg-info"))
    said = await ran({}, sys.executable, "-c", BUILD, tmp_path / "python", tmp_path)
    assert said.code == 0, said.err
    [built] = tmp_path.glob("*.whl")
    return built


def check(lines: list[str]) -> None:
    """What a quickstart prints, whatever its language."""
    first, would, refused, *events, last = lines
    order_id = first.partition(":")[0]
    assert first == f"{order_id}: Awaiting Shipment, 2299 paid, it is the seller's turn"
    assert would == "That would be told to the seller"
    assert refused.startswith("already_open: ")
    assert "Instead: " in refused
    told = [event.strip().partition(" ") for event in events]
    numbers = [int(number) for number, _, _ in told]
    assert numbers == sorted(set(numbers))
    beginnings = (
        "Ordered for 22.99 USD",
        "Paid: 22.99 USD",
        "The buyer asks to cancel",
        "The seller approved the cancellation",
    )
    for (_, _, summary), beginning in zip(told, beginnings, strict=False):
        assert summary.startswith(beginning)
    assert told[-1][2] == f"Refund {order_id}-refund-1 (22.99 USD) succeeded"
    assert last == f"{order_id}: Cancelled, 2299 refunded"


@pytest_asyncio.fixture
async def built(tmp_path: Path) -> Path:
    """The client in TypeScript, with its types made of the OpenAPI file, in a copy of what lies in the repository."""
    copy = tmp_path / "clients/typescript"
    shutil.copytree(CLIENTS / "typescript", copy, ignore=shutil.ignore_patterns("node_modules", "dist", "temporal"))
    shutil.copytree(CLIENTS.parent / "docs", tmp_path / "docs", ignore=shutil.ignore_patterns("schemas"))
    for command in (("ci",), ("run", "build"), ("test",)):
        process = await asyncio.create_subprocess_exec(
            *("npm", "--prefix", copy, *command), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        said, _ = await process.communicate()
        assert process.returncode == 0, f"npm {' '.join(command)}: {said.decode()}"
    return copy / "dist"


@pytest.mark.needs_node
async def test_the_one_in_typescript_runs_as_it_is_built(built: Path, exports: dict[str, str]) -> None:
    """And its own tests are green: strict types, keys, patience, refusals, pages, the feed."""
    said = await ran(exports, shutil.which("node") or "node", built / "quickstart.js")
    assert (said.code, said.err) == (0, "")
    check(said.out.splitlines())


async def test_the_one_in_python_runs_from_its_wheel(wheel: Path, exports: dict[str, str]) -> None:
    assert "countermand_client/py.typed" in zipfile.ZipFile(wheel).namelist()
    script = CLIENTS / "python/examples/quickstart.py"
    said = await ran(exports, sys.executable, "-c", FROM_WHEEL, wheel, script)
    assert (said.code, said.err) == (0, "")
    check(said.out.splitlines())
