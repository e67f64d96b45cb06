"""How gunicorn runs the verifier. An edge: it reads the environment."""

from typing import Any

from verifier import quota, words
from verifier.environment import ServerVariables, Variables, settings_of
from verifier.journal import SealFreeLogger
from web import starting
from web.apart import Apart
from web.server import *  # noqa: F403 - what every service's configuration begins with

with starting.refusing(words.TABLE.both):  # told once, before there are workers
    settings_of(Variables())
    _read = ServerVariables()
    bind = serving(_read.bind)  # noqa: F405

quota.share()  # before workers are forked: one count for all of them
workers, threads = _read.workers, _read.threads
timeout, graceful_timeout = 30, 10  # a question is short
limit_request_fields = 50
logger_class = SealFreeLogger


def post_worker_init(worker: Any) -> None:
    """Begin the processes that read pictures, before somebody waits for one."""
    if (decoders := _decoders(worker)) is not None:
        decoders.start()


def worker_exit(_: Any, worker: Any) -> None:
    """End them with the worker."""
    if (decoders := _decoders(worker)) is not None:
        decoders.close()


def _decoders(worker: Any) -> Apart | None:
    context = getattr(getattr(worker, "application", None), "extensions", {}).get("khatm")
    return getattr(context, "decoders", None)
