"""The verifier as it really runs: gunicorn, in a process of its own, on a free port."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from gunicorn.app.wsgiapp import run

from tests import processes
from tests.conftest import ROOT
from tests.ports import free_port
from tests.world import World


@contextmanager
def gunicorn(
    application: str,
    log: Path,
    *,
    environment: Mapping[str, str],
    workers: int = 2,
    port: int | None = None,
    of: str = "verifier",
    warm: bool = False,
) -> Iterator[tuple[int, int]]:
    """Run `application` under the configuration of a service; gives port and the master's pid. Both logs go to `log`.

    `of`: "verifier", "office.desk" or "inspections.web". `warm`: begun with everything imported, for what browsers see.
    """
    port = port or free_port()
    words = ["-c", f"python:{of}.gunicorn_conf", application]
    named = "KHATM" if of == "verifier" else f"KHATM_{of.partition('.')[0].upper()}"
    settings = {f"{named}_BIND": f"127.0.0.1:{port}", f"{named}_WORKERS": str(workers), **environment}
    settings = {"KHATM_DECODERS": "0"} | settings  # each loads OpenCV: for those who ask for them
    if warm:
        with _warm(words, settings, log, port) as master:
            yield port, master
        return
    command = [sys.executable, "-m", "gunicorn", *words]
    with log.open("wb") as stream:
        running = processes.start(
            command,
            cwd=ROOT,
            env=dict(os.environ) | settings,  # noqa: TID251
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait(port, lambda: running.poll() is None, log)
            yield port, running.pid
        finally:
            running.send_signal(signal.SIGTERM)
            running.wait(processes.PATIENCE_SECONDS)


@contextmanager
def _warm(words: list[str], settings: Mapping[str, str], log: Path, port: int) -> Iterator[int]:
    running = processes.forked(_run, words, dict(os.environ) | settings, log)  # noqa: TID251
    try:
        _wait(port, lambda: running.exitcode is None, log)
        assert running.pid
        yield running.pid
    finally:
        running.terminate()
        running.join(processes.PATIENCE_SECONDS)
        assert running.exitcode == 0


def _run(words: list[str], environment: Mapping[str, str], log: Path) -> None:
    """Be `python -m gunicorn` in this process."""
    os.chdir(ROOT)
    os.environ.clear()  # noqa: TID251
    os.environ.update(environment)  # noqa: TID251
    with log.open("wb", buffering=0) as stream:
        os.dup2(stream.fileno(), 1)
        os.dup2(stream.fileno(), 2)
    sys.argv = ["gunicorn", *words]
    run()


def environment_of(world: World) -> dict[str, str]:
    """The environment that makes gunicorn serve this world."""
    return {
        "KHATM_PUBLISHED": str(world.folder),
        "KHATM_ROOT": str(world.root_file),
        "KHATM_STATE": str(world.root_file.with_name("state.json")),
    }


def _wait(port: int, runs: Callable[[], bool], log: Path) -> None:
    for _ in range(10 * processes.PATIENCE_SECONDS):
        assert runs(), log.read_text()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=processes.PATIENCE_SECONDS)
        try:
            connection.request("GET", "/health/live")
            connection.getresponse().read()
            return
        except (OSError, http.client.HTTPException):
            time.sleep(0.1)
        finally:
            connection.close()
    raise AssertionError(log.read_text())


def workers_of(master: int) -> list[int]:
    """The pids of the worker processes."""
    listed = Path(f"/proc/{master}/task/{master}/children").read_text()
    return [int(pid) for pid in listed.split()]
