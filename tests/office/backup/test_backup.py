"""`khatm backup`: what it holds, that only its holder reads it, and that a house goes on from it; damaged and foreign files."""

from __future__ import annotations

import gzip
import io
import os
import random
import secrets
import shutil
import sqlite3
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pyrage
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, make_url
from sqlalchemy import text as sql

import khatm
import published
from keys import policy
from office.backup import archive, databases, working
from office.backup.errors import BackupError
from office.backup.places import Places
from office.database import open_register
from storage.database import reading, url_of
from storage.errors import StorageError
from tests import postgres
from tests.issuer.offices import PASSPHRASE, SECONDS, Office, rows


@pytest.fixture
def house(each_office: Office) -> Office:
    """An office with a log, three licenses, a document, and inspections of another program's making."""
    custody = each_office.locations.custody()
    custody.add_log_keys(PASSPHRASE)
    published.write(each_office.locations.published, {published.TRUST_LIST: policy.sign_trust_list(custody, PASSPHRASE, now=SECONDS - 60)})
    each_office.run("issue", each_office.write("three.csv", rows(3)), "--no-output")
    each_office.run("publish")
    document = each_office.folder / "documents" / "64" / ("a" * 62)
    document.parent.mkdir(parents=True)
    document.write_bytes(random.Random(5).randbytes(300_000))
    (each_office.folder / "documents" / ".new-half").write_bytes(b"half")
    with sqlite3.connect(each_office.folder / "inspections.sqlite") as database:
        database.execute("CREATE TABLE visit (id INTEGER)")
        database.execute("INSERT INTO visit VALUES (7)")
    database.close()
    return each_office


def places(office: Office) -> Places:
    where = office.locations
    return Places(
        where.register, str(office.folder / "inspections.sqlite"), where.published, where.store, office.folder / "documents", None
    )


def licenses(register: str) -> list[str]:
    engine = open_register(register, create=False)
    with reading(engine) as connection:
        found = list(connection.scalars(sql("SELECT number FROM license ORDER BY number")))
    engine.dispose()
    return found


def held(folder: Path) -> dict[Path, bytes]:
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("[!.]*") if path.is_file() and path.suffix != ".sqlite"}


def khatm_backup(*words: str | Path) -> Result:
    result = CliRunner().invoke(khatm.main, ["backup", *map(str, words)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


@pytest.fixture
def elsewhere(house: Office, tmp_path: Path, fresh_url: str) -> Places:
    """Empty places on another machine, the register in a database of the house's kind."""
    new = tmp_path / "new"
    return Places(fresh_url, str(new / "inspections.sqlite"), new / "published", new / "store", new / "documents", None)


@pytest.fixture
def fresh_url(house: Office, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A place for the register in a database of the house's kind, with nothing in it."""
    if not house.register.startswith("postgresql"):
        yield str(tmp_path / "new" / "register.sqlite")
        return
    server, name = request.getfixturevalue("postgres_url"), f"restored_{secrets.token_hex(4)}"
    postgres.execute(server, f"CREATE DATABASE {name}")
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    postgres.execute(server, f"DROP DATABASE {name} WITH (FORCE)")


def test_a_house_goes_on_from_its_backup(house: Office, elsewhere: Places, tmp_path: Path) -> None:
    made = working.create(tmp_path / "b" / "one", places(house), now=SECONDS)
    assert made.files["documents"] == 1 and made.files["published"] >= 5
    assert (house.locations.store / "acts.sqlite").exists(), "the publisher's memory, which is made anew and is in no backup"
    assert working.verify(tmp_path / "b" / "one") == made
    working.restore(tmp_path / "b" / "one", elsewhere)
    assert licenses(str(elsewhere.register)) == licenses(house.register) and len(licenses(house.register)) == 3
    for name in ("published", "documents", "log_store"):
        assert held(getattr(elsewhere, name)) == held(getattr(places(house), name))
    with sqlite3.connect(str(elsewhere.inspections)) as database:
        assert database.execute("SELECT id FROM visit").fetchall() == [(7,)]
    database.close()
    moved = Office(tmp_path / "moved", str(elsewhere.register))
    shutil.copytree(house.locations.keys, moved.locations.keys)
    shutil.copy(house.folder / "passphrase", moved.folder / "passphrase")
    shutil.copytree(elsewhere.published, moved.locations.published)  # type: ignore[arg-type]
    moved.run("issue", moved.write("more.csv", rows(5)), "--no-output")
    moved.run("publish")
    assert len(licenses(moved.register)) == 5


def test_a_checkpoint_that_is_there_stays_and_stops_an_older_register(house: Office, elsewhere: Places, tmp_path: Path) -> None:
    working.create(tmp_path / "old", places(house), now=SECONDS)
    house.run("issue", house.write("more.csv", rows(5)), "--no-output")
    house.run("publish")
    kept = house.locations.store
    working.restore(tmp_path / "old", elsewhere._replace(log_store=kept, published=None))
    assert b"\n5\n" in (kept / "log").read_bytes()
    restored = Office(house.folder, str(elsewhere.register))
    told = restored.run("publish", exit_code=2).output
    assert "register_behind_log" in told and "3 < 5" in told


def test_copies_are_of_one_moment_while_others_write(house: Office, elsewhere: Places, tmp_path: Path) -> None:
    stop = threading.Event()
    url = house.register

    def write() -> None:
        engine = create_engine(url_of(url))
        while not stop.wait(0.001):
            with engine.begin() as connection:
                connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS busy (id INTEGER)")
                connection.exec_driver_sql("INSERT INTO busy VALUES (1)")
        engine.dispose()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        working.create(tmp_path / "b", places(house), now=SECONDS)
    finally:
        stop.set()
        thread.join()
    working.restore(tmp_path / "b", elsewhere)
    assert len(licenses(str(elsewhere.register))) == 3


def test_only_its_holder_reads_an_encrypted_one(house: Office, tmp_path: Path) -> None:
    where = places(house)
    options = ["--register", where.register, "--published", where.published, "--log-store", where.log_store, "--documents", where.documents]
    options += ["--inspections", where.inspections, "--files", "none"]
    recipient = khatm_backup("identity", tmp_path / "id").output.split()[-1]
    khatm_backup("identity", tmp_path / "other")
    assert khatm_backup("identity", tmp_path / "id").exit_code == 2
    assert (tmp_path / "id").stat().st_mode & 0o777 == 0o600
    made = khatm_backup("create", tmp_path / "b", *map(str, options), "--recipient", recipient)
    assert made.exit_code == 0 and "not encrypted" not in made.output, made.output
    data = (tmp_path / "b").read_bytes()
    assert data.startswith(b"age-encryption.org/v1") and b"SQLite" not in data
    assert (tmp_path / "b").stat().st_mode & 0o777 == 0o600
    assert "sound" in khatm_backup("verify", tmp_path / "b", "--identity", tmp_path / "id").output
    for name, code in (("", "backup_sealed"), ("other", "backup_identity"), ("b", "backup_identity")):
        told = khatm_backup("verify", tmp_path / "b", *(["--identity", tmp_path / name] if name else []))
        assert told.exit_code == 2 and code in told.output
    plain = pyrage.decrypt(data, [pyrage.x25519.Identity.from_str((tmp_path / "id").read_text().splitlines()[1])])
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(plain))) as tar:
        assert tar.getnames()[-1] == "manifest.json", "other programs open it too"
    cut = tmp_path / "cut"
    for size in (len(data) // 2, len(data) - 1, 30):
        cut.write_bytes(data[:size])
        assert khatm_backup("verify", cut, "--identity", tmp_path / "id").exit_code == 2
    assert khatm_backup("create", tmp_path / "c", "--recipient", "age1nobody").exit_code == 2 and not (tmp_path / "c").exists()


def test_each_octet_counts(office: Office, tmp_path: Path) -> None:
    (office.folder / "documents").mkdir()
    (office.folder / "documents" / "one").write_bytes(b"a document" * 50)
    where = Places(documents=office.folder / "documents")
    working.create(tmp_path / "b", where, now=SECONDS)
    good = (tmp_path / "b").read_bytes()
    chance = random.Random(7)
    for _ in range(60):
        place = chance.randrange(10, len(good) - 8)
        (tmp_path / "bad").write_bytes(good[:place] + bytes([good[place] ^ 1 << chance.randrange(8)]) + good[place + 1 :])
        try:
            found = working.verify(tmp_path / "bad")
        except BackupError as error:
            assert error.code in ("backup_damaged", "backup_foreign")
        else:
            assert found.files == {"documents": 1}, "a bit that no content hangs on"
    for size in range(0, len(good), 37):
        (tmp_path / "bad").write_bytes(good[:size])
        with pytest.raises(BackupError, match=r"backup_(damaged|foreign)"):
            working.verify(tmp_path / "bad")


def hostile(path: Path, *members: tarfile.TarInfo) -> Path:
    with gzip.open(path, "wb") as packed, tarfile.open(fileobj=packed, mode="w") as tar:
        for member in members:
            tar.addfile(member, io.BytesIO(bytes(member.size)))
    return path


def _info(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


@pytest.mark.parametrize(
    "member",
    [
        _info("../outside"),
        _info("/etc/khatm"),
        _info("documents/../../outside"),
        _info("documents/link", tarfile.SYMTYPE, "/etc/passwd"),
        _info("documents/hard", tarfile.LNKTYPE, "../x"),
        _info("documents/device", tarfile.CHRTYPE),
        _info("documents/.hidden"),
        _info("documents//twice"),
        _info("مستند"),
    ],
    ids=lambda member: member.name,
)
def test_a_name_that_leads_out_is_refused(tmp_path: Path, member: tarfile.TarInfo) -> None:
    with pytest.raises(BackupError, match="backup_foreign"):
        working.verify(hostile(tmp_path / "bad", member))
    assert {path.name for path in tmp_path.iterdir()} == {"bad"}


def test_another_program_s_tar_is_none(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="backup_damaged"):
        working.verify(hostile(tmp_path / "bad", _info("documents/one")))


def test_nothing_is_put_where_something_is(house: Office, tmp_path: Path) -> None:
    working.create(tmp_path / "b", places(house), now=SECONDS)
    with pytest.raises(BackupError, match="backup_target_used"):
        working.restore(tmp_path / "b", Places(register=house.register))
    before = sorted(house.locations.published.rglob("*"))
    with pytest.raises(BackupError, match="backup_target_used"):
        working.restore(tmp_path / "b", Places(published=house.locations.published, documents=tmp_path / "empty"))
    assert sorted(house.locations.published.rglob("*")) == before and not (tmp_path / "empty").exists(), (
        "all is looked at before anything is put"
    )
    with pytest.raises(BackupError, match="backup_exists"):
        working.create(tmp_path / "b", places(house), now=SECONDS)


def test_kinds_of_databases_are_not_mixed(office: Office, tmp_path: Path) -> None:
    office.run("issue", office.write("one.csv", rows(1)), "--no-output")
    working.create(tmp_path / "b", Places(register=office.register), now=SECONDS)
    with pytest.raises(BackupError, match="backup_other_database"):
        working.restore(tmp_path / "b", Places(register="postgresql://nobody@127.0.0.1:9/none"))


def test_an_unreachable_server_is_told_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="database_unreachable") as told:
        working.create(tmp_path / "b", Places(register="postgresql://khatm:secret-word@127.0.0.1:9/none"), now=SECONDS)
    assert "secret-word" not in str(told.value) and list(tmp_path.iterdir()) == []


def test_nothing_found_is_no_backup(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="backup_nothing"):
        working.create(tmp_path / "b", Places(register=str(tmp_path / "no.sqlite"), documents=tmp_path / "no"), now=SECONDS)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_nothing(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office.run("issue", office.write("one.csv", rows(1)), "--no-output")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive.Writer, "finish", full)
    target = tmp_path / "backups" / "b"
    with pytest.raises(OSError, match="No space"):
        working.create(target, Places(register=office.register), now=SECONDS)
    assert list(target.parent.iterdir()) == []


def test_a_file_that_shrinks_meanwhile_does_not_break_the_backup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "one").write_bytes(b"x" * 1000)
    taken = archive._Told.read

    def cut(self: archive._Told, size: int = -1) -> bytes:
        os.truncate(folder / "one", 10)
        return taken(self, size)

    monkeypatch.setattr(archive._Told, "read", cut)
    working.create(tmp_path / "b", Places(documents=folder), now=SECONDS)
    assert working.verify(tmp_path / "b").octets == 1000


def test_a_copy_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "register.sqlite").write_bytes(b"no database" * 500)
    with pytest.raises(BackupError, match="backup_damaged"):
        databases.check(tmp_path / "register.sqlite")


def test_a_bucket_is_no_place_of_ours_and_is_refused_not_left_out(tmp_path: Path) -> None:
    for words in (("create", tmp_path / "b"), ("restore", tmp_path / "b")):
        told = khatm_backup(*words, "--documents", tmp_path / "documents.toml")
        assert told.exit_code == 2 and "backup_bucket" in told.output, told.output
    assert not (tmp_path / "b").exists()
