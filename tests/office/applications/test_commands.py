"""`khatm office work`, as a process of its own that may be stopped in any way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from office.applications import commands, documents
from office.applications.tables import applications
from office.citizens import codes
from office.database import DATABASE
from seal import days
from tests import clock, processes
from tests.conftest import ROOT
from tests.issuer import offices
from tests.issuer.offices import PASSPHRASE
from tests.office.applications.workplace import Workplace, pdf, shop

NOW = clock.seconds()  # the command reads the clock itself


@pytest.fixture
def working(here: Workplace) -> Workplace:
    """An office whose keys and lists are of today."""
    (here.folder / "passphrase").write_bytes(PASSPHRASE + b"\n")
    return here


def words(here: Workplace, *more: str) -> list[str]:
    office = offices.Office(here.folder, here.engine.url.render_as_string(hide_password=False))
    vouched = ["--clock-confirmed", clock.moment().isoformat()]
    return [*more, *office.options, "--documents", str(here.folder / "documents"), *vouched]


def approved(here: Workplace, place: int) -> str:
    fields = shop(trade_name=f"محل رقم {place}", latitude=f"{31.26 + place * 0.0005:.6f}", valid_from=days.day_of(NOW).isoformat())
    number = here.submitted("shop.first", fields, now=NOW)
    here.pay(number, now=NOW)
    here.do("approve", number, now=NOW)
    return number


def test_once_issues_what_waits_and_then_has_nothing_to_do(working: Workplace) -> None:
    number = approved(working, 1)
    first = CliRunner().invoke(commands.work, words(working, "--once"), obj=DATABASE)
    assert (first.exit_code, first.output) == (0, "1 issued\n"), first.output
    assert working.state(number) == "issued"
    assert CliRunner().invoke(commands.work, words(working, "--once"), obj=DATABASE).output == "nothing to do\n"


def test_it_goes_on_until_it_is_stopped(working: Workplace) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}  # noqa: TID251
    command = [sys.executable, "-c", "import khatm; khatm.main()", "office", "work", *words(working, "--every", "0.1")]
    with processes.start(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        numbers = [approved(working, place) for place in range(3)]
        deadline = time.monotonic() + processes.PATIENCE_SECONDS
        while any(working.state(number) != "issued" for number in numbers):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate()
    assert (process.returncode, errors) == (0, "")
    assert sum(int(line.split()[0]) for line in output.splitlines()) == 3


def test_without_keys_it_says_so(working: Workplace) -> None:
    (working.folder / "passphrase").write_bytes(b"another passphrase\n")
    refused = CliRunner().invoke(commands.work, words(working, "--once"), obj=DATABASE)
    assert refused.exit_code == 2
    assert "passphrase_wrong" in refused.output


def test_the_worker_deletes_what_is_over(working: Workplace) -> None:
    """The command itself, as an operator runs it: a code of two days ago and a paper of nobody's are gone."""
    codes.send(working.engine, f"010{7:08}", address=None, language="ar", now=NOW - 2 * 86_400, browser="b" * 43)
    digest = working.office.store.put(documents.parse(pdf()))
    path = working.folder / "documents" / digest.hex()[:2] / digest.hex()[2:]
    os.utime(path, (NOW - 2 * 86_400,) * 2)
    kept = CliRunner().invoke(commands.work, words(working, "--once", "--keep-codes", "7", "--keep-documents", "7"), obj=DATABASE)
    assert kept.exit_code == 0 and path.exists(), kept.output
    told = CliRunner().invoke(commands.work, words(working, "--once"), obj=DATABASE).output
    assert "1 codes deleted" in told and "1 documents deleted" in told
    assert not path.exists()


def test_by_a_clock_that_nobody_keeps_nothing_lapses_and_nothing_is_deleted(working: Workplace) -> None:
    """What a deadline or retention did by a clock that is months ahead cannot be taken back: it waits for somebody who vouches."""
    unpaid = working.submitted("shop.first", shop(valid_from=days.day_of(NOW).isoformat()), now=NOW)
    with working.engine.begin() as connection:
        connection.execute(update(applications).where(applications.c.number == unpaid).values(due_at=NOW - 60))
    state = working.state(unpaid)
    codes.send(working.engine, f"010{7:08}", address=None, language="ar", now=NOW - 2 * 86_400, browser="b" * 43)
    vouched = words(working, "--once")
    doubted = CliRunner().invoke(commands.work, vouched[: vouched.index("--clock-confirmed")], obj=DATABASE)
    assert doubted.exit_code == 0 and "clock_unconfirmed" in doubted.output, doubted.output
    assert working.state(unpaid) == state and "deleted" not in doubted.output
    told = CliRunner().invoke(commands.work, vouched, obj=DATABASE).output
    assert working.state(unpaid) != state and "1 codes deleted" in told, told
