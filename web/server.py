"""How gunicorn runs each of our services: what their configurations begin with (`from web.server import *`), and change where they differ.

Requests are read whole before a thread works on them (web/deadlines.py), so slow clients hold nobody up. `timeout` is what one may take.
"""

from __future__ import annotations

from typing import Any

from . import measured

worker_class = "web.deadlines.DeadlineWorker"
control_socket_disable = True  # its path is fixed per user: two services would share it
keepalive = 5
limit_request_line = 4094  # a seal's path has at most 1,400 characters
timeout = 60
graceful_timeout = 20
limit_request_fields = 60
max_requests = 0

# Route and status, never path, query, referer or address: the path may be a license, and nobody records who checked it.
accesslog = "-"
access_log_format = "%(t)s %(m)s %({khatm.route}e)s %(s)s %(b)sB %(M)sms"


def serving(bind: str) -> list[str]:
    """Return the addresses to listen at: the service's, and that where a monitor is told numbers, if any. Raises SettingsError."""
    told = measured.begin()
    return [bind, told] if told else [bind]


def child_exit(_: Any, worker: Any) -> None:
    """Forget what a process that is gone had in use."""
    measured.ended(worker.pid)


def on_exit(_: Any) -> None:
    """Forget all numbers."""
    measured.close()
