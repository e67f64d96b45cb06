"""Files are there in full or not at all, and what killed runs left behind is cleared away by the next one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import published
from office.applications.documents import Document, Store
from published import Memory, whole
from tests.conftest import ROOT

WRITER = """
import os, signal, sys
from pathlib import Path
from published import whole
with whole.staged(Path(sys.argv[1])) as stream:
    stream.write(b"half")
    stream.flush()
    {then}
"""


def killed(target: Path) -> None:
    """What is left of a writer that is killed half-way."""
    program = WRITER.format(then="os.kill(os.getpid(), signal.SIGKILL)")
    done = subprocess.run([sys.executable, "-c", program, str(target)], cwd=ROOT, check=False)
    assert done.returncode == -9


def unfinished(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob(".new-*"))


def test_a_killed_writer_leaves_the_old_file_and_the_next_run_clears_up(tmp_path: Path) -> None:
    published.write(tmp_path, {"trust-list": b"old", "status/1": b"one"})
    for name in ("trust-list", "status/1", "status/2", "status/3"):
        killed(tmp_path / name)
    (tmp_path / ".new-a1b2c3d4").write_bytes(b"as an older version named it")
    assert len(unfinished(tmp_path)) == 5
    assert (tmp_path / "trust-list").read_bytes() == b"old"
    published.write(tmp_path, {"trust-list": b"new"})
    assert unfinished(tmp_path) == []
    assert (tmp_path / "trust-list").read_bytes() == b"new"
    assert (tmp_path / "status/1").read_bytes() == b"one"
    assert (tmp_path / "trust-list").stat().st_mode & 0o777 == 0o644


def test_what_somebody_is_writing_stays(tmp_path: Path) -> None:
    target = tmp_path / "trust-list"
    program = WRITER.format(then="print('half', flush=True); sys.stdin.read()")
    other = subprocess.Popen([sys.executable, "-c", program, str(target)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert other.stdout and other.stdout.readline() == b"half\n"
    assert whole.clear(tmp_path) == 0
    published.write(tmp_path, {"trust-list": b"mine"})
    assert len(unfinished(tmp_path)) == 1
    other.communicate(b"")
    assert (other.returncode, target.read_bytes(), unfinished(tmp_path)) == (0, b"half", [])


def test_a_body_that_raises_changes_nothing(tmp_path: Path) -> None:
    target = tmp_path / "a"
    whole.write({target: b"old"})
    with pytest.raises(RuntimeError), whole.staged(target) as stream:
        stream.write(b"half")
        raise RuntimeError
    with pytest.raises(OSError):
        whole.write({target: b"new", tmp_path / "a" / "b": b"under a file"})
    assert (target.read_bytes(), unfinished(tmp_path)) == (b"old", [])


def test_only_one_file_s_beginnings_may_be_cleared(tmp_path: Path) -> None:
    """In a folder that is not ours alone, somebody's licenses.csv for example."""
    for name in ("licenses.csv.rejects.csv", "other.csv"):
        killed(tmp_path / name)
    (tmp_path / ".new-year-greetings").touch()
    assert whole.clear(tmp_path, of="licenses.csv.rejects.csv") == 1
    other, greetings = unfinished(tmp_path)
    assert (other.startswith(".new-other.csv-"), greetings) == (True, ".new-year-greetings")


def test_documents_and_memories_clear_up_too(tmp_path: Path) -> None:
    store = Store(tmp_path / "documents")
    first = store.put(Document("application/pdf", b"one"))
    killed(tmp_path / "documents" / "cdef")
    store.put(Document("application/pdf", b"two"))
    assert unfinished(tmp_path) == []
    assert store.get(first) == b"one"
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "documents").rglob("*") if path.is_file()} == {0o600}
    killed(tmp_path / "state.json")
    Memory(tmp_path / "state.json").learn_trust(3, b"", b"")
    assert unfinished(tmp_path) == []
    assert Memory(tmp_path / "state.json").trust_sequence == 3


def test_what_all_may_read_all_can_reach_whatever_the_process_gives(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    before = os.umask(0o077)
    try:
        whole.write({private / "published" / "log" / "tile" / "0": b"tile"}, mode=0o644)
        whole.write({private / "keys" / "root.pem": b"key"}, mode=0o600)
    finally:
        os.umask(before)
    for each in ("published", "published/log", "published/log/tile"):
        assert (private / each).stat().st_mode & 0o777 == 0o755
    assert (private / "published/log/tile/0").stat().st_mode & 0o777 == 0o644
    assert (private / "keys").stat().st_mode & 0o777 == 0o700, "and what is not for all keeps what the process gives"
    assert private.stat().st_mode & 0o777 == 0o700, "nor is what was there before changed"
