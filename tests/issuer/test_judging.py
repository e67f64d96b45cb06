"""A file is judged once, a part of it by a child on the second core: the same becomes of its rows, and a child that dies seals nothing."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from issuer import judging
from issuer.approving import Asked
from issuer.forked import forked
from issuer.intake.rows import Refusal, Rules
from tests.issuer.offices import Office, row, rows

#: More than the child and the parent judge at once, so that both come twice; every seventh row is refused, and some are twins.
COUNT = judging.THERE + judging.HERE + 900


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


def test_what_was_judged_is_sealed_whatever_becomes_of_the_file(office: Office) -> None:
    """Who exchanges the file after it was looked at changes nothing: the rows that are asked for are those that are kept."""
    file, rules = office.write("licenses.csv", mixed(100)), office.clerk().rules
    with judging.judged(file, rules, apply=False) as judged:
        before = list(judged.rows())
        file.write_text("something else entirely", "utf-8")
        assert list(judged.rows()) == before


def test_a_fault_of_the_work_ends_the_child_and_is_an_end_of_the_pipe(capfd: pytest.CaptureFixture[str]) -> None:
    def work(words: str) -> str:
        if words == "break":
            raise ValueError(words)
        return words * 2

    with forked(work) as child:
        assert child is not None
        child.send("a")
        assert child.recv() == "aa"
        child.send("break")
        with pytest.raises(EOFError):
            child.recv()
    assert "ValueError: break" in capfd.readouterr().err, "the log says what it was"
