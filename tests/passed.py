"""Which tests have passed, kept in a file, so that a run of an hour goes on where it was stopped."""

from pathlib import Path

import pytest


class Passed:
    """Leaves out what has passed, and writes down what passes."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._going_well: set[str] = set()

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        known = set(self._file.read_text().splitlines()) if self._file.exists() else set()
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid in known])
        items[:] = [item for item in items if item.nodeid not in known]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Passed is what ended well too: histories are replayed when the test itself is over."""
        if report.when == "call" and report.passed:
            self._going_well.add(report.nodeid)
        if report.when == "teardown" and report.passed and report.nodeid in self._going_well:
            with self._file.open("a") as file:
                file.write(f"{report.nodeid}\n")
