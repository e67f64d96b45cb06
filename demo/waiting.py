"""Waiting until a service that was started answers that it is ready."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from web.client import Client, ClientError

from .errors import DemoError

START_SECONDS = 60
_ANSWER_SECONDS = 5
_PAUSE_SECONDS = 0.1


def until_ready(process: subprocess.Popen[bytes], base: str, *, authority: Path | None = None) -> None:
    """Return once the service at `base` is ready; `authority` is whose certificate it has. Raises DemoError `service_failed`."""
    client = Client(seconds=_ANSWER_SECONDS, most_octets=4096, authority=authority, keep=False)
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise DemoError("service_failed", f"exit code {process.returncode}")
        if _ready(client, base):
            return
        time.sleep(_PAUSE_SECONDS)
    raise DemoError("service_failed", f"{base} is not ready after {START_SECONDS} s")


def _ready(client: Client, base: str) -> bool:
    try:
        return client.request("GET", f"{base}/health/ready").status == 200
    except ClientError:
        return False
