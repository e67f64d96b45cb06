"""Published files: trust lists and status lists that must be taken or refused."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cbor2

from seal import cbor, cose, status, trust
from seal.trust import LogTerms
from tests.vectors import fixed, logs
from tests.vectors.fixed import DAY, NOW, ROOT_KID, STATUS_SIGNED, TRUST_ISSUED
from tests.vectors.making import flipped, held, swapped, token


@dataclass
class ListVector:
    """One published file. `code` is why it is refused, None if it is taken. `seen` is what a verifier saw before (sequence, or iat)."""

    name: str
    why: str
    kind: str
    data: bytes
    code: str | None = None
    floor_sequence: int = 1
    seen: int = 0


def vectors() -> Iterator[ListVector]:
    yield from _trust_envelopes()
    yield from _trust_contents()
    yield from _logs()
    yield from _status_lists()


def _trust_envelopes() -> Iterator[ListVector]:
    good = fixed.signed_trust("main")
    corrupt, wrong, older = "trust_list_corrupt", "trust_list_wrong_root", "trust_list_older"
    yield ListVector("trust list", "signed by the root, sequence 12", "trust", good)
    yield ListVector("trust list without the tag", "tag 18 may be missing", "trust", good[1:])
    yield ListVector("trust list seen before", "the same again", "trust", good, seen=12)
    yield ListVector("trust list rolled back", "13 was seen, 12 comes", "trust", good, older, seen=13)
    yield ListVector("trust list below the floor", "the floor is pinned with the root", "trust", good, older, floor_sequence=13)
    yield ListVector("trust list at the floor", "12 is 12", "trust", good, floor_sequence=12)
    yield ListVector(
        "trust list of another root", "same kid, another key", "trust", _signed(_trust_payload(), trust.TYP, ROOT_KID, "thief"), wrong
    )
    yield ListVector(
        "trust list of another kid", "not the pinned one", "trust", _signed(_trust_payload(), trust.TYP, b"other", "root"), wrong
    )
    yield ListVector("trust list, bit flip in the payload", "the signature covers it", "trust", flipped(good, len(good) // 2, 0), wrong)
    yield ListVector("trust list, bit flip in the signature", "its last bit", "trust", flipped(good, len(good) - 1), wrong)
    yield ListVector("trust list cut short", "half of it", "trust", good[: len(good) // 2], corrupt)
    yield ListVector("trust list with an octet behind", "one item", "trust", good + b"\0", corrupt)
    yield ListVector("empty trust list file", "zero octets", "trust", b"", corrupt)
    yield ListVector("trust list: a page of a captive portal", "text, not CBOR", "trust", b"<!doctype html><title>Log in</title>", corrupt)
    yield ListVector(
        "trust list: a status list", "each reader takes one typ only", "trust", fixed.sign_status(fixed.STATUS["main"][0]), corrupt
    )
    yield ListVector("trust list: a seal", "a seal has no typ", "trust", token(held()).to_bytes(), corrupt)
    yield ListVector(
        "trust list with the typ of a status list",
        "signed by the root all the same",
        "trust",
        _signed(_trust_payload(), status.TYP, ROOT_KID, "root"),
        corrupt,
    )
    header = cbor.encode({1: -7, 2: [99], 4: ROOT_KID, 16: trust.TYP, 99: 1})
    yield ListVector("trust list with crit", "exactly alg, kid and typ", "trust", _with_header(header), corrupt)
    yield ListVector(
        "trust list with alg as a float",
        "-7.0 is not -7",
        "trust",
        _with_header(swapped(cose.protected(ROOT_KID, trust.TYP), b"\x01\x26", b"\x01\xf9\xc7\x00")),
        corrupt,
    )
    yield ListVector("trust list with an unprotected header", "must be empty", "trust", _with_unprotected(good), corrupt)


def _trust_contents() -> Iterator[ListVector]:
    """Signed by the root: a ceremony gone wrong must not pass either."""
    usual = cbor.loads(_trust_payload())
    first, *others = usual["keys"]
    receipts = cbor.encode({**usual, "keys": [first, {**others[0], "roles": ["receipt"]}]})
    yield ListVector("trust list with a key for receipts", "the third role", "trust", _signed(receipts, trust.TYP, ROOT_KID, "root"))
    notices = cbor.encode({**usual, "keys": [first, {**others[0], "roles": [], "more_roles": ["notice", "of a later reader"]}]})
    why = "what has no place in `roles`, for readers from before refuse it there, and a role that nobody knows yet"
    yield ListVector("trust list with more roles", why, "trust", _signed(notices, trust.TYP, ROOT_KID, "root"))
    worded = cbor.encode({**usual, "violations": {"noise": {"ar": "ضوضاء", "en": "Noise", "fr": "Bruit"}, "": {"ar": "", "en": ""}}})
    why = "what notices name by a code; a language that nobody asks for yet; a code that no notice can name"
    yield ListVector("trust list with the words of violations", why, "trust", _signed(worded, trust.TYP, ROOT_KID, "root"))
    unnamed = cbor.encode({member: value for member, value in usual.items() if member != "governorate"})
    unnamed = _signed(unnamed, trust.TYP, ROOT_KID, "root")
    yield ListVector("trust list without a governorate", "signed before there was one", "trust", unnamed)
    yield ListVector("trust list of Giza", "its prefix is GIZ", "trust", fixed.signed_trust("giza"))
    longest = _governed(usual, "G2", ar="ج" * 80, en="\U0001f3db" * 80)
    why = "two characters, names of 80 code points, and a member that nobody knows yet"
    yield ListVector("trust list with the longest names", why, "trust", _signed(cbor.encode(longest), trust.TYP, ROOT_KID, "root"))
    for name, why, payload in (
        ("a kid twice", "which one counts?", {**usual, "keys": [first, first, *others]}),
        ("a point off the curve", "no P-256 key", {**usual, "keys": [{**first, "y": bytes(32)}]}),
        ("a coordinate of 31 octets", "32 each", {**usual, "keys": [{**first, "x": first["x"][1:]}]}),
        ("a kid of three bytes", "one or two", {**usual, "keys": [{**first, "kid": b"\0\0\1"}]}),
        ("an unknown state", "active, retired or compromised", {**usual, "keys": [{**first, "state": "paused"}]}),
        ("an unknown role", "license, status or receipt", {**usual, "keys": [{**first, "roles": ["root"]}]}),
        ("a notice among the roles", "it has its place in `more_roles`", {**usual, "keys": [{**first, "roles": ["notice"]}]}),
        ("a license among more roles", "one place each", {**usual, "keys": [{**first, "more_roles": ["license"]}]}),
        ("more roles as a text", "an array", {**usual, "keys": [{**first, "more_roles": "notice"}]}),
        ("a number among more roles", "texts", {**usual, "keys": [{**first, "more_roles": [1]}]}),
        ("types as an array", "a map", {**usual, "keys": [{**first, "types": ["shop"]}]}),
        ("an area of two corners", "three at least", {**usual, "keys": [{**first, "area": first["area"][:2]}]}),
        ("a key without an authority", "every field is there", {**usual, "keys": [{k: v for k, v in first.items() if k != "authority"}]}),
        ("a negative sequence", "0 at least", {**usual, "sequence": -1}),
        ("a sequence of 2^53", "more than every language can count", {**usual, "sequence": 1 << 53}),
        ("issued_at as a float", "whole seconds", {**usual, "issued_at": 1.5}),
        *_bad_governorates(usual),
        ("violations as an array", "a map", {**usual, "violations": ["noise"]}),
        ("a violation in one language", "both names", {**usual, "violations": {"noise": {"ar": "ضوضاء"}}}),
        ("a violation's name as a number", "texts", {**usual, "violations": {"noise": {"ar": "ضوضاء", "en": 1}}}),
        ("a violation under a number", "a text", {**usual, "violations": {7: {"ar": "ضوضاء", "en": "Noise"}}}),
        *_bad_logs(usual),
        ("stolen_at as a float", "a number of seals", {**usual, "keys": [{**first, "stolen_at": 1.0}]}),
        ("stolen_at below 0", "a number of seals", {**usual, "keys": [{**first, "stolen_at": -1}]}),
        ("stolen_at of nothing", "a number, or no member", {**usual, "keys": [{**first, "stolen_at": None}]}),
        *((f"voided lists {what}", why, {**usual, "keys": [{**first, "voided": value}]}) for what, why, value in _BAD_RANGES),
        ("no hosts", "every field is there", {k: v for k, v in usual.items() if k != "hosts"}),
        ("a payload that is an array", "a map", [1, 2]),
        ("hosts as a text", "an array: a text is no list of letters", {**usual, "hosts": "ab"}),
        ("keys as a map", "an array", {**usual, "keys": {}}),
        ("roles as a text", "an array", {**usual, "keys": [{**first, "roles": ""}]}),
        ("roles as a map", "an array", {**usual, "keys": [{**first, "roles": {"license": 1}}]}),
        ("an area as a text", "an array", {**usual, "keys": [{**first, "area": ""}]}),
        ("corners as maps", "arrays of two", {**usual, "keys": [{**first, "area": [{1: 0, 2: 0}] * 3}]}),
        ("corners of floats", "whole millionths", {**usual, "keys": [{**first, "area": [[0.5, 1], [1, 1], [1, 0]]}]}),
        ("a corner of three numbers", "latitude and longitude", {**usual, "keys": [{**first, "area": [[0, 0, 0], [1, 1], [1, 0]]}]}),
        ("a corner beyond the pole", "90 degrees", {**usual, "keys": [{**first, "area": [[90_000_001, 0], [1, 1], [1, 0]]}]}),
        ("a corner beyond the date line", "180 degrees", {**usual, "keys": [{**first, "area": [[0, -180_000_001], [1, 1], [1, 0]]}]}),
    ):
        yield ListVector(
            f"trust list with {name}", why, "trust", _signed(cbor.encode(payload), trust.TYP, ROOT_KID, "root"), "trust_list_corrupt"
        )
    disorder = b"\xa2" + cbor.encode("sequence") + b"\x0c" + cbor.encode("keys") + b"\x80"
    yield ListVector(
        "trust list in another order",
        "deterministic CBOR, like a seal",
        "trust",
        _signed(disorder, trust.TYP, ROOT_KID, "root"),
        "trust_list_corrupt",
    )
    shorter_first = {"sequence": 12, "z": {-1: 0, 256: 0}}
    yield ListVector(
        "trust list with inner keys in another order",
        "256 comes before -1",
        "trust",
        _signed(cbor2.dumps({**usual, **shorter_first}, canonical=True), trust.TYP, ROOT_KID, "root"),
        "trust_list_corrupt",
    )
    future = {**usual, "next_sequence": 99, "keys": [{**first, "note": "x"}]}
    yield ListVector(
        "trust list with further fields",
        "fields that are not known are let pass: lists grow",
        "trust",
        _signed(cbor.encode(future), trust.TYP, ROOT_KID, "root"),
    )


def _logs() -> Iterator[ListVector]:
    """Trust lists that say by what the log of seals is known."""
    for name, why, log in (
        ("", "three keys of its own, two of three witnesses", logs.terms()),
        (" without witnesses", "its own signature is enough", logs.terms()._replace(witnesses=(), threshold=0)),
        (" of one key", "one suffices", logs.terms()._replace(keys=logs.terms().keys[2:])),
        (" with the most keys", "16 of its own, 64 witnesses", LogTerms("a.example/b/c/d", (_VKEY,) * 16, (_VKEY,) * 64, 64)),
    ):
        data = trust.sign(fixed.trust_list(log=log), ROOT_KID, fixed.signer("root"))
        yield ListVector(f"trust list with a log{name}", why, "trust", data)
    for name, why, proven in (
        ("", "a log of its own", False),
        (", which status lists need", "a list without a proof does not count", True),
    ):
        data = trust.sign(fixed.trust_list(log=logs.terms(), acts=logs.act_terms(), lists_proven=proven), ROOT_KID, fixed.signer("root"))
        yield ListVector(f"trust list with a log of acts{name}", why, "trust", data)
    grown = cbor.loads(trust.to_bytes(fixed.trust_list(log=logs.terms())))
    grown["log"]["since"] = 2030
    data = _signed(cbor.encode(grown), trust.TYP, ROOT_KID, "root")
    yield ListVector("trust list with a log of which more is said", "members that are not known are let pass", "trust", data)
    stolen = [key._replace(stolen_at=at) if key.state == "compromised" else key for at, key in enumerate(fixed.KEYS)]
    listed = fixed.trust_list(log=logs.terms(), keys={key.kid: key for key in stolen})
    void = {key.kid: key._replace(voided=((0, 0), (5, 9)) if "status" in key.roles else ()) for key in fixed.KEYS}
    voiding = trust.sign(fixed.trust_list(keys=void), ROOT_KID, fixed.signer("root"))
    yield ListVector("trust list that voids status lists", "closed ranges of a key's numbers", "trust", voiding)
    data = trust.sign(listed, ROOT_KID, fixed.signer("root"))
    yield ListVector("trust list that says when keys were stolen", "how many seals the log had then", "trust", data)


_BAD_RANGES: tuple[tuple[str, str, object], ...] = (
    ("as a map", "an array", {5: 9}),
    ("as a number", "an array", 5),
    ("that are null", "left out is another thing", None),
    ("of one number", "first and last", [[5]]),
    ("of three numbers", "first and last", [[5, 6, 7]]),
    ("from the end", "first ≤ last", [[9, 5]]),
    ("below 0", "0 at least", [[-1, 5]]),
    ("to 2^53", "more than every language can count", [[5, 1 << 53]]),
    ("as floats", "whole numbers", [[5.5, 9]]),
    ("as texts", "numbers", [["5", "9"]]),
    ("of 65 ranges", "64 at most", [[5, 9]] * 65),
)
_VKEY = "a.witness.of.later+0badcafe+" + "A" * 1800


def _bad_logs(usual: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    good = cbor.loads(trust.to_bytes(fixed.trust_list(log=logs.terms())))["log"]
    own = good["keys"][0]
    for what, why, changes in (
        ("as a text", "a map", "khatm.example/log"),
        ("that is empty", "all members are there", {}),
        ("without keys", "one at least", {**good, "keys": []}),
        ("of 17 keys", "16 at most", {**good, "keys": [own] * 17}),
        ("of 65 witnesses", "64 at most", {**good, "witnesses": [own] * 65}),
        ("that wants more witnesses than it has", "nobody could have seen it", {**good, "threshold": 4}),
        ("with a threshold below 0", "0 at least", {**good, "threshold": -1}),
        ("with a threshold as a float", "a whole number", {**good, "threshold": 2.0}),
        ("without a threshold", "all members are there", {name: value for name, value in good.items() if name != "threshold"}),
        ("with keys as a text", "an array", {**good, "keys": own}),
        ("with a key of octets", "a text", {**good, "keys": [own.encode()]}),
        ("with a key without an id", "name+id+key", {**good, "keys": ["khatm.example/log+" + own.split("+")[2]]}),
        ("with a key that is too long", "1800 characters behind the id", {**good, "witnesses": [_VKEY + "A"]}),
        ("with a blank in a key's name", "no blanks", {**good, "witnesses": ["a b+0badcafe+AAAA"]}),
        ("with an id in capitals", "as C2SP writes it", {**good, "witnesses": ["ab+0BADCAFE+AAAA"]}),
        ("with a line behind a key", "one line", {**good, "witnesses": ["ab+0badcafe+AAAA\n"]}),
        ("with an origin in capitals", "a host and a path", {**good, "origin": "KHATM.EXAMPLE/log"}),
        ("with a host as origin", "a host and a path", {**good, "origin": "khatm.example"}),
        ("with an origin that is an address", "without a scheme", {**good, "origin": "https://khatm.example/log"}),
        ("with a line behind its origin", "one line", {**good, "origin": "khatm.example/log\n"}),
    ):
        yield f"a log {what}", why, {**usual, "log": changes}
    acts = cbor.loads(trust.to_bytes(fixed.trust_list(acts=logs.act_terms())))["acts"]
    for what, why, more in (
        ("with a log of acts as a list", "a map", {"acts": [acts]}),
        ("with a log of acts without keys", "at least one", {"acts": {**acts, "keys": []}}),
        ("that needs proofs without a log of acts", "from which log?", {"lists_proven": True}),
        ("that needs proofs by a number", "true or false", {"acts": acts, "lists_proven": 1}),
        ("that needs proofs by null", "true or false", {"acts": acts, "lists_proven": None}),
    ):
        yield what, why, {**usual, **more}


def _governed(usual: dict[str, Any], prefix: object, /, **name: object) -> dict[str, Any]:
    """A payload with another governorate."""
    named = {"ar": "محافظة الجيزة", "en": "Giza Governorate", **name}
    return {**usual, "governorate": {"prefix": prefix, "name": named, "since": 2030}}


def _bad_governorates(usual: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for what, prefix in (
        ("of one letter", "G"),
        ("of five letters", "GIZAH"),
        ("in lower case", "giz"),
        ("that is empty", ""),
        ("with a digit first", "6OC"),
        ("with a hyphen", "GI-Z"),
        ("in Arabic", "جيز"),
        ("with a line break", "GIZ\n"),
        ("of applications", "APP"),
        ("of notices", "VIO"),
        ("of octets", b"GIZ"),
    ):
        yield f"a prefix {what}", "two to four of A to Z and 0 to 9, a letter first, not APP or VIO", _governed(usual, prefix)
    for language, what, name in (
        ("ar", "that is empty", ""),
        ("en", "of blanks", "   "),
        ("ar", "with a blank before", " محافظة الجيزة"),
        ("en", "with U+3000 behind", "Giza\u3000"),
        ("en", "of 81 code points", "G" * 81),
        ("ar", "with a line break", "محافظة\nالجيزة"),
        ("en", "with a mark of direction", "Giza\u202e"),
        ("en", "of octets", b"Giza"),
    ):
        why = "as texts of licenses, 80 code points"
        yield f"a governorate's name ({language}) {what}", why, _governed(usual, "GIZ", **{language: name})
    yield "a governorate without a name", "both members are there", {**usual, "governorate": {"prefix": "GIZ"}}
    yield "a governorate without a prefix", "both members are there", {**usual, "governorate": {"name": {"ar": "ا", "en": "a"}}}
    yield "a governorate that is null", "left out is another thing", {**usual, "governorate": None}
    yield "a governorate that is a text", "a map", {**usual, "governorate": "GIZ"}


def _status_lists() -> Iterator[ListVector]:
    entry = fixed.STATUS["main"][0]
    good, wrong, corrupt = fixed.sign_status(entry), "status_list_wrong_key", "status_list_corrupt"
    yield ListVector("status list", "signed by kid 63", "status", good)
    yield ListVector("status list, a minute newer", "the register publishes hourly", "status", good, seen=STATUS_SIGNED - 60)
    for number, why in ((1, "the first"), ((1 << 53) - 1, "the last one that every language can count")):
        numbered = fixed.sign_status(fixed.status_list(STATUS_SIGNED, number=number))
        yield ListVector(f"status list, number {number}", why, "status", numbered)
    yield ListVector("status list seen before", "the same again", "status", good, seen=STATUS_SIGNED)
    yield ListVector("status list rolled back", "a newer one was seen", "status", good, "status_list_older", seen=STATUS_SIGNED + 1)
    yield ListVector(
        "status list from a week ago",
        "taken: whether it is fresh is for the verdict to say",
        "status",
        fixed.sign_status(fixed.status_list(NOW - 7 * DAY)),
    )
    yield ListVector("status list by a license key", "not its role", "status", fixed.sign_status(entry, b"\x01"), wrong)
    yield ListVector("status list by a key of both roles", "one of them is status", "status", fixed.sign_status(entry, b"\x0a"))
    yield ListVector(
        "status list by a compromised key", "status keys have no list of known lists", "status", fixed.sign_status(entry, b"\x64"), wrong
    )
    yield ListVector("status list by an unknown kid", "not in the trust list", "status", fixed.sign_status(entry, b"\x99"), wrong)
    yield ListVector(
        "status list by a thief", "kid 63, another key", "status", _signed(_status_payload(), status.TYP, b"\x63", "thief"), wrong
    )
    yield ListVector("status list, bit flip in the payload", "the signature covers it", "status", flipped(good, len(good) - 80), wrong)
    yield ListVector("status list cut short", "its last octet", "status", good[:-1], corrupt)
    yield ListVector("status list: a trust list", "each reader takes one typ only", "status", fixed.signed_trust("main"), corrupt)
    usual = cbor.loads(_status_payload())
    packed = usual[65533]["lst"]
    packer = zlib.compressobj(9, zdict=b"\0" * 64)
    with_dictionary = packer.compress(bytes(64)) + packer.flush()
    for name, why, payload in (
        ("three bits", "1, 2, 4 or 8", {**usual, 65533: {"bits": 3, "lst": packed}}),
        ("a list cut short", "zlib notices", {**usual, 65533: {"bits": 2, "lst": packed[:-5]}}),
        ("octets behind the list", "one stream", {**usual, 65533: {"bits": 2, "lst": packed + b"\0"}}),
        ("a list that is not compressed", "ZLIB (RFC 1950)", {**usual, 65533: {"bits": 2, "lst": b"\0" * 64}}),
        ("a bomb", "2 MiB: over 2^20 octets", {**usual, 65533: {"bits": 2, "lst": zlib.compress(bytes(2 << 20), 9)}}),
        ("no exp", "every claim but ttl and the trust sequence", {k: v for k, v in usual.items() if k != 4}),
        ("iat as a text", "whole seconds", {**usual, 6: "2026"}),
        ("iat of 2^53", "more than every language can count", {**usual, 6: 1 << 53}),
        ("a negative exp", "0 at least", {**usual, 4: -1}),
        ("sub under the key 2.0", "another key than 2", {2.0 if k == 2 else k: v for k, v in usual.items()}),
        ("a number of 2^53", "more than every language can count", {**usual, status.SEQUENCE: 1 << 53}),
        ("a number below 0", "0 at least", {**usual, status.SEQUENCE: -1}),
        ("a number as a float", "a whole one", {**usual, status.SEQUENCE: 5.5}),
        ("a number as a text", "a number", {**usual, status.SEQUENCE: "5"}),
        ("no number that is said to be null", "left out is another thing", {**usual, status.SEQUENCE: None}),
        ("bits as a float", "2.0 is no number of bits", {**usual, 65533: {"bits": 2.0, "lst": packed}}),
        ("two streams", "the second would be read by some", {**usual, 65533: {"bits": 2, "lst": packed + packed}}),
        ("a wrong checksum", "Adler-32", {**usual, 65533: {"bits": 2, "lst": flipped(packed, len(packed) - 1)}}),
        ("a preset dictionary", "there is none", {**usual, 65533: {"bits": 2, "lst": with_dictionary}}),
        ("a payload that is an array", "a map", [1]),
    ):
        yield ListVector(f"status list with {name}", why, "status", _signed(cbor.encode(payload), status.TYP, b"\x63", "kid 63"), corrupt)
    bare = {k: v for k, v in usual.items() if k not in (65534, status.TRUST_SEQUENCE)}
    yield ListVector(
        "status list without ttl and trust sequence",
        "a plain Token Status List is taken",
        "status",
        _signed(cbor.encode(bare), status.TYP, b"\x63", "kid 63"),
    )


def _signed(payload: bytes, typ: str, kid: bytes, name: str) -> bytes:
    return cose.sign(cose.protected(kid, typ), payload, fixed.signer(name)).to_bytes()


def _with_header(header: bytes) -> bytes:
    return cose.sign(header, _trust_payload(), fixed.signer("root")).to_bytes()


def _with_unprotected(good: bytes) -> bytes:
    message = cose.from_bytes(good)
    return cose.TAG + cbor.encode([message.protected, {4: b"\x01"}, message.payload, message.signature])


def _trust_payload() -> bytes:
    return trust.to_bytes(fixed.trust_list(issued_at=TRUST_ISSUED))


def _status_payload() -> bytes:
    return cose.from_bytes(fixed.sign_status(fixed.STATUS["main"][0])).payload
