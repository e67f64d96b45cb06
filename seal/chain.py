"""The chain of what one device signed: each inspection names the one before, so that none is lost, slipped in or changed unseen.

The newest end that is whole is its head. The server signs it for the device, so that a tail that was cut off shows on either side
(docs/format.md §14.3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, Literal, NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec

from . import cbor, cose
from .device import KID_BYTES, kid_of
from .errors import FormatError, SealError
from .inspection import DIGEST_BYTES, SEQUENCE_MAX, Inspection, digest, open_inspection
from .inspection_fields import Shape, list_of, number, octets

TYP: Final = "application/khatm-inspection-head+cose"
GAPS_MAX: Final = 256

Link = Literal["next", "gap", "broken", "behind"]
Comparison = Literal["agrees", "phone_behind", "phone_ahead", "forked"]


class Head(NamedTuple):
    """How far a device's chain is whole: the newest sequence up to which nothing is missing, and the SHA-256 of that message (0, None)."""

    device: bytes
    sequence: int = 0
    digest: bytes | None = None


class SignedHead(NamedTuple):
    """A head as the server signs it, at `iat` (seconds since 1970 UTC); `gaps` are the sequences it lacks below the newest it has."""

    head: Head
    iat: int
    gaps: tuple[int, ...] = ()


class Judged(NamedTuple):
    """What became of messages: a code for each in their order, the head they lead to, what is missing, whether the known end is not there.

    The codes: `linked`, `gap` (what stands before it is missing), `broken` (it names another one before), `repeated`, `forked` (another
    message has its sequence), `id_taken`, `other_device`, and those of FormatError and SignatureError.
    """

    codes: tuple[str, ...]
    head: Head
    gaps: tuple[int, ...]
    cut: bool


def link(head: Head, held: Inspection) -> Link:
    """Say how an inspection stands to a head; `behind` is repeated or forked, which only who has the earlier messages can tell."""
    if held.sequence <= head.sequence:
        return "behind"
    if held.sequence > head.sequence + 1:
        return "gap"
    return "next" if held.previous == head.digest else "broken"


def compare(server: Head, sequence: int, newest: bytes | None, at: Callable[[int], bytes | None]) -> Comparison:
    """Compare a device's own newest sequence and digest with the server's head; `at` gives the digest that the server has at a sequence."""
    if sequence < server.sequence:
        known = at(sequence) if sequence else None
        return "phone_behind" if known == newest else "forked"
    if sequence > server.sequence:
        return "phone_ahead"
    return "agrees" if server.digest == newest else "forked"


def judge(key: ec.EllipticCurvePublicKey, messages: Sequence[bytes], known: Head | None = None) -> Judged:
    """Judge messages, in whatever order, as the chain of the device with that key. `known` is a head that it must reach. Never raises."""
    device = kid_of(key)
    codes: list[str] = []
    held: dict[int, tuple[Inspection, bytes]] = {}
    ids: set[bytes] = set()
    names = [digest(data) for data in messages]
    for data, name in zip(messages, names, strict=True):
        codes.append(_sorted_in(held, ids, data, name, device, key))
    head, linked = _walk(device, held)
    sequences = {name: sequence for sequence, (_, name) in held.items()}
    codes = [code or _standing(held, linked, sequences[name]) for code, name in zip(codes, names, strict=True)]
    newest = max(held, default=0)
    gaps = tuple(number_ for number_ in range(1, newest) if number_ not in held)[:GAPS_MAX]
    reached = known is None or known.sequence == 0 or (known.sequence in held and held[known.sequence][1] == known.digest)
    return Judged(tuple(codes), head, gaps, not reached)


def _sorted_in(
    held: dict[int, tuple[Inspection, bytes]], ids: set[bytes], data: bytes, name: bytes, device: bytes, key: ec.EllipticCurvePublicKey
) -> str:
    """Put a message at its sequence; return why not, an empty text if it stands there now."""
    try:
        found = open_inspection(data, lambda kid: _only(kid, device, key))
    except SealError as error:
        return error.code
    if found.sequence in held:
        return "repeated" if held[found.sequence][1] == name else "forked"
    if found.id in ids:
        return "id_taken"
    ids.add(found.id)
    held[found.sequence] = (found, name)
    return ""


def _only(kid: bytes, device: bytes, key: ec.EllipticCurvePublicKey) -> ec.EllipticCurvePublicKey:
    if kid != device:
        raise FormatError("other_device", kid.hex()[:32])
    return key


def _walk(device: bytes, held: dict[int, tuple[Inspection, bytes]]) -> tuple[Head, frozenset[int]]:
    head = Head(device)
    linked = set()
    while (following := held.get(head.sequence + 1)) and link(head, following[0]) == "next":
        head = Head(device, head.sequence + 1, following[1])
        linked.add(head.sequence)
    return head, frozenset(linked)


def _standing(held: dict[int, tuple[Inspection, bytes]], linked: Iterable[int], sequence: int) -> str:
    if sequence in linked:
        return "linked"
    before = held.get(sequence - 1)
    if before is None:
        return "gap"
    return "linked" if held[sequence][0].previous == before[1] else "broken"


def sign_head(signed: SignedHead, kid: bytes, signer: cose.Signer) -> bytes:
    """Return a head signed by the server's key. Raises FormatError `limit_broken`."""
    payload: dict[int | str, Any] = {6: signed.iat, "device": signed.head.device, "gaps": list(signed.gaps), "seq": signed.head.sequence}
    if signed.head.digest is not None:
        payload["digest"] = signed.head.digest
    if _head(payload) != signed:
        raise FormatError("limit_broken", "head")
    return cose.sign(cose.protected(kid, TYP, cose.ESP256), cbor.encode(payload), cose.low_signer(signer)).to_bytes()


def open_head(data: bytes, key: ec.EllipticCurvePublicKey) -> SignedHead:
    """Verify a head that the server with that key signed, and return it. Raises FormatError or SignatureError."""
    server = kid_of(key)
    return _head(cose.open_typed(data, TYP, lambda kid: _only(kid, server, key), cose.ESP256))


_SHAPE: Final = Shape(
    {
        6: number(0, (1 << 53) - 1),
        "device": octets(KID_BYTES),
        "gaps": list_of(number(1, SEQUENCE_MAX), GAPS_MAX),
        "seq": number(0, SEQUENCE_MAX),
    },
    {"digest": octets(DIGEST_BYTES)},
)


def _head(payload: Any) -> SignedHead:
    _SHAPE(payload)
    head = Head(payload["device"], payload["seq"], payload.get("digest"))
    if (head.sequence == 0) != (head.digest is None):
        raise FormatError("limit_broken", "head")
    return SignedHead(head, payload[6], tuple(payload["gaps"]))
