"""When a follower looks next, and what it wrote down of the last look."""

from pathlib import Path

import pytest

from verifier.following import record
from verifier.following.fetching import Validators
from verifier.following.record import Record
from verifier.following.waiting import MOST_SECONDS, wait

HALVES = (0.0, 0.5, 0.999)


def test_a_host_that_answers_is_asked_about_as_often_as_was_said() -> None:
    assert [round(wait(30, 0, 0, lambda at=at: at)) for at in HALVES] == [24, 30, 36]


def test_a_host_that_fails_is_asked_ever_more_seldom_and_never_by_all_at_once() -> None:
    longest = [wait(30, failures, 0, lambda: 0.999) for failures in range(1, 40)]
    assert longest == sorted(longest)
    assert MOST_SECONDS * 0.99 < longest[-1] <= MOST_SECONDS
    for failures in range(1, 40):
        assert wait(30, failures, 0, lambda: 0.0) == pytest.approx(wait(30, failures, 0, lambda: 1.0) / 2)
    assert wait(3600, 5, 0, lambda: 1.0) == 3600, "but no more often than it was told to"


@pytest.mark.parametrize("failures", [0, 3])
def test_what_the_host_asks_for_is_heeded(failures: int) -> None:
    assert wait(1, failures, 1000, lambda: 0.0) == 1000


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    written = Record("https://khatm.example", 7, 5, 9, "follow_refused", "/status/1: 503", {"status/1": "status_list_older"}, 3)
    written = written._replace(validators={"status/1": Validators('"x"', "Mon")})
    record.write(tmp_path / "look.json", written)
    assert record.read(tmp_path / "look.json") == written


@pytest.mark.parametrize("text", ["", "{", "[]", '{"validators": []}', '{"validators": {"a": 1}}', "null", "[" * 100_000])
def test_a_damaged_record_costs_no_more_than_asking_anew(tmp_path: Path, text: str) -> None:
    (tmp_path / "look.json").write_text(text)
    assert record.read(tmp_path / "look.json") == Record()
