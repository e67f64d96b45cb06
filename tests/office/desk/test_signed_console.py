"""Requests of the console in the mode `passkey`: no approval without signatures, whoever has a shell, a password and a code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

import khatm
from accounts import directory
from issuer.register import requests
from storage.database import reading
from tests import by_hand
from tests.office.applications.conftest import Keys
from tests.office.desk.test_signed_requests import Signing

WAITS = 3


class Console(Signing):
    """The same, and whoever types commands there."""

    def furnish(self) -> None:
        super().furnish()
        self.run("license", "suspend", self.license, "--reason", "visit")

    def run(self, *words: str, exit_code: int = 0, typed: str = "", published: Path | None = None) -> str:
        given = [word for word in self.furnished.words(*words) if word != "--alone" or "--alone" in words]
        given = [
            str(published) if before == "--published" and published else word for before, word in zip(["", *given], given, strict=False)
        ]
        result = CliRunner().invoke(khatm.main, given, input=typed)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
        assert result.exit_code == exit_code, result.output
        return result.output

    def reinstate(self, *more: str, exit_code: int = WAITS, published: Path | None = None) -> str:
        words = ("license", "reinstate", self.license, "--reason", "paid", *more)
        return self.run(*words, exit_code=exit_code, published=published)

    def write(self) -> None:
        """What somebody with the database in hand does to whatever waits."""
        forged = (
            "UPDATE sealing_request SET state = 'approved', decided_by = 'account:mona', decided_at = prepared_at WHERE state = 'waiting'"
        )
        by_hand.run(self.house.context.engine, forged)


@pytest.fixture
def console(tmp_path: Path, unlocked: Keys, database_url: str) -> Iterator[Console]:
    made = Console(tmp_path, unlocked, database_url)
    made.furnish()
    yield made
    made.house.close()


def test_the_console_approves_nothing_where_decisions_are_signed(console: Console) -> None:
    assert "digest" in console.reinstate()
    said = console.run("office", "requests", "approve", str(console.request().id), "--as", "mona", exit_code=2, typed="x\n000000\n")
    assert "approval_by_passkey" in said and "مفاتيح المرور" in said and "password" not in said, "nobody's password is asked for"
    assert console.request().state == "waiting"
    assert "alone_refused" in console.reinstate("--alone", exit_code=2)
    assert console.status()[0] == "suspended"


def test_a_state_that_was_written_lifts_no_suspension_and_signatures_do(console: Console) -> None:
    console.reinstate()
    first = console.request().id
    console.write()
    said = console.reinstate()
    assert "approval_missing: Too few people signed" in said and "signatures with passkeys" in said and "requests approve" not in said
    assert console.status()[0] == "suspended"
    again = console.request()
    assert again.id > first and again.state == "waiting"
    with reading(console.house.context.engine) as connection:
        lapsed = requests.show(connection, first)
    assert (lapsed.state, lapsed.told["fault"]) == ("lapsed", "approval_missing")
    console.sign("mona", again.id)
    console.write()
    assert "approval_missing" in console.reinstate(), "one signature and a written state are not two people"
    last = console.request().id
    for name in ("mona", "omar"):
        assert console.sign(name, last).status_code == 303
    assert "reinstated" in console.reinstate(exit_code=0) and console.status()[0] == "valid"


def test_a_session_of_before_the_mode_changed_counts_for_nothing(console: Console) -> None:
    console.reinstate()
    with console.house.context.engine.begin() as connection:
        account = directory.find(connection, "omar")
        requests.decide(connection, console.request().id, approve=True, by=f"account:{account.name}", now=console.house.now)
    assert "approval_missing" in console.reinstate() and console.status()[0] == "suspended"


def test_without_a_trust_list_nobody_knows_how_decisions_are_signed(console: Console, tmp_path: Path) -> None:
    console.reinstate()
    console.write()
    empty = tmp_path / "empty"
    empty.mkdir()
    refused = console.reinstate(exit_code=2, published=empty)
    assert "list_" in refused and console.status()[0] == "suspended"
