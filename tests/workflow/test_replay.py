"""Golden histories: what orders once did, this version of the code must still do (architecture, section 7).

They were recorded by `pytest tests/workflow/test_stories.py --keep-histories`, which writes only what is not there yet.
When one fails, running orders would break: change the code, or guard the change with `workflow.patched`.
"""

import gzip
import json
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory

from tests.histories import replayed
from tests.workflow.theatre import HISTORIES

GOLDEN = sorted(HISTORIES.glob("*.json.gz"))


def test_there_are_golden_histories_of_every_story() -> None:
    assert len(GOLDEN) >= 27


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: file.name.removesuffix(".json.gz"))
async def test_a_golden_history_replays(file: Path) -> None:
    history = json.loads(gzip.decompress(file.read_bytes()))
    own_id = history["events"][0]["workflowExecutionStartedEventAttributes"]["workflowId"]
    await replayed(WorkflowHistory.from_json(own_id, history))
