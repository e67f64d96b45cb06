"""What nearly always passes is looked at in one go, and the checks one by one say the same, at every limit of each of them."""

from __future__ import annotations

import random
from typing import Any

from seal import status, verify
from seal import trust as trusts
from seal.dating import CLOCK_TOLERANCE
from seal.site import Point
from seal.status import StatusList, StatusLists
from tests.vectors import fixed
from tests.vectors.making import held

NOW = fixed.NOW
TRUST = trusts.verify(fixed.signed_trust("main"), root=fixed.root())
GOOD = held()
KEY = next(key for key in TRUST.keys.values() if key.authority == GOOD.iss and key.state == "active" and "license" in key.roles)
DAY = verify.DAY
AROUND = (-1, 0, 1)


def near(*moments: int) -> list[int]:
    return [moment + more for moment in moments for more in AROUND]


#: What each may be: as it is when all is well, and then what lies about its limits.
CLAIMS: dict[str, list[Any]] = {
    "iss": [GOOD.iss, "ZZZ"],
    "exp": [GOOD.exp, None, *near(NOW, GOOD.nbf + 30 * DAY + 3600, GOOD.nbf + 365 * DAY + 3600)],
    "nbf": [GOOD.nbf, *near(NOW)],
    "iat": [GOOD.iat, *near(NOW, NOW + CLOCK_TOLERANCE, KEY.not_before, KEY.not_after)],
    "idx": [0, 1, 2, 3, 4_000],
    "uri": [GOOD.uri, "https://khatm.example/status/77"],
    "type": [GOOD.type, "no_such_type", *KEY.types],
    "site": [GOOD.site, GOOD.site._replace(point=Point(30.0, 31.2)), GOOD.site._replace(point=Point(-31.27, -30.0))],
}
KEYS: dict[str, list[Any]] = {
    "roles": [KEY.roles, ("status",), ()],
    "types": [KEY.types, {}, dict.fromkeys(KEY.types), dict.fromkeys(KEY.types, 0), dict.fromkeys(KEY.types, 30)],
    "area": [KEY.area, None],
    "state": ["active", "retired", "compromised"],
    "stolen_at": [None, 0, 1 << 40],
}
TRUSTS: dict[str, list[Any]] = {
    "issued_at": [TRUST.issued_at, *near(NOW + CLOCK_TOLERANCE)],
    "next_update": [TRUST.next_update, *near(NOW)],
}
LISTS: dict[str, list[Any]] = {
    "newest": [NOW - 60, *near(NOW + CLOCK_TOLERANCE)],
    "attested": [0, *near(NOW + CLOCK_TOLERANCE)],
    "dated": [0, *near(NOW + CLOCK_TOLERANCE)],
}
LIST: dict[str, list[Any]] = {
    "iat": [NOW - 60, *near(NOW - status.STALE_SECONDS, GOOD.iat)],
    "exp": [NOW + DAY, *near(NOW)],
    "octets": [status.pack(bytes((0, 0, 0, 0))), status.pack(bytes((0, 1, 2, 3))), b""],
    "bits": [2, 4],
}


def chosen(chance: random.Random, choices: dict[str, list[Any]]) -> dict[str, Any]:
    """Nearly everything as when all is well: what differs is what is tried."""
    return {name: chance.choice(values) if chance.random() < 0.12 else values[0] for name, values in choices.items()}


def test_one_look_and_the_checks_one_by_one_say_the_same() -> None:
    chance, passed = random.Random(20261130), 0
    for _ in range(30_000):
        claims, key = GOOD._replace(**chosen(chance, CLAIMS)), KEY._replace(**chosen(chance, KEYS))
        trust = TRUST._replace(**chosen(chance, TRUSTS))
        entry = StatusList(uri=GOOD.uri, trust_sequence=1, **chosen(chance, LIST))
        lists = StatusLists({GOOD.uri: entry})._replace(**chosen(chance, LISTS))
        one_by_one = (
            verify._issuer(claims, key, trust, lists, NOW, None),
            verify._scope(claims, key),
            verify._dates(claims, trust, lists, NOW),
            verify._status(claims, lists, NOW),
        )
        pass_ = all(finding.outcome == "passed" for finding in one_by_one)
        # A key that was compromised has to be asked with what the log says, so it is never passed over in one go.
        assert verify.all_pass(claims, key, trust, lists, NOW) == (pass_ and key.state != "compromised")
        passed += pass_
    assert 3_000 < passed < 27_000, "both happen often"
