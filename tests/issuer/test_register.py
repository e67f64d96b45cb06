"""Opening a register: made and brought up to date by the same revisions everywhere, and refused with a reason where it must be."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import Engine, create_engine, inspect, select, text

from issuer import sentences
from issuer.register import history
from issuer.register.issuing import Source, issue
from issuer.register.signer_pool import InProcess
from issuer.register.tables import licenses
from office.database import DATABASE, open_register
from storage import differences, postgresql
from storage.database import url_of
from storage.errors import StorageError
from storage.locks import _WRITING
from tests.issuer.offices import SECONDS, Office, entry, row
from tests.revisions import move

HOLD_SQLITE = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute('BEGIN IMMEDIATE')"
HOLD_POSTGRESQL = f"import psycopg, sys; c = psycopg.connect(sys.argv[1]); c.execute('SELECT pg_advisory_xact_lock({_WRITING})')"
THEN_WAIT = "; print('held', flush=True); input()"


@contextmanager
def held_by_another_process(url: str) -> Iterator[None]:
    """A second process that writes and does not come to an end."""
    program = HOLD_SQLITE if url.startswith("sqlite") else HOLD_POSTGRESQL
    where = url.removeprefix("sqlite:///") if url.startswith("sqlite") else url.replace("+psycopg", "")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", program + THEN_WAIT, where], text=True, **pipes) as process:  # type: ignore[call-overload]
        assert process.stdout.readline() == "held\n"
        yield
        process.communicate("\n")


def code_of(url: str, *, create: bool = True) -> str:
    """The code with which opening is refused; it has a sentence."""
    with pytest.raises(StorageError) as refused:
        open_register(url, create=create)
    assert sentences.say(refused.value.code, "ar") != sentences.say(refused.value.code, "en")
    return refused.value.code


def compared(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        changed = [each for chain in DATABASE.chains for each in differences.of_chain(chain, connection)]
        return changed + differences.unknown(DATABASE, connection)


def test_the_revisions_make_the_tables_that_the_code_knows(register: Engine) -> None:
    assert compared(register) == []
    names = inspect(register)
    assert {index["name"] for index in names.get_indexes("license")} >= {"ix_license_near_head", "ix_license_near_tail"}
    for chain in reversed(DATABASE.chains):
        move(register, chain, "base")
    assert set(inspect(register).get_table_names()) == {chain.table for chain in DATABASE.chains}
    for chain in DATABASE.chains:
        move(register, chain, "head")
    assert compared(register) == []


def test_a_register_is_opened_again_as_it_was(each_office: Office) -> None:
    sealer = each_office.clerk().sealer
    with each_office.locations.engine(create=True) as engine:
        issue(engine, [entry()], pool=InProcess(sealer), source=Source(b"f" * 32), now=SECONDS)
    with each_office.locations.engine() as engine, engine.connect() as connection:
        assert connection.scalars(select(licenses.c.trade_name)).all() == ["مخبز الأمل"]


def test_a_register_from_a_newer_version_is_refused_and_left_alone(each_office: Office, register: Engine) -> None:
    with register.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert code_of(each_office.register) == "database_newer"
    assert "database_newer" in each_office.run("license", "held", "list", now=None, exit_code=2).output
    with register.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "9999"


def test_only_issuing_makes_a_register(each_office: Office) -> None:
    for words in (("publish",), ("license", "show", "ALX-MN1-2026-0000001-X"), ("license", "held", "list")):
        assert code_of(each_office.register, create=False) == "database_missing"
        refused = each_office.run(*words, now=None, exit_code=2)
        assert "database_missing" in refused.output
    assert not (each_office.folder / "register.sqlite").exists()


def test_a_register_that_another_process_holds_is_locked_after_a_while(
    each_office: Office, register: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealer = each_office.clerk().sealer
    issue(register, [entry()], pool=InProcess(sealer), source=Source(b"f" * 32), now=SECONDS)
    with register.connect() as connection:
        number = connection.scalar(select(licenses.c.number))
    file = each_office.write("two.csv", [])
    monkeypatch.setattr(postgresql, "BUSY_SECONDS", 1)
    with held_by_another_process(each_office.register):
        for words in (["license", "revoke", number, "--reason", "test"], ["publish"]):
            assert "database_locked" in each_office.run(*words, exit_code=2).output
        # Who only looks does not wait.
        assert history.show(register, number).status == "valid"
        assert each_office.run("license", "show", number, now=None).output.startswith(number)
        assert "0 rows" in each_office.run("issue", file).output
    each_office.run("license", "revoke", number, "--reason", "test")


def test_a_register_being_made_by_another_process_is_locked(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "BUSY_SECONDS", 0.2)
    with held_by_another_process(f"sqlite:///{office.register}"):
        assert code_of(office.register) == "database_locked"
    open_register(office.register).dispose()


@pytest.mark.parametrize(
    "content",
    [b"type,authority\nshop,MN1\n" * 100, b"\0" * 8192, b"SQLite format 3\0" + b"\xff" * 8192],
    ids=["a text", "zeros", "a header and rubbish"],
)
def test_a_file_that_is_no_register_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "register.sqlite"
    path.write_bytes(content)
    assert code_of(str(path)) == "database_unreadable"
    assert path.read_bytes() == content


def test_a_register_with_a_damaged_page_is_refused_without_a_traceback(office: Office) -> None:
    office.run("issue", office.write("one.csv", [row()]), "--no-output")
    with closing(sqlite3.connect(office.register)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (number,) = connection.execute("SELECT number FROM license").fetchone()
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'seal'").fetchone()
    content = bytearray(Path(office.register).read_bytes())
    content[(page - 1) * 4096 : page * 4096] = b"\xa5" * 4096
    Path(office.register).write_bytes(content)
    assert "database_unreadable" in office.run("license", "show", number, now=None, exit_code=2).output


def test_a_database_with_tables_of_others_that_are_named_like_ours_is_refused(office: Office) -> None:
    with closing(sqlite3.connect(office.register)) as connection:
        connection.execute("CREATE TABLE license (x)")
    assert code_of(office.register) == "database_unreadable"


@pytest.mark.parametrize(
    "url",
    [
        "mysql://localhost/x",
        "nonsense://",
        "://",
        "postgresql://localhost:port/x",
        "postgresql://h1,h2:port/x",
        "postgresql://h1,/x",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite+nosuchdriver://",
        "sqlite://host/x.sqlite",
        "sqlite:///x.sqlite?mode=memory",
        ":memory:",
        "",
    ],
)
def test_an_address_that_names_no_lasting_database_is_refused(url: str, office: Office) -> None:
    assert code_of(url) == "database_url"
    assert "database_url" in Office(office.folder, url).run("license", "held", "list", now=None, exit_code=2).output


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("postgresql://h1,h2/db", "h1,h2", ","),
        ("postgresql://mona:s3@h1:5432,h2:5433/db?target_session_attrs=read-write", "h1,h2", "5432,5433"),
        ("postgresql://mona@h1,h2:5433/db", "h1,h2", ",5433"),
        ("postgresql://[2001:db8::1]:5432,%2Frun%2Fpostgresql/db", "2001:db8::1,/run/postgresql", "5432,"),
    ],
)
def test_several_hosts_of_one_database_are_an_address(url: str, host: str, port: str) -> None:
    read = url_of(url)
    assert (read.query["host"], read.host, read.database) == (host, None, "db")
    _, options = create_engine(read).dialect.create_connect_args(read)
    assert (options["host"], options["port"]) == (host, port), "as the driver gets it"


def test_the_host_that_answers_is_taken(postgres_database: str, tmp_path: Path) -> None:
    name, folder = postgres_database.split("@/")[1].split("?host=")
    hosts = ",".join(quote(str(each), safe="") for each in (tmp_path, folder))
    opened = open_register(f"postgresql://khatm@{hosts}/{name}")
    with opened.connect() as connection:
        assert connection.scalar(text("SELECT current_database()")) == name
    opened.dispose()


def test_a_server_that_cannot_be_reached_is_said_to_be_so(postgres_database: str, tmp_path: Path) -> None:
    assert code_of(f"postgresql://khatm@/khatm?host={tmp_path}") == "database_unreachable"
    assert code_of("postgresql://khatm@127.0.0.1:1/khatm") == "database_unreachable"
    assert code_of("postgresql://khatm@127.0.0.1:1,127.0.0.1:2/khatm") == "database_unreachable"
    assert code_of("postgresql://h1.invalid,h2.invalid/khatm") == "database_unreachable"
    elsewhere = postgres_database.replace("/test_", "/nosuch_")
    assert code_of(elsewhere) == "database_unreachable"


def test_a_folder_in_the_register_s_place_is_refused(tmp_path: Path) -> None:
    assert code_of(str(tmp_path)) == "database_unreachable"
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match=r"exists|directory"):
        open_register(str(tmp_path / "file/register.sqlite"))


def test_sqlite_keeps_its_promises(office: Office) -> None:
    engine = open_register(office.register)
    with engine.connect() as connection:
        pragmas = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous", "foreign_keys")}
    engine.dispose()
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
