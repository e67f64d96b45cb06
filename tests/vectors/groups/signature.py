"""Check 3, and bit flips in every part of a wire, each with the outcome that is right for that part."""

from __future__ import annotations

from collections.abc import Iterator

from seal import claims, cose, wire
from seal.cose import Sign1
from tests.vectors import fixed
from tests.vectors.making import Vector, deflate, failed, flipped, folded_of, held, license_, no_license, rewired, seal, text, token


def vectors() -> Iterator[Vector]:
    message = token(held())
    broken = failed("signature", "signature_invalid")
    yield Vector("another key", "signed by somebody who took our kid", text(token(held(), by="thief")), broken)
    yield Vector("another authority's key", "kid 01, signed with the key of 02", text(token(held(), by="kid 02")), broken)
    yield Vector(
        "another license's signature",
        "signature of one seal, claims of another",
        text(Sign1(message.protected, claims.to_bytes(held(serial=2)), message.signature)),
        broken,
    )
    yield Vector(
        "kid exchanged",
        "signed by 02, header says 01",
        text(token(held(), kid=b"\x02")._replace(protected=cose.protected(b"\x01"))),
        broken,
    )
    r, s = message.signature[:32], int.from_bytes(message.signature[32:], "big")
    yield Vector(
        "malleated signature",
        "(r, n - s) verifies too; the seal is the same, its identity is cti, and no harm is done",
        text(message._replace(signature=r + (fixed.P256_ORDER - s).to_bytes(32, "big"))),
    )
    order = fixed.P256_ORDER.to_bytes(32, "big")
    for name, signature in (
        ("r = 0", bytes(32) + message.signature[32:]),
        ("s = 0", r + bytes(32)),
        ("r = n", order + message.signature[32:]),
        ("s = n", r + order),
        ("s + n", r + b"\xff" * 32),
        ("all ones", b"\xff" * 64),
    ):
        yield Vector(f"signature with {name}", "out of range (FIPS 186-5 §6.4.2)", text(message._replace(signature=signature)), broken)
    der = b"\x30\x44\x02\x20" + message.signature[:60]
    yield Vector("signature as DER", "COSE has r || s (RFC 9053 §2.1)", text(message._replace(signature=der)), broken)
    signed_plain = cose.sign(b"", message.payload, fixed.signer("kid 01"))
    yield Vector(
        "Sig_structure without the header",
        "the protected header is signed too",
        text(Sign1(message.protected, message.payload, signed_plain.signature)),
        broken,
    )
    context = fixed.signer("kid 01")(b"\x84\x6aSignature2" + message.signed()[12:])
    yield Vector("another context", "'Signature2' instead of 'Signature1'", text(message._replace(signature=context)), broken)
    yield from _flips(message)


def _flips(message: Sign1) -> Iterator[Vector]:
    octets, folded = rewired(message), folded_of(message)
    broken = failed("signature", "signature_invalid")
    for place in (0, 31, 32, 63):
        yield Vector(f"bit flip in the signature, octet {place}", "r is 0–31, s is 32–63", text(flipped(octets, place)), broken)
    rest = folded.index(0) + 1
    parts = {  # packed form (docs/format.md §4.3): flags 0, kid 1, exp 2, nbf 6, iat 10, cti 14, lat 18, lon 22, idx 26, iss 28
        "kid": (1, 4, failed("issuer", "kid_unknown")),  # 01 -> 11
        "kid, to another key": (
            1,
            1,
            {"issuer": ("failed", "key_not_valid_then"), **broken},
        ),  # 03 is retired
        "exp": (5, 3, broken),
        "nbf": (9, 3, broken),
        "iat": (13, 3, broken),
        "cti": (17, 1, broken),
        "latitude": (21, 0, broken),
        "longitude": (25, 0, broken),
        "status index": (27, 1, broken),
        "issuer": (30, 1, broken),  # MN1 -> MN3
        "type": (folded.index(b"shop") - rest, 0, broken),  # rhop
        "radius": (folded.index(b"shop") - rest + 5, 0, broken),
    }
    for part, (place, bit, expect) in parts.items():
        yield Vector(
            f"bit flip in the token: {part}",
            "packed again, so that only the data differs",
            text(rewired(message, flipped(folded, rest + place, bit))),
            expect,
        )
    yield Vector("bit flip in the token: trade name", "a letter became another", text(rewired(message, flipped(folded, 8, 0))), broken)
    yield Vector(
        "bit flip in the token: exp before nbf",
        "the highest bit: a limit breaks first",
        text(rewired(message, flipped(folded, rest + 2, 6))),
        failed("format", "limit_broken"),
    )
    yield Vector(
        "bit flip in the token: latitude sign",
        "southern hemisphere, still a position",
        text(rewired(message, flipped(folded, rest + 18, 7))),
        broken,
    )
    yield Vector(
        "bit flip in the token: cti serial to 0",
        "a limit breaks first",
        text(rewired(message, flipped(folded, rest + 17, 0))),
        failed("format", "limit_broken"),
    )
    yield Vector("bit flip in the DEFLATE header", "BTYPE becomes 11", text(flipped(octets, 64, 2)), no_license("damaged"))
    longer = license_(trade_name="مخبز النور الكبير")
    other = token(claims.of_license(longer, iat=fixed.SEALED, cti=held().cti, idx=1, uri=fixed.URI))
    yield Vector(
        "token spliced from two seals", "signature of one, the rest of another", text(message.signature + deflate(folded_of(other))), broken
    )
    first, second = seal(serial=11), seal(serial=12)
    start = len("https://KHATM.EXAMPLE/1")
    middle = (start + len(first)) // 2
    yield Vector(
        "digits spliced from two seals",
        "the front of one, the back of another",
        first[:middle] + second[middle:],
        _of_splice(first[:middle] + second[middle:]),
    )


def _of_splice(spliced: str) -> dict[str, tuple[str, str]]:
    """A splice in decimal breaks the stream or the signature, depending on where; what it is here, the primitives say."""
    try:
        message = wire.token(spliced)
    except wire.FormatError as error:
        return dict(no_license(error.code))
    try:
        claims.from_bytes(message.payload)
    except wire.FormatError as error:
        return dict(failed("format", error.code))
    return dict(failed("signature", "signature_invalid"))
