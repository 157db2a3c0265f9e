"""Which tests have passed, kept in a file, so that a run of an hour goes on where it was stopped."""

from pathlib import Path

import pytest


class Passed:
    """Leaves out what has passed, and writes down what passes: of a parallel run its controller does."""

    def __init__(self, file: Path, config: pytest.Config) -> None:
        self._file = file
        self._writes = not hasattr(config, "workerinput")
        self._known = frozenset(file.read_text().splitlines() if file.exists() else ())
        self._going_well: set[str] = set()

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid in self._known])
        items[:] = [item for item in items if item.nodeid not in self._known]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Passed is what ended well too: histories are replayed when the test itself is over."""
        if report.when == "call" and report.passed:
            self._going_well.add(report.nodeid)
        if report.when == "teardown" and report.passed and report.nodeid in self._going_well and self._writes:
            with self._file.open("a") as file:
                file.write(f"{report.nodeid}\n")

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Nothing left to do is no failure."""
        if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and self._known:
            session.exitstatus = pytest.ExitCode.OK
