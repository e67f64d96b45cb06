"""What a license leaves in a folder: its code as PNG and SVG, and its card."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cache
from pathlib import Path
from typing import Literal

import qr.write
from issuer.errors import IssuerError
from published import whole
from seal import cbor, claims, cose, wire
from seal.trust import TrustList

from . import card

Output = Literal["png", "svg", "card"]
ALL: tuple[Output, ...] = ("png", "svg", "card")
OUTDOOR = frozenset({"advertisement", "building", "demolition"})  # boards: level Q, for weather and distance


def level_of(type_: str) -> qr.write.Level:
    """Return the error correction level of a type's codes: Q on boards outdoors, M on cards indoors."""
    return "Q" if type_ in OUTDOOR else "M"


def paths(folder: Path, number: str, edition: int, outputs: Collection[Output]) -> dict[Output, Path]:
    """Return where the outputs of one seal go: named by license number and, once it was replaced, edition."""
    name = f"{number}-{edition}" if edition else number
    endings: dict[Output, str] = {"png": "png", "svg": "svg", "card": "card.svg"}
    return {output: folder / f"{name}.{endings[output]}" for output in ALL if output in outputs}


def write(folder: Path, token: bytes, *, host: str, trust: TrustList, outputs: Collection[Output]) -> list[Path]:
    """Write the outputs of one seal into `folder` and return their paths; each is whole or not there.

    Raises OSError; IssuerError `no_published_key` where the trust list does not name who sealed it.
    """
    message = cose.from_bytes(token)
    held = claims.from_bytes(message.payload)
    text, level = wire.write(message, host), level_of(held.type)
    code = qr.write.encode(text, level=level)
    key = trust.keys.get(cbor.loads(message.protected)[cose.KID])
    if key is None:
        raise IssuerError("no_published_key", held.iss)
    drawn: dict[Output, Callable[[], bytes]] = {
        "png": code.png,
        "svg": lambda: code.svg().encode(),
        "card": lambda: card.svg(code, held, host=host, key=key, trust=trust, code_mm=_code_mm(text, code)).encode(),
    }
    made = paths(folder, held.number_in(trust.governorate.prefix), held.edition, outputs)
    folder.mkdir(parents=True, exist_ok=True)
    _clear(folder)
    for output, path in made.items():
        write_whole(path, drawn[output]())
    return list(made.values())


def _code_mm(text: str, code: qr.write.Code) -> float:
    """Return how wide a card's code is: with the modules that the same text has at level M, so that more of them cost no distance."""
    usual = code if code.level == "M" else qr.write.encode(text, level="M")
    return round(card.CODE_MM * code.side / usual.side, 2)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that a run which is killed leaves no half of it behind, which the next run would take for done. Raises OSError."""
    whole.write({path: data}, durable=False)


@cache
def _clear(folder: Path) -> None:
    """Clear away what killed runs left, once a run: the folder may hold a hundred thousand files."""
    whole.clear(folder)
