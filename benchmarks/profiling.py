"""Where the worker's time goes: its threads as the system counts them, and Python's own time part by part.

py-spy takes the samples, from outside and without stopping the worker, of the thread that holds Python's lock: that is
what Python itself costs. What the SDK's Rust core costs, the system's own count of its threads tells.
"""

import asyncio
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import psutil
from rich.table import Table

from benchmarks.load import ENGINE, turn
from benchmarks.parts import Asked, Found, table
from benchmarks.rig import rig
from benchmarks.stories import HAPPY

SAMPLES: Final = 100
"""Per second: a thousand in the shortest profile, which is enough for whole per cents."""
TOP: Final = 15
"""Functions in the table."""
FOLDERS: Final[Sequence[tuple[str, str]]] = (
    ("workflows/process/", "our rules (process)"),
    ("workflows/messages/", "our messages: decoding, encoding"),
    ("pydantic", "our messages: decoding, encoding"),
    ("workflows/sandbox.py", "sandbox"),
    ("workflows/", "our shell (order, lanes, display)"),
    ("activities/", "our activities"),
    ("asyncpg/", "asyncpg"),
    ("httpx/", "httpx"),
    ("httpcore/", "httpx"),
    ("temporalio/worker/workflow_sandbox/", "sandbox"),
    ("<frozen importlib", "sandbox"),
    ("temporalio/converter/", "SDK: payloads"),
    ("temporalio/bridge/_visitor.py", "SDK: payloads"),
    ("temporalio/worker/_command_aware_visitor.py", "SDK: payloads"),
    ("temporalio/worker/_workflow_instance.py", "SDK: running a workflow"),
    ("temporalio/worker/_activity.py", "SDK: running an activity"),
    ("temporalio/", "SDK: polling, completing, the rest"),
    ("google/", "SDK: payloads"),
)
"""Whose a sample is: of its innermost frame that is in one of these, by the first that fits."""
LOOP: Final = "event loop, threads, standard library"
THREADS: Final[Sequence[tuple[str, str]]] = (("tokio", "SDK's Rust core"), ("temporal", "SDK's Rust core"))
"""Threads by how their names begin; all others are Python's."""


async def profiling(asked: Asked) -> Found:
    """The engine's worker under the happy path."""
    orders = asked.by_scale(32, 96, 192)
    async with rig() as measured, measured.worker(ENGINE.name) as worker:
        await turn(measured, ENGINE, [worker], HAPPY, 2 * asked.in_flight, asked.in_flight)
        asked.tell(f"Profiling {orders} orders")
        pid, stacks = worker.process.pid, measured.stack.folder / "profile.txt"
        recorder = await asyncio.create_subprocess_exec(*_recording(pid, stacks), stdout=asyncio.subprocess.DEVNULL)
        before = threads(pid)
        took = await turn(measured, ENGINE, [worker], HAPPY, orders, asked.in_flight)
        spent = {name: seconds - before.get(name, 0.0) for name, seconds in threads(pid).items()}
        recorder.send_signal(2)
        if await recorder.wait() not in (0, -2):
            raise RuntimeError("py-spy could not look into the worker; run this as root, or with ptrace allowed.")
        samples = _samples(stacks.read_text(encoding="utf-8").splitlines())
    shares, functions = by_part(samples), by_function(samples)
    per_order = {name: 1_000 * seconds / orders for name, seconds in spent.items()}
    tables = [_threads(per_order), _parts(shares, per_order["Python"]), _functions(functions)]
    figures = {"worker_ms": took.worker_ms, "threads_ms": per_order, "python": shares, "functions": functions}
    return Found(tables, figures)


def _recording(pid: int, stacks: Path) -> list[str | Path]:
    """py-spy's command, beside this Python where pip puts it."""
    beside = Path(sys.executable).with_name("py-spy")
    command = beside if beside.exists() else shutil.which("py-spy")
    if command is None:
        raise RuntimeError("py-spy is not installed, and the profile needs it; `make setup` installs it.")
    to = (
        "record",
        "--gil",
        "--nonblocking",
        "--format",
        "raw",
        "--rate",
        str(SAMPLES),
        "--output",
        str(stacks),
        "--pid",
        str(pid),
    )
    return [command, *to]


def threads(pid: int) -> dict[str, float]:
    """CPU seconds of a process's threads: Python's, and those of the SDK's Rust core."""
    spent = {"Python": 0.0, "SDK's Rust core": 0.0}
    for thread in psutil.Process(pid).threads():
        name = Path(f"/proc/{pid}/task/{thread.id}/comm").read_text(encoding="utf-8").strip()
        whose = next((whose for begins, whose in THREADS if name.startswith(begins)), "Python")
        spent[whose] += thread.user_time + thread.system_time
    return spent


def _samples(lines: Iterable[str]) -> list[tuple[list[str], int]]:
    """Each stack, outermost frame first, with how often it was seen."""
    split = (line.rpartition(" ") for line in lines)
    return [(stack.split(";"), int(count)) for stack, _, count in split]


def by_part(samples: Iterable[tuple[Sequence[str], int]]) -> dict[str, float]:
    """The share of each part, the greatest first."""
    counted: Counter[str] = Counter()
    for stack, count in samples:
        counted[_part(stack)] += count
    return {part: count / counted.total() for part, count in counted.most_common()}


def _part(stack: Sequence[str]) -> str:
    for frame in reversed(stack):
        for inside, part in FOLDERS:
            if inside in frame:
                return part
    return LOOP


def by_function(samples: Iterable[tuple[Sequence[str], int]]) -> dict[str, float]:
    """The share of the functions in which most time was spent, what they call not included."""
    counted: Counter[str] = Counter()
    for stack, count in samples:
        counted[stack[-1].rpartition(":")[0] + ")" if ":" in stack[-1] else stack[-1]] += count
    return {function: count / counted.total() for function, count in counted.most_common(TOP)}


def _threads(per_order: Mapping[str, float]) -> Table:
    drawn = table("The worker's CPU by threads, as the system counts it", "threads", "ms per order")
    for name, milliseconds in per_order.items():
        drawn.add_row(name, f"{milliseconds:.1f}")
    return drawn


def _parts(shares: Mapping[str, float], python_ms: float) -> Table:
    drawn = table("Python's own time by part, as py-spy sampled it", "part", "share", "ms per order")
    for part, share in shares.items():
        drawn.add_row(part, f"{share:.0%}", f"{share * python_ms:.1f}")
    return drawn


def _functions(functions: Mapping[str, float]) -> Table:
    drawn = table("Functions with most time of their own", "function", "share")
    for function, share in functions.items():
        drawn.add_row(function, f"{share:.1%}")
    return drawn
