"""What devices sign: chains as they should be and as somebody left them, requests to be enrolled, heads (docs/format.md §14)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from seal import cbor, chain, cose, device, inspection
from seal.chain import Head, SignedHead
from seal.inspection import Finding, Inspection, Lists, Location, Photograph, Told
from tests.vectors import fixed

DEVICE, OTHER, SERVER = "device a", "device b", "inspections' server"
KEY = fixed.private(DEVICE).public_key()
KID = device.kid_of(KEY)
PHOTOGRAPH = b"\xff\xd8\xff\xe0 stands for a photograph"
TEXT = "https://KHATM.EXAMPLE/1" + "2" * 200


class ChainVector(NamedTuple):
    """Messages in the order in which they came, and what is to be said of each; `known` is the head that the server has signed."""

    name: str
    why: str
    messages: tuple[bytes, ...]
    codes: tuple[str, ...]
    sequence: int
    gaps: tuple[int, ...] = ()
    cut: bool = False
    known: Head | None = None


class ObjectVector(NamedTuple):
    """An enrolment, a head, or a payload of an inspection, with the code of its refusal, None if it is taken."""

    name: str
    why: str
    kind: str
    data: bytes
    code: str | None


class PhotographVector(NamedTuple):
    """A file beside an inspection, and whether it is one that was signed."""

    name: str
    message: bytes
    file: bytes
    expected: bool


def held(sequence: int = 1, previous: bytes | None = None, **changes: Any) -> Inspection:
    """An inspection with something in every field."""
    good = Inspection(
        id=sha256(f"id {sequence}".encode()).digest()[:16],
        sequence=sequence,
        previous=previous,
        officer="amina.hassan",
        scanned_at=fixed.NOW + 60 * sequence,
        signed_at=fixed.NOW + 60 * sequence + 40,
        app="0.2.0",
        kind="license",
        result="violation",
        code=TEXT,
        verdict=Told("valid", "genuine", "here", "site_here", 83, 162),
        lists=Lists(trust=7, status=fixed.NOW - 1800),
        location=Location(31.2652, 29.9987, 10.5, fixed.NOW, 4, altitude=12.25, speed=0.0),
        seen_type="shop",
        seen_name="مخبز البحر 🍞",
        checklist=("shop", 1),
        findings=(Finding("board", "ok"), Finding("exit", "bad", "serious", "مغلق"), Finding("gas", "not_applicable")),
        measured=(("height_cm", 210), ("width_cm", 480)),
        note="سطر\nوآخر",
        photographs=(Photograph(sha256(PHOTOGRAPH).digest(), len(PHOTOGRAPH)),),
    )
    return good._replace(**changes)


def signed(what: Inspection, name: str = DEVICE) -> bytes:
    return inspection.sign(what, device.kid_of(fixed.private(name).public_key()), fixed.signer(name))


def line(count: int, **changes: Any) -> list[bytes]:
    """A chain that is right."""
    made: list[bytes] = []
    for sequence in range(1, count + 1):
        made.append(signed(held(sequence, inspection.digest(made[-1]) if made else None, **changes)))
    return made


def head_of(messages: Sequence[bytes]) -> Head:
    return Head(KID, len(messages), inspection.digest(messages[-1])) if messages else Head(KID)


def chains() -> Iterator[ChainVector]:
    one, two, three, four = good = line(4)
    linked = ("linked",)
    yield ChainVector("right", "each names the one before", tuple(good), linked * 4, 4, known=head_of(good))
    yield ChainVector("nothing", "a device that signed nothing", (), (), 0)
    yield ChainVector("reordered", "order of arrival is no order", (three, one, four, two), linked * 4, 4)
    yield ChainVector(
        "replay", "sent five times it is one", (one, one, two, one, one, one), (*linked, "repeated", "linked", *("repeated",) * 3), 2
    )
    yield ChainVector("gap", "the second never came", (one, three, four), ("linked", "gap", "linked"), 1, (2,))
    yield ChainVector("head not first", "it begins with the third", (three, four), ("gap", "linked"), 0, (1, 2))
    yield ChainVector(
        "cut tail", "the server has signed a head that is not there", (one, two), linked * 2, 2, cut=True, known=head_of(good)
    )
    yield ChainVector("older head", "the server is behind", tuple(good), linked * 4, 4, known=head_of(good[:2]))
    other = signed(held(2, inspection.digest(one), note="x", id=b"x" * 16))
    yield ChainVector(
        "forked", "two messages at one place: the first stands", (one, two, other, three), ("linked", "linked", "forked", "linked"), 3
    )
    yield ChainVector("forked first", "what follows names the other", (one, other, two, three), ("linked", "linked", "forked", "broken"), 2)
    yield ChainVector(
        "known head forked", "the server has signed another second", (one, other), linked * 2, 2, cut=True, known=head_of([one, two])
    )
    broken = signed(held(3, sha256(b"another").digest()))
    yield ChainVector("broken link", "the third names something else", (one, two, broken), ("linked", "linked", "broken"), 2)
    twice = signed(held(2, inspection.digest(one), id=held().id))
    yield ChainVector("id twice", "two inspections of one name", (one, twice), ("linked", "id_taken"), 1)
    foreign = signed(held(2, inspection.digest(one)), OTHER)
    yield ChainVector("other device", "another device's message", (one, foreign, two), ("linked", "other_device", "linked"), 2)
    yield ChainVector(
        "tampered", "an octet of the note", (one, two.replace("سطر".encode(), "سطح".encode())), ("linked", "signature_invalid"), 1
    )
    yield ChainVector("cut off", "half of a message", (one, two[:300]), ("linked", "damaged"), 1)
    yield ChainVector("untagged", "there is one form of a message", (one[1:],), ("damaged",), 0)
    high = two[:-32] + (fixed.P256_ORDER - int.from_bytes(two[-32:], "big")).to_bytes(32, "big")
    yield ChainVector("high s", "the other signature of the same: another hash", (one, high), ("linked", "signature_high"), 1)
    yield ChainVector("a seal's list", "another typ", (fixed.signed_trust("main"),), ("wrong_type",), 0)
    old = cose.sign(cose.protected(KID, inspection.TYP), inspection.to_bytes(held()), cose.low_signer(fixed.signer(DEVICE))).to_bytes()
    yield ChainVector("alg -7", "the header of version 1", (old,), ("wrong_type",), 0)
    yield ChainVector("too long", "more than 65,536 octets", (bytes((0xD2,)) + bytes(65_536),), ("too_long",), 0)


def objects() -> Iterator[ObjectVector]:
    yield from _payloads()
    yield from _enrolments()
    yield from _heads()


def _payloads() -> Iterator[ObjectVector]:
    good: dict[Any, Any] = cbor.loads(inspection.to_bytes(held()))
    without = {key: value for key, value in good.items() if key not in ("code", "verdict")}

    def payload(name: str, refusal: str | None, base: dict[Any, Any] = good, **changes: Any) -> ObjectVector:
        made = {**base, **{int(key[1:]) if key[0] == "_" else key: value for key, value in changes.items()}}
        made = {key: value for key, value in made.items() if value is not ...}
        return ObjectVector(name, "", "payload", cbor.encode(made), refusal)

    finding = {"item": "exit", "answer": "bad", "severity": "minor"}
    yield payload("everything", None)
    yield payload("no code", None, without, kind="unlicensed")
    yield payload("no fix", None, _264=..., no_fix="denied")
    yield payload(
        "at the edges", None, _264={1: -90.0, 2: 180.0, 4: 0.0, 8: 0, 9: 1 << 31}, note="م" * 2000, findings=[], measured={}, photos=[]
    )
    yield payload("largest numbers", None, scanned=(1 << 53) - 1, _6=(1 << 53) - 1, seq=(1 << 32) - 1, prev=bytes(32))
    for name, code, changes in (
        ("first with one before", "limit_broken", {"prev": bytes(32)}),
        ("second without", "limit_broken", {"seq": 2}),
        ("sequence 0", "limit_broken", {"seq": 0}),
        ("fix and none", "limit_broken", {"no_fix": "denied"}),
        ("neither fix nor why", "limit_broken", {"_264": ...}),
        ("license without a code", "limit_broken", {"code": ..., "verdict": ...}),
        ("unlicensed with a code", "limit_broken", {"kind": "unlicensed"}),
        ("signed before it was scanned", "limit_broken", {"_6": good["scanned"] - 1}),
        ("latitude as an integer", "damaged", {"_264": {**good[264], 1: 31}}),
        ("latitude beyond the pole", "limit_broken", {"_264": {**good[264], 1: 90.00001}}),
        ("accuracy without end", "limit_broken", {"_264": {**good[264], 4: float("inf")}}),
        ("latitude that is no number", "limit_broken", {"_264": {**good[264], 1: float("nan")}}),
        ("accuracy below 0", "limit_broken", {"_264": {**good[264], 4: -1.0}}),
        ("age as a float", "damaged", {"_264": {**good[264], 9: 4.0}}),
        ("a heading", "damaged", {"_264": {**good[264], 6: 90.0}}),
        ("id of 15 octets", "limit_broken", {"_7": bytes(15)}),
        ("id as a text", "damaged", {"_7": "x" * 16}),
        ("another member", "damaged", {"extra": 1}),
        ("member missing", "damaged", {"lists": ...}),
        ("kind unknown", "limit_broken", {"kind": "visit"}),
        ("truth as a number", "damaged", {"seq": True}),
        ("bad without severity", "limit_broken", {"findings": [{"item": "exit", "answer": "bad"}]}),
        ("ok with severity", "limit_broken", {"findings": [{**finding, "answer": "ok"}]}),
        ("a line twice", "limit_broken", {"findings": [finding, finding]}),
        ("an empty note of a finding", "limit_broken", {"findings": [{**finding, "note": ""}]}),
        ("item with a capital", "limit_broken", {"findings": [{**finding, "item": "Exit"}]}),
        ("101 findings", "limit_broken", {"findings": [{**finding, "item": f"i{number}"} for number in range(101)]}),
        ("13 photographs", "limit_broken", {"photos": [[bytes((number,)) * 32, 1] for number in range(13)]}),
        ("a photograph twice", "limit_broken", {"photos": good["photos"] * 2}),
        ("a photograph of 2 MiB and one", "limit_broken", {"photos": [[bytes(32), (2 << 20) + 1]]}),
        ("a photograph without size", "damaged", {"photos": [[bytes(32)]]}),
        ("note of 2001", "limit_broken", {"note": "م" * 2001}),
        ("a mark that turns text round", "limit_broken", {"note": "a\u202eb"}),
        ("name in two lines", "limit_broken", {"seen": {"name": "a\nb", "type": "shop"}}),
        ("officer empty", "limit_broken", {"officer": ""}),
        ("measure below 0", "limit_broken", {"measured": {"width_cm": -1}}),
        ("distance as a float", "damaged", {"verdict": {**good["verdict"], "distance_dm": 8.5}}),
        ("decision unknown", "limit_broken", {"verdict": {**good["verdict"], "decision": "green"}}),
    ):
        yield payload(name, code, **changes)
    yield payload("in order without a license", "limit_broken", without, kind="unlicensed", result="in_order")
    yield payload("unlicensed of no type", "limit_broken", without, kind="unlicensed", seen={"name": "", "type": ""})
    yield ObjectVector(
        "a key as a float", "", "payload", cbor.encode({**{k: v for k, v in good.items() if k != 6}, 6.0: good[6]}), "damaged"
    )
    yield ObjectVector("an octet behind", "", "payload", inspection.to_bytes(held()) + b"\0", "not_deterministic")
    yield ObjectVector("an array", "", "payload", cbor.encode([1]), "damaged")


def _enrolment(name: str = DEVICE, kid: bytes | None = None, alg: int = cose.ESP256, **changes: Any) -> bytes:
    """A request, perhaps with other members, signed by the key of `name`."""
    payload = {6: fixed.NOW, "app": "0.2.0", "code": "7Q2MX0K9AB", "key": device.cose_key(KEY), "protocol": 1} | changes
    payload = {key: value for key, value in payload.items() if value is not ...}
    header = cose.protected(kid or device.kid_of(fixed.private(name).public_key()), device.TYP, alg)
    return cose.sign(header, cbor.encode(payload), cose.low_signer(fixed.signer(name))).to_bytes()


def _enrolments() -> Iterator[ObjectVector]:
    x, y = device.cose_key(KEY)[-2], device.cose_key(KEY)[-3]
    for name, why, data, code in (
        ("good", "", _enrolment(), None),
        ("signed by another key", "no proof that the device has the key", _enrolment(OTHER, kid=KID), "signature_invalid"),
        ("another kid", "", _enrolment(OTHER), "damaged"),
        ("alg -7", "", _enrolment(alg=cose.ES256), "wrong_type"),
        ("protocol 2", "a phone from the future is told so", _enrolment(protocol=2), "protocol_unknown"),
        ("protocol as truth", "", _enrolment(protocol=True), "damaged"),
        ("code with an O", "Crockford's alphabet has none", _enrolment(code="7Q2MXOK9AB"), "limit_broken"),
        ("code of nine", "", _enrolment(code="7Q2MX0K9A"), "limit_broken"),
        ("app missing", "", _enrolment(app=...), "damaged"),
        ("app empty", "", _enrolment(app=""), "limit_broken"),
        ("not on the curve", "", _enrolment(key={1: 2, -1: 1, -2: x, -3: bytes((y[0] ^ 1, *y[1:]))}), "damaged"),
        ("a private key in it", "only what identifies it", _enrolment(key={**device.cose_key(KEY), -4: bytes(32)}), "damaged"),
        ("P-384", "", _enrolment(key={1: 2, -1: 2, -2: x, -3: y}), "damaged"),
    ):  # fmt: skip
        yield ObjectVector(name, why, "enrolment", data, code)


def _heads() -> Iterator[ObjectVector]:
    server = device.kid_of(fixed.private(SERVER).public_key())
    signer = fixed.signer(SERVER)
    whole = chain.sign_head(SignedHead(head_of(line(3)), fixed.NOW, (5, 7)), server, signer)

    def head(**changes: Any) -> bytes:
        payload = {6: fixed.NOW, "device": KID, "digest": bytes(32), "gaps": [], "seq": 3} | changes
        payload = {key: value for key, value in payload.items() if value is not ...}
        return cose.sign(cose.protected(server, chain.TYP, cose.ESP256), cbor.encode(payload), cose.low_signer(signer)).to_bytes()

    for name, data, code in (
        ("with gaps", whole, None),
        ("of nothing", chain.sign_head(SignedHead(Head(KID), fixed.NOW), server, signer), None),
        ("of nothing with a digest", head(seq=0), "limit_broken"),
        ("without a digest", head(digest=...), "limit_broken"),
        ("257 gaps", head(gaps=list(range(4, 261))), "limit_broken"),
        ("signed by the device", chain.sign_head(SignedHead(Head(KID), fixed.NOW), KID, fixed.signer(DEVICE)), "other_device"),
        ("an inspection", line(1)[0], "wrong_type"),
    ):
        yield ObjectVector(name, "", "head", data, code)


def photographs() -> Iterator[PhotographVector]:
    (message,) = line(1)
    changes: tuple[tuple[str, Callable[[bytes], bytes], bool], ...] = (
        ("the one that was signed", lambda file: file, True),
        ("changed", lambda file: file[:-1] + b"!", False),
        ("cut off", lambda file: file[:-1], False),
        ("with something behind", lambda file: file + b"\0", False),
        ("empty", lambda _: b"", False),
    )
    for name, change, expected in changes:
        yield PhotographVector(name, message, change(PHOTOGRAPH), expected)
