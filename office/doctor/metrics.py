"""The numbers of a look in the text format that Prometheus reads, and served to it at `/metrics`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from .findings import Finding, Level, Value


class _Looks(Collector):
    """Looks anew each time that somebody asks."""

    def __init__(self, look: Callable[[], Iterable[Finding]]) -> None:
        self._look = look

    def collect(self) -> Iterator[Metric]:
        findings = list(self._look())
        told = GaugeMetricFamily("khatm_finding", "How pressing: 0 fine, 1 soon, 2 could not look, 3 now.", labels=("subject", "code"))
        for subject, code in sorted({(each.subject, each.code) for each in findings}):
            told.add_metric((subject, code), max(each.level for each in findings if (each.subject, each.code) == (subject, code)))
        yield told
        yield GaugeMetricFamily(
            "khatm_worst", "The worst of all findings.", value=max((each.level for each in findings), default=Level.UNKNOWN)
        )
        yield from _values(value for each in findings for value in each.values)


def _values(values: Iterable[Value]) -> Iterator[Metric]:
    for name, group in groupby(sorted(values, key=lambda value: value.name), key=lambda value: value.name):
        of = list(group)
        metric = GaugeMetricFamily(f"khatm_{name}", "See docs/how-to/watch.md.", labels=tuple(of[0].labels))
        for value in of:
            metric.add_metric(tuple(value.labels.values()), value.number)
        yield metric


def registry(look: Callable[[], Iterable[Finding]]) -> CollectorRegistry:
    """Return a registry that holds nothing but what `look` finds, each time anew."""
    made = CollectorRegistry(auto_describe=False)
    made.register(_Looks(look))
    return made


def text(findings: Iterable[Finding]) -> str:
    """Return the numbers of one look."""
    held = list(findings)
    return generate_latest(registry(lambda: held)).decode()
