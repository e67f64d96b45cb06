"""Logs as objects and numbers for a monitor, of the verifier as it runs: nobody is quoted, and nothing is told at the public address."""

from __future__ import annotations

import http.client
import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests import clock
from tests.conftest import ROOT
from tests.ports import free_port
from tests.processes import PATIENCE_SECONDS
from tests.verifier.conftest import path_of
from tests.verifier.served import environment_of, gunicorn
from tests.world import World
from web import logs, measured
from web.faults import SettingsError

NATIONAL = "3" + "0101012" + "100011"  # the shape of a national ID, of nobody
ID = "0123456789abcdef0123456789abcdef"


class Running:
    """A verifier that logs objects and tells numbers."""

    def __init__(self, world: World, port: int, told: str, log: Path) -> None:
        self.world, self.port, self.told, self.log = world, port, told, log

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        told = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        connection.close()
        return told

    def numbers(self, path: str = "/metrics", method: str = "GET") -> tuple[int, str]:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(PATIENCE_SECONDS)
            connection.connect(self.told)
            connection.sendall(f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            came = b""
            while octets := connection.recv(65_536):
                came += octets
        return int(came.split(None, 2)[1]), came.partition(b"\r\n\r\n")[2].decode()

    def sample(self, name: str, **labels: str) -> float | None:
        """The value of a number, None where there is none."""
        for family in text_string_to_metric_families(self.numbers()[1]):
            for each in family.samples:
                if each.name == name and each.labels == labels:
                    return float(each.value)
        return None

    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    world = World(tmp_path_factory.mktemp("world"), now=clock.moment())
    log, told = world.root_file.with_name("log"), str(world.root_file.with_name("told"))
    more = {"KHATM_LOG_FORMAT": "json", "KHATM_METRICS": f"unix:{told}"}
    with gunicorn("verifier.wsgi", log, environment=environment_of(world) | more) as (port, _):
        yield Running(world, port, told, log)


def test_requests_are_counted_by_route_whichever_process_answered(running: Running) -> None:
    path = path_of(running.world.seal(running.world.license()))
    for _ in range(20):
        assert running.ask("GET", path)[0] == 200
    running.ask("GET", f"{path}/nowhere")
    assert running.sample("khatm_requests_total", method="GET", route="/<seal:path>", status="200") == 20
    assert running.sample("khatm_requests_total", method="GET", route="-", status="404") == 1
    assert running.sample("khatm_request_seconds_count", route="/<seal:path>") == 20
    assert running.sample("khatm_lists_loaded") == 1
    assert running.sample("khatm_lists_stale") == 0
    assert (running.sample("khatm_lists_oldest_age_seconds") or -1) >= 0
    assert running.sample("khatm_pictures_waiting") == 0
    assert path[1:20] not in running.numbers()[1]


def test_numbers_are_told_at_their_own_address_only(running: Running) -> None:
    assert running.ask("GET", "/metrics")[0] == 404
    assert running.ask("GET", "/metrics", Host="told")[0] == 404
    assert running.numbers("/health/live")[0] == 404
    assert running.numbers("/metrics/")[0] == 404
    assert running.numbers(method="POST")[0] == 404


@pytest.mark.parametrize(
    "bind",
    [
        *("0.0.0.0:9000", "[::]:9000", "khatm.example:9000", "10.0.0.1:9000"),
        *("9000", ":9000", "127.0.0.1:0", "unix:x", "127.0.0.1:99999"),
    ],
)
def test_an_address_that_others_reach_is_refused(bind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KHATM_METRICS", bind)
    with pytest.raises(SettingsError, match="setting_metrics"):
        measured.begin()


def test_the_server_does_not_start_with_such_an_address(running: Running) -> None:
    import os

    environment = dict(os.environ) | environment_of(running.world)  # noqa: TID251
    environment |= {"KHATM_METRICS": "0.0.0.0:9", "KHATM_BIND": f"127.0.0.1:{free_port()}"}
    command = [sys.executable, "-m", "gunicorn", "-c", "python:verifier.gunicorn_conf", "verifier.wsgi"]
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
    assert ran.returncode == 3
    assert "setting_metrics" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_each_line_is_an_object_and_says_what_a_request_was_without_quoting_it(running: Running) -> None:
    text = running.world.seal(running.world.license())
    path = path_of(text)
    status, headers, _ = running.ask("GET", f"{path}?lang=en&secret=geheim", **{"X-Request-ID": ID, "Referer": f"https://khatm.example{path}"})
    assert (status, headers["x-request-id"]) == (200, ID)
    for given in ("0" * 31, NATIONAL, "x" * 32, "../../etc", ID.upper(), f"{ID}\u00e9"[:33]):
        made = running.ask("GET", path, **{"X-Request-ID": given})[1]["x-request-id"]
        assert made != given
        assert re.fullmatch("[0-9a-f]{32}", made)
    running.ask("POST", "/api/v1/verify", json.dumps({"text": text}).encode(), **{"Content-Type": "application/json"})
    running.ask("BREW", path)
    told = [line for line in running.lines() if line.get("request") == ID]
    assert len(told) == 1
    assert (told[0]["method"], told[0]["route"], told[0]["status"], told[0]["logger"]) == ("GET", "/<seal:path>", 200, "gunicorn.access")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", str(told[0]["time"]))
    everything = running.log.read_text()
    for word in ("secret", "geheim", "khatm.example/", "lang=en", "مخبز", NATIONAL, "BREW"):
        assert word not in everything
    assert not re.search(r"\d{20}", re.sub('"request": "[0-9a-f]{32}"', "", everything)), "a seal, or a piece of one"


def test_a_fault_is_an_object_too(running: Running) -> None:
    lines = running.lines()
    assert {str(line["level"]) for line in lines} <= {"info", "warning", "error"}
    assert all({"time", "level", "logger"} <= set(line) for line in lines)
    assert [line for line in lines if "Booting worker" in str(line.get("message"))]


def test_ids_are_ours_or_our_proxy_s() -> None:
    assert logs.request_id(ID) == ID
    assert logs.request_id("123e4567-e89b-12d3-a456-426614174000") == "123e4567-e89b-12d3-a456-426614174000"
    assert logs.request_id("") != logs.request_id("")
