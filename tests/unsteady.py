"""A few tests that failed beside others are run once more, alone, and named: `pytest --again 3`. Why, and why not more: ADR 61.

What fails alone too has failed. What passes alone is told as unsteady, at the end and by name; it is a defect to mend, and not an outcome.
"""

from __future__ import annotations

import subprocess
import sys

import pytest


class Unsteady:
    """What failed in this run, and how it did alone."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.failed: dict[str, str] = {}
        self.alone: subprocess.CompletedProcess[str] | None = None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.setdefault(report.nodeid, report.longreprtext)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if exitstatus != pytest.ExitCode.TESTS_FAILED or not 0 < len(self.failed) <= self.limit:
            return
        command = [sys.executable, "-m", "pytest", "-n0", "--durations=0", "--rootdir", str(session.config.rootpath), *self.failed]
        self.alone = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if self.alone.returncode == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.OK

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.alone is None:
            return
        passed = self.alone.returncode == pytest.ExitCode.OK
        terminalreporter.section(
            "unsteady: failed beside others, passed alone" if passed else "failed beside others, and alone",
            "=",
            yellow=passed,
            red=not passed,
        )
        for test in self.failed:
            terminalreporter.line(test)
        if not passed:
            terminalreporter.line(self.alone.stdout)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--again", type=int, default=0, metavar="N", help="run up to N failed tests once more, alone, and name them")


def pytest_configure(config: pytest.Config) -> None:
    limit = config.getoption("again")
    if limit and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Unsteady(limit), "unsteady")
