"""Registers of another revision, and registers that are not whole: only `khatm database upgrade` changes tables."""

import sqlite3
from contextlib import closing

import pytest
from alembic import command
from alembic.config import Config
from click.testing import CliRunner, Result
from sqlalchemy import Engine, inspect, text

import khatm
from issuer.register.schema import REGISTER, open_register
from storage import revisions
from storage.errors import StorageError
from tests.conftest import ROOT
from tests.issuer.offices import Office, row

BEFORE = "0006"


def make_older(register: Engine) -> None:
    """As a version of some months ago left it."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "issuer/migrations"))
    with register.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, BEFORE)


def on(office: Office, word: str, *, exit_code: int = 0) -> Result:
    """Run `khatm database WORD` on an office's register."""
    result = CliRunner().invoke(khatm.main, ["database", word, "--register", office.register])
    assert result.exit_code == exit_code, result.output
    return result


def tables(register: Engine) -> set[str]:
    return set(inspect(register).get_table_names())


def test_an_older_register_is_refused_by_all_but_upgrade_which_says_what_it_does(each_office: Office, register: Engine) -> None:
    make_older(register)
    there = tables(register)
    file = each_office.write("one.csv", [row()])
    for words in (("license", "held", "list"), ("issue", file, "--no-output"), ("publish",), ("office", "account", "list")):
        now = {"now": None} if words[0] in ("license", "office", "publish") else {}
        said = each_office.run(*words, exit_code=2, **now).output
        assert "database_older" in said and "khatm database upgrade" in said, words
    for create in (True, False):
        with pytest.raises(StorageError, match="database_older"):
            open_register(each_office.register, create=create)
    assert tables(register) == there, "nobody who opens a register changes it"
    checked = on(each_office, "check", exit_code=1).output
    assert f"older: at {BEFORE}" in checked
    told = on(each_office, "upgrade").output
    assert [line.split()[0] for line in told.splitlines()[:-1]] == ["0007", "0008", "0009", "0010", "0011"]
    assert f"now at {revisions.head(REGISTER)}" in told
    assert "Nothing to do" in on(each_office, "upgrade").output
    assert "Sound" in on(each_office, "check").output
    assert "1 issued" in each_office.run("issue", file, "--no-output").output


def test_a_newer_or_missing_register_is_not_upgraded(each_office: Office) -> None:
    assert "database_missing" in on(each_office, "upgrade", exit_code=2).output
    assert "database_missing" in on(each_office, "check", exit_code=2).output
    with each_office.locations.engine(create=True) as register:
        with register.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        for word in ("upgrade", "check"):
            assert "database_newer" in on(each_office, word, exit_code=2).output


def test_tables_that_somebody_changed_are_named(each_office: Office, register: Engine) -> None:
    with register.begin() as connection:
        connection.execute(text("DROP INDEX ix_license_near_head"))
        connection.execute(text("ALTER TABLE license ADD COLUMN note TEXT"))
    checked = on(each_office, "check", exit_code=1).output
    assert "ix_license_near_head" in checked and "note" in checked


def test_a_database_that_is_not_whole_is_told(office: Office) -> None:
    office.run("issue", office.write("one.csv", [row()]), "--no-output")
    with closing(sqlite3.connect(office.register)) as register, register:
        register.execute("PRAGMA foreign_keys=OFF")
        register.execute("DELETE FROM license")
    assert "dangling: seal row 1 names a missing license" in on(office, "check", exit_code=1).output


def test_a_step_that_fails_leaves_the_register_as_it_was(each_office: Office, register: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    make_older(register)
    there, run = tables(register), revisions._run

    def stop_at_the_last(schema: object, connection: object, revision: str) -> None:
        if revision == revisions.head(REGISTER):
            raise StorageError("disk_full")
        run(schema, connection, revision)  # type: ignore[arg-type]

    monkeypatch.setattr(revisions, "_run", stop_at_the_last)
    with pytest.raises(StorageError, match="disk_full"):
        revisions.upgrade(REGISTER, register, progress=lambda step: None)
    with register.connect() as connection:
        assert revisions.current(connection) == BEFORE
    assert tables(register) == there
