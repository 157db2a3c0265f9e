"""Which rooms of the process an event passes on its way through `step`, and how often it comes back to one.

`python -P benchmarks/passages.py ROOT` replays the golden histories of the checkout ROOT with its own code, which must
stand first on the path, and prints the means as JSON; `benchmarks.house` starts it so. Nothing of this repository is
imported at the top, or another checkout would be measured by this one's code.
"""

import asyncio
import gzip
import json
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean
from types import FrameType
from typing import Final

from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

PROCESS: Final = "workflows/process/"
DOOR: Final = ("step.py", "step")
"""Through which every event enters: a trace begins with a call of it from outside, and ends with its answer."""

Trace = list[str]
"""The modules of the process whose functions were called, one after the other, never the same twice in a row."""


class Passages:
    """Listens to the interpreter in one thread, and keeps a trace of each event."""

    def __init__(self, root: Path, traces: list[Trace]) -> None:
        self._below = f"{root / PROCESS}/"
        self._traces = traces
        self._begun: FrameType | None = None

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        # A generator expression is called once per item: as a part of its function it counts like the loop that it is.
        if event == "call" and code.co_name != "<genexpr>" and code.co_filename.startswith(self._below):
            self._called(code.co_filename.removeprefix(self._below), frame)
        elif event == "return" and frame is self._begun:
            self._begun = None

    def _called(self, module: str, frame: FrameType) -> None:
        if self._begun is None and (module, frame.f_code.co_name) == DOOR:
            self._begun = frame
            self._traces.append([])
        if self._begun is not None and self._traces[-1][-1:] != [module]:
            self._traces[-1].append(module)


def room(module: str) -> str:
    """The folder of a module, or the module itself where it lies flat: so every module of an older process was one."""
    return module.partition("/")[0]


def entered(trace: Sequence[str], named: Callable[[str], str] = str) -> tuple[int, int]:
    """How many rooms a trace enters, each time counted, and how many of these are comings back."""
    rooms = [named(module) for module in trace]
    passed = [one for one, before in zip(rooms, [None, *rooms], strict=False) if one != before]
    return len(passed), len(passed) - len(set(passed))


def means(traces: Sequence[Trace]) -> dict[str, float]:
    """What `benchmarks.house` shows."""
    by_room, by_module = [entered(trace, room) for trace in traces], [entered(trace) for trace in traces]
    return {
        "rooms": mean(passed for passed, _ in by_room),
        "rooms_back": mean(back for _, back in by_room),
        "modules": mean(passed for passed, _ in by_module),
        "modules_back": mean(back for _, back in by_module),
    }


async def replayed(root: Path) -> list[Trace]:
    """The traces of every golden history. Raises when one does not replay: its events would be missing."""
    from workflows.converter import DATA_CONVERTER  # noqa: PLC0415 - of the checkout that is measured
    from workflows.order import OrderWorkflow  # noqa: PLC0415 - as above
    from workflows.sandbox import order_sandbox  # noqa: PLC0415 - as above

    traces: list[Trace] = []
    # The SDK runs workflows in threads of its own, one after the other here.
    threading.setprofile(Passages(root, traces))
    replayer = Replayer(workflows=[OrderWorkflow], data_converter=DATA_CONVERTER, workflow_runner=order_sandbox())
    for file in sorted((root / "tests/workflow/histories").glob("*.json.gz")):
        history = json.loads(gzip.decompress(file.read_bytes()))
        own_id = history["events"][0]["workflowExecutionStartedEventAttributes"]["workflowId"]
        await replayer.replay_workflow(WorkflowHistory.from_json(own_id, history))
    return traces


if __name__ == "__main__":
    sys.stdout.write(json.dumps(means(asyncio.run(replayed(Path(sys.argv[1]).resolve())))))
