"""The verifier as it runs: gunicorn with its own configuration, two workers, real sockets, real logs."""

import http.client
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from qr.write import png
from seal import status
from tests import clock
from tests.conftest import ROOT
from tests.processes import PATIENCE_SECONDS
from tests.qr import phone
from tests.verifier import photographs
from tests.verifier.conftest import path_of
from tests.verifier.served import environment_of, gunicorn, workers_of
from tests.world import World
from verifier.environment import Variables, settings_of
from web.faults import SettingsError


@dataclass
class Service:
    """A running service."""

    port: int
    master: int
    world: World
    log: Path

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        told = answer.status, answer.read()
        connection.close()
        return told

    def reason(self, text: str) -> str:
        status_code, body = self.ask("POST", "/api/v1/verify", json.dumps({"text": text}).encode(), **{"Content-Type": "application/json"})
        assert status_code == 200, body
        told: str = json.loads(body)["reason"]
        return told

    def raw(self, data: bytes, *, close: bool = False) -> bytes:
        """Send bytes as they are, perhaps hang up half-way, and return what comes back."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_SECONDS) as connection:
            connection.sendall(data)
            if close:
                connection.shutdown(socket.SHUT_WR)
            return connection.recv(65536)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    world = World(tmp_path_factory.mktemp("world"), now=clock.moment())  # gunicorn reads the real clock
    log = world.root_file.with_name("log")
    with gunicorn("verifier.wsgi", log, environment=environment_of(world) | {"KHATM_DECODERS": "1"}) as (port, master):
        yield Service(port, master, world, log)


def eventually(told: Callable[[], object], expected: object) -> None:
    for _ in range(200):
        if told() == expected:
            return
        time.sleep(0.05)
    assert told() == expected


def test_two_workers_answer(service: Service) -> None:
    eventually(lambda: len(workers_of(service.master)), 2)
    status_code, body = service.ask("GET", "/health/ready")
    assert (status_code, json.loads(body)["status"]) == (200, "ready")


def test_published_files_are_picked_up_by_every_worker(service: Service) -> None:
    text = service.world.seal(service.world.license())
    eventually(lambda: {service.reason(text) for _ in range(12)}, {"no_fix"})
    masters = workers_of(service.master)
    service.world.set_status(text, status.INVALID)
    eventually(lambda: {service.reason(text) for _ in range(12)}, {"revoked"})
    assert workers_of(service.master) == masters, "nobody was restarted"


def test_a_photo_goes_all_the_way(service: Service) -> None:
    text = service.world.seal(service.world.license())
    eventually(lambda: {service.reason(text) for _ in range(12)}, {"no_fix"})  # in every worker
    body = b'--b\r\nContent-Disposition: form-data; name="image"; filename="x.png"\r\n\r\n' + png(text) + b"\r\n--b--\r\n"
    status_code, answer = service.ask("POST", "/api/v1/verify", body, **{"Content-Type": "multipart/form-data; boundary=b"})
    assert (status_code, json.loads(answer)["seal"]) == (200, "genuine")


HEAD = b"POST %s HTTP/1.1\r\nHost: khatm.example\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"


@pytest.mark.parametrize("path", [b"/api/v1/verify", b"/check"])
@pytest.mark.parametrize("kind", [b"application/json", b"multipart/form-data; boundary=b"])
def test_a_truncated_upload_costs_nobody_anything(service: Service, path: bytes, kind: bytes) -> None:
    part = b'--b\r\nContent-Disposition: form-data; name="image"; filename="x.png"\r\n\r\n\x89PNG' + b"\0" * 1000
    for _ in range(12):  # more than there are threads
        answer = service.raw(HEAD % (path, kind, 100_000) + part, close=True)
        assert answer == b"" or re.match(rb"HTTP/1.1 4\d\d ", answer), answer[:200]
    assert service.ask("GET", "/health/live")[0] == 200


def test_a_body_that_says_to_be_huge_is_refused_at_once(service: Service) -> None:
    answer = service.raw(HEAD % (b"/api/v1/verify", b"application/json", 10**12))
    assert answer.startswith(b"HTTP/1.1 413 "), answer[:200]
    assert b"application/problem+json" in answer


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /1" + b"2" * 5000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /1234\r\n\r\n",
        b"G" * 100 + b" /1" + b"2" * 300 + b" HTTP/1.1\r\n\r\n",
        b"GET /1" + b"3" * 300 + b" HTTP/9.9\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"4" * 9000 + b"\r\n\r\n",
        b"POST /check HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_requests_that_are_none_are_refused(service: Service, request_: bytes) -> None:
    answer = service.raw(request_, close=True)
    assert answer == b"" or re.match(rb"HTTP/1.[01] (4|5)\d\d ", answer), answer[:200]
    assert service.ask("GET", "/health/live")[0] == 200


def test_no_log_holds_a_license(service: Service) -> None:
    text = service.world.seal(service.world.license())
    path = path_of(text)
    service.reason(text)
    assert service.ask("GET", f"{path}?lang=en&secret=1", Referer=f"https://khatm.example{path}", **{"User-Agent": path})[0] == 200
    service.ask("GET", path + "/nowhere")
    service.ask("POST", path, b"x")
    service.raw(f"GET {path} HTTP/9.9\r\nHost: x\r\n\r\n".encode())
    service.raw(f"{path[1:20]} {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    eventually(lambda: "GET /<seal:path> 200" in service.log.read_text(), True)
    told = service.log.read_text()
    assert not re.search(r"\d{20}", told), "a seal, or a piece of one"
    for word in ("secret", "khatm.example", "127.0.0.1 ", "lang=en", "مخبز"):
        assert word not in told
    assert "POST /api/v1/verify 200" in told


def test_the_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {
        "KHATM_PUBLISHED": "/srv/khatm/published",
        "KHATM_STATE": "/var/lib/khatm/state.json",
        "KHATM_HOSTS": "A.example, b.example",
        "KHATM_SERVED_HOSTS": "a.example",
        "KHATM_TRUSTED_PROXIES": "1",
    }
    assert settings_of(Variables()).state is None
    for name, text in given.items():
        monkeypatch.setenv(name, text)
    read = settings_of(Variables())
    assert read.root == Path("/srv/khatm/root.jwk")
    assert read.hosts == {"a.example", "b.example"}
    assert (read.served_hosts, read.trusted_proxies) == ({"a.example"}, 1)
    for contact in ("security@khatm.example", "http://khatm.example", "mailto:a b", "mailto:a@b.example\r\nPolicy: none"):
        monkeypatch.setenv("KHATM_SECURITY_CONTACT", contact)
        with pytest.raises(SettingsError, match=r"^setting_security_contact: KHATM_SECURITY_CONTACT$"):
            settings_of(Variables())


def test_the_command_line_loads_no_web_framework() -> None:
    program = "import sys, verifier.commands; print('flask' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT, capture_output=True, text=True)
    assert told.stdout == "False\n"


def multipart(content: bytes) -> bytes:
    return b'--b\r\nContent-Disposition: form-data; name="image"; filename="x.jpg"\r\n\r\n' + content + b"\r\n--b--\r\n"


FORM = {"Content-Type": "multipart/form-data; boundary=b"}


def test_photographs_are_read_by_the_api_and_by_the_page(service: Service) -> None:
    """A cheap share of `python -m tests.verifier.photographs`, which sends two hundred."""
    text = service.world.seal(service.world.license())
    eventually(lambda: {service.reason(text) for _ in range(12)}, {"no_fix"})
    sizes = []
    for taken in photographs.of(service.world, text, range(8)):
        sizes.append(len(taken))
        status_code, body = service.ask("POST", "/api/v1/verify", multipart(taken), **FORM)
        assert (status_code, json.loads(body).get("seal")) == (200, "genuine"), len(taken)
        status_code, body = service.ask("POST", "/check", multipart(taken), **FORM)
        assert (status_code, b'data-reason="no_fix"' in body) == (200, True), len(taken)
    assert min(sizes) < 1_000_000 < 4_000_000 < max(sizes)


def test_noise_that_shows_nothing_is_called_so(service: Service) -> None:
    for seed in range(3):
        status_code, body = service.ask("POST", "/api/v1/verify", multipart(phone.noisy((400, 300), seed=seed)), **FORM)
        assert (status_code, json.loads(body)["code"]) == (422, "no_code")


@pytest.mark.parametrize("path", ["/check", "/api/v1/verify", "/nowhere", "/health/live"])
@pytest.mark.parametrize("size", [11 << 20, 40 << 20])
def test_whoever_sends_too_much_is_told(service: Service, path: str, size: int) -> None:
    """The whole body is sent before anything is read, as browsers do: a connection that was cut would raise here."""
    status_code, body = service.ask("POST", path, multipart(bytes(size)), **FORM)
    assert status_code == {"/nowhere": 404, "/health/live": 405}.get(path, 413)
    assert b"</html>" in body if path in ("/check", "/nowhere") else body.startswith(b"{")


def test_a_browser_shows_the_page_that_says_so(service: Service, page: Page, tmp_path: Path) -> None:
    for name, size, code in (("small.jpg", 10 << 20, "picture_unreadable"), ("large.jpg", 30 << 20, "picture_too_large")):
        (tmp_path / name).write_bytes(b"\xff\xd8\xff\xe0" + random.Random(1).randbytes(size - 4))
        page.goto(f"http://127.0.0.1:{service.port}/?lang=en")
        page.locator("#image").set_input_files(tmp_path / name)
        page.get_by_role("button", name="Check now").click()
        expect(page.locator("html")).to_have_attribute("lang", "en")
        expect(page.locator("#problem")).to_have_attribute("data-code", re.compile(code + "|picture_truncated"))


def _decoders(service: Service) -> list[int]:
    """The processes that read pictures, of all workers."""
    listed = [path.read_text() for worker in workers_of(service.master) for path in Path(f"/proc/{worker}/task").glob("*/children")]
    found = [int(pid) for text in listed for pid in text.split()]
    return [pid for pid in found if b"resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_bytes()]


def test_pictures_are_read_by_processes_of_their_own_and_one_that_dies_is_replaced(service: Service) -> None:
    text = service.world.seal(service.world.license())
    eventually(lambda: {service.reason(text) for _ in range(12)}, {"no_fix"})
    eventually(lambda: len(_decoders(service)), 2)
    before, workers = _decoders(service), workers_of(service.master)
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: {service.ask("POST", "/api/v1/verify", multipart(png(text)), **FORM)[0] for _ in range(6)}, {200})
    assert workers_of(service.master) == workers, "no server process died of it"
    assert not set(before) & set(_decoders(service))


def test_while_pictures_wait_texts_are_judged_and_who_comes_then_is_told_when_to_come_again(service: Service) -> None:
    """Stopped decoders are as slow as decoders can be: more pictures than there are threads are sent, and texts are judged all the same."""
    text = service.world.seal(service.world.license())
    eventually(lambda: {service.reason(text) for _ in range(12)}, {"no_fix"})
    eventually(lambda: len(_decoders(service)), 2)
    stopped = _decoders(service)
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    answers: list[tuple[int, str]] = []

    def post() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=PATIENCE_SECONDS)
        connection.request("POST", "/api/v1/verify", multipart(png(text)), FORM)
        answer = connection.getresponse()
        answers.append((answer.status, answer.getheader("Retry-After", "") + json.loads(answer.read()).get("code", "")))
        connection.close()

    people = [threading.Thread(target=post) for _ in range(40)]
    try:
        for each in people:
            each.start()
        eventually(lambda: len(answers) >= 40 - 16, True)  # eight wait in each process, the others know by now
        assert set(answers) == {(503, "5busy")}
        for _ in range(20):
            assert service.reason(text) == "no_fix"
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
        for each in people:
            each.join()
    assert {status for status, _ in answers} <= {200, 503}
