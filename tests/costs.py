"""What a run of the tests cost the processor: the twenty dearest tests, and the dearest files, at its end.

Seconds of the processor, not of the clock, which a busy machine stretches: of this process and of every program that it started and waited
for. What a test leaves running counts for whoever ends it: the process's browser and database server for its last test.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage

import pytest

_NAME = "processor_seconds"
_SHOWN = 20


def spent() -> float:
    """Seconds of the processor that this process and its ended children took until now."""
    return sum(used.ru_utime + used.ru_stime for used in map(getrusage, (RUSAGE_SELF, RUSAGE_CHILDREN)))


class Costs:
    """Notes with each report what it cost, where the tests run, and adds that up, where they are reported."""

    def __init__(self) -> None:
        self.tests = defaultdict[str, float](float)
        self._before = spent()

    def pytest_collection_finish(self) -> None:
        """What importing the tests cost is not the first test's."""
        self._before = spent()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Iterator[None]:
        report = yield
        now = spent()
        report.user_properties = [*report.user_properties, (_NAME, now - self._before)]
        self._before = now
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.tests[report.nodeid] += dict(report.user_properties).get(_NAME, 0)

    def lines(self) -> Iterator[str]:
        """The dearest tests, the dearest files and the sum, for people."""
        files = defaultdict[str, float](float)
        for test, seconds in self.tests.items():
            files[test.partition("::")[0]] += seconds
        for what, sums in (("tests", self.tests), ("files", files)):
            yield f"the {_SHOWN} dearest {what}"
            yield from (f"{seconds:8.2f} s  {name}" for name, seconds in sorted(sums.items(), key=lambda each: -each[1])[:_SHOWN])
        yield f"{sum(self.tests.values()):8.2f} s  in all"

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("processor seconds, of this process and what it started")
        for line in self.lines():
            terminalreporter.line(line)
