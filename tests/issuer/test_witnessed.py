"""`khatm publish` with two witnesses, as separate processes: heads that too few have seen are not published, and one may be away."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

import published
from demo import witnesses
from demo.witnesses import MadeWitness
from issuer.log import stored
from keys import log_keys, policy
from published.log import policy_of
from tests.issuer.offices import PASSPHRASE, SECONDS, Office, rows
from tests.processes import PATIENCE_SECONDS
from transparency import heads, keys
from transparency.errors import NoteSignatureError
from witness.folder import PinnedLog

QUIET = {"GUNICORN_CMD_ARGS": "--log-level warning --access-logfile " + os.devnull}


class Witnessed:
    """An office whose trust list names two witnesses."""

    def __init__(self, office: Office) -> None:
        self.office, self.custody = office, office.locations.custody()
        self.custody.add_log_keys(PASSPHRASE)
        held = self.custody.policy["log"]
        log = PinnedLog(held["origin"], tuple(keys.parse(each["vkey"]) for each in held["keys"]))
        self.made: tuple[MadeWitness, ...] = witnesses.make(office.folder / "witnesses", [log])
        log_keys.set_witnesses(held, add=[key.vkey() for each in self.made for key in each.keys], remove=(), threshold=None)

    def ask_for(self, threshold: int, sequence: int) -> None:
        """Sign and publish a trust list that asks for so many."""
        log_keys.set_witnesses(self.custody.policy["log"], add=(), remove=(), threshold=threshold)
        self.custody.save()
        data = policy.sign_trust_list(self.custody, PASSPHRASE, now=SECONDS - 600 + sequence)
        published.write(self.office.locations.published, {published.TRUST_LIST: data})

    def publish(self, *, exit_code: int = 0) -> str:
        options = [word for each in self.made for word in ("--log-witness", f"{each.name}={each.address}")]
        return self.office.run("publish", *options, exit_code=exit_code).output

    def head(self) -> heads.Head:
        terms = self.office.locations.trust().log
        assert terms is not None
        return heads.verify((self.office.locations.published / "log/checkpoint").read_bytes(), policy_of(terms))


@pytest.fixture
def running() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def test_heads_are_published_when_enough_have_seen_them(office: Office, running: ExitStack) -> None:
    house = Witnessed(office)
    house.ask_for(2, 1)
    environment = dict(os.environ) | QUIET  # noqa: TID251
    _, second = (running.enter_context(witnesses.serving(each, environment)) for each in house.made)
    office.run("issue", office.write("three.csv", rows(3)), "--no-output")
    assert "log/checkpoint" in house.publish()
    assert house.head().checkpoint.size == 3
    assert house.head().witnesses == set(witnesses.NAMES)

    second.terminate()
    second.wait(PATIENCE_SECONDS)
    office.run("issue", office.write("five.csv", rows(5)), "--no-output")
    assert "log/checkpoint" not in house.publish(), "two were asked for"
    assert house.head().checkpoint.size == 3, "readers keep the head that both have seen"
    last = stored.read(office.locations.store / "log")
    assert last is not None and last.checkpoint.size == 5, "and nothing is lost"

    house.ask_for(1, 2)
    assert "log/checkpoint" in house.publish()
    assert house.head().checkpoint.size == 5
    assert house.head().witnesses == {house.made[0].name}


def test_a_house_that_says_not_where_its_witnesses_are_publishes_no_head(office: Office) -> None:
    house = Witnessed(office)
    house.ask_for(1, 1)
    office.run("issue", office.write("one.csv", rows(1)), "--no-output")
    assert "log/checkpoint" not in office.run("publish").output
    assert not Path(office.locations.published / "log/checkpoint").exists()
    house.ask_for(0, 2)
    assert "log/checkpoint" in office.run("publish").output
    with pytest.raises(NoteSignatureError, match="log_unwitnessed"):
        house.ask_for(1, 3)
        house.head()


@pytest.mark.parametrize("wrong", ["stranger.example=https://w.example", "witness-1.example", "witness-1.example=ftp://w.example"])
def test_an_address_that_does_not_do_is_told(office: Office, wrong: str) -> None:
    Witnessed(office).ask_for(1, 1)
    office.run("issue", office.write("one.csv", rows(1)), "--no-output")
    assert "witness_address" in office.run("publish", "--log-witness", wrong, exit_code=2).output
