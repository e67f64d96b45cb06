"""The verifier as it really runs: gunicorn, in a process of its own, on a free port."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests import processes
from tests.conftest import ROOT
from tests.ports import free_port
from tests.world import World


@contextmanager
def gunicorn(
    application: str, log: Path, *, environment: Mapping[str, str], workers: int = 2, port: int | None = None, of: str = "verifier"
) -> Iterator[tuple[int, int]]:
    """Run `application` under the configuration of a service; gives port and the master's pid. Both logs go to `log`.

    `of`: "verifier", "office.desk" or "inspections.web".
    """
    port = port or free_port()
    command = [sys.executable, "-m", "gunicorn", "-c", f"python:{of}.gunicorn_conf", application]
    named = "KHATM" if of == "verifier" else f"KHATM_{of.partition('.')[0].upper()}"
    settings = {f"{named}_BIND": f"127.0.0.1:{port}", f"{named}_WORKERS": str(workers), **environment}
    settings = {"KHATM_DECODERS": "0"} | settings  # each loads OpenCV: for those who ask for them
    with log.open("wb") as stream:
        running = processes.start(
            command, cwd=ROOT, env=dict(os.environ) | settings, stdout=stream, stderr=subprocess.STDOUT  # noqa: TID251
        )
        try:
            _wait(port, running, log)
            yield port, running.pid
        finally:
            running.send_signal(signal.SIGTERM)
            running.wait(processes.PATIENCE_SECONDS)


def environment_of(world: World) -> dict[str, str]:
    """The environment that makes gunicorn serve this world."""
    return {
        "KHATM_PUBLISHED": str(world.folder),
        "KHATM_ROOT": str(world.root_file),
        "KHATM_STATE": str(world.root_file.with_name("state.json")),
    }


def _wait(port: int, running: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(10 * processes.PATIENCE_SECONDS):
        assert running.poll() is None, log.read_text()
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
