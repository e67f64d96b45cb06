"""The parts of the demo's users that need no demo; a whole one is looked at in test_demo.py."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo import users
from demo.users import Python, User, Users
from office.applications.documents import Document, Store
from tests.demo.apart import Identity, as_one

BASE = 61_120  # of nobody, and of no demo
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root may become other users")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A demo's folder that other users can go through."""
    made = Path(tempfile.mkdtemp(prefix="khatm-users-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def parted(folder: Path) -> Users:
    return Users(folder, BASE, Python("/usr/bin/python3"))


def who(parted: Users, name: str) -> Identity:
    user = parted.of(name)
    assert user is not None
    return Identity(user.number, user.number, user.groups)


def test_who_is_not_root_has_one_user_for_all(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    found = users.found(folder, folder / "marker", {})
    assert (found.parted, found.why, found.of("web")) == (False, "one_user", None)
    found.give("web", folder / "nothing")  # and gives nothing away
    with found.acting_as("web"):
        pass


@root_only
def test_what_others_cannot_reach_is_of_one_user(folder: Path) -> None:
    private = folder / "private"
    private.mkdir(mode=0o700)
    inside = private / "demo"
    inside.mkdir(mode=0o700)
    (inside / "marker").touch()
    found = users.found(inside, inside / "marker", {})
    assert (found.parted, found.why) == (False, "one_user_reachable")
    assert inside.stat().st_mode & 0o777 == 0o700


def test_a_process_hears_nothing_of_what_root_has_in_its_environment(folder: Path) -> None:
    user = User("web", BASE, (), folder, Python("/usr/bin/python3", "/opt/packages"))
    given = {
        "PATH": "/bin",
        "KHATM_GOVERNORATE": "/srv/giza",
        "AWS_SECRET_ACCESS_KEY": "x",
        "HOME": "/root",
        "PGPASSWORD": "x",
        "PYTHONPATH": "/a",
    }
    home = str(folder.absolute())
    assert user.environment(given) == {
        "PATH": "/bin", "KHATM_GOVERNORATE": "/srv/giza", "PYTHONPATH": f"/opt/packages{os.pathsep}/a",
        "HOME": home, "TMPDIR": home, "XDG_CACHE_HOME": home,
    }  # fmt: skip


@root_only
def test_root_s_own_look_at_the_register_locks_nobody_out(folder: Path, parted: Users) -> None:
    """SQLite gives -wal and -shm the database's mode and, for root, its owner and group: commands by hand leave nothing behind."""
    register = folder / "register" / "register.sqlite"
    register.parent.mkdir()

    def write() -> None:
        with sqlite3.connect(register, timeout=0) as opened:
            opened.execute("INSERT INTO t VALUES (1)")

    with sqlite3.connect(register) as made:
        made.execute("PRAGMA journal_mode=WAL")
        made.execute("CREATE TABLE t (x)")
    made.close()
    parted.share("register", register.parent, mode=0o2770, file=0o660)
    by_hand = sqlite3.connect(register)
    by_hand.execute("INSERT INTO t VALUES (0)")
    by_hand.commit()
    beside = [register.with_name(f"{register.name}-{ending}") for ending in ("wal", "shm")]
    assert {(path.stat().st_gid, path.stat().st_mode & 0o777) for path in beside} == {(register.stat().st_gid, 0o660)}
    for name in ("web", "worker"):
        as_one(who(parted, name), write)
    by_hand.close()
    as_one(who(parted, "publisher"), write)
    assert by_hand_count(register) == 4
    with pytest.raises(AssertionError, match="unable to open"):
        as_one(who(parted, "provider"), write)


def by_hand_count(register: Path) -> int:
    with sqlite3.connect(register) as opened:
        return int(opened.execute("SELECT count(*) FROM t").fetchone()[0])


@root_only
def test_the_worker_deletes_documents_that_it_cannot_read(folder: Path, parted: Users) -> None:
    """The web server takes them in, 0600; whose time is over the worker sweeps away."""
    store = Store(folder / "documents")
    parted.share("documents", folder / "documents", owner="web", mode=0o2770)
    digest = as_one(who(parted, "web"), lambda: store.put(Document("image/png", b"a document")))
    as_one(who(parted, "worker"), lambda: _cannot_read(store, digest))
    swept = as_one(who(parted, "worker"), lambda: (list(store.untouched(2**40)), store.delete(digest, untouched_since=2**40)))
    assert swept == ([digest], True)


def _cannot_read(store: Store, digest: bytes) -> None:
    try:
        store.get(digest)
    except PermissionError:
        return
    raise AssertionError("read")


@root_only
def test_the_demo_follows_no_link_that_a_taken_process_has_put_into_its_folder(folder: Path, parted: Users) -> None:
    """What the demo still does in a process's folder, it does as that process: no way to write as root."""
    secret = folder / "secret"
    secret.write_text("root's")
    secret.chmod(0o600)
    home = parted.home("verifier")
    parted.open_way(folder / "homes")
    parted.give("verifier", home)
    as_one(who(parted, "verifier"), lambda: (home / "state").symlink_to(secret))
    with parted.acting_as("verifier"):
        with pytest.raises(PermissionError):
            (home / "state").write_text("taken")
        assert (os.geteuid(), os.getegid()) == (who(parted, "verifier").user, who(parted, "verifier").group)
    assert (os.geteuid(), os.getegid(), secret.read_text()) == (0, 0, "root's")
