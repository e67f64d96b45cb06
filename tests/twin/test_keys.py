"""Keys and signatures at the edges of the curve: WebCrypto and Python's library refuse the same ones."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

import pytest

from published import read_root
from seal import cose, trust
from seal.errors import ListError, SealError
from seal.trust import Root
from tests.twin.asking import Answer, Asker
from tests.vectors import fixed
from tests.vectors.fixed import P256_ORDER

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
X, Y = trust.coordinates(fixed.private("root").public_key())


def word(number: int) -> bytes:
    return number.to_bytes(32, "big")


KEYS = {
    "a point of the curve": (X, Y),
    "its mirror image": (X, word(P - int.from_bytes(Y, "big"))),
    "off the curve": (X, word(int.from_bytes(Y, "big") ^ 1)),
    "zeros": (bytes(32), bytes(32)),
    "x beyond the field": (word(int.from_bytes(X, "big") + P if int.from_bytes(X, "big") + P < 2**256 else P), Y),
    "x of 5 beyond the field": (word(P + 5), Y),
    "all ones": (b"\xff" * 32, b"\xff" * 32),
    "a short coordinate": (X[1:], Y),
    "a long coordinate": (X, b"\0" + Y),
    "no coordinates": (b"", b""),
}


@pytest.mark.parametrize("name", KEYS)
@pytest.mark.parametrize("where", ["node", "chromium"])
def test_keys_are_taken_alike(where: str, name: str, request: pytest.FixtureRequest) -> None:
    x, y = KEYS[name]
    try:
        trust.public_key(x, y)
        ours: Answer = {}
    except SealError as error:
        ours = {"code": error.code}
    ask: Asker = request.getfixturevalue("ask" if where == "node" else "ask_chromium")
    assert ask([{"ask": "key", "x": x.hex(), "y": y.hex()}]) == [ours]
    assert (ours == {}) == name.startswith(("a point", "its mirror"))


def signatures() -> dict[str, bytes]:
    good = fixed.signer("root")(b"message")
    r, s = good[:32], good[32:]
    n, high = word(P256_ORDER), word(P256_ORDER - int.from_bytes(s, "big"))
    return {
        "good": good,
        "the other s": r + high,
        "r zero": bytes(32) + s,
        "s zero": r + bytes(32),
        "both zero": bytes(64),
        "r is n": n + s,
        "s is n": r + n,
        "r beyond n": b"\xff" * 32 + s,
        "s and n": r + word((int.from_bytes(s, "big") + P256_ORDER) % 2**256),
        "swapped": s + r,
        "a bit": bytes((good[0] ^ 1,)) + good[1:],
    }


@pytest.mark.parametrize("where", ["node", "chromium"])
def test_signatures_hold_alike(where: str, request: pytest.FixtureRequest) -> None:
    ask: Asker = request.getfixturevalue("ask" if where == "node" else "ask_chromium")
    made = signatures()
    same = {"ask": "signature", "x": X.hex(), "y": Y.hex(), "message": b"message".hex()}
    asked = [{**same, "signature": each.hex()} for each in made.values()]
    theirs = dict(zip(made, ask(asked), strict=True))
    assert theirs == {name: _verified(signature) for name, signature in made.items()}
    assert [name for name, answer in theirs.items() if answer == {}] == ["good", "the other s"]


def _verified(signature: bytes) -> Answer:
    return {} if cose.holds(fixed.private("root").public_key(), b"message", signature) else {"code": "signature_invalid"}


def _jwk(**changes: Any) -> dict[str, Any]:
    x, y = (urlsafe_b64encode(part).decode().rstrip("=") for part in (X, Y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": fixed.ROOT_KID.hex(), "floor_sequence": 3} | changes


@pytest.mark.parametrize(
    "jwk",
    [
        _jwk(),
        _jwk(crv="P-384"),
        _jwk(kty="OKP"),
        _jwk(floor_sequence="3"),
        _jwk(floor_sequence=1.5),
        _jwk(kid="xyz"),
        _jwk(kid=7),
        _jwk(x=None),
        _jwk(x="AAAA"),
        _jwk(y=_jwk()["x"]),
        _jwk(use="sig", alg="ES256"),
        {},
        [],
        None,
    ],
    ids=str,
)
def test_roots_are_read_alike(ask: Asker, jwk: object, tmp_path: Path) -> None:
    path = tmp_path / "root.jwk"
    path.write_text(json.dumps(jwk), "utf-8")
    try:
        root: Root = read_root(path)
        ours: Answer = {"kid": root.kid.hex(), "floor_sequence": root.floor_sequence}
    except ListError as error:
        ours = {"code": error.code}
    assert ask([{"ask": "root", "jwk": jwk}]) == [ours]
