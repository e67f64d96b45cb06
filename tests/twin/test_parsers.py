"""Octets of any kind get the same answer from the readers of both languages: the same value, or the same code."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from seal import cbor, claims, cose, fold, status, trust, wire
from seal.errors import ListError, SealError
from tests.fuzz import wire as fuzz
from tests.seal.test_vectors import WORLDS
from tests.twin import octets
from tests.twin.asking import Answer, Asker
from tests.vectors import fixed
from tests.vectors.generate import log_entry

COUNT = 20_000


def said(read: Callable[[bytes], Answer], data: bytes) -> Answer:
    try:
        return read(data)
    except SealError as error:
        return {"code": error.code}


def compare(ask: Asker, name: str, inputs: list[bytes], read: Callable[[bytes], Answer]) -> Counter[str]:
    """Ask both about every input; return how often which code came."""
    codes: Counter[str] = Counter()
    for data, theirs in zip(inputs, ask({"ask": name, "hex": data.hex()} for data in inputs), strict=True):
        ours = said(read, data)
        assert theirs == ours, f"{name} {data.hex()}\nPython     {ours}\nJavaScript {theirs}"
        codes[ours.get("code", "taken")] += 1
    return codes


def _cbor(data: bytes) -> Answer:
    return {"value": octets.written(cbor.parse(data))}


def _loads(data: bytes) -> Answer:
    return {"value": octets.written(cbor.loads(data))}


def _claims(data: bytes) -> Answer:
    held = claims.from_bytes(data)
    return {
        **{name: getattr(held, name) for name in ("iss", "exp", "nbf", "iat", "idx", "uri", "type")},
        **{name: getattr(held, name) for name in ("activity", "holder", "address")},
        "tradeName": held.trade_name,
        "cti": held.cti.hex(),
        "details": [list(pair) for pair in held.details.items()],
        "radius": held.site.radius_m,
        "footprint": [list(corner) for corner in held.site.footprint],
        "point": list(held.site.point),
    }


def _sign1(data: bytes) -> Answer:
    message = cose.from_bytes(data)
    return {"parts": [part.hex() for part in message], "token": message.to_bytes().hex()}


def _unfold(data: bytes) -> Answer:
    return {"parts": [part.hex() for part in fold.unfold(data)[:2]]}


@pytest.mark.parametrize("name", ["cbor", "loads"])
def test_any_cbor(ask: Asker, name: str) -> None:
    chance = random.Random(f"cbor/{name}")
    inputs = [octets.octets(chance) for _ in range(COUNT)]
    codes = compare(ask, name, inputs, _cbor if name == "cbor" else _loads)
    assert min(codes["taken"], codes["damaged"], codes["duplicate_keys"]) > 500
    assert (codes["not_deterministic"] > 500) == (name == "cbor")


@pytest.mark.parametrize(("name", "read"), [("claims", _claims), ("sign1", _sign1), ("unfold", _unfold), ("cbor", _cbor)])
def test_any_change_to_a_seal(ask: Asker, name: str, read: Callable[[bytes], Answer]) -> None:
    chance, base = random.Random(f"change/{name}"), fuzz.world()

    def changed() -> bytes:
        message = chance.choice(base.messages)
        whole = {"claims": message.payload, "sign1": message.to_bytes(), "unfold": fold.fold(message.protected, message.payload)}
        data = whole.get(name, message.protected)
        return data if chance.random() < 0.01 else fuzz.mutated(chance, data)

    codes = compare(ask, name, [changed() for _ in range(5_000)], read)
    assert codes["taken"] > 40
    assert codes["damaged"] > 300


def test_any_wire(ask: Asker) -> None:
    chance, base = random.Random("wire"), fuzz.world()
    texts = [fuzz._any_wire(chance, base) for _ in range(5_000)]
    codes: Counter[str] = Counter()
    for text, theirs in zip(texts, ask({"ask": "wire", "text": text} for text in texts), strict=True):
        try:
            parts = wire.parse(text)
            ours: Answer = {"host": parts.host, "parts": [part.hex() for part in wire.unpack(parts).message]}
        except SealError as error:
            ours = {"code": error.code}
        assert theirs == ours, text
        codes[ours.get("code", "taken")] += 1
    assert {"taken", "damaged", "unused_input"} <= set(codes)


def test_any_published_file(ask: Asker) -> None:
    chance, base = random.Random("files"), fuzz.world()
    asked, ours = [], []
    for _ in range(4_000):
        kind, data = _file(chance, base)
        asked.append({"ask": "list", "kind": kind, "hex": data.hex(), "root": WORLDS["root"], "world": "main"})
        ours.append(said(_READERS[kind], data))
    main = {"ask": "world", "name": "main", "root": WORLDS["root"], "trust": base.lists[0].hex()}
    codes: Counter[str] = Counter()
    for request, theirs, our in zip(asked, ask([main, *asked])[1:], ours, strict=True):
        assert theirs == our, f"{request}\nPython     {our}\nJavaScript {theirs}"
        codes[our.get("code", "taken")] += 1
    expected = {"status_list_corrupt", "status_list_wrong_key"}
    assert {*expected, "trust_list_corrupt", "trust_list_wrong_root", "taken"} <= set(codes)


def _file(chance: random.Random, base: fuzz.World) -> tuple[str, bytes]:
    """A published file, changed: any octet, or a value inside a payload that the right key signs again."""
    index = chance.randrange(2)
    data, kind = base.lists[index], ("trust", "status")[index]
    if chance.random() < 0.2:
        return kind, fuzz.mutated(chance, data)
    payload = cose.from_bytes(data).payload
    if chance.random() < 0.4:
        payload = fuzz.mutated(chance, payload)
    else:
        value = cbor.loads(payload)
        fuzz._exchange(chance, value)
        payload = cbor.encode(chance.choice(fuzz.ODD) if chance.random() < 0.05 else value)
    kid, name = ((fixed.ROOT_KID, "root"), (b"\x63", "kid 63"))[index]
    typ = (trust.TYP, status.TYP)[index]
    return kind, cose.sign(cose.protected(kid, typ), payload, fixed.signer(name)).to_bytes()


def _trust(data: bytes) -> Answer:
    taken = trust.verify(data, root=fuzz.world().root)
    keys = [
        {
            **{name: getattr(key, name) for name in ("roles", "authority", "name", "types", "not_before", "not_after", "state")},
            "roles": list(key.roles),
            "area": key.area and [list(point) for point in key.area.ring],
        }
        for key in taken.keys.values()
    ]
    names = ("sequence", "issued_at", "next_update", "types", "activities", "violations")
    head: dict[str, Any] = {name: getattr(taken, name) for name in names}
    head["violations"] = dict(head["violations"])
    head["governorate"] = {"prefix": taken.governorate.prefix, "name": dict(taken.governorate.name)}
    head["log"] = log_entry(taken.log)
    head |= {"acts": log_entry(taken.acts), "lists_proven": taken.lists_proven}
    head["approvers"] = taken.approvers
    head["stolen_at"] = {kid.hex(): key.stolen_at for kid, key in taken.keys.items() if key.stolen_at is not None}
    head["voided"] = {kid.hex(): [list(each) for each in key.voided] for kid, key in taken.keys.items() if key.voided}
    return {"read": {**head, "hosts": sorted(taken.hosts), "kids": sorted(kid.hex() for kid in taken.keys), "keys": keys}}


def _status(data: bytes) -> Answer:
    taken = status.verify(data, trust=fuzz.world().trust)
    numbers = {name: getattr(taken, name) for name in ("uri", "iat", "exp", "bits", "trust_sequence")}
    numbers |= {"sequence": taken.sequence} if taken.sequence else {}
    return {"read": {**numbers, "entries": len(taken), "octets": taken.octets.hex()}}


_READERS = {"trust": _trust, "status": _status}


#: The member of a trust list that says how decisions are signed, and how many people that makes; None: the list is refused.
APPROVALS = (
    ({"mode": "session"}, 0),
    ({"mode": "session", "people": 3}, 0),
    *(({"mode": "passkey", "people": people}, people) for people in (1, 2, 9)),
    *(({"mode": "passkey", "people": people}, None) for people in (0, 10, -1, "2", None, True)),
    ({"mode": "passkey"}, None),
    ({"mode": "face", "people": 2}, None),
    ({"people": 2}, None),
    ([], None),
    ("passkey", None),
    (None, None),
)


@pytest.mark.parametrize(("entry", "people"), APPROVALS, ids=str)
def test_how_decisions_are_signed(ask: Asker, entry: object, people: int | None) -> None:
    payload = cbor.loads(cose.from_bytes(fuzz.world().lists[0]).payload) | {"approvals": entry}
    data = cose.sign(cose.protected(fixed.ROOT_KID, trust.TYP), cbor.encode(payload), fixed.signer("root")).to_bytes()
    (theirs,) = ask([{"ask": "list", "kind": "trust", "hex": data.hex(), "root": WORLDS["root"]}])
    if people is None:
        assert theirs["code"] == "trust_list_corrupt"
        with pytest.raises(ListError, match="trust_list_corrupt"):
            trust.verify(data, root=fixed.root())
    else:
        taken = trust.verify(data, root=fixed.root())
        assert theirs["read"]["approvers"] == taken.approvers == people
        assert cbor.loads(trust.to_bytes(taken)).get("approvals") == (entry if people else None)
