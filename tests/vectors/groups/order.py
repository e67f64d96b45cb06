"""Status lists and trust lists that come one after another: which follows which, which is void, which is one of two with one number."""

from __future__ import annotations

import json
import tempfile
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import published
from published.watch import Watch
from seal import status, trust
from seal.verify import verify
from tests.vectors import fixed
from tests.vectors.fixed import NOW, ROOT_KID, STATUS_SIGNED
from tests.vectors.making import seal

TEXT = seal()
AHEAD = NOW - 1  # of the lists that come first in time and not in number
FIRST, SECOND = b"\x63", b"\x0a"  # two keys for status lists
OLDER, FORKED, VOIDED = "status_list_older", "status_list_forked", "status_list_voided"
MISSING, GOOD = "status_list_missing", "status_ok"


class Visit(NamedTuple):
    """The published files when readers look, and what they say.

    `codes`: of each list why it is refused, else None; `refused`: of the trust list. Then the code of the check `status` on the seal: by
    the reader that `ran_on`, and by one `begun_anew` at each visit, with what it remembers; None where that has no trust list.
    """

    lists: tuple[bytes, ...]
    ran_on: str = GOOD
    begun_anew: str | None = GOOD
    codes: tuple[str | None, ...] = (None,)
    trust: bytes = fixed.signed_trust("main")
    refused: str | None = None


class OrderVector(NamedTuple):
    """Visits, one after another."""

    name: str
    why: str
    visits: tuple[Visit, ...]


def listed(number: int, iat: int = STATUS_SIGNED, kid: bytes = FIRST, *, revoked: bool = False) -> bytes:
    """A list with a number; in a list with `revoked` the seal is."""
    entries = fixed.entries()
    entries[401] = status.INVALID if revoked else status.VALID
    return fixed.sign_status(fixed.status_list(iat, octets=status.pack(entries), number=number), kid)


def trusting(sequence: int, *voided: tuple[int, int], of: bytes = FIRST, **states: str) -> bytes:
    """A trust list that voids some numbers of a key; `states` are those of keys, by k and kid in hex."""
    keys = {key.kid: key._replace(state=states.get(f"k{key.kid.hex()}", key.state)) for key in fixed.KEYS}
    keys[of] = keys[of]._replace(voided=voided)
    return trust.sign(fixed.trust_list(sequence=sequence, keys=keys), ROOT_KID, fixed.signer("root"))


def refusing(data: bytes, code: str, ran_on: str = GOOD, begun_anew: str | None = MISSING, **more: bytes) -> Visit:
    """A visit at which the one list is refused."""
    return Visit((data,), ran_on, begun_anew, (code,), **more)


def vectors() -> Iterator[OrderVector]:
    yield from _order()
    yield from _two()
    yield from _void()
    yield from _keys()
    yield from _trust_lists()


def _order() -> Iterator[OrderVector]:
    five, six = listed(5), listed(6)
    yield OrderVector("higher numbers", "each takes the place of the one before", (Visit((five,)), Visit((six,)), Visit((six,))))
    late = listed(6, STATUS_SIGNED - 7200, revoked=True)
    yield OrderVector("a higher number with an earlier iat", "time is no order", (Visit((five,)), Visit((late,), "revoked", "revoked")))
    back = refusing(five, OLDER, "revoked")
    yield OrderVector(
        "rolled back",
        "6 was seen, 5 comes, with a later iat",
        (Visit((listed(6, STATUS_SIGNED - 60, revoked=True),), "revoked", "revoked"), back),
    )
    without = refusing(listed(0, STATUS_SIGNED + 60), OLDER)
    yield OrderVector("without a number, after one", "rolled back: lists had none before", (Visit((five,)), without))
    first = Visit((listed(0, AHEAD),))
    yield OrderVector(
        "the first number, with an earlier iat", "what was seen without a number stands in no number's way", (first, Visit((listed(1),)))
    )
    older = refusing(listed(0, STATUS_SIGNED - 1), OLDER)
    yield OrderVector("without numbers", "the newer counts, as ever", (Visit((listed(0),)), older))
    both = Visit((listed(6, STATUS_SIGNED - 60, revoked=True), five), "revoked", "revoked", (None, None))
    yield OrderVector("two numbers at once", "the higher counts, in whatever order they come", (both,))
    largest = listed((1 << 53) - 1)
    yield OrderVector("the highest number", "2^53 − 1; nothing can follow but a voiding", (Visit((largest,)), refusing(six, OLDER)))


def _two() -> Iterator[OrderVector]:
    one, other = listed(5), listed(5, revoked=True)
    two = refusing(other, FORKED, FORKED, FORKED)
    again = refusing(one, FORKED, FORKED, FORKED)
    why = "neither is gone by, also not the one that was seen first, until a higher number comes"
    yield OrderVector("one number, two contents", why, (Visit((one,)), two, again, Visit((listed(6),))))
    together = Visit((one, other), FORKED, FORKED, (FORKED, FORKED))
    yield OrderVector("one number, two contents at once", "neither", (together, again))
    s = fixed.P256_ORDER - int.from_bytes(one[-32:], "big")
    same = Visit((one[:-32] + s.to_bytes(32, "big"),))
    yield OrderVector("one number, the other form of the signature", "anybody can make it: the same list", (Visit((one,)), same))
    by_two = refusing(listed(5, kid=SECOND, revoked=True), FORKED, FORKED, FORKED)
    yield OrderVector("one number, two contents, by two keys", "numbers are the register's, not a key's", (Visit((one,)), by_two))
    yield OrderVector("one number, one content, by two keys", "the same list", (Visit((one,)), Visit((listed(5, kid=SECOND),))))


def _void() -> Iterator[OrderVector]:
    ahead, mended = listed(5, AHEAD), listed(6, STATUS_SIGNED)
    void = {"trust": trusting(13, (5, 5))}
    gone = refusing(ahead, VOIDED, VOIDED, VOIDED, **void)
    why = "as if it were not there; the next number takes its place, though its iat is earlier"
    yield OrderVector("a list voided", why, (Visit((listed(4),)), Visit((ahead,)), gone, Visit((mended,), **void)))  # type: ignore[arg-type]
    back = refusing(listed(4), OLDER, VOIDED, **void)
    yield OrderVector("voided, and one from before comes", "memories never go down", (Visit((ahead,)), back))
    other = {"trust": trusting(13, (2, 3))}
    yield OrderVector("another range", "voids what stands in it", (Visit((ahead,)), Visit((ahead,), **other)))  # type: ignore[arg-type]
    never = (refusing(ahead, VOIDED, VOIDED, VOIDED, **void), Visit((listed(4),), **void))  # type: ignore[arg-type]
    yield OrderVector("never learnt", "what was void when it came stands in nobody's way", never)
    nought = {"trust": trusting(13, (0, 0))}
    legacy = listed(0, AHEAD)
    zero = (Visit((legacy,)), refusing(legacy, VOIDED, VOIDED, VOIDED, **nought), Visit((listed(1),), **nought))  # type: ignore[arg-type]
    yield OrderVector("lists without a number voided", "they have the number 0", zero)
    wide = {"trust": trusting(13, (1, 2), (5, (1 << 53) - 1))}
    replaced = refusing(listed(900), VOIDED, VOIDED, VOIDED, **wide)
    last = Visit((listed(6, kid=SECOND),), **wide)  # type: ignore[arg-type]
    yield OrderVector("everything from 5 on voided", "a thief's numbers; another key goes on", (Visit((listed(900),)), replaced, last))
    forked = (Visit((ahead, listed(5)), FORKED, FORKED, (FORKED, FORKED)), refusing(listed(5), VOIDED, VOIDED, VOIDED, **void))
    yield OrderVector("a forked number voided", "void says more", (*forked, Visit((mended,), **void)))  # type: ignore[arg-type]


def _keys() -> Iterator[OrderVector]:
    thief = listed((1 << 53) - 1, kid=SECOND, revoked=True)
    ended = {"trust": trusting(13, k0a="compromised")}
    stolen = Visit((thief,), "revoked", "revoked")
    after = Visit((listed(6),), **ended)  # type: ignore[arg-type]
    yield OrderVector(
        "a stolen key's numbers", "what it signed stands in nobody's way once it is compromised", (Visit((listed(5),)), stolen, after)
    )
    retired = {"trust": trusting(13, k0a="retired")}
    still = refusing(listed(6), OLDER, "revoked", **retired)
    yield OrderVector("a retired key's numbers", "they count", (stolen, still))


def _trust_lists() -> Iterator[OrderVector]:
    five = (listed(5),)
    other = Visit(five, GOOD, None, (), trusting(12, (5, 5)), "trust_list_forked")
    yield OrderVector("two trust lists of one number", "the one that was seen first stays", (Visit(five), other, Visit(five)))
    newer = Visit((listed(5),), VOIDED, VOIDED, (VOIDED,), trusting(13, (5, 5)))
    yield OrderVector("the next trust list", "its number is higher", (Visit(five), other, newer))


def answers(vector: OrderVector) -> Iterator[dict[str, object]]:
    """What the program says at each visit."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "root.jwk").write_text(json.dumps(_root()))
        ran_on = Watch(folder / "published", root=folder / "root.jwk", now=lambda: NOW, check_seconds=0)
        for place, visit in enumerate(vector.visits):
            files = {"trust-list": visit.trust} | {f"status/{number}": data for number, data in enumerate(visit.lists, 1)}
            for old in (folder / "published/status").glob("*"):
                old.unlink()
            published.write(folder / "published", files)
            held = ran_on.current()
            refused = held.faults.get("trust-list")
            codes = () if refused else tuple(held.faults.get(f"status/{number}") for number in range(1, len(visit.lists) + 1))
            anew = Watch(
                folder / "published", root=folder / "root.jwk", now=lambda: NOW, state=folder / "state.json", check_seconds=0
            ).current()
            if anew.faults != held.faults:
                raise AssertionError(f"{vector.name}, {place}: {dict(anew.faults)}, {dict(held.faults)}")
            yield {"codes": codes, "refused": refused, "ran_on": _said(held), "begun_anew": _said(anew)}


def _said(state: published.State) -> str | None:
    loaded = state.loaded
    if loaded is None:
        return None
    now = datetime.fromtimestamp(NOW, UTC)
    return verify(TEXT, trust=loaded.trust, status=loaded.status, hosts=loaded.trust.hosts, now=now).finding("status").code


def _root() -> dict[str, object]:
    """The root as a file has it."""
    x, y = (urlsafe_b64encode(each).rstrip(b"=").decode() for each in trust.coordinates(fixed.root().public_key))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": ROOT_KID.hex(), "floor_sequence": 1}
