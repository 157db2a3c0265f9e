"""The command line finds the stack that runs in this folder, and nothing that does not."""

import fcntl
import json
import os
from pathlib import Path

from starter.settings.nearby import JOINING, LOCK, settings_here

STACK = {"TEMPORAL_ADDRESS": "127.0.0.1:7777", "DATABASE_URL": "postgresql://127.0.0.1:7778/x"}


def left_by_a_stack(folder: Path) -> Path:
    folder.mkdir()
    (folder / LOCK).write_text(str(os.getpid()))
    (folder / JOINING).write_text(json.dumps(STACK))
    return folder


def test_a_stack_that_runs_here_is_meant(tmp_path: Path) -> None:
    data = left_by_a_stack(tmp_path / "data")
    with (data / LOCK).open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = settings_here({"COUNTERMAND_POOL_SIZE": "3"}, data)
    assert (found.temporal_address, found.database_url) == (STACK["TEMPORAL_ADDRESS"], STACK["DATABASE_URL"])
    assert found.pool_size == 3, "what was set beside it counts"


def test_whoever_names_an_engine_means_that_one(tmp_path: Path) -> None:
    data = left_by_a_stack(tmp_path / "data")
    with (data / LOCK).open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = settings_here({"TEMPORAL_ADDRESS": "127.0.0.1:1"}, data)
    assert found.temporal_address == "127.0.0.1:1"


def test_what_a_killed_one_has_left_is_not(tmp_path: Path) -> None:
    assert settings_here({}, left_by_a_stack(tmp_path / "data")).temporal_address != STACK["TEMPORAL_ADDRESS"]
    assert settings_here({}, tmp_path / "nothing").temporal_address != STACK["TEMPORAL_ADDRESS"]
