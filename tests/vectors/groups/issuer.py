"""Check 2: the key, and how much the trust list can say about it."""

from __future__ import annotations

from collections.abc import Iterator

from tests.vectors import fixed
from tests.vectors.fixed import DAY, TRUST_ISSUED
from tests.vectors.making import Vector, failed, held, seal, text, token, unknown


def vectors() -> Iterator[Vector]:
    yield from _unknown_kids()
    yield from _periods()
    yield from _compromised()
    yield from _stale()


def _unknown_kids() -> Iterator[Vector]:
    stranger = text(token(held(), kid=b"\x99"))
    wrong, old = failed("issuer", "kid_unknown"), unknown("issuer", "kid_not_in_old_list")
    alone = {"status": ("anonymous",)}
    day_later = TRUST_ISSUED + DAY
    yield Vector("unknown kid, fresh list", "a fresh list knows every key", stranger, wrong)
    yield Vector("unknown kid, list a day old", "24 hours to the second are still fresh", stranger, wrong, now=day_later, **alone)  # type: ignore[arg-type]
    yield Vector(
        "unknown kid, list a day and a second old", "the key may be newer than the list", stranger, old, now=day_later + 1, **alone
    )  # type: ignore[arg-type]
    yield Vector("unknown kid, no status list", "the trust list's own age counts", stranger, old, now=day_later + 1, status=())
    yield Vector(
        "unknown kid, old list confirmed by a fresh status list",
        "the status list names trust list 12: it is still the newest",
        stranger,
        wrong,
        now=day_later + 1,
    )
    yield Vector(
        "unknown kid, confirmed by another list's status list",
        "the status list names trust list 11, not 12",
        stranger,
        old,
        now=day_later + 1,
        status=("other",),
    )
    yield Vector(
        "unknown kid, confirmation a day old", "24 hours after the status list's iat", stranger, wrong, now=fixed.STATUS_SIGNED + DAY
    )
    yield Vector("unknown kid, confirmation too old", "a second later", stranger, old, now=fixed.STATUS_SIGNED + DAY + 1)
    yield Vector("unknown kid, clock behind the list", "a list from the future is not old", stranger, wrong, now=TRUST_ISSUED - 7200)
    yield Vector(
        "kid with a zero in front", "0001 is not 01", text(token(held(), kid=b"\x01", protected=b"\xa2\x01\x26\x04\x42\x00\x01")), wrong
    )


def _periods() -> Iterator[Vector]:
    wrong = failed("issuer", "key_not_valid_then")
    ends, begins = fixed.at("2026-06-01T00:00:00"), fixed.at("2026-11-22T00:00:00")
    yield Vector("retired key, seal of its time", "what it sealed stays good", seal(kid=b"\x03", iat=ends - 1))
    yield Vector("retired key, the second it ended", "not_after is the first second it may not", seal(kid=b"\x03", iat=ends), wrong)
    yield Vector("retired key, later", "with a fresh date", seal(kid=b"\x03"), wrong)
    yield Vector("key that begins, its first second", "not_before is the first second it may", seal(kid=b"\x08", iat=begins))
    yield Vector("key that begins, the second before", "too early", seal(kid=b"\x08", iat=begins - 1), wrong)
    yield Vector(
        "status key used for a license",
        "a key has the roles of the list, and no others",
        seal(kid=b"\x63"),
        {**failed("issuer", "key_not_for_licenses"), **failed("scope", "authority_not_permitted")},
    )
    yield Vector("key with both roles", "license and status", seal(kid=b"\x0a"))


def _compromised() -> Iterator[Vector]:
    """Nobody says when key 04 was stolen: not one seal of it counts. What counts where somebody says so is in the group `log`."""
    stolen = failed("issuer", "key_compromised")
    yield Vector("compromised key, nobody says since when", "nothing of it counts", seal(kid=b"\x04"), stolen)
    yield Vector("compromised key, position 0", "not even the first seal of all", seal(kid=b"\x04", idx=0), stolen)
    bad = text(token(held(serial=42, idx=42), kid=b"\x04", by="thief"))
    yield Vector("compromised key, bad signature", "both are said", bad, {**stolen, **failed("signature", "signature_invalid")})


def _stale() -> Iterator[Vector]:
    end = TRUST_ISSUED + 30 * DAY
    late = fixed.status_at("2026-12-24T06:00:00")
    stale = unknown("issuer", "trust_list_stale")
    yield Vector("trust list, its last second", "next_update is the first second it is stale", seal(), now=end - 1, status=(late,))
    yield Vector("trust list, stale", "it may miss a theft", seal(), stale, now=end, status=(late,))
    yield Vector(
        "trust list stale, bad signature",
        "what is wrong stays wrong",
        text(token(held(), by="thief")),
        {**stale, **failed("signature", "signature_invalid")},
        now=end,
        status=(late,),
    )
    yield Vector(
        "trust list stale, revoked",
        "what is wrong stays wrong",
        seal(idx=fixed.REVOKED),
        {**stale, **failed("status", "revoked")},
        now=end,
        status=(late,),
    )
    yield Vector(
        "trust list stale, unknown kid",
        "old, so it cannot tell",
        text(token(held(), kid=b"\x99")),
        unknown("issuer", "kid_not_in_old_list"),
        now=end,
        status=(),
    )
