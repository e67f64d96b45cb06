"""The set-up holds what the other tests lean on: locks, make targets, real databases, a real browser, an oracle."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy
from playwright.sync_api import Page

from tests.browser import assert_accessible, violations
from tests.conftest import ROOT, unavailable

LOCKS = ["run.txt", "dev.txt", "oracle.txt", "node.txt", "swift.txt"]
TARGETS = ["run", "test", "check", "bench", "lock", "clean"]
POOR = [("#aaa", "#fff"), ("rgba(0, 0, 0, 0.3)", "#fff"), ("#aaa", "#fff"), ("#555", "#000"), ("rgba(0, 0, 0, 0.3)", "#fff")]
CONTRASTS = [POOR[0], ("#aaa", "#000"), *POOR[1:3], ("rgba(0, 0, 0, 0.9)", "#fff"), ("#555", "#fff"), *POOR[3:]]
ACCESSIBLE = '<!doctype html><html lang="ar" dir="rtl"><title>ختم</title><main><h1>ترخيص</h1></main></html>'


def pins(lock: str) -> dict[str, str]:
    text = (ROOT / "requirements" / lock).read_text()
    return dict(re.findall(r"^([\w.-]+)==(\S+)", text, flags=re.MULTILINE))


def entries(lock: str) -> list[str]:
    """The lock's requirements, each with its continuation lines."""
    text = (ROOT / "requirements" / lock).read_text()
    return [entry for entry in text.replace("\\\n", " ").splitlines() if entry.strip() and not entry.startswith("#")]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_every_file_by_hash(lock: str) -> None:
    assert entries(lock)
    for entry in entries(lock):
        assert re.match(r"^[\w.-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", entry), entry[:80]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_records_no_address(lock: str) -> None:
    text = (ROOT / "requirements" / lock).read_text()
    found = re.findall(r"https?:|file:|@ |--(?:extra-)?index-url|--find-links|--trusted-host", text)
    assert not found


def test_what_is_tested_is_what_runs() -> None:
    tested = pins("dev.txt")
    assert {name: tested.get(name) for name in pins("run.txt")} == pins("run.txt")


@pytest.mark.parametrize("target", TARGETS)
def test_make_knows_the_target(target: str) -> None:
    # Make would run `$(MAKE)` lines even so; there are none.
    planned = subprocess.run(["make", "--dry-run", target], check=False, cwd=ROOT, capture_output=True, text=True)
    assert planned.returncode == 0, planned.stderr
    assert planned.stdout.strip()


def test_ci_runs_make_test_and_the_newest_python() -> None:
    script = ROOT / ".ci/run"
    assert script.stat().st_mode & stat.S_IXUSR
    lines = script.read_text().splitlines()
    assert "set -euo pipefail" in lines
    assert [line for line in lines if "make" in line] == ["make test </dev/null", "exec make test-newest </dev/null"]


def without(tools: Path, *missing: str) -> dict[str, str]:
    """An environment whose PATH has the shell's usual programs but not these."""
    tools.mkdir()
    for name in ("sh", "dirname", "cat", "grep", "head", "id", "env", "mktemp", "rm", "ldconfig", "apt-get", "sudo"):
        found = [folder / name for folder in map(Path, ("/bin", "/usr/bin", "/sbin")) if (folder / name).exists()]
        if found and name not in missing:
            (tools / name).symlink_to(found[0])
    return {"PATH": str(tools)}


def test_a_missing_python_is_told_in_one_line(tmp_path: Path) -> None:
    command = [ROOT / ".ci/environment", tmp_path / "venv", "run"]
    environment = dict(os.environ, KHATM_PYTHON="/nowhere/python3")  # noqa: TID251
    refused = subprocess.run(command, check=False, env=environment, capture_output=True, text=True)
    assert refused.returncode != 0
    assert len(refused.stderr.splitlines()) == 1
    assert refused.stderr.startswith("Khatm needs Python 3.11 or newer")


def test_a_missing_package_is_told_in_one_line(tmp_path: Path) -> None:
    scripts = tmp_path / ".ci"
    scripts.mkdir()
    needed = (ROOT / ".ci/system-packages").read_text().replace("libGL.so.1", "libNowhere.so.1")
    (scripts / "system-packages").write_text(needed)
    (scripts / "python").symlink_to(ROOT / ".ci/python")
    command = ["sh", scripts / "system-packages"]
    environment = without(tmp_path / "tools", "apt-get") | {"KHATM_PYTHON": sys.executable}
    refused = subprocess.run(command, check=False, env=environment, capture_output=True, text=True)
    assert refused.returncode != 0
    assert refused.stderr.splitlines() == [
        "Khatm needs the package libgl1 (OpenCV loads it); it is missing and could not be installed: this machine has no apt-get"
    ]


def test_the_database_is_a_real_postgresql(postgres_database: str) -> None:
    engine = sqlalchemy.create_engine(postgres_database)
    with engine.begin() as connection:
        version = connection.scalar(sqlalchemy.text("SELECT version()"))
        connection.execute(sqlalchemy.text("CREATE TABLE shop (name text)"))
        connection.execute(sqlalchemy.text("INSERT INTO shop VALUES ('مخبز النور')"))
        name = connection.scalar(sqlalchemy.text("SELECT name FROM shop"))
    engine.dispose()
    assert version.startswith("PostgreSQL ")
    assert name == "مخبز النور"


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_has_an_empty_database(database_url: str, turn: int) -> None:
    engine = sqlalchemy.create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE once (turn integer)"))
    assert sqlalchemy.inspect(engine).get_table_names() == ["once"]
    engine.dispose()


def test_axe_finds_a_planted_violation(page: Page) -> None:
    page.goto("data:text/html," + ACCESSIBLE.replace("</main>", "<img src='data:,'></main>"))
    assert [line.split(":")[0] for line in violations(page)] == ["image-alt"]
    with pytest.raises(AssertionError, match="image-alt"):
        assert_accessible(page)


def test_each_colour_of_an_arabic_word_is_judged_however_often_it_comes(page: Page) -> None:
    words = "".join(f'<p style="color: {colour}; background: {ground}">ترخيص</p>' for colour, ground in CONTRASTS)
    page.set_content(ACCESSIBLE.replace("</main>", words + "</main>"))
    found = [line for line in violations(page) if line.startswith("color-contrast: ")]
    assert [f"{colour}; background: {ground}" in line for line, (colour, ground) in zip(found, POOR, strict=True)] == [True] * len(POOR)


def test_axe_passes_a_good_page(page: Page) -> None:
    page.goto("data:text/html;charset=utf-8," + ACCESSIBLE)
    assert page.title() == "ختم"
    assert_accessible(page)


@pytest.mark.oracle
def test_the_oracle_reads_cwt(oracle_python: Path) -> None:
    program = "import cwt, cbor2; print(cwt.__version__)"
    told = subprocess.run([oracle_python, "-c", program], check=False, capture_output=True, text=True)
    assert told.stdout.strip() == pins("oracle.txt")["cwt"], told.stderr


def test_a_missing_part_skips_only_outside_make(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KHATM_TEST_STRICT", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no server"):
        unavailable("no server")
    monkeypatch.setenv("KHATM_TEST_STRICT", "1")
    with pytest.raises(pytest.fail.Exception, match="no server"):
        unavailable("no server")
