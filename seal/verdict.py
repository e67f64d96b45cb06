"""What checking a seal leads to: findings, and the decision they add up to (docs/format.md §9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple, NoReturn

from . import days, trust
from .claims import Claims
from .license import License
from .trust import Key

Check = Literal["format", "issuer", "signature", "scope", "dates", "status", "log", "site"]
Outcome = Literal["passed", "failed", "not_license", "unknown", "skipped"]
SealState = Literal["genuine", "not_valid", "not_license", "cannot_tell"]
PlaceState = Literal["here", "elsewhere", "cannot_tell", "not_checked"]
Decision = Literal["valid", "invalid", "undecided"]

CHECKS: tuple[Check, ...] = ("format", "issuer", "signature", "scope", "dates", "status", "log", "site")
_PLACES: dict[Outcome, PlaceState] = {"passed": "here", "failed": "elsewhere", "unknown": "cannot_tell"}  # else not checked
_SEVERITY: dict[Decision, int] = {"valid": 0, "undecided": 2, "invalid": 3}
_NO_LICENSE_SEVERITY = 1  # undecided too, but about nothing
TOLD: tuple[Outcome, ...] = ("failed", "not_license", "unknown")  # what speaks against a good result, the gravest first


class Finding(NamedTuple):
    """The outcome of one check. `code` is stable and the key of its sentence; `detail` fills the sentence's gaps."""

    check: Check
    outcome: Outcome
    code: str
    detail: Mapping[str, int | str] = {}


class Verdict(NamedTuple):
    """The outcome of all eight checks, in their order, and what they were made with. `prefix` stands before our license numbers.

    Claims are kept only if the signature held: what nobody vouches for is not shown.
    """

    findings: tuple[Finding, ...]
    asked_site: bool
    now: int
    trust_sequence: int
    status_iat: int
    prefix: str
    claims: Claims | None = None
    key: Key | None = None

    def __bool__(self) -> NoReturn:
        """Refuse: "if verdict:" would take an expired license for a good one."""
        raise TypeError("a verdict has no truth value: look at its decision")

    def finding(self, check: Check) -> Finding:
        """Return the finding of one check."""
        return self.findings[CHECKS.index(check)]

    @property
    def seal(self) -> SealState:
        """Is the seal genuine and in force, wherever it hangs? What is no license code is `not_license`, and nothing is wrong with it.

        A seal may be genuine without the log at hand; every other check must have passed.
        """
        *findings, _ = self.findings
        outcomes = [found.outcome for found in findings if found.outcome != "passed" and (found.check, found.outcome) != ("log", "skipped")]
        if "failed" in outcomes:
            return "not_valid"
        if "not_license" in outcomes:
            return "not_license"
        return "cannot_tell" if outcomes or not findings else "genuine"

    @property
    def place(self) -> PlaceState:
        """Is the fix at the licensed site?"""
        return _PLACES.get(self.findings[-1].outcome, "not_checked")

    @property
    def decision(self) -> Decision:
        """Both answers in one. A genuine seal whose place nobody checked stays undecided, unless the caller did not ask for the place."""
        return _decision(self.seal, self.place, self.asked_site)

    @property
    def reason(self) -> Finding:
        """The finding that decided: the first failed, else that there is no license code, else the first unknown, else the site's."""
        for outcome in TOLD:
            for finding in self.findings:
                if finding.outcome == outcome:
                    return finding
        return self.findings[-1]

    @property
    def license(self) -> License | None:
        """The license, if the signature held."""
        return self.claims.license if self.claims else None

    @property
    def number(self) -> str | None:
        """The license number, if the signature held."""
        return self.claims.number_in(self.prefix) if self.claims else None

    @property
    def reference(self) -> str:
        """A short text to report a scan by: seal, codes, list versions and time. It holds no license data but the seal's identity."""
        codes = "+".join(f.code for f in self.findings if f.outcome in TOLD) or self.decision
        identity = self.claims.cti.hex() if self.claims else "-"
        return f"{identity}/{codes}/T{self.trust_sequence}/S{self.status_iat}/{_stamp(self.now)}"

    @property
    def proves_not(self) -> tuple[str, ...]:
        """Codes of what this result does not prove, as sentences for people."""
        return _proves_not(self.seal, self.place, self.claims)


def _decision(seal: SealState, place: PlaceState, asked_site: bool) -> Decision:
    if seal == "not_valid" or (seal == "genuine" and place == "elsewhere"):
        return "invalid"
    if seal == "genuine" and (place == "here" or not asked_site):
        return "valid"
    return "undecided"


def _proves_not(seal: SealState, place: PlaceState, claims: Claims | None) -> tuple[str, ...]:
    codes = ["not_proven_object"] if claims else []
    if place != "here" and seal != "not_license":
        codes.append("not_proven_place")
    if claims:
        codes.append("not_proven_conduct")
    return tuple(codes)


@lru_cache(maxsize=64)  # of one second there may be many verdicts
def _stamp(seconds: int) -> str:
    return f"{trust.moment(seconds):%Y%m%dT%H%M%SZ}"


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the verdict that counts where one picture holds several seals. Raises ValueError for none."""
    return max(verdicts, key=lambda verdict: _NO_LICENSE_SEVERITY if verdict.seal == "not_license" else _SEVERITY[verdict.decision])


def answer(verdicts: Sequence[Verdict]) -> dict[str, object]:
    """Return the JSON object for everything one text or picture held: the worst verdict, and the rest beside it.

    Raises ValueError for no verdict at all.
    """
    headline = worst(verdicts)
    others = [as_dict(verdict) for verdict in verdicts if verdict is not headline]
    return {**as_dict(headline), "several_codes": len(verdicts) > 1, "others": others}


def as_dict(verdict: Verdict) -> dict[str, object]:
    """Return the verdict as the JSON object that the command line, the API and the phone share (docs/format.md §10)."""
    site, seal, place = verdict.findings[-1], verdict.seal, verdict.place  # each is looked for among the findings
    return {
        "decision": _decision(seal, place, verdict.asked_site),
        "seal": seal,
        "place": place,
        "reason": verdict.reason.code,
        "findings": [{"check": f.check, "outcome": f.outcome, "code": f.code, "detail": dict(f.detail)} for f in verdict.findings],
        "license": license_dict(verdict),
        "distance_m": site.detail["distance_dm"] / 10 if isinstance(site.detail.get("distance_dm"), int) else None,  # type: ignore[operator]
        "bearing_degrees": site.detail.get("bearing"),
        "does_not_prove": list(_proves_not(seal, place, verdict.claims)),
        "reference": verdict.reference,
    }


def license_dict(verdict: Verdict) -> dict[str, object] | None:
    """Return the license as JSON, None unless the signature held. Days are days of Africa/Cairo, lengths metres, positions degrees."""
    claims, key = verdict.claims, verdict.key
    if claims is None or key is None:
        return None
    held = claims.license
    return {
        "number": verdict.number,
        "edition": claims.edition,
        "authority": {"code": claims.iss, **key.name},
        "type": held.type,
        "activity": held.activity,
        "trade_name": held.trade_name,
        "holder": held.holder,
        "address": held.address,
        "details": dict(held.details),
        "site": {
            "latitude": _degrees(held.site.point.latitude),
            "longitude": _degrees(held.site.point.longitude),
            "radius_m": held.site.radius_m or None,
            "footprint_m": [[east / 10, north / 10] for east, north in held.site.footprint] or None,
        },
        "first_day": held.first_day.isoformat(),
        "last_day": held.last_day.isoformat() if held.last_day else None,
        "sealed_on": days.day_of(claims.iat).isoformat(),
    }


def _degrees(number: float) -> float:
    """Return a binary32 coordinate with six digits, which is all it has."""
    return round(number, 6)
