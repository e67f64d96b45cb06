"""A file is judged once, a part of it by a child on the second core: the same becomes of its rows, and a child that dies seals nothing."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer import judging, kept
from issuer.approving import Asked, part_of
from issuer.forked import forked
from issuer.intake import tables
from issuer.intake.errors import IntakeError
from issuer.intake.row import Row
from issuer.intake.rows import NO_DOUBT, Entry, Fault, Refusal, Rules
from issuer.register import requests
from issuer.register.issuing import candidate_of
from issuer.register.stored import to_json
from seal.license import License
from tests.issuer.offices import Office, row, rows
from tests.seal.rules import RULES, held_licenses

#: So many blocks that both come several times, and not a whole number of them; every seventh row is refused, and some are twins.
COUNT = 19 * judging.BLOCK + 50


def mixed(count: int = COUNT) -> Iterator[dict[str, str]]:
    for number, each in enumerate(rows(count)):
        if number % 7 == 3:
            yield each | {"latitude": "somewhere"}
        elif number % 101 == 5:
            yield row(trade_name="محل رقم 2", latitude=f"{31.255 + 2 * 0.0005:.6f}", longitude="29.985000")
        else:
            yield each


def become(file: Path, rules: Rules) -> tuple[list[object], Asked]:
    with judging.judged(file, rules, apply=False) as judged:
        found = list(judged.rows())
        assert found == list(judged.rows()), "they may be gone through again"
        return list(found), judged.asked


def test_what_two_judge_is_what_one_judges(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    file, rules = office.write("licenses.csv", mixed()), office.clerk().rules
    both = become(file, rules)
    monkeypatch.setattr(judging, "_WORTH_SHARING", 1 << 40)
    alone = become(file, rules)
    assert both == alone
    assert len(both[0]) == COUNT and sum(isinstance(each, Refusal) for each in both[0]) >= COUNT // 7


def test_a_child_that_dies_ends_it_and_nothing_is_sealed(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    mother, judge = os.getpid(), Rules.judge

    def dies(self: Rules, *about: object) -> object:
        if os.getpid() != mother:
            os.kill(os.getpid(), signal.SIGKILL)
        return judge(self, *about)  # type: ignore[arg-type]

    monkeypatch.setattr(Rules, "judge", dies)
    assert "sealing_stopped" in office.run("issue", office.write("licenses.csv", mixed()), exit_code=2).output
    assert not (office.folder / "licenses.csv.rejects.csv").exists()
    monkeypatch.undo()
    said = office.run("issue", office.folder / "licenses.csv").output
    assert f"{COUNT} rows" in said, "the next run looks at everything, as if there had been none before"


def test_a_child_that_finds_another_file_in_its_place_is_noticed(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    file, rules, opened, mother = office.write("licenses.csv", mixed()), office.clerk().rules, tables.opened, os.getpid()
    other = office.write("other.csv", list(mixed())[1:])
    monkeypatch.setattr(tables, "opened", lambda path: opened(path if os.getpid() == mother else other))
    with pytest.raises(IntakeError, match="file_unreadable: it changed"), judging.judged(file, rules, apply=False):
        pass


@pytest.mark.parametrize("good", [3 * judging.BLOCK + 7, 10 * judging.BLOCK + 1, COUNT - 1])
def test_a_damage_deeper_in_the_file_is_told_whoever_meets_it(office: Office, monkeypatch: pytest.MonkeyPatch, good: int) -> None:
    file, rules, opened = office.write("licenses.csv", mixed()), office.clerk().rules, tables.opened

    def damaged(rows: Iterator[Row]) -> Iterator[Row]:
        yield from islice(rows, good)
        raise IntakeError("file_unreadable", "damaged")

    @contextmanager
    def half(path: Path) -> Iterator[tables.Table]:
        with opened(path) as table:
            yield table._replace(rows=damaged(table.rows))

    monkeypatch.setattr(tables, "opened", half)
    with pytest.raises(IntakeError, match="file_unreadable: damaged"), judging.judged(file, rules, apply=False):
        pass


def test_a_disk_that_is_full_for_the_child_is_no_mystery(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    mother, write = os.getpid(), os.pwrite

    def full(stream: int, octets: bytes, place: int) -> int:
        if os.getpid() != mother:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(stream, octets, place)

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(OSError, match="No space left"), judging.judged(office.write("a.csv", mixed()), office.clerk().rules, apply=False):
        pass


@RULES
@given(held_licenses(), st.text(max_size=12), st.none() | st.text(max_size=12))
def test_what_is_asked_is_written_as_json_has_it(license_: License, code: str, source_id: str | None) -> None:
    entry = Entry(7, source_id, license_, (), Fault("", code))
    plain = [7, source_id, to_json(license_), code]
    assert part_of([entry]).octets == requests.octets_of(plain)


@RULES
@given(held_licenses(), st.none() | st.text(max_size=12), st.booleans())
def test_what_is_kept_comes_back(license_: License, source_id: str | None, doubted: bool) -> None:
    entry = Entry(7, source_id, license_, ("أ", ""), Fault("latitude", "site_coarse", "±3 m") if doubted else NO_DOUBT)
    rows = [candidate_of(entry), Refusal.of(entry, "duplicate_row", "3")]
    assert list(kept.unpacked(kept.packed(rows))) == rows


def test_what_was_judged_is_sealed_whatever_becomes_of_the_file(office: Office) -> None:
    """Who exchanges the file after it was looked at changes nothing: the rows that are asked for are those that are kept."""
    file, rules = office.write("licenses.csv", mixed(100)), office.clerk().rules
    with judging.judged(file, rules, apply=False) as judged:
        before = list(judged.rows())
        file.write_text("something else entirely", "utf-8")
        assert list(judged.rows()) == before


def test_a_fault_of_the_work_ends_the_child_and_is_an_end_of_the_pipe(capfd: pytest.CaptureFixture[str]) -> None:
    def work(words: str) -> Iterator[str]:
        yield words
        if words == "break":
            raise ValueError(words)
        yield words * 2

    with forked(work, silent=60) as child:
        assert child is not None
        child.send("a")
        assert [child.recv(), child.recv()] == ["a", "aa"]
        child.send("break")
        assert child.recv() == "break"
        with pytest.raises(EOFError):
            child.recv()
    assert "ValueError: break" in capfd.readouterr().err, "the log says what it was"
