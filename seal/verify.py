"""The one function that gives a verdict. The numbers in its comments are those of docs/format.md §9 and of the JavaScript twin."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import lru_cache

from . import cbor, claims, cose, days, leaves, slips, status, wire
from .claims import Claims
from .cose import Sign1
from .dating import CLOCK_TOLERANCE
from .errors import FormatError, SignatureError, UnknownVersionError
from .layout import Laid
from .license import prefix_of
from .logs import LogView
from .site import Fix, Point, bearing_degrees, distance_m
from .status import StatusLists
from .trust import FRESH_SECONDS, Key, TrustList
from .verdict import CHECKS, Finding, Outcome, Verdict

FIX_AGE_MAX = 30  # seconds
FIX_ACCURACY_MAX_M = 100.0
FIX_COARSE_MAX_M = 10_000.0  # a coarser one is a guess from a network address, which may be a province away
FIX_COARSE_FACTOR = 3  # so many times its uncertainty away, a coarse fix is elsewhere
DAY = 86_400
LOG_BEHIND_MAX = 3600  # seconds that a log may be behind the status lists
LOG_AGE_MAX = DAY  # of a head, where it says nothing of a seal

#: What a slip is to a reader of seals, by its letter.
_SLIPS = {"R": "receipt_not_license", "N": "notice_not_license"}
#: What is wrong with no license, for there is none: anything else, a cut-off code, a number, a slip. None of it takes ill will.
_NO_LICENSE = frozenset({"not_a_seal", "number_alone", "number_elsewhere", "damaged", "unused_input", "too_long", *_SLIPS.values()})
_NOT_REACHED = {check: Finding(check, "skipped", "not_reached") for check in CHECKS}
_NOT_ASKED = Finding("site", "skipped", "site_not_asked")
_NO_FIX = Finding("site", "skipped", "no_fix")
_OK = {check: Finding(check, "passed", f"{check}_ok") for check in CHECKS[:-2]}
_FORMAT_OK, _ISSUER_OK, _SIGNATURE_OK, _SCOPE_OK, _DATES_OK, _STATUS_OK = _ALL_OK = tuple(_OK.values())
_LIST_MISSING = Finding("status", "unknown", "status_list_missing")
_WITHHELD = {
    found.code: found for found in (Finding("status", "unknown", "status_list_voided"), Finding("status", "unknown", "status_list_forked"))
}
_LOG_NOT_AT_HAND = Finding("log", "skipped", "log_not_at_hand")


def verify(
    text: str,
    *,
    trust: TrustList,
    status: StatusLists,
    hosts: Collection[str],
    now: datetime,
    fix: Fix | None = None,
    check_site: bool = True,
    log: LogView | None = None,
) -> Verdict:
    """Judge the text of a QR code at `now` (aware), where `fix` was measured.

    `hosts` (lower-case) are the hosts whose codes are ours. `check_site=False` says that the caller wants the seal only. `log` is what
    is at hand of the log of seals. Never raises for any text; raises ValueError for a naive `now`.
    """
    seconds = days.seconds_of(now)
    prefix = trust.governorate.prefix
    circumstances = check_site, seconds, trust.sequence, status.newest, prefix

    # 1. Format: ours, whole, and exactly as the format says.
    try:
        message, version, apart = _token(text, hosts, prefix)
    except FormatError as error:
        return Verdict(_unreached(_no_token(error, text, prefix)), *circumstances)
    try:
        # 1.6 A short way has made the header itself: {1: alg, 4: kid}, the kid behind five octets.
        kid = message.protected[5:] if apart is not None else _kid(message.protected, wire.ALGORITHMS[version])
        held = apart if type(apart) is Claims else _claims(message, version, apart)  # 1.7
    except FormatError as error:
        code = "malformed" if error.code == "damaged" else error.code  # no accident takes a code apart to the end
        return Verdict(_unreached(Finding("format", "failed", code)), *circumstances)

    # 2. Issuer: a key we know, that could seal at that time.
    key = trust.keys.get(kid)
    if key is None:
        return Verdict(_unreached(_FORMAT_OK, _issuer(held, None, trust, status, seconds, None)), *circumstances)

    # 3. Signature.
    try:
        cose.verify(message, key.public_key, low_only=version != "1")  # one token, one signature
    except SignatureError as error:
        issuer = _issuer(held, key, trust, status, seconds, None)
        return Verdict(_unreached(_FORMAT_OK, issuer, Finding("signature", "failed", error.code)), *circumstances)

    logged = _LOG_NOT_AT_HAND if log is None else _log(held, message, trust, status, log, seconds)
    place = _NO_FIX if fix is None and check_site else _site(held, fix, now, check_site)
    if all_pass(held, key, trust, status, seconds):
        findings: tuple[Finding, ...] = (*_ALL_OK, logged, place)
    else:
        findings = (
            _FORMAT_OK,
            _issuer(held, key, trust, status, seconds, None if key.stolen_at is None else logged.outcome),  # 2.4 goes by the log
            _SIGNATURE_OK,
            _scope(held, key),  # 4.
            _dates(held, trust, status, seconds),  # 5.
            _status(held, status, seconds),  # 6.
            logged,  # 7.
            place,  # 8.
        )
    return tuple.__new__(Verdict, (findings, *circumstances, held, key))  # as Verdict(…), at half of its cost


def all_pass(held: Claims, key: Key, trust: TrustList, lists: StatusLists, now: int) -> bool:
    """Say whether issuer, scope, dates and status all pass, as nearly always: what 2, 4, 5 and 6 ask, in one go.

    Wherever it says no, or a key is compromised, they are asked one by one, and theirs are the findings.
    """
    iss, exp, nbf, iat, _, site, idx, uri, type_, _, _, _, _, _ = held
    _, _, roles, authority, _, types, area, not_before, not_after, state, _, _ = key
    longest, entry, late = types.get(type_, 0), lists.lists.get(uri), now + CLOCK_TOLERANCE
    return (
        not_before <= iat < not_after
        and "license" in roles
        and state != "compromised"
        and now < trust.next_update
        and iss == authority
        and (longest is None or (longest != 0 and exp is not None and exp - nbf <= longest * DAY + 3600))
        and (exp is None or now < exp)
        and nbf <= now
        and iat <= late
        and trust.issued_at <= late
        and lists.newest <= late
        and lists.attested <= late
        and entry is not None
        and entry.at(idx) == status.VALID
        and now < entry.exp
        and now - entry.iat <= status.STALE_SECONDS
        and area is not None
        and area.holds(site.point)
    )


def _unreached(*findings: Finding) -> tuple[Finding, ...]:
    return findings + tuple(_NOT_REACHED[check] for check in CHECKS[len(findings) :])


def _no_token(error: FormatError, text: str, prefix: str) -> Finding:
    if error.code == "number_elsewhere":
        return Finding("format", "not_license", error.code, {"prefix": prefix_of(text) or "", "ours": prefix})
    outcome: Outcome = "not_license" if error.code in _NO_LICENSE else "failed"
    return Finding("format", "unknown" if isinstance(error, UnknownVersionError) else outcome, error.code)


def _token(text: str, hosts: Collection[str], prefix: str) -> tuple[Sign1, str, Claims | Laid | None]:
    try:
        parts = wire.parse(text)  # 1.1
    except FormatError as error:
        raise FormatError(_other(text, prefix) or error.code) from None
    # 1.2 Another host: our digits, or not ours at all.
    if parts.host not in hosts:
        try:
            wire.unpack(parts)
        except FormatError:
            raise FormatError("not_a_seal") from None
        raise FormatError("foreign_host")  # our digits, but their stock camera would open somebody else's page
    return wire.opened(parts)  # 1.3 digits, 1.4 the number apart, 1.5 fold or layout


def _claims(message: Sign1, version: str, apart: Claims | Laid | None) -> Claims:
    if isinstance(apart, Laid):
        return claims.checked(apart.claims)
    return apart or claims.from_bytes(message.payload, version)


def _other(text: str, prefix: str) -> str | None:
    """Return the code of what a text is that has not the shape of a seal, None for what is nothing of ours."""
    if letter := slips.letter_of(text):
        return _SLIPS[letter]
    if found := prefix_of(text):
        return "number_alone" if found == prefix else "number_elsewhere"
    digits = len(text) >= wire.DIGITS_MIN and text.isascii() and text.isdigit()
    return "damaged" if digits else None


@lru_cache(maxsize=256)
def _kid(protected: bytes, alg: int) -> bytes:
    """Return the kid of a protected header that is exactly {1: alg, 4: kid}. Raises FormatError."""
    match cbor.parse(protected):
        case {4: bytes() as kid} if 1 <= len(kid) <= 2 and protected == cose.protected(kid, alg=alg):
            return kid
        case dict() as found if any(type(key) is int and key == cose.TYP for key in found):  # 16.0 is another key
            raise FormatError("wrong_type")
        case _:
            raise FormatError("damaged", "protected header")


def _issuer(held: Claims, key: Key | None, trust: TrustList, status: StatusLists, now: int, logged: Outcome | None) -> Finding:
    # 2.1 How old is the trust list? A fresher status list that names it vouches for it.
    sequence, confirmed = status.confirmed
    age = now - max(trust.issued_at, confirmed if sequence == trust.sequence else 0)
    # 2.2 Unknown kid: wrong only if the list is fresh, for a new key may be missing from an old one.
    if key is None:
        if age <= FRESH_SECONDS:
            return Finding("issuer", "failed", "kid_unknown")
        return Finding("issuer", "unknown", "kid_not_in_old_list")
    # 2.3 The key must be one for licenses, and in force when the seal says it was made.
    if "license" not in key.roles:
        return Finding("issuer", "failed", "key_not_for_licenses")
    if not key.not_before <= held.iat < key.not_after:
        return Finding("issuer", "failed", "key_not_valid_then")
    # 2.4 A signature proves no date, so a compromised key keeps only what the log had when it was stopped: nothing where nobody says when.
    if key.state == "compromised":
        if _position(held) >= (key.stolen_at or 0) or logged == "failed":
            return Finding("issuer", "failed", "key_compromised")
        if logged != "passed":
            return Finding("issuer", "unknown", "log_needed")
    # 2.5 A list past its time may miss a compromise.
    if now >= trust.next_update:
        return Finding("issuer", "unknown", "trust_list_stale")
    return _ISSUER_OK


def _scope(held: Claims, key: Key) -> Finding:
    # 4.1 In its own name.
    if held.iss != key.authority:
        return Finding("scope", "failed", "authority_not_permitted")
    # 4.2 A type it may give.
    longest = key.types.get(held.type, 0)
    if longest == 0:
        return Finding("scope", "failed", "type_not_permitted")
    # 4.3 No longer than it may. Validity counts Cairo days; a day with summer time may have 23 or 25 hours, so an hour is let pass.
    if longest is not None and (held.exp is None or held.exp - held.nbf > longest * DAY + 3600):
        return Finding("scope", "failed", "validity_too_long", {"days": longest})
    # 4.4 In its area.
    if key.area is None or not key.area.holds(held.site.point):
        return Finding("scope", "failed", "site_outside_area")
    return _SCOPE_OK


def _dates(held: Claims, trust: TrustList, status: StatusLists, now: int) -> Finding:
    # 5.1 Over: sure even on a clock that is behind.
    if held.exp is not None and now >= held.exp:
        return Finding("dates", "failed", "expired", {"day": days.last_day_of(held.exp).isoformat()})
    # 5.2 A clock behind the lists, or behind what two signers say, says nothing about beginnings.
    if now < max(trust.issued_at, status.newest, status.attested) - CLOCK_TOLERANCE:
        return Finding("dates", "unknown", "clock_disagrees")
    if held.nbf <= now and held.iat <= now + CLOCK_TOLERANCE:
        return _DATES_OK
    # 5.3 Not begun by this clock; but a list that is not there yet, by one signer's word, may be there after all.
    if now < status.dated - CLOCK_TOLERANCE:
        return Finding("dates", "unknown", "clock_disagrees")
    # 5.4 Not begun.
    if now < held.nbf:
        return Finding("dates", "failed", "not_yet_valid", {"day": days.day_of(held.nbf).isoformat()})
    # 5.5 Made in the future.
    return Finding("dates", "failed", "issued_in_future")


def _status(held: Claims, lists: StatusLists, now: int) -> Finding:
    # 6.1 The list of that name, among those at hand.
    entry = lists.lists.get(held.uri)
    if entry is None:
        if held.uri in lists.ahead:
            return Finding("status", "unknown", "status_list_ahead")
        return _WITHHELD.get(lists.withheld.get(held.uri, ""), _LIST_MISSING)
    # 6.2 The entry, if there is one and we know what it means.
    value = entry.at(held.idx)
    if value is None:
        return Finding("status", "unknown", "status_index_outside")
    if value > status.SUPERSEDED:
        return Finding("status", "unknown", "status_reserved")
    # 6.3 An index nobody was given yet reads as invalid: a seal not older than the list is not revoked, our list is late. No tolerance is
    # needed here: the register never publishes a list whose iat a seal in it has, nor seals later with an earlier one.
    if value == status.INVALID and held.iat >= entry.iat:
        return Finding("status", "unknown", "status_not_yet_listed")
    # 6.4 Revoked and superseded are final, so even an old list may say so.
    if value == status.INVALID:
        return Finding("status", "failed", "revoked")
    if value == status.SUPERSEDED:
        return Finding("status", "failed", "superseded")
    # 6.5 Everything else needs a list that is not stale.
    if now >= entry.exp or now - entry.iat > status.STALE_SECONDS:
        return Finding("status", "unknown", "status_list_stale")
    # 6.6
    if value == status.SUSPENDED:
        return Finding("status", "failed", "suspended")
    return _STATUS_OK


def _position(held: Claims) -> int:
    return leaves.position_of(int(held.uri.rpartition("/")[2]), held.idx)


def _log(held: Claims, message: Sign1, trust: TrustList, lists: StatusLists, log: LogView | None, now: int) -> Finding:
    # 7.1 No log, none at hand, or two.
    if trust.log is None or log is None:
        return _LOG_NOT_AT_HAND
    if log.forked:  # two logs under one name: neither says anything, for a seal or against it
        return Finding("log", "unknown", "log_forked")
    position = _position(held)
    # 7.2 What stands there, by a head of whatever age: inclusion is for ever.
    if position < log.size:
        holds = log.holds(position, leaves.leaf_of(leaves.entry_of(message)), held.iss)
        if holds is None:
            return _LOG_NOT_AT_HAND
        if holds:
            return Finding("log", "passed", "logged")
        return Finding("log", "failed", "not_in_log")
    # 7.3 A head from the future: one of the clocks is wrong, and its time says nothing. Else older than the head, and not in it: the log
    # never signs at a time that a seal without a place in it has, or a later one.
    if log.time > now + CLOCK_TOLERANCE:
        return Finding("log", "skipped", "log_stale")
    if held.iat < log.time:
        return Finding("log", "failed", "not_in_log")
    # 7.4 A log that is behind says nothing, and is no worse than none.
    if log.time < lists.newest - LOG_BEHIND_MAX or now - log.time > LOG_AGE_MAX:
        return Finding("log", "skipped", "log_stale")
    # 7.5 Younger than a log that is not behind: it will stand there soon.
    if log.unwitnessed_newer:
        return Finding("log", "unknown", "log_unwitnessed")
    return Finding("log", "unknown", "log_not_yet")


def _site(held: Claims, fix: Fix | None, now: datetime, asked: bool) -> Finding:
    if not asked:
        return _NOT_ASKED
    if fix is None:
        return _NO_FIX
    # 8.1 A fix that says little: no position at all, too old (or from the future), or too coarse. Written so that NaN fails.
    if not (abs(fix.latitude) <= 90 and abs(fix.longitude) <= 180 and fix.accuracy_m >= 0):
        return Finding("site", "unknown", "fix_invalid")
    if abs(days.seconds_of(now) - days.seconds_of(fix.measured_at)) > FIX_AGE_MAX:
        return Finding("site", "unknown", "fix_old")
    if fix.accuracy_m > FIX_COARSE_MAX_M:
        return _inaccurate(fix)
    # 8.2 Whole decimetres, rounded down, so that every language compares the same numbers.
    distance = int(distance_m(held.site, fix.latitude, fix.longitude) * 10)
    uncertainty = int(fix.uncertainty_m * 10)
    reach = held.site.reach_dm
    detail = {
        "distance_dm": distance,
        "uncertainty_dm": uncertainty,
        "reach_dm": reach,
        "bearing": bearing_degrees(Point(fix.latitude, fix.longitude), held.site.point),
    }
    # 8.3 Too coarse to say "here", but from far enough it says "elsewhere".
    if fix.accuracy_m > FIX_ACCURACY_MAX_M:
        far = distance - FIX_COARSE_FACTOR * uncertainty > reach
        return Finding("site", "failed", "site_elsewhere", detail) if far else _inaccurate(fix)
    # 8.4
    if distance + uncertainty <= reach:
        return Finding("site", "passed", "site_here", detail)
    if distance - uncertainty > reach:
        return Finding("site", "failed", "site_elsewhere", detail)
    return Finding("site", "unknown", "site_too_close", detail)


def _inaccurate(fix: Fix) -> Finding:
    return Finding("site", "unknown", "fix_inaccurate", {"accuracy_m": int(min(fix.accuracy_m, 1e6))})
