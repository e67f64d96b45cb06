"""The second verdict: an inspection's code judged again with the newest lists, at the time and place of the scan.

It is written beside what the phone showed, never in its place, with a difference that a sentence explains. Once the lists are newer than
the scan it is settled: what they say later, they say of later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from published import Loaded
from seal import verify
from seal.inspection import Inspection, Location, Told
from seal.site import Fix
from seal.verdict import Verdict

from .archive import Archive, Since
from .counts import LATEST

SAME: Final = "same"
_STATUS: Final = frozenset({"revoked", "suspended", "superseded"})


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What the newest lists say. `difference` is the code of a sentence, with its gaps in `detail`; `number` only if the signature held."""

    told: Told
    trust_sequence: int
    status_iat: int
    difference: str
    detail: Mapping[str, int | str] = field(default_factory=dict)
    number: str | None = None
    authority: str | None = None


def evaluate(held: Inspection, lists: Loaded, archive: Archive) -> Evaluation | None:
    """Judge what was scanned; None where no code was. Raises OSError where the archive cannot be read."""
    if held.code is None:
        return None
    verdict = judged(held.code, held.scanned_at, held.location, lists)
    told = told_of(verdict)
    entry = lists.status.lists.get(verdict.claims.uri) if verdict.claims else None
    since = archive.since(entry, verdict.claims.idx, lists.trust) if entry and verdict.claims and told.reason in _STATUS else None
    difference, detail = compared(held, told, since)
    authority = verdict.claims.iss if verdict.claims else None
    iat = entry.iat if entry else lists.status.newest
    return Evaluation(told, lists.trust.sequence, iat, difference, detail, verdict.number, authority)


def judged(text: str, scanned_at: int, location: Location | None, lists: Loaded) -> Verdict:
    """Return the verdict on a text as it would have been at the scan, had these lists been at hand."""
    # Lists from after the scan are no sign of a clock that is behind: the clock is the scan's on purpose.
    trust = lists.trust._replace(issued_at=min(lists.trust.issued_at, scanned_at))
    newest, attested, dated = (min(at, scanned_at) for at in (lists.status.newest, lists.status.attested, lists.status.dated))
    status = lists.status._replace(newest=newest, attested=attested, dated=dated)
    fix = None
    if location is not None:
        measured_at = _moment(location.timestamp)
        fix = Fix(location.latitude, location.longitude, location.accuracy, measured_at, source="device")
    now = _moment(scanned_at)
    return verify.verify(text, trust=trust, status=status, hosts=trust.hosts, now=now, fix=fix, log=lists.log)


def _moment(seconds: int) -> datetime:
    """A phone's clock may say what no calendar has."""
    return datetime.fromtimestamp(min(seconds, LATEST), UTC)


def compared(held: Inspection, told: Told, since: Since | None) -> tuple[str, dict[str, int | str]]:
    """Return the difference between what the phone showed and what the newest lists say."""
    first = held.verdict
    if first is None:
        return "not_judged_there", {"reason": told.reason}
    if (first.decision, first.seal, first.place, first.reason) == (told.decision, told.seal, told.place, told.reason):
        return SAME, {}
    if since is not None and first.reason != told.reason:
        return _changed(told.reason, held.scanned_at, since)
    if (first.seal, first.reason) == (told.seal, told.reason) or {first.seal, told.seal} == {"genuine"}:
        return "place_differs", {"there": first.place, "here": told.place}
    return "verdict_differs", {"there": first.reason, "here": told.reason}


def _changed(status: str, scanned_at: int, since: Since) -> tuple[str, dict[str, int | str]]:
    if since.first <= scanned_at:
        return f"{status}_before_scan", {"seconds": scanned_at - since.first}
    if since.before is not None and since.before >= scanned_at:
        return f"{status}_after_scan", {"seconds": since.first - scanned_at}
    return f"{status}_about_scan", {"seconds": since.first - scanned_at}


def told_of(verdict: Verdict) -> Told:
    """Return a verdict as an inspection carries it."""
    site = verdict.finding("site").detail
    return Told(
        verdict.decision,
        verdict.seal,
        verdict.place,
        verdict.reason.code,
        _decimetres(site.get("distance_dm")),
        _decimetres(site.get("uncertainty_dm")),
    )


def _decimetres(value: int | str | None) -> int | None:
    return value if isinstance(value, int) else None
