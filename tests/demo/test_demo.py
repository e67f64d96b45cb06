"""`khatm demo`, run for real."""

import html
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import khatm
import published
from demo import witnesses
from demo.errors import SENTENCES
from office.laptop import enrolment, vault
from published.log import policy_of
from qr import picture
from qr.read import read_all
from seal import receipt
from tests import clock, processes
from tests.clock import LATER
from tests.conftest import ROOT
from tests.demo import apart
from tests.ports import free_port
from tests.processes import PATIENCE_SECONDS
from transparency import heads

PROGRAM = f"""
import sys
sys.path.append({str(ROOT)!r})
from demo import enforcement, waiting
from tests import cheap
waiting.START_SECONDS = enforcement.SEAL_SECONDS = {2 * PATIENCE_SECONDS}
cheap.khatm()
"""
COMMAND = [sys.executable, "-c", PROGRAM]


def run(*arguments: object, beside: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *map(str, arguments)], cwd=beside, check=False, capture_output=True, text=True, timeout=540)


def get(url: str, context: ssl.SSLContext | None = None) -> tuple[int, str]:
    handlers = [urllib.request.ProxyHandler({})]
    if context:
        handlers.append(urllib.request.HTTPSHandler(context=context))
    with urllib.request.build_opener(*handlers).open(url, timeout=PATIENCE_SECONDS) as answer:
        return answer.status, answer.read().decode()


@contextmanager
def served(folder: Path, *arguments: object) -> Iterator[str]:
    """A demo that serves; gives what it printed up to the addresses, and ends it by Ctrl-C."""
    command = [*COMMAND, "demo", "--dir", folder.name, "--port", str(free_port()), *map(str, arguments)]  # from beside it
    log = folder.with_suffix(".log")
    with log.open("wb") as stream:
        running = processes.start(command, cwd=folder.parent, stdout=stream, stderr=subprocess.STDOUT)
    try:
        for _ in range(5400):
            if "Ctrl-C ends" in (told := log.read_text()):
                break
            assert running.poll() is None, told
            time.sleep(0.1)
        assert "Ctrl-C ends" in told
        yield told
    finally:
        running.send_signal(signal.SIGINT)
        assert running.wait(PATIENCE_SECONDS) == 0, log.read_text()
        assert "Traceback" not in log.read_text()


def page_of(told: str, label: str) -> str:
    found = re.search(rf"^ +{label}.*\n +(\S+)$", told, re.MULTILINE)
    assert found, told
    return found[1]


@pytest.fixture
def house() -> Iterator[Path]:
    """A folder that no other user can go through, as pytest's, until somebody lets them."""
    folder = Path(tempfile.mkdtemp(prefix="khatm-demo-"))
    yield folder
    shutil.rmtree(folder)


def test_the_demo_seals_a_governorate_gives_three_verdicts_twice_and_serves_what_it_made(house: Path) -> None:
    """First to phones on the local network, then afresh in the same folder to this machine, where each process is a user of its own."""
    folder = house / "demo"
    with served(folder, "--lan", "--address", "127.0.0.1") as told:
        _three_verdicts(told)
        _phones_get_https_by_its_own_authority(folder, told)
    assert (folder / "https").exists()
    house.chmod(0o711)
    with served(folder) as told:
        assert not (folder / "https").exists(), "made afresh"
        _three_verdicts(told)
        _see_what_is_served(told)
        _take_the_laptop(folder, told)
        if os.geteuid() == 0:
            apart.look(folder, told)
            apart.check_keys(folder, told)
    assert len(list((folder / "licenses").glob("*.png"))) == 60
    assert {path.stat().st_mode & 0o077 for path in [*folder.glob("keys/*.pem"), folder / "keys", folder / "passphrase"]} == {0}
    assert folder.stat().st_mode & 0o777 == (0o710 if os.geteuid() == 0 else 0o700), "its processes go through it, and list nothing"
    assert (folder / "photograph.jpg").read_bytes().startswith(b"\xff\xd8\xff")
    _go_on_by_hand(folder, told)
    _scan_the_receipt(folder)
    _read_the_log(folder)


def _take_the_laptop(folder: Path, told: str) -> None:
    """The van's laptop is enrolled, its passphrase opens it, and it has a pack that counts; the command is the one that was told."""
    assert re.search(rf"khatm van serve --to \S*{folder.name}/van$", told, re.MULTILINE)
    held = vault.open_(folder / "van", (folder / "van.passphrase").read_bytes().strip())
    try:
        assert enrolment.load(held).holder == "mona"
        enrolment.in_force(enrolment.pack_of(held), now=clock.seconds())
    finally:
        held.close()
    assert (folder / "van/map.pmtiles").exists() and (folder / "van").stat().st_mode & 0o077 == 0


def _three_verdicts(told: str) -> None:
    verdicts = re.findall(r"┃ (\S) ([A-Z ]+): (.*)", told)
    assert verdicts == [
        ("✔", "VALID", "Valid at this place"),
        ("✘", "NOT VALID", "Genuine license, for another place"),
        ("✘", "NOT VALID", "Not valid"),
    ]
    assert "300 m away" in told
    assert "Revoked" in told
    assert "THROW-AWAY KEYS" in told
    assert "60 licenses sealed" in told


def _read_the_log(folder: Path) -> None:
    """The published head is signed by the log and by the two witnesses, who ran beside it, and holds every seal."""
    terms = published.trust_list(folder / "published", root=published.read_root(folder / "root.cose")).log
    assert terms is not None and terms.threshold == 1
    both = replace(policy_of(terms), threshold=2)
    head = heads.verify((folder / "published/log/checkpoint").read_bytes(), both)
    assert head.checkpoint.size >= 60 and head.witnesses == set(witnesses.NAMES)


def _go_on_by_hand(folder: Path, told: str) -> None:
    """What the demo proposes to try next does what it says."""
    commands = re.findall(r"^ +khatm ((?:verify|scan) .*)$", told, re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        done = run(*command.split(), "--lang", "en", beside=folder.parent)
        assert done.returncode == 1, done.stderr
        assert "Revoked" in done.stdout


def _scan_the_receipt(folder: Path) -> None:
    """There is a receipt to scan: signed by the office, printed as no license is, and read as what it is."""
    loaded = published.load(folder / "published", root=published.read_root(folder / "root.cose"), memory=published.Memory(), now=LATER)
    (text,) = read_all(picture.parse((folder / "receipt.png").read_bytes()), ours=receipt.ours)
    verdict = receipt.verify(text, trust=loaded.trust, hosts=loaded.trust.hosts, now=clock.moment())
    assert (verdict.state, verdict.receipt and verdict.receipt.number[:8]) == ("received", "APP-MN1-")


def _see_what_is_served(told: str) -> None:
    assert get(page_of(told, "start page"))[0] == 200
    words = {"a license in force": "قارن", "the revoked one": "أُلغي", "one that has ended": "انتهى", "the receipt of": "وليس ترخيصاً"}
    for label, word in words.items():
        status, page = get(page_of(told, label))
        assert (status, word in page) == (200, True), label
    _see_the_notice(told)


def _see_the_notice(told: str) -> None:
    """The notice was sealed by the worker and served: its code is genuine, and the portal knows where it stands."""
    code = page_of(told, "its code, as a camera")
    status, page = get(code)
    assert (status, "إخطار مخالفة" in page) == (200, True)
    portal = page_of(told, "on the portal: paste")
    assert f'action="{portal}"' in page, "the button leads to the demo's portal"
    form = urllib.parse.urlencode({"text": html.unescape(re.findall(r'name="text" value="([^"]+)"', page)[0])}).encode()
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(portal, form, timeout=PATIENCE_SECONDS) as answer:
        assert 'data-standing="served"' in answer.read().decode()


def _phones_get_https_by_its_own_authority(folder: Path, told: str) -> None:
    code = "one_user_reachable" if os.geteuid() == 0 else "one_user"  # the folder above it is nobody else's
    assert all(sentence in told for sentence in SENTENCES[code].values())
    start, page = page_of(told, "start page"), page_of(told, "a license in force")
    handout = page_of(told, "1. install")
    assert "khatm-demo-ca.crt" in get(handout)[1]
    certificate = get(handout + "khatm-demo-ca.crt")[1]
    assert "receipt.png" in get(handout)[1]
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(handout + "receipt.png", timeout=PATIENCE_SECONDS) as answer:
        assert answer.read() == (folder / "receipt.png").read_bytes()
    assert certificate == (folder / "https" / "khatm-demo-ca.crt").read_text()
    trusting = ssl.create_default_context(cadata=certificate)
    assert get(start, trusting)[0] == 200
    assert get(page, trusting)[0] == 200
    notice = get(page_of(told, "its code, as a camera"), trusting)[1]
    assert 'data-notice="notice"' in notice
    assert "127.0.0.1:" not in notice.replace(start.rstrip("/"), ""), "no way to a portal that no phone can open"
    assert 'id="status"' not in notice
    with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
        get(start, ssl.create_default_context())
    # A stock camera opens what the code says: the demo's own address.
    token = run("verify", page, "--published", folder / "published", "--no-site", "--lang", "en")
    assert (token.returncode, "Genuine seal, in force" in token.stdout) == (0, True), token.stderr
    assert (folder / "https" / "server.key").stat().st_mode & 0o777 == 0o600
    # A second demo does not pull the folder from under the first.
    second = run("demo", "--no-serve", "--dir", folder)
    assert (second.returncode, "folder_in_use" in second.stderr) == (1, True)


@pytest.mark.long
def test_it_ends_after_the_three_verdicts_where_it_is_to_serve_nothing(tmp_path: Path) -> None:
    done = run("demo", "--no-serve", "--dir", tmp_path / "demo")
    assert done.returncode == 0, done.stderr
    _three_verdicts(done.stdout)
    _go_on_by_hand(tmp_path / "demo", done.stdout)


def test_a_port_in_use_is_told_before_anything_is_made(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run("demo", "--dir", tmp_path / "demo", "--port", taken.getsockname()[1])
    assert (done.returncode, "port_taken" in done.stderr) == (1, True)
    assert not (tmp_path / "demo").exists()


@pytest.fixture
def asked() -> Iterator[Callable[..., Result]]:
    """`khatm demo` in this process, for what it refuses before it begins; what it makes of its process is undone."""
    ending, mask = signal.getsignal(signal.SIGTERM), os.umask(0o077)
    yield lambda *arguments: CliRunner().invoke(khatm.main, ["demo", "--no-serve", *map(str, arguments)])
    os.umask(mask)
    signal.signal(signal.SIGTERM, ending)


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path, asked: Callable[..., Result]) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    done = asked("--dir", tmp_path)
    assert (done.exit_code, "folder_not_ours" in done.stderr) == (1, True)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--address", "127.0.0.1"], "lan_only"),
        (["--lan", "--address", "198.51.100.7"], "address_invalid"),
        (["--lan", "--address", "x"], "address_invalid"),
    ],
)
def test_wrong_use_is_refused_in_both_languages(tmp_path: Path, asked: Callable[..., Result], arguments: list[str], code: str) -> None:
    done = asked("--dir", tmp_path / "demo", *arguments)
    assert done.exit_code == 1
    assert all(sentence in done.stderr for sentence in SENTENCES[code].values())
