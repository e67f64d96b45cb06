"""Root documents, and trust lists under them (docs/format.md §21): what must be taken and what refused.

ML-DSA-44 is signed with chance in it, so that a signature is another one each time: one that stands in roots.json already is used again.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from seal import cbor, cose, cosign, ml_dsa, roots, trust
from seal.cosign import ESP256, ML_DSA_44, Signature, Signed
from seal.errors import FormatError
from tests import roots as made
from tests.roots import holder
from tests.vectors import fixed
from tests.vectors.fixed import DAY, NOW
from tests.vectors.making import flipped

FILE = Path(__file__).parents[1] / "roots.json"
_ORDER = fixed.P256_ORDER


@dataclass
class RootVector:
    """One file: a document that is pinned (`former` is None) or follows another, or a trust list under `former` (kind "trust").

    `code` is why it is refused, None if it is taken.
    """

    name: str
    why: str
    kind: str
    data: bytes
    code: str | None = None
    former: str | None = None


@cache
def _stored() -> dict[tuple[bytes, bytes, bytes], list[bytes]]:
    """The signatures of the file, by body, payload and header."""
    if not FILE.exists():
        return {}
    file = json.loads(FILE.read_text("utf-8"))
    found: dict[tuple[bytes, bytes, bytes], list[bytes]] = {}
    for data in map(b64decode, [*file["documents"].values(), *(vector["base64"] for vector in file["vectors"])]):
        for typ in (roots.TYP, trust.TYP):
            with suppress(FormatError):
                signed = cosign.from_bytes(data, typ)
                for each in signed.signatures:
                    found.setdefault((signed.protected, signed.payload, each.protected), []).append(each.signature)
    return found


def signed_by(message: Signed, by: Iterable[str | int]) -> Signed:
    """A message with the signatures of some, the same ones each time."""
    for each in made.holders(*by):
        header = cose.protected(each.key.kid, None, ML_DSA_44)
        text = message.message(ML_DSA_44, each.key.kid)
        stored = _stored().get((message.protected, message.payload, header), [])
        good = next((one for one in stored if ml_dsa.holds(each.key.ml_dsa_44, text, one)), None)
        message = each.sign(message, (ESP256,))
        message = message.added(ML_DSA_44, each.key.kid, good) if good else each.sign(message, (ML_DSA_44,))
    return message


def _document(version: int, names: tuple[str, ...], by: Iterable[str], **changed: object) -> Signed:
    return signed_by(made.unsigned(made.document(version, names, **changed)), by)  # type: ignore[arg-type]


@cache
def documents() -> dict[str, bytes]:
    """The documents that others follow."""
    return {
        "first": _document(1, ("a", "b"), "ab").to_bytes(),
        "expired": _document(1, ("a", "b"), "ab", expires=NOW - 30 * DAY, issued_at=NOW - 400 * DAY).to_bytes(),
    }


def vectors() -> Iterator[RootVector]:
    yield from _pinned()
    yield from _following()
    yield from _trust_lists()


def _pinned() -> Iterator[RootVector]:
    first = cosign.from_bytes(documents()["first"], roots.TYP)
    yield RootVector("a document", "two holders, both wanted, both signed", "document", documents()["first"])
    yield RootVector("an old document", "its end is no reason to refuse it: another may follow", "document", documents()["expired"])
    yield _bare("one of two signed", "the threshold is two", "document", _only(first, "a"), "root_unsigned")
    yield _bare("nobody signed", "there is no signature", "document", first._replace(signatures=()), "root_unsigned")
    yield _bare("one holder signed twice", "both times with both keys, and is one holder", "document", _twice(first), "root_unsigned")
    yield _bare("without a signature of ML-DSA", "P-256 alone is not enough", "document", _without(first, ML_DSA_44), "root_unsigned")
    yield _bare("without a signature on P-256", "ML-DSA alone is not enough", "document", _without(first, ESP256), "root_unsigned")
    crossed = _only(_without(first, ML_DSA_44), "a")
    crossed = crossed._replace(signatures=(*crossed.signatures, *_only(_without(first, ESP256), "b").signatures))
    yield _bare("one key of each", "two halves are no holder", "document", crossed, "root_unsigned")
    yield _bare("a wrong signature of ML-DSA", "one bit is another", "document", _changed(first, 1), "root_unsigned")
    yield _bare("a wrong signature on P-256", "one bit is another", "document", _changed(first, 0), "root_unsigned")
    yield _bare("the other form of a signature", "s in the upper half", "document", _high(first), "root_unsigned")
    alien = (Signature(cose.protected(holder("a").key.kid, None, -49), bytes(3309)), Signature(b"\xff", b""))
    yield _bare("other algorithms beside", "nobody here knows them", "document", first._replace(signatures=alien + first.signatures))
    yield _bare("other algorithms alone", "they count for nothing", "document", first._replace(signatures=alien), "root_unsigned")
    yield from _broken(first)


def _broken(first: Signed) -> Iterator[RootVector]:
    usual = made.payload(made.document(1, ("a", "b")))
    keys = usual["keys"]
    assert isinstance(keys, list)
    wrong: dict[str, tuple[str, dict[str, object]]] = {
        "a key twice": ("one holder would be two", {"keys": [keys[0], keys[0]]}),
        "a P-256 key twice": ("beside two of ML-DSA", {"keys": [keys[0], {**keys[1], "x": keys[0]["x"], "y": keys[0]["y"]}]}),
        "an ML-DSA key twice": ("beside two on P-256", {"keys": [keys[0], {**keys[1], "ml_dsa_44": keys[0]["ml_dsa_44"]}]}),
        "a threshold above the holders": ("nobody could ever sign", {"threshold": 3}),
        "a threshold of 0": ("anybody could", {"threshold": 0}),
        "ten holders": ("nine are the most", {"keys": [made_key(number) for number in range(10)]}),
        "version 0": ("the first is 1", {"version": 0}),
        "an end before its beginning": ("it never counts", {"expires": NOW - DAY, "issued_at": NOW}),
        "another name of a deployment": ("without a prefix", {"deployment": "0123456789abcdef"}),
        "a point that is on no curve": ("not a key", {"keys": [keys[0], {**keys[1], "y": bytes(32)}]}),
        "a short key of ML-DSA": ("1,311 octets", {"keys": [keys[0], {**keys[1], "ml_dsa_44": keys[1]["ml_dsa_44"][:-1]}]}),
    }
    for name, (why, changes) in wrong.items():
        message = cosign.begin(roots.TYP, cbor.encode({**usual, **changes}))
        yield _bare(name, why, "document", message, "root_corrupt")
    for name in ("threshold", "floor_sequence"):
        less = {key: value for key, value in usual.items() if key != name}
        yield _bare(f"without {name}", "it must be there", "document", cosign.begin(roots.TYP, cbor.encode(less)), "root_corrupt")
    more = cosign.begin(roots.TYP, cbor.encode({**usual, "later": 1}))
    yield _bare("an unknown member", "a later reader may know it", "document", signed_by(more, "ab"))
    as_list = signed_by(cosign.begin(trust.TYP, first.payload), "ab")
    yield _bare("a document signed as a trust list", "another typ", "document", as_list, "root_corrupt")
    data = documents()["first"]
    yield RootVector("cut off", "the last octet is missing", "document", data[:-1], "root_corrupt")
    yield RootVector("an octet behind", "nothing may follow", "document", data + b"\0", "root_corrupt")
    yield RootVector("without its tag", "only COSE_Sign with tag 98", "document", data[2:], "root_corrupt")
    yield RootVector("a COSE_Sign1", "one signature where there are many", "document", fixed.signed_trust("main"), "root_corrupt")
    many = first._replace(signatures=(Signature(b"", b""),) * 41)
    yield _bare("41 signatures", "40 are the most", "document", many, "root_corrupt")
    large = cosign.begin(roots.TYP, cbor.encode({**usual, "later": bytes(1 << 16)}))
    yield _bare("more than 65536 octets", "they are not looked at", "document", large._replace(payload=bytes(66_000)), "root_corrupt")
    nested = first._replace(payload=b"\x81" * 20 + b"\0")
    yield _bare("nested too deep", "twelve levels are the most", "document", nested, "root_corrupt")


def made_key(number: int) -> dict[str, object]:
    key = holder(number).key
    x, y = trust.coordinates(key.public_key)
    return {"x": x, "y": y, "ml_dsa_44": key.ml_dsa_44}


def _following() -> Iterator[RootVector]:
    new = ("b", "c")
    yield _next("handed over", "both of the former and both of the new", _document(2, new, "abc"))
    yield _next("the same holders again", "nothing but the version is new", _document(2, ("a", "b"), "ab"))
    yield _next("an expired one hands over", "that is how it ends", _document(2, new, "abc"), former="expired")
    yield _next("signed by the former only", "one of the new is missing", _document(2, new, "ab"), "root_unsigned")
    yield _next("signed by the new only", "one of the former is missing", _document(2, new, "bc"), "root_not_handed_over")
    yield _next(
        "the new ones ask for less", "one of two, which the former do not", _document(2, new, "b", threshold=1), "root_not_handed_over"
    )
    yield _next("a version skipped", "3 after 1", _document(3, new, "abc"), "root_out_of_turn")
    yield _next("the same version", "1 after 1, with other holders", _document(1, new, "abc"), "root_out_of_turn")
    yield _next(
        "another deployment's", "same holders", _document(2, new, "abc", deployment="GIZ-0123456789abcdef"), "root_other_deployment"
    )
    signed = _document(2, new, "abc")
    former_ml = cose.protected(holder("a").key.kid, None, ML_DSA_44)
    less = signed._replace(signatures=tuple(each for each in signed.signatures if each.protected != former_ml))
    yield _next("the former's ML-DSA is missing", "who has broken P-256 hands nothing over", less, "root_not_handed_over")


def _trust_lists() -> Iterator[RootVector]:
    payload = trust.to_bytes(fixed.trust_list())
    whole = signed_by(cosign.begin(trust.TYP, payload), "ab")
    yield _under("a trust list", "both signed", whole)
    yield _under("a trust list by one of two", "the threshold is two", _only(whole, "a"), "trust_list_wrong_root")
    yield _under("a trust list by one twice", "one holder", _twice(whole), "trust_list_wrong_root")
    yield _under("a trust list without ML-DSA", "P-256 alone is not enough", _without(whole, ML_DSA_44), "trust_list_wrong_root")
    yield _under("a trust list with a wrong ML-DSA", "one bit is another", _changed(whole, 1), "trust_list_wrong_root")
    yield _under("a trust list by others", "c and d", signed_by(whole._replace(signatures=()), "cd"), "trust_list_wrong_root")
    yield _under("a trust list under an expired document", "it ends with the document", whole, former="expired")
    giza = trust.to_bytes(fixed.TRUST["giza"][0])
    yield _under("another governorate's", "GIZ under ALX", signed_by(cosign.begin(trust.TYP, giza), "ab"), "trust_list_wrong_root")
    typed = signed_by(cosign.begin(roots.TYP, payload), "ab")
    yield _under("a trust list signed as a document", "another typ", typed, "trust_list_corrupt")
    single = cose.sign(cose.protected(holder("a").key.kid, trust.TYP), payload, holder("a").es).to_bytes()
    yield RootVector("a trust list for older readers", "a COSE_Sign1 of one holder", "trust", single, "trust_list_corrupt", "first")
    yield _under("no trust list at all", "a map of nothing", signed_by(cosign.begin(trust.TYP, b"\xa0"), "ab"), "trust_list_corrupt")


def _bare(name: str, why: str, kind: str, message: Signed, code: str | None = None) -> RootVector:
    return RootVector(name, why, kind, message.to_bytes(), code)


def _next(name: str, why: str, message: Signed, code: str | None = None, former: str = "first") -> RootVector:
    return RootVector(name, why, "document", message.to_bytes(), code, former)


def _under(name: str, why: str, message: Signed, code: str | None = None, former: str = "first") -> RootVector:
    return RootVector(name, why, "trust", message.to_bytes(), code, former)


def _only(message: Signed, name: str) -> Signed:
    own = {cose.protected(holder(name).key.kid, None, alg) for alg in (ESP256, ML_DSA_44)}
    return message._replace(signatures=tuple(each for each in message.signatures if each.protected in own))


def _twice(message: Signed) -> Signed:
    one = _only(message, "a").signatures
    return message._replace(signatures=one + one)


def _without(message: Signed, alg: int) -> Signed:
    kept = (each for each in message.signatures if cbor.parse(each.protected)[1] != alg)
    return message._replace(signatures=tuple(kept))


def _changed(message: Signed, place: int) -> Signed:
    held = list(message.signatures)
    held[place] = held[place]._replace(signature=flipped(held[place].signature, 40))
    return message._replace(signatures=tuple(held))


def _high(message: Signed) -> Signed:
    first, *others = message.signatures
    s = _ORDER - int.from_bytes(first.signature[32:], "big")
    return message._replace(signatures=(first._replace(signature=first.signature[:32] + s.to_bytes(32, "big")), *others))
