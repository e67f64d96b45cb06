"""What failed beside others and passes alone is told by name; what fails alone has failed (tests/unsteady.py, ADR 61)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

#: Fails once and passes from then on; fails always; passes always, and says how often it ran.
BESIDE = """
from pathlib import Path
HERE = Path(__file__).parent
def ran(name):
    with (HERE / name).open("a") as file:
        file.write(".")
    return (HERE / name).stat().st_size
def test_once(): assert ran("once") > 1, "beside others"
def test_fine(): ran("fine")
"""
ALWAYS = "\ndef test_never(): ran('never'); assert False, 'alone too'\n"


def outcome(folder: Path, program: str, limit: int) -> subprocess.CompletedProcess[str]:
    (folder / "test_it.py").write_text(program)
    start = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import pytest; sys.exit(pytest.main(sys.argv[1:]))"
    options = ["-p", "tests.unsteady", "-p", "no:cacheprovider", "--rootdir", str(folder), "--again", str(limit)]
    return subprocess.run([sys.executable, "-c", start, *options, str(folder)], check=False, cwd=folder, capture_output=True, text=True)


def test_what_passes_alone_is_named(tmp_path: Path) -> None:
    done = outcome(tmp_path, BESIDE, 3)
    assert done.returncode == 0, done.stdout
    assert "unsteady" in done.stdout and "beside others" in done.stdout
    assert "test_it.py::test_once" in done.stdout.split("unsteady: ")[1]
    assert [(tmp_path / name).read_text() for name in ("once", "fine")] == ["..", "."]


@pytest.mark.parametrize(("limit", "runs"), [(3, ".."), (1, "."), (0, ".")])
def test_what_fails_alone_or_beside_too_many_has_failed(tmp_path: Path, limit: int, runs: str) -> None:
    done = outcome(tmp_path, BESIDE + ALWAYS, limit)
    assert done.returncode == 1, done.stdout
    assert "unsteady" not in done.stdout
    assert (tmp_path / "never").read_text() == runs


def test_a_run_that_could_not_be_made_has_failed(tmp_path: Path) -> None:
    assert outcome(tmp_path, "raise ImportError('gone')\n", 3).returncode not in (0, 1)
