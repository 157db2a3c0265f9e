"""Tells a failure when it happens: pytest tells them at its end, and whoever stops a run never sees that."""

import pytest


class AtOnce:
    """One line per failure, and the last lines of its report; of a parallel run its controller tells."""

    LINES = 12

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        terminal = self._config.pluginmanager.get_plugin("terminalreporter")
        if not report.failed or terminal is None or hasattr(self._config, "workerinput"):
            return
        terminal.write_line("")  # after the dots
        terminal.write_line(f"failed in its {report.when}: {report.nodeid}", red=True)
        for line in report.longreprtext.splitlines()[-self.LINES :]:
            terminal.write_line(f"  {line}")
