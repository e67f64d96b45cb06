"""A witness as it runs: gunicorn, real sockets; killed between disk and answer, two on one folder, a full disk, slow senders."""

from __future__ import annotations

import http.client
import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo import witnesses
from demo.witnesses import MadeWitness
from tests import processes
from tests.conftest import ROOT
from tests.ports import free_port
from tests.processes import PATIENCE_SECONDS
from tests.transparency.logs import ORIGIN, named
from tests.verifier.served import workers_of
from tests.witness.played import LOG, MAIN, PlayedLog
from transparency import checkpoints, heads, notes, witnessing
from transparency.heads import Policy
from transparency.keys import ED25519
from transparency.witnessing import Submission
from witness import evidence
from witness import folder as folders
from witness.folder import PinnedLog


def address(origin: str = ORIGIN) -> str:
    return f"/{folders.hash_of(origin)}/checkpoint"


ADDRESS = address()
SIZE_TYPE = "text/x.tlog.size"


@dataclass
class Service:
    """A running witness."""

    made: MadeWitness
    port: int
    master: int
    log: Path

    def ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes, dict[str, str]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            return answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()}
        finally:
            connection.close()

    def submit(self, submission: Submission) -> tuple[int, bytes]:
        return self.ask("POST", "/add-checkpoint", submission.to_bytes())[:2]

    def size(self, origin: str = ORIGIN) -> int:
        status, body, _ = self.ask("GET", address(origin))
        return checkpoints.parse(notes.parse(body).text).size if status == 200 else 0

    def follow(self, origin: str) -> None:
        """Pin a log of one test's own, while the service runs."""
        folders.follow(self.made.folder, PinnedLog(origin, LOG.keys))

    def catch_up(self, new: int) -> None:
        """Bring the witness to a tree of MAIN."""
        status, body = self.submit(MAIN.submission(self.size(), new))
        assert status == 200, body


@contextmanager
def served(made: MadeWitness, log: Path, *, workers: int = 1, threads: int = 4, application: str = "witness.wsgi") -> Iterator[Service]:
    port = free_port()
    own = {"FOLDER": made.folder, "PASSPHRASE_FILE": made.passphrase_file}
    settings = {**own, "BIND": f"127.0.0.1:{port}", "WORKERS": workers, "THREADS": threads}
    environment = dict(os.environ) | {f"KHATM_WITNESS_{name}": str(value) for name, value in settings.items()}  # noqa: TID251
    command = [sys.executable, "-m", "gunicorn", "-c", "python:witness.gunicorn_conf", application]
    with log.open("ab") as stream:
        running = processes.start(command, cwd=ROOT, env=environment, stdout=stream, stderr=subprocess.STDOUT)
        service = Service(made, port, running.pid, log)
        try:
            _wait(service, running)
            yield service
        finally:
            running.terminate()
            running.wait(PATIENCE_SECONDS)


def _wait(service: Service, running: subprocess.Popen[bytes]) -> None:
    for _ in range(10 * PATIENCE_SECONDS):
        assert running.poll() is None, service.log.read_text()
        try:
            assert service.ask("GET", "/health/ready")[0] == 200
            return
        except (OSError, http.client.HTTPException):
            time.sleep(0.1)
    raise AssertionError(service.log.read_text())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> MadeWitness:
    (one,) = witnesses.make(tmp_path_factory.mktemp("served"), [LOG], ["witness.example"])
    return one


@pytest.fixture(scope="module")
def pair(made: MadeWitness) -> Iterator[tuple[Service, Service]]:
    """Two services, of two processes each, on one folder; the first dies where it is told to, and hurries where it is told to."""
    log = made.folder.with_name("log")
    with ExitStack() as stack:
        dying = stack.enter_context(served(made, log, workers=2, threads=2, application="tests.witness.dying"))
        yield dying, stack.enter_context(served(made, log, workers=2))


@pytest.fixture
def service(pair: tuple[Service, Service]) -> Service:
    return pair[1]


@pytest.fixture
def dying(pair: tuple[Service, Service]) -> Service:
    return pair[0]


def test_the_protocol_over_the_wire(service: Service) -> None:
    origin = "wire.example/log"
    log, other = PlayedLog(origin=origin), PlayedLog(branch=1, common=3, origin=origin)
    assert service.submit(log.submission(0, 5))[0] == 404
    service.follow(origin)
    assert service.submit(log.submission(0, 5))[0] == 200
    status, body, headers = service.ask("POST", "/add-checkpoint", log.submission(5, 8).to_bytes())
    good, invalid = witnessing.cosignatures(body, log.checkpoint(8).to_text(), service.made.keys)
    assert (status, len(good), invalid, headers["content-type"]) == (200, 2, 0, "text/plain; charset=utf-8")
    status, body, headers = service.ask("POST", "/add-checkpoint", log.submission(5, 8).to_bytes())
    assert (status, body, headers["content-type"]) == (409, b"8\n", SIZE_TYPE)
    assert service.submit(log.submission(8, 8))[0] == 200
    for submission, expected in (
        (Submission(9, (), log.note(8)), 400),
        (Submission(8, (), b"x\n"), 400),
        (Submission(8, (), log.note(9, signers=(named(origin, ED25519),))), 403),
        (Submission(8, (), log.note(9)), 422),
        (Submission(8, (), other.note(8)), 422),
        (Submission(8, other.path(8, 40), other.note(40)), 422),
    ):
        status, body = service.submit(submission)
        assert status == expected and b" / " in body and "—".encode() not in body, body
    status, body, headers = service.ask("GET", address(origin))
    assert (status, headers["content-type"], headers["cache-control"]) == (200, "text/plain; charset=utf-8", "no-store")
    assert heads.verify(body, Policy(origin, LOG.keys, service.made.keys, 1)).checkpoint == log.checkpoint(8)


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("GET", "/add-checkpoint", None, 405),
        ("PUT", "/add-checkpoint", b"", 405),
        ("POST", ADDRESS, b"", 405),
        ("POST", "/add-checkpoint", b"", 400),
        ("POST", "/add-checkpoint", b"old 0\n\n\xff", 400),
        ("POST", "/add-checkpoint", bytes(witnessing.REQUEST_MAX + 1), 413),
        ("GET", f"/{'0' * 64}/checkpoint", None, 404),
        ("GET", "/../witness.json", None, 404),
        ("GET", "/keys.json", None, 404),
        ("GET", f"/{folders.hash_of(ORIGIN)}", None, 404),
        ("HEAD", ADDRESS, None, 200),
    ],
)
def test_other_requests(service: Service, method: str, path: str, body: bytes | None, expected: int) -> None:
    service.catch_up(max(8, service.size()))
    status, told, headers = service.ask(method, path, body)
    assert status == expected and headers["content-type"].startswith("text/plain")
    assert b"Traceback" not in told and (method == "HEAD" or b" / " in told)


@pytest.mark.parametrize(("more", "expected"), [(0, 400), (1, 413), (200_000, 413)])
def test_a_body_in_chunks_is_bounded_too(service: Service, more: int, expected: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=PATIENCE_SECONDS)
    connection.request("POST", "/add-checkpoint", iter([bytes(witnessing.REQUEST_MAX), bytes(more)]), encode_chunked=True)
    answer = connection.getresponse()
    assert answer.status == expected and b" / " in answer.read()
    connection.close()


def test_a_submission_in_chunks_is_one(service: Service) -> None:
    last = service.size()
    data = MAIN.submission(last, max(8, last)).to_bytes()
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=PATIENCE_SECONDS)
    connection.request("POST", "/add-checkpoint", iter([data[:7], data[7:500], data[500:]]), encode_chunked=True)
    assert connection.getresponse().status == 200
    connection.close()


def test_one_connection_serves_many_requests(service: Service) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=PATIENCE_SECONDS)
    for _ in range(3):
        connection.request("POST", "/add-checkpoint", Submission(64, (), MAIN.note(3)).to_bytes())
        assert connection.getresponse().read()
        ours = connection.sock
        assert ours is not None
    connection.close()


@pytest.mark.parametrize(("step", "stands"), [("written", True), ("staged", False)])
def test_killed_between_its_disk_and_its_answer(dying: Service, step: str, stands: bool) -> None:
    last = dying.size()
    (dying.made.folder / "die").write_text(step)
    with pytest.raises((OSError, http.client.HTTPException)):
        dying.submit(MAIN.submission(last, last + 1))
    assert not (dying.made.folder / "die").exists(), "it died there"
    status, body = dying.submit(MAIN.submission(last, last + 1))
    if stands:
        assert (status, body) == (409, f"{last + 1}\n".encode()), "what was written was not taken back"
        status, body = dying.submit(MAIN.submission(last + 1, last + 1))
    assert status == 200 and dying.size() == last + 1
    place = folders.place_of(dying.made.folder, ORIGIN)
    assert sorted(path.name for path in place.iterdir()) == ["cosigned", "log.json"], "nothing half-written is left"


def test_two_services_on_one_folder_race_and_no_branch_gets_past_the_other(pair: tuple[Service, Service]) -> None:
    origin = "race.example/log"
    branches = (PlayedLog(origin=origin), PlayedLog(branch=1, common=20, origin=origin))
    pair[0].follow(origin)
    assert pair[0].submit(branches[0].submission(0, 20))[0] == 200

    def climb(which: int) -> list[tuple[int, int]]:
        branch, service, told = which % 2, pair[which // 2 % 2], []
        for new in range(21, 27):
            old = service.size(origin)
            if old <= new:
                told.append((branch, service.submit(branches[branch].submission(old, new))[0]))
        return told

    with ThreadPoolExecutor(8) as pool:
        told = [each for climbed in pool.map(climb, range(8)) for each in climbed]
    signed = {branch for branch, status in told if status == 200}
    assert len(signed) == 1 and {status for _, status in told} <= {200, 409, 422}
    assert {case.kind for case in evidence.cases(pair[0].made.folder, origin)} & {"fork", "unproven"}
    answer = pair[1].ask("GET", address(origin))[1]
    cosigned = heads.verify(answer, Policy(origin, LOG.keys, pair[1].made.keys, 1)).checkpoint
    assert cosigned == branches[signed.pop()].checkpoint(cosigned.size)


def test_a_disk_that_takes_nothing_more_is_no_cosignature(service: Service) -> None:
    """Files may have no octets for a while, as on a full disk; the sockets go on."""
    origin = "full.example/log"
    log = PlayedLog(origin=origin)
    service.follow(origin)
    assert service.submit(log.submission(0, 3))[0] == 200
    before, further, workers = service.ask("GET", address(origin))[1], log.submission(3, 50), workers_of(service.master)
    try:
        for worker in workers:
            resource.prlimit(worker, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        status, body = service.submit(further)
        assert status == 500 and body.startswith(b"disk") and "—".encode() not in body
        assert service.ask("GET", address(origin))[1] == before
    finally:
        for worker in workers:
            resource.prlimit(worker, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert service.submit(further)[0] == 200 and service.size(origin) == 50
    assert workers_of(service.master) == workers, "nobody died of it"


HEAD = b"POST /add-checkpoint HTTP/1.1\r\nHost: witness.example\r\nContent-Length: 4000\r\n\r\nold 0\n"


def test_slow_senders_keep_no_thread_for_ever(dying: Service) -> None:
    """More of them than there are threads, each with an octet now and then; the deadline here is a second."""
    hurry = dying.made.folder / "hurry"
    hurry.touch()
    with ExitStack() as stack:
        stack.callback(hurry.unlink)
        slow = [stack.enter_context(socket.create_connection(("127.0.0.1", dying.port), timeout=PATIENCE_SECONDS)) for _ in range(12)]
        for number, each in enumerate(slow):
            each.sendall(HEAD[:20] if number % 2 else HEAD)
        assert dying.ask("GET", "/health/live")[0] == 200
        ends = [_trickle(each) for each in slow]
    assert all(ends), "each was told to go, or cut off"
    assert dying.ask("GET", "/health/live")[0] == 200


def _trickle(connection: socket.socket) -> bool:
    for _ in range(10 * PATIENCE_SECONDS):
        try:
            connection.sendall(b"x")
            connection.settimeout(0.1)
            if not connection.recv(1000):
                return True
        except TimeoutError:
            continue
        except OSError:
            return True
        return True
    return False


def test_nothing_of_a_submission_is_in_the_log(service: Service) -> None:
    service.catch_up(max(8, service.size()))
    service.size()
    told = service.log.read_text()
    assert "POST /add-checkpoint 200" in told and "GET /<name>/checkpoint 200" in told
    assert ORIGIN not in told and "Traceback" not in told


def test_a_broken_state_ends_the_start_with_a_sentence(made: MadeWitness, tmp_path: Path) -> None:
    (one,) = witnesses.make(tmp_path, [LOG], ["broken.example"])
    path = folders.place_of(one.folder, ORIGIN) / folders.COSIGNED
    settings = {"KHATM_WITNESS_FOLDER": str(one.folder), "KHATM_WITNESS_PASSPHRASE_FILE": str(one.passphrase_file)}
    bind = {"KHATM_WITNESS_BIND": f"127.0.0.1:{free_port()}"}
    command = [sys.executable, "-m", "gunicorn", "-c", "python:witness.gunicorn_conf", "witness.wsgi"]
    path.write_bytes(MAIN.note(3))  # signed by the log, and not by this witness
    environment = dict(os.environ) | settings | bind  # noqa: TID251
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
    assert ran.returncode == 3 and "state_unreadable: " in ran.stderr and " / " in ran.stderr and str(path) in ran.stderr
    assert "Traceback" not in ran.stderr
