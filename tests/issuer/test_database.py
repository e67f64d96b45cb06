"""Registers of another revision, and registers that are not whole: only `khatm database upgrade` changes tables."""

import sqlite3
from contextlib import closing

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Connection, Engine, create_engine, inspect, text

import khatm
from office.database import DATABASE, open_register
from storage import revisions
from storage.database import opening, standing_of, url_of
from storage.errors import StorageError
from storage.schema import Chain
from tests.issuer.offices import Office, row
from tests.storage import one_chain

BEFORE = "0006"


def on(office: Office, word: str, *, exit_code: int = 0) -> Result:
    """Run `khatm database WORD` on an office's register."""
    result = CliRunner().invoke(khatm.main, ["database", word, "--register", office.register])
    assert result.exit_code == exit_code, result.output
    return result


def tables(register: Engine) -> set[str]:
    return set(inspect(register).get_table_names())


def tables_at(office: Office) -> set[str]:
    engine = create_engine(url_of(office.register))
    found = tables(engine)
    engine.dispose()
    return found


def test_an_older_register_is_refused_by_all_but_upgrade_which_says_what_it_does(each_office: Office) -> None:
    one_chain.lay(each_office.register, BEFORE)
    there = tables_at(each_office)
    file = each_office.write("one.csv", [row()])
    for words in (("license", "held", "list"), ("issue", file, "--no-output"), ("publish",), ("office", "account", "list")):
        now = {"now": None} if words[0] in ("license", "office", "publish") else {}
        said = each_office.run(*words, exit_code=2, **now).output
        assert "database_older" in said and "khatm database upgrade" in said, words
    for create in (True, False):
        with pytest.raises(StorageError, match="database_older"):
            open_register(each_office.register, create=create)
    assert tables_at(each_office) == there, "nobody who opens a register changes it"
    checked = on(each_office, "check", exit_code=1).output
    for chain in DATABASE.chains:
        assert f"{chain.name}: older: at {BEFORE}, this program needs {revisions.head(chain)}" in checked
    told = on(each_office, "upgrade").output
    assert [line.split()[0] for line in told.splitlines()[:-1]] == [
        *("accounts_0008", "accounts_0012", "accounts_0013", "accounts_0014"),
        *("register_0009", "register_0012", "register_0013", "register_0014", "register_0015", "register_0017"),
        *(f"office_{number}" for number in ("0007", "0008", "0010", "0011", "0012", "0013", "0014", "0015")),
        *(f"office_{number}" for number in ("0016", "0017", "0018", "0019", "0020", "0021", "0023", "0024", "0026")),
        *(f"office_{number}" for number in ("0030", "0031", "0032")),
        "acts_0012",
        "acts_0013",
    ]
    assert f"now at {', '.join(revisions.head(chain) for chain in DATABASE.chains)}." in told
    assert "Nothing to do" in on(each_office, "upgrade").output
    sound = on(each_office, "check").output
    assert "Sound" in sound and all(f"{chain.name}: at {revisions.head(chain)}" in sound for chain in DATABASE.chains)
    assert "1 issued" in each_office.run("issue", file, "--no-output").output


def test_a_newer_or_missing_register_is_not_upgraded(each_office: Office) -> None:
    assert "database_missing" in on(each_office, "upgrade", exit_code=2).output
    assert "database_missing" in on(each_office, "check", exit_code=2).output
    with each_office.locations.engine(create=True) as register:
        for chain in DATABASE.chains:
            given = _says(register, chain, f"{chain.name}_9999")
            for word in ("upgrade", "check"):
                assert "database_newer" in on(each_office, word, exit_code=2).output
            assert "database_newer" in each_office.run("license", "held", "list", now=None, exit_code=2).output, "whichever chain it is"
            _says(register, chain, given)
    assert "Sound" in on(each_office, "check").output


def _says(register: Engine, chain: Chain, revision: str) -> str:
    """Let a chain be at another revision; return which it was at."""
    with register.begin() as connection:
        was: str = connection.scalars(text(f"SELECT version_num FROM {chain.table}")).one()
        connection.execute(text(f"UPDATE {chain.table} SET version_num = '{revision}'"))
    return was


def test_tables_that_somebody_changed_are_named(each_office: Office, register: Engine) -> None:
    with register.begin() as connection:
        connection.execute(text("DROP INDEX ix_license_near_head"))
        connection.execute(text("ALTER TABLE license ADD COLUMN note TEXT"))
        connection.execute(text("ALTER TABLE account ADD COLUMN note TEXT"))
        connection.execute(text("DROP TABLE print"))
        connection.execute(text("CREATE TABLE somebody (id INTEGER)"))
    told = on(each_office, "check", exit_code=1).output.splitlines()
    assert [line.split(":")[0] for line in told] == ["accounts", "register", "register", "office", "office", "table that no room has"]
    named = (
        *(("accounts", "note"), ("register", "note"), ("register", "ix_license_near_head")),
        *(("office", "print"), ("office", "ix_print_at"), ("table that no room has", "somebody")),
    )
    for room, what in named:
        assert any(line.startswith(f"{room}: ") and what in line for line in told), (room, what)


def test_a_database_that_is_not_whole_is_told(office: Office) -> None:
    office.run("issue", office.write("one.csv", [row()]), "--no-output")
    with closing(sqlite3.connect(office.register)) as register, register:
        register.execute("PRAGMA foreign_keys=OFF")
        register.execute("DELETE FROM license")
    assert "dangling: seal row 1 names a missing license" in on(office, "check", exit_code=1).output


def test_a_step_that_fails_leaves_the_register_as_it_was(each_office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    one_chain.lay(each_office.register, BEFORE)
    run, last = revisions._run, revisions.head(DATABASE.chains[-1])

    def stop_at_the_last(chain: Chain, connection: Connection, revision: str) -> None:
        if revision == last:
            raise StorageError("disk_full")
        run(chain, connection, revision)

    monkeypatch.setattr(revisions, "_run", stop_at_the_last)
    with opening(each_office.register, create=False) as register:
        there = tables(register)
        with pytest.raises(StorageError, match="disk_full"):
            revisions.upgrade(DATABASE, register, progress=lambda step: None)
        assert standing_of(DATABASE, register).former == BEFORE
        assert tables(register) == there
        register.dispose()
