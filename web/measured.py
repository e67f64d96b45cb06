"""Numbers of a web server for Prometheus: requests by route and how long they took, connections in use, how old the lists are.

They are told at an address of their own, on this machine alone, and nothing else is: nothing at that address leads to the application, and
nothing at the application's leads to the numbers. gunicorn's processes share files of counters (prometheus_client's multiprocess mode).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, NamedTuple

from .environment import Environment, variable
from .faults import SettingsError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # prometheus_client looks there when it is first imported
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
Told = Callable[[], Mapping[str, float]]


class MetricsVariables(Environment):
    """What every web server takes from its environment about its numbers."""

    bind: str = variable(
        "KHATM_METRICS", "where Prometheus asks this web server for its numbers: 127.0.0.1:PORT or unix:PATH", "", without="nowhere"
    )


class _Kept(NamedTuple):
    """What is counted."""

    requests: Any
    seconds: Any
    gauges: Mapping[str, Any]


def begin() -> str:
    """Return where the numbers are told, "" for nowhere, and make the folder that processes share. Before there are any.

    Raises SettingsError for an address that others can reach.
    """
    bind = MetricsVariables().bind
    if bind:
        if not _local(bind):
            raise SettingsError("setting_metrics", "KHATM_METRICS")
        os.environ[_FOLDER] = tempfile.mkdtemp(prefix="khatm-metrics-")  # noqa: TID251 - the library's way to be told
    return bind


def _local(bind: str) -> bool:
    if bind.startswith("unix:/"):
        return True
    host, _, port = bind.rpartition(":")
    try:
        return ip_address(host.strip("[]")).is_loopback and 0 < int(port) < 1 << 16
    except ValueError:
        return False


def counting() -> bool:
    """Say whether this server counts."""
    return _FOLDER in os.environ  # noqa: TID251 - set by `begin`


def ended(pid: int) -> None:
    """Forget what a process that is gone had in use."""
    if counting():
        from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415 - after `begin`

        mark_process_dead(pid)  # type: ignore[no-untyped-call]


def close() -> None:
    """Forget everything."""
    if counting():
        shutil.rmtree(os.environ.pop(_FOLDER), ignore_errors=True)  # noqa: TID251 - as above


@cache
def _kept() -> _Kept:
    from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram  # noqa: PLC0415 - after `begin`

    nowhere = CollectorRegistry()  # a scrape reads the shared files
    gauges = {
        name: Gauge(name, text, registry=nowhere, multiprocess_mode="livesum")
        for name, text in (
            ("khatm_pool_in_use", "Connections to the database that are in use when a request ends."),
            ("khatm_pictures_waiting", "Pictures that are read or wait, when a request ends."),
            ("khatm_papers_waiting", "Papers that are set or wait, when a request ends."),
        )
    }
    return _Kept(
        Counter("khatm_requests", "Requests that were answered.", ("method", "route", "status"), registry=nowhere),
        Histogram("khatm_request_seconds", "How long answers took.", ("route",), registry=nowhere, buckets=BUCKETS),
        gauges,
    )


def count(environ: WSGIEnvironment, status: str, seconds: float, watched: Mapping[str, Callable[[], float]]) -> None:
    """Count a request: by the route's template, never its path."""
    kept, route = _kept(), environ.get("khatm.route", "-")
    method = environ["REQUEST_METHOD"]
    kept.requests.labels(method if method in METHODS else "other", route, status).inc()
    kept.seconds.labels(route).observe(seconds)
    for name, look in watched.items():
        kept.gauges[name].set(look())


class Served:
    """An application, and at an address of its own the numbers. `told`: those that are looked up when somebody asks, by their names."""

    def __init__(self, application: WSGIApplication, bind: str, told: Told) -> None:
        self._application, self._told = application, told
        host, _, port = bind.rpartition(":")
        self._at: object = bind.removeprefix("unix:") if bind.startswith("unix:") else (host.strip("[]"), int(port))

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        where = environ["gunicorn.socket"].getsockname()
        if (where if isinstance(where, str) else where[:2]) != self._at:
            return self._application(environ, start_response)
        environ["khatm.route"] = "-"
        if environ["PATH_INFO"] != "/metrics" or environ["REQUEST_METHOD"] != "GET":
            start_response("404 Not Found", [("Content-Length", "0")])
            return [b""]
        body = self._text()
        start_response("200 OK", [("Content-Type", "text/plain; version=0.0.4; charset=utf-8"), ("Content-Length", str(len(body)))])
        return [body]

    def _text(self) -> bytes:
        from prometheus_client import CollectorRegistry, generate_latest  # noqa: PLC0415 - after `begin`
        from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415
        from prometheus_client.multiprocess import MultiProcessCollector  # noqa: PLC0415
        from prometheus_client.registry import Collector  # noqa: PLC0415

        told = self._told

        class Looked(Collector):
            def collect(self) -> Iterator[GaugeMetricFamily]:
                for name, value in told().items():
                    yield GaugeMetricFamily(name, "See docs/how-to/watch.md.", value=value)

        registry = CollectorRegistry(auto_describe=False)
        registry.register(Looked())
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)
