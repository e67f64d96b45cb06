"""A report of "no license" beside a licensed neighbour: the licensed shop itself, or a board that hides behind one
(docs/reference/detection/licensed-neighbour.md).

Most shops have a neighbour of their type within 25 m, so a neighbour alone is no news. It is, where the name says that it is the same shop,
or where the same place is reported again while nobody has seen the neighbour's code.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from seal import days

from .geometry import SIGMAS_AT_68, Near
from .grouping import by_license, places
from .names import likeness
from .records import DAY_S, Alert, Evidence, Position, Register, Sighting, Site

CODE_SAME, CODE_HIDDEN = "licensed_after_all", "licensed_neighbour_unseen"
SAME = 0.75  # likeness from which a name is the licensed one's
DAYS = 90
REPORTS = 2
STAND_M = 15.0


def _reach(position: Position) -> float:
    return STAND_M + 2.4477 * position.accuracy_m / SIGMAS_AT_68  # 95 % of a Rayleigh distribution: sqrt(-2 ln 0.05)


def _runs(site: Site, at: int) -> bool:
    day = days.day_of(at)
    return site.moves[0].day <= day and (site.last_day is None or day <= site.last_day)


def _alert(code: str, report: Sighting, more: Sequence[Sighting], site: Site, said: tuple[Evidence, ...]) -> Alert:
    concerned = (report, *more)
    return Alert(
        code,
        "inspection" if code == CODE_SAME else "license",
        report.inspection if code == CODE_SAME else site.license,
        site.authority,
        tuple(each.inspection for each in concerned),
        (*places(concerned), site.here.point),
        said,
        gaps={"license": site.license, "name": site.trade_name, "seen": report.name_seen or "—", "days": DAYS, "reports": len(concerned)},
    )


def _same(report: Sighting, near: Sequence[tuple[float, Site]]) -> Alert | None:
    """The neighbour whose name was on the board that "has no license"."""
    best: tuple[float, float, Site] | None = None
    for distance, site in near:
        found = likeness(report.name_seen or "", site.trade_name)
        if found is not None and found >= SAME and (best is None or found > best[0]):
            best = found, distance, site
    if best is None:
        return None
    said = Evidence("name_likeness", round(best[0], 2), 0, SAME), Evidence("apart_m", round(best[1]), 0, round(best[2].here.radius_m))
    return _alert(CODE_SAME, report, (), best[2], said)


def find(sightings: Sequence[Sighting], register: Register) -> Iterator[Alert]:
    """Yield an alert for each report whose board carries a licensed neighbour's name, and one for each neighbour that hides others."""
    sites = Near((site.here.point, site) for site in register.sites.values())
    scans = by_license(sightings)
    unexplained: dict[str, list[tuple[float, Sighting]]] = {}
    for report in sorted((each for each in sightings if each.kind == "unlicensed" and each.position), key=lambda each: each.at):
        if report.position is None:
            continue
        near = [
            (distance, site)
            for distance, site in sites.within(report.position.point, 150 + _reach(report.position))
            if site.type == (report.type_seen or report.type)
            and distance <= site.here.radius_m + _reach(report.position)
            and _runs(site, report.at)
        ]
        if alert := _same(report, near):
            yield alert
        elif near and not report.name_seen:
            distance, site = min(near, key=lambda each: each[0])
            unexplained.setdefault(site.license, []).append((distance, report))
    for license_, reports in unexplained.items():
        last = reports[-1][1]
        seen = any(abs(each.at - last.at) <= DAYS * DAY_S for each in scans.get(license_, ()))
        if len(reports) >= REPORTS and not seen:
            said = Evidence("reports", len(reports), 0, REPORTS), Evidence("days_unseen", DAYS, 0, DAYS)
            ordered = [report for _, report in reports]
            yield _alert(CODE_HIDDEN, ordered[0], ordered[1:], register.sites[license_], said)
