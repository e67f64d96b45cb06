"""Verifiers that read the folder while it changes: gunicorn as it runs, under requests, and a follower that runs for long."""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from seal import status, trust
from seal.trust import TrustList
from tests import processes
from tests.conftest import ROOT
from tests.verifier.following.town import Town, office
from tests.verifier.served import gunicorn
from verifier.following import record

COMMAND = [sys.executable, "-c", "import khatm; khatm.main()"]
PUBLICATIONS = 50
ODD, EVEN = "Middle District, odd", "Middle District, even"


def publish(town: Town, text: str, number: int) -> None:
    """Say the same of one publication in three files: who an authority is, whether a license is revoked, how long the log is."""
    odd = number % 2 == 1
    key = town.world.trust.keys[b"\x01"]
    name = {"ar": "حي وسط", "en": ODD if odd else EVEN}
    town.world.trust = town.world.trust._replace(keys={**town.world.trust.keys, b"\x01": key._replace(name=name)})
    town.world.statuses[1] = status.INVALID if odd else status.VALID
    town.publish(1)
    assert text


def test_no_request_fails_and_no_verdict_is_of_two_publications(tmp_path: Path) -> None:
    town = Town(tmp_path, seals=0)
    text = town.seal()
    publish(town, text, 0)
    question = json.dumps({"text": text})
    told: list[tuple[int, str, str]] = []
    over = threading.Event()

    def ask(port: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=processes.PATIENCE_SECONDS)
        while not over.is_set():
            connection.request("POST", "/api/v1/verify", question, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            body = json.loads(answer.read())
            told.append((answer.status, str(body.get("reason")), str(body.get("license", {}).get("authority", {}).get("en"))))
            time.sleep(0.01)
        connection.close()

    environment = {
        "KHATM_PUBLISHED": str(town.current),
        "KHATM_ROOT": str(town.world.root_file),
        "KHATM_STATE": str(tmp_path / "state.json"),
    }
    with office(town) as host:
        town.follow(host.url)
        with gunicorn("verifier.wsgi", tmp_path / "log", environment={**environment, "KHATM_API_TEXTS": "0"}) as (port, _):
            threads = [threading.Thread(target=ask, args=(port,)) for _ in range(3)]
            for thread in threads:
                thread.start()
            for number in range(1, PUBLICATIONS + 1):
                publish(town, text, number)
                assert town.follow(host.url).exit_code == 0
                time.sleep(0.25)
            over.set()
            for thread in threads:
                thread.join()
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=processes.PATIENCE_SECONDS)
            connection.request("GET", "/health/ready")
            ready = json.loads(connection.getresponse().read())
            connection.close()
    counted = Counter(told)
    assert set(counted) == {(200, "revoked", ODD), (200, "no_fix", EVEN)}, counted
    assert min(counted.values()) > 10, counted
    assert ready["faults"] == {}


@contextmanager
def running(town: Town, url: str, *more: str) -> Iterator[subprocess.Popen[bytes]]:
    """`khatm follow`, as a unit of systemd runs it."""
    words = [*COMMAND, "follow", url, "--to", str(town.to), "--root", str(town.world.root_file), "--every", "1", *more]
    with (town.folder / "said").open("wb") as said:
        process = processes.start(words, cwd=ROOT, stdout=said, stderr=subprocess.STDOUT, env=dict(os.environ))  # noqa: TID251
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()


def until(true: Callable[[], object]) -> None:
    for _ in range(10 * processes.PATIENCE_SECONDS):
        if true():
            return
        time.sleep(0.1)
    raise AssertionError("it did not come")


def test_it_goes_on_without_its_host_and_ends_by_sigterm_alone(tmp_path: Path) -> None:
    town = Town(tmp_path)
    look = town.to / "look.json"
    with office(town) as host:
        port = int(host.url.rpartition(":")[2])
        with running(town, host.url) as process:
            until(town.current.exists)
            host.answering = lambda *_: ("500 Broken", [("Content-Length", "0")], b"")
            until(lambda: record.read(look).failures >= 2)
            assert record.read(look).code == "follow_refused"
            host.answering = None
            town.publish(7)
            until(lambda: record.read(look).failures == 0 and town.loaded().log.size == 307)  # type: ignore[union-attr]
            began = record.read(look).looked_at
            until(lambda: record.read(look).looked_at > began)  # the sign of life
            assert process.poll() is None
            process.send_signal(signal.SIGTERM)
            assert process.wait(processes.PATIENCE_SECONDS) == 0
    assert "follow_refused" in (tmp_path / "said").read_text()
    assert port


@pytest.mark.parametrize("after", [0.0, 0.05, 0.1, 0.2, 0.35, 0.5])
def test_killed_anywhere_what_is_in_place_is_whole(tmp_path: Path, after: float) -> None:
    town = Town(tmp_path)
    with office(town) as host:
        town.follow(host.url)
        town.publish(2000)
        host.asked.clear()
        with running(town, host.url) as process:
            until(lambda: len(host.asked) >= 4)
            time.sleep(after)
            process.kill()
            process.wait()
        assert town.loaded().faults == {}
        assert town.follow(host.url).exit_code == 0
        loaded = town.loaded()
    assert loaded.log
    assert (loaded.faults, loaded.log.size) == ({}, 2300)
    assert not list((town.to / "generations").glob(".new-*"))


def test_a_link_that_is_turned_while_somebody_reads_leads_to_one_publication(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    town = Town(tmp_path)
    with office(town) as host:
        town.follow(host.url)
        first, verify = town.current.readlink(), trust.verify
        town.publish(9)
        town.follow(host.url)
        second = town.current.readlink()

        def turned(link: Path) -> None:
            town.current.unlink()
            town.current.symlink_to(link)

        turned(first)

        def verified(*words: Any, **named: Any) -> TrustList:
            turned(second)
            return verify(*words, **named)

        monkeypatch.setattr(trust, "verify", verified)
        loaded = town.loaded()
    assert loaded.log
    assert (loaded.log.size, [entry.sequence for entry in loaded.status.lists.values()]) == (300, [2])
    assert loaded.log.leaf(299) == town.house.leaves[299], "and what is read later is of the same"
