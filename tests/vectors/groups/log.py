"""Check 7: the log of seals, and the stolen keys that go by it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from seal import leaves, status
from seal.cose import Sign1
from seal.site import Point, Site
from tests.vectors import fixed
from tests.vectors.fixed import DAY, LOGS, SEALED, STATUS_SIGNED
from tests.vectors.making import Expect, Vector, failed, held, text, token, unknown

LOGGED: Expect = {"log": ("passed", "logged")}
NOT_IN_LOG = failed("log", "not_in_log")
STALE: Expect = {"log": ("skipped", "log_stale")}
#: A position that the log does not have, and that no list has given yet.
NEXT = 800
AGAMI = {"authority": "AGM", "site": Site(Point(31.12, 29.78), 40)}


def vectors() -> Iterator[Vector]:
    yield from _at_a_position()
    yield from _beyond()
    yield from _stolen()
    yield from _packed()


def logged(message: Sign1, position: int) -> Sign1:
    """Write a seal down in every view that reaches its position and has tiles."""
    for name, (view, _) in LOGS.items():
        if position < view.size and name != "bare":
            view.leaves[position] = leaves.leaf_of(leaves.entry_of(message))  # type: ignore[index]
    return message


def _vector(name: str, why: str, message: Sign1, expect: Expect, log: str | None = "main", **more: Any) -> Vector:
    return Vector(name, why, text(message), expect, trust="logged", log=log, **more)


def _other_form(message: Sign1) -> Sign1:
    s = fixed.P256_ORDER - int.from_bytes(message.signature[32:], "big")
    return message._replace(signature=message.signature[:32] + s.to_bytes(32, "big"))


def _at_a_position() -> Iterator[Vector]:
    real = logged(token(held()), 401)
    yield _vector("logged", "the seal that stands at its position", real, LOGGED)
    yield _vector("logged, the other form of the signature", "one leaf for both", _other_form(real), LOGGED)
    yield _vector("logged, by a head of three days ago", "inclusion is for ever", real, LOGGED, "old")
    two = unknown("log", "log_forked")
    yield _vector("logged, in a log that forked", "which of the two is true nobody knows", real, two, "forked")
    yield _vector("no log at hand", "said, and genuine all the same", real, {}, None)
    yield _vector("a tile that is not at hand", "as no log", real, {}, "bare")
    yield Vector("a log that no trust list knows", "as no log", text(real), log="main")
    thief = token(held({"trade_name": "مخبز اللص"}))
    yield _vector("somebody else's position", "signed by the right key, and never given", thief, NOT_IN_LOG)
    yield _vector("somebody else's position, in a log that forked", "neither says anything against a seal", thief, two, "forked")
    yield _vector("somebody else's position, no log at hand", "what a thief gets without the log", thief, {}, None)
    yield _vector("somebody else's position, by an old head", "what stands there stands for ever", thief, NOT_IN_LOG, "old")
    for name, (view, _) in LOGS.items():
        if view.size > 403 and name != "bare" and name not in fixed.PACKS:
            view.leaves[403] = leaves.leaf_of(leaves.VOID)  # type: ignore[index]
    yield _vector("a position that no seal ever got", "void, in a list from before there was a log", token(held(idx=403)), NOT_IN_LOG)
    revoked = logged(token(held(idx=fixed.REVOKED)), fixed.REVOKED)
    yield _vector("logged and revoked", "it was given, and taken back", revoked, {**LOGGED, **failed("status", "revoked")})
    forged = token(held(), by="thief")
    yield _vector("bad signature", "nothing is looked up for it", forged, failed("signature", "signature_invalid"))
    second = token(held(serial=9, idx=2, uri=fixed.URI_WIDE))
    suspended = failed("status", "suspended")
    beyond = "its positions begin at 65536, beyond this log"
    yield _vector("the second status list", beyond, second, {**suspended, **NOT_IN_LOG}, status=("wide",))


def _beyond() -> Iterator[Vector]:
    young = {"iat": STATUS_SIGNED, "idx": NEXT}
    fresh = token(held(serial=80, **young))  # type: ignore[arg-type]
    soon = {**unknown("status", "status_not_yet_listed"), **unknown("log", "log_not_yet")}
    yield _vector("beyond the log, sealed when it was signed", "it follows with the next head", fresh, soon)
    before = token(held(serial=80, idx=NEXT, iat=STATUS_SIGNED - 1))
    both = {**failed("status", "revoked"), **NOT_IN_LOG}
    yield _vector("beyond the log, sealed the second before", "the log would have it", before, both)
    listed = token(held(serial=81, idx=500, iat=SEALED + DAY))
    later = token(held(serial=81, idx=500, iat=SEALED + DAY - 1))
    yield _vector("beyond an old log, no older than it", "an old log is no worse than none", listed, STALE, "old")
    yield _vector("beyond an old log, older than it", "the log would have it", later, NOT_IN_LOG, "old")
    unseen = {**unknown("status", "status_not_yet_listed"), **unknown("log", "log_unwitnessed")}
    yield _vector("beyond the last witnessed head", "a newer one has too few witnesses", fresh, unseen, "unwitnessed")
    not_yet = unknown("status", "status_not_yet_listed")
    two = {**unknown("status", "status_not_yet_listed"), **unknown("log", "log_forked")}
    yield _vector("beyond a log that forked", "the other one may have it", fresh, two, "forked")
    yield _vector("beyond a log an hour behind the status list", "not behind yet", fresh, soon, "hour")
    yield _vector("beyond a log more than an hour behind", "it says nothing", fresh, {**not_yet, **STALE}, "late")
    yield _vector("beyond a log a day old", "24 hours to the second", fresh, soon, now=STATUS_SIGNED + DAY)
    yield _vector("beyond a log a day and a second old", "it says nothing", fresh, {**not_yet, **STALE}, now=STATUS_SIGNED + DAY + 1)
    for seconds, what, said in ((601, "more than ten minutes", STALE), (600, "ten minutes", NOT_IN_LOG)):
        expect: Expect = {**failed("status", "revoked"), **said, **({"dates": ("unknown", "clock_disagrees")} if seconds > 600 else {})}
        why = "one of the clocks is wrong, so its time says nothing" if seconds > 600 else "the log would have it"
        yield _vector(f"beyond a log {what} ahead, older than it", why, before, expect, now=STATUS_SIGNED - seconds)
    yield _vector("beyond an empty log", "the first seal of all", fresh, soon, "empty")
    yield _vector("older than an empty log", "it would be in it", token(held()), NOT_IN_LOG, "empty")
    alone = {**unknown("status", "status_list_missing"), **unknown("log", "log_not_yet")}
    yield _vector("beyond the log, without status lists", "its own age counts", fresh, alone, status=())


def _stolen() -> Iterator[Vector]:
    """Key 0b was stopped when the log had 500 seals."""
    kid, edge = b"\x0b", fixed.STOLEN_AT
    last = logged(token(held(serial=50, idx=edge - 1), kid=kid), edge - 1)
    first = logged(token(held(serial=51, idx=edge), kid=kid), edge)
    gone = failed("issuer", "key_compromised")
    needed = unknown("issuer", "log_needed")
    yield _vector("stolen key, the last seal before it was stopped", "logged, so it stays good", last, LOGGED)
    yield _vector("stolen key, the last seal before it was stopped, by a pack", "no network is needed", last, LOGGED, "pack")
    yield _vector("stolen key, the first position behind", "nothing counts there, logged or not", first, {**gone, **LOGGED})
    yield _vector("stolen key, behind, no log at hand", "the position tells without a log", first, gone, None)
    yield _vector("stolen key, before, no log at hand", "a thief can write any position", last, needed, None)
    yield _vector("stolen key, before, in a log that forked", "nobody can tell", last, {**needed, **unknown("log", "log_forked")}, "forked")
    yield _vector("stolen key, before, its tile not at hand", "as no log", last, needed, "bare")
    thief = token(held({"trade_name": "مخبز اللص"}, serial=50, idx=edge - 1), kid=kid)
    yield _vector("stolen key, the thief at an old position", "another seal stands there", thief, {**gone, **NOT_IN_LOG})
    yield _vector("stolen key, older than an old log without it", "the log would have it", last, {**gone, **NOT_IN_LOG}, "old")
    fresh = token(held(serial=52, idx=410, iat=SEALED + DAY), kid=kid)
    yield _vector("stolen key, before, behind an old log's end", "it cannot tell", fresh, {**needed, **STALE}, "old")
    bad = token(held(serial=50, idx=edge - 1), kid=kid, by="other thief")
    yield _vector("stolen key, bad signature", "both are said", bad, {**needed, **failed("signature", "signature_invalid")})
    unsaid = logged(token(held(serial=40, idx=40), kid=b"\x04"), 40)
    yield _vector("stolen key of which nobody says when", "as if it had been stolen before the first seal", unsaid, {**gone, **LOGGED})
    assert fixed.entries()[edge] == status.VALID


def _packed() -> Iterator[Vector]:
    """An inspector's phone without a network: eight octets of each of its authority's seals."""
    real = logged(token(held(serial=60, idx=395)), 395)
    yield _vector("pack, one of its seals", "its first eight octets stand there", real, LOGGED, "pack")
    yield _vector("pack, the other form of the signature", "one leaf for both", _other_form(real), LOGGED, "pack")
    yield _vector("pack of last week, one of its seals", "inclusion is for ever", real, LOGGED, "pack of last week")
    thief = token(held({"trade_name": "مخبز اللص"}, serial=60, idx=395))
    for pack in fixed.PACKS:
        yield _vector(f"{pack}, somebody else's position", "other octets stand there", thief, NOT_IN_LOG, pack)
        gap = token(held(serial=61, idx=396))
        yield _vector(f"{pack}, a position where none of its seals stands", "another authority's, or nobody's", gap, NOT_IN_LOG, pack)
    other = token(held(AGAMI, serial=62, idx=396), kid=b"\x02")
    yield _vector("pack, another authority's seal", "it says nothing of those", other, {}, "pack")
    taken = token(held(AGAMI, serial=63, idx=395), kid=b"\x02")
    yield _vector("pack, another authority's seal where one of its own stands", "two cannot stand there", taken, NOT_IN_LOG, "pack")
    fresh = token(held(serial=64, idx=500, iat=fixed.NOW - 3 * DAY))
    yield _vector("pack of last week, a seal of three days ago", "an old pack is no worse than none", fresh, STALE, "pack of last week")
    old = token(held(serial=64, idx=500, iat=fixed.NOW - 8 * DAY))
    yield _vector("pack of last week, a seal older than it", "the log would have it", old, NOT_IN_LOG, "pack of last week")
    soon = {**unknown("status", "status_not_yet_listed"), **unknown("log", "log_not_yet")}
    young = token(held(serial=80, idx=NEXT, iat=STATUS_SIGNED))
    yield _vector("pack, a seal that waits for the next head", "it follows with the next pack", young, soon, "pack")
