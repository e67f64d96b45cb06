"""A device that finds nothing, ever: somebody scans and does not look (docs/reference/detection/finds-nothing.md).

Devices differ honestly, by street and by eye; the spread between them is measured too, and a device is held against both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from .chance import discoveries, none_of, spread
from .grouping import by, by_device, places
from .records import Alert, Evidence, Register, Sighting

CODE = "finds_nothing"
INSPECTIONS = 30
DEVICES = 3  # with fewer in an authority the whole governorate is the measure
RATE = 0.05  # as in one_officer
EVERYWHERE = ""  # the name of all authorities together
SHOWN = 50  # inspections that an alert lists, the latest


def _counts(group: Sequence[Sighting]) -> tuple[int, int]:
    return sum(each.findings.any for each in group), len(group)


def _measure(counts: Mapping[str, tuple[int, int]], without: str) -> tuple[float, float]:
    """Return the mean rate and its spread between devices, of all but one: nobody is measured by himself."""
    others = [each for device, each in counts.items() if device != without]
    hits, of = sum(hits for hits, _ in others), sum(of for _, of in others)
    return (hits / of if of else 0.0), spread(others)


def _chance(visits: Sequence[Sighting], counted: Mapping[str, Mapping[str, tuple[int, int]]]) -> tuple[float, float]:
    """Return how likely honest eyes find nothing on these visits, and how often they find something: authority by authority."""
    p, expected = 1.0, 0.0
    for authority, here in by(visits, lambda each: each.authority).items():
        measured = counted[authority] if len(counted[authority]) > DEVICES else counted[EVERYWHERE]
        mean, varies = _measure(measured, visits[0].device)
        p *= none_of(len(here), mean, varies)
        expected += mean * len(here)
    return p, expected / len(visits)


def find(sightings: Sequence[Sighting], register: Register) -> Iterator[Alert]:
    """Yield an alert for each device without a single finding in INSPECTIONS or more, where its authority's devices do find."""
    devices = by_device(sightings)
    counted: dict[str, Mapping[str, tuple[int, int]]] = {EVERYWHERE: {name: _counts(group) for name, group in devices.items()}}
    for authority, group in by(sightings, lambda each: each.authority).items():
        counted[authority] = {name: _counts(visits) for name, visits in by_device(group).items()}
    tried: list[tuple[float, str, float]] = []
    for name, visits in devices.items():
        if len(visits) >= INSPECTIONS:
            p, mean = _chance(visits, counted)
            tried.append((1.0 if _counts(visits)[0] else p, name, mean))
    limit = discoveries([p for p, *_ in tried], RATE)
    for p, name, mean in tried:
        if p <= limit and p < 1:
            shown = devices[name][-SHOWN:]
            yield Alert(
                CODE,
                "device",
                name,
                shown[-1].authority,
                tuple(each.inspection for each in shown),
                places(shown),
                (Evidence("findings_share", 0, round(mean, 3), 0), Evidence("chance", p, 1.0, limit)),
                probability=p,
                gaps={"device": name, "inspections": len(devices[name]), "percent": round(100 * mean)},
            )
