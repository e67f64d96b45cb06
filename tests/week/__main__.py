"""`python -m tests.week`: a week of a governorate in about an hour, or fewer days; lines as it goes on, and a report at the end."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from tests import clock as machine_clock
from tests.conftest import ROOT
from tests.week import ending, faults, report, run
from tests.week.agenda import Agenda
from tests.week.auditor import Auditor
from tests.week.city import City
from tests.week.comparing import Checked
from tests.week.simulated import SimulatedClock

REPORTS = ROOT / "docs/operations"


class Outcome(NamedTuple):
    """A week that was lived: itself, what was compared, what the house's commands said, exit codes at the end, minutes."""

    week: run.Week
    checks: tuple[Checked, ...]
    commands: dict[str, str]
    codes: dict[str, int]
    seconds: float

    @property
    def wrong(self) -> list[str]:
        """Everything that does not agree."""
        found = [f"{each.name}: {one}" for each in self.checks for one in each.against]
        found += [f"{name}: {told}" for name, told in self.commands.items() if told]
        found += self.week.agenda.findings + self.week.city.stopped
        found += [f"{name} ended with {code}" for name, code in self.codes.items() if code not in (0, -signal.SIGTERM)]
        found += [f"timer {each.service}: exit {each.code}: {each.said}" for each in self.week.ran if each.code > 0 and not each.during]
        return found


def live(folder: Path, *, days: int, seed: int, kind: str, wanted: int, tell: Callable[[str], None], keep: bool = False) -> Outcome:
    """Live so many days in a folder. `keep`: what was written outlasts it, also where it breaks off."""
    began = time.monotonic()
    midnight = run.begin(machine_clock.seconds(), days)
    clock = SimulatedClock(folder / "clocks", run.first_moment(midnight))

    def said(line: str) -> None:
        tell(f"{time.monotonic() - began:6.0f} s  {clock.day():%a} {clock.minute() // 60:02}:{clock.minute() % 60:02}  {line}")

    with ExitStack() as stack:
        city = City(folder, clock, kind, stack, said)
        if keep:
            stack.callback(ending.keep, city)
        stack.callback(
            lambda: [
                machine.kill(name)
                for machine in (city.verifier, city.office)
                for name, held in machine.running.items()
                if held.process and held.process.poll() is None
            ]
        )
        city.found()
        agenda = Agenda(city, run.chance(seed))
        planned = faults.plan(seed, midnight, days, wanted=wanted)
        week = run.Week(city, agenda, faults.Breaker(city, planned), days, midnight, said)
        week.live()
        said("the audit")
        checks = tuple(Auditor(city, agenda.books).all())
        codes = city.stop()
        commands = ending.commands(city) | {"a backup restored into a second register": ending.restored(city)}
        commands |= {"tracebacks in the logs": tracebacks(city)}
        return Outcome(week, checks, commands, codes, time.monotonic() - began)


def tracebacks(city: City) -> str:
    """Which programs wrote one."""
    found = []
    for machine in (city.office, city.verifier):
        for path in sorted(machine.logs.glob("*.log")):
            for each in path.read_text("utf-8", "replace").split("Traceback (most recent call last)")[1:]:
                raised = next((line for line in each.splitlines()[1:] if line and not line.startswith(" ")), "")
                found.append(f"{machine.name}/{path.name}: {raised[:200]}")
    return ", ".join(found)


def main(words: Sequence[str] | None = None) -> int:
    """Live it, and write the report."""
    parser = argparse.ArgumentParser(prog="python -m tests.week", description=__doc__)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--seed", type=int, default=1904)
    parser.add_argument("--kind", choices=("postgresql", "sqlite"), default="postgresql")
    parser.add_argument("--faults", type=int, default=0, help="so many kinds of fault on each day; 0: all")
    parser.add_argument("--report", type=Path, default=REPORTS, help="where the report is written")
    parser.add_argument("--keep", action="store_true", help="leave the folder there, with all logs and what was written")
    given = parser.parse_args(words)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # end what was started
    folder = Path(tempfile.mkdtemp(prefix="khatm-week-"))
    try:
        outcome = live(
            folder,
            days=given.days,
            seed=given.seed,
            kind=given.kind,
            wanted=given.faults,
            tell=lambda line: print(line, flush=True),
            keep=given.keep,
        )
        given.report.mkdir(parents=True, exist_ok=True)
        text = report.written(
            outcome.week, outcome.checks, outcome.commands, seed=given.seed, kind=given.kind, real_seconds=outcome.seconds
        )
        (given.report / f"week-{given.kind}.md").write_text(text)
        (given.report / f"week-{given.kind}.svg").write_text(report.picture(outcome.week))
        for line in outcome.wrong:
            print(f"DISAGREES: {line}")
        print(f"{len(outcome.wrong)} disagreements; {given.report / f'week-{given.kind}.md'}")
        return 1 if outcome.wrong else 0
    finally:
        if given.keep:
            print(f"kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
