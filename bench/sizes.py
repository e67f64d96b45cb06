"""Token bytes and QR versions beside other ways to sign the same license, on names the dictionary never saw: `python -m bench.sizes`.

Each peer gets the same content, in the leanest form its specification allows; ours has the address in it, and so has theirs. Sizes are what
has to go into the code: octets of ours and of VDS, characters of HCERT, SHC and JWS, whose alphabets cost more than an octet's worth.
"""

from __future__ import annotations

import json
import math
import random
import statistics
import timeit
import zlib
from base64 import urlsafe_b64encode
from collections import Counter, deque
from collections.abc import Callable
from time import process_time
from typing import Any

import cbor2
import segno
from cryptography.hazmat.primitives.asymmetric import ec
from segno import consts

from bench import addresses
from bench.dictionary import held_out, sample
from issuer.intake import scripts
from qr import write
from seal import claims, cose, days, layout, wire
from seal.claims import Claims

HOST = "khatm.example"
#: One way to write Arabic sounds; how long a name in Latin letters is depends little on which.
_LATIN = dict(zip("ابتثجحخدذرزسشصضطظعغفقكلمنهويةىأإآؤئ", (
    *("a", "b", "t", "th", "g", "h", "kh", "d", "z", "r", "z", "s", "sh", "s", "d", "t", "z", "a", "gh", "f", "q", "k", "l", "m", "n", "h"),
    *("ou", "i", "a", "a", "a", "e", "a", "o", "e"),
), strict=True))  # fmt: skip
_BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def _contents(held: Claims) -> dict[str, Any]:
    """Return the license with short names, as peers would carry it in JSON or CBOR."""
    license_ = held.license
    point = license_.site.point
    return {
        "no": held.number_in("ALX"),
        "ty": license_.type,
        "ac": license_.activity,
        "nm": license_.trade_name,
        "ho": license_.holder,
        "ad": license_.address,
        "la": round(point.latitude, 6),
        "lo": round(point.longitude, 6),
        "ra": [list(corner) for corner in license_.site.footprint] or license_.site.radius_m,
        **dict(license_.details),
    }


def base45(data: bytes) -> str:
    """Return RFC 9285 base45."""
    text = []
    for start in range(0, len(data), 2):
        pair = data[start : start + 2]
        number, count = int.from_bytes(pair, "big"), 3 if len(pair) == 2 else 2
        text += [_BASE45[number // 45**place % 45] for place in range(count)]
    return "".join(text)


def hcert(held: Claims, signer: cose.Signer) -> str:
    """Return an EU Digital COVID Certificate's container: CWT, zlib, base45 (HCERT specification 1.0.5)."""
    payload = {1: "EG", 6: held.iat, -260: {1: _contents(held)}} | ({4: held.exp} if held.exp else {})
    message = cose.sign(cbor2.dumps({1: -7, 4: bytes(8)}), cbor2.dumps(payload), signer)
    return "HC1:" + base45(zlib.compress(message.to_bytes(), 9))


def _jws(held: Claims, signer: cose.Signer, header: dict[str, str], *, deflate: bool) -> str:
    payload = {"iss": f"https://{HOST}", "nbf": held.nbf, "vc": _contents(held)}
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    if deflate:
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        body = packer.compress(body) + packer.flush()
    start = f"{_b64(json.dumps(header, separators=(',', ':')).encode())}.{_b64(body)}"
    return f"{start}.{_b64(signer(start.encode()))}"


def _b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def jws(held: Claims, signer: cose.Signer) -> str:
    """Return a compact JWS (RFC 7515)."""
    return _jws(held, signer, {"alg": "ES256", "typ": "JWT", "kid": "MN1-1"}, deflate=False)


def shc(held: Claims, signer: cose.Signer) -> str:
    """Return a SMART Health Card's container: a deflated JWS (framework 1.4), here still as text."""
    return _jws(held, signer, {"zip": "DEF", "alg": "ES256", "kid": "A" * 43}, deflate=True)


def vds(held: Claims, signer: cose.Signer) -> bytes:
    """Return an ICAO Visible Digital Seal (Doc 9303-13): header, messages as tag-length-value, signature."""
    contents = _contents(held)
    place = b"".join(round(contents[key] * 1e6).to_bytes(4, "big") for key in ("la", "lo"))
    texts = [str(contents[key]).encode() for key in ("ty", "ac", "nm", "ho", "ad")]
    extent = cbor2.dumps(contents["ra"]) + b"".join(value.to_bytes(2, "big") for value in held.license.details.values())
    messages = [held.cti, place, extent, *texts, days.day_of(held.nbf).isoformat().encode()[2:]]
    body = bytes(18) + b"".join(bytes((tag, len(value))) + value for tag, value in enumerate(messages, 1))
    return body + b"\xff\x40" + signer(body)


def _version(*segments: tuple[str | bytes, int]) -> int:
    return int(segno.make(list(segments), error="m", boost_error=False, micro=False).version)


def _measures(held: Claims, signer: cose.Signer) -> dict[str, tuple[int, int]]:
    """Return size and QR version at level M of one license in every form."""
    message = cose.sign(cose.protected(b"\1", alg=cose.ESP256), claims.to_bytes(held), cose.low_signer(signer))
    first = cose.sign(cose.protected(b"\1"), claims.to_bytes(held), signer)
    text, before = wire.write(message, HOST), wire.write(first, HOST)
    cert, card, token, seal = hcert(held, signer), shc(held, signer), jws(held, signer), vds(held, signer)
    digits = "".join(f"{ord(character) - 45:02d}" for character in card)
    return {
        "khatm": (_octets(text), write.version(text, level="M")),
        "khatm, boards at Q": (_octets(text), write.version(text, level="Q")),
        "khatm, version 1": (_octets(before), write.version(before, level="M")),
        "khatm, version 1, boards at Q": (_octets(before), write.version(before, level="Q")),
        "COSE token, not packed": (len(message.to_bytes()), _version((message.to_bytes(), consts.MODE_BYTE))),
        "VDS": (len(seal), _version((seal, consts.MODE_BYTE))),
        "HCERT": (len(cert), _version((cert, consts.MODE_ALPHANUMERIC))),
        "SHC": (len(card), _version(("shc:/", consts.MODE_BYTE), (digits, consts.MODE_NUMERIC))),
        "JWS": (len(token), _version((token, consts.MODE_BYTE))),
    }


def _octets(text: str) -> int:
    """Return how many octets the number in a text needs."""
    return (int(wire.parse(text).digits).bit_length() + 7) // 8


def _with_address(held: Claims, chance: random.Random) -> Claims:
    """Return a license at an address in streets the tables never saw, one in three with a holder of another kind."""
    holder = chance.choice(addresses.HOLDERS) if chance.random() < 0.3 else held.holder
    return held._replace(address=addresses.address(chance, addresses.places(unseen=True)), holder=holder)


def _in_two_scripts(held: Claims) -> Claims:
    """Return a license whose trade name stands there in Latin letters too, written sound by sound, as far as both fit."""
    sounds = "".join(_LATIN.get(letter, letter if letter in " 0123456789" else "") for letter in held.trade_name)
    latin = " ".join(word.capitalize() for word in sounds.split())
    name = held.trade_name
    return held._replace(trade_name=scripts.both(name, latin) if len(name) + len(latin) < 75 and scripts.is_latin(latin) else name)


def _at_position(held: Claims, position: int) -> Claims:
    return held._replace(idx=position % 65_536, uri=f"https://{HOST}/status/{position // 65_536 + 1}")


def _decoding(held: list[Claims], signer: cose.Signer, count: int) -> float:
    """Return what it costs to get from digits to claims in version 2 beside version 1, in turns, in CPU time."""
    first = [cose.sign(cose.protected(b"\1"), claims.to_bytes(item), signer) for item in held]
    second = [cose.sign(cose.protected(b"\1", alg=cose.ESP256), claims.to_bytes(item), cose.low_signer(signer)) for item in held]
    texts = [[wire.parse(wire.write(message, HOST)) for message in messages] for messages in (first, second)]
    assert [_claims(parts) for parts in texts[0]] == [_claims(parts) for parts in texts[1]] == held
    return statistics.median(_cost(texts[1]) / _cost(texts[0]) for _ in range(count))


def _claims(parts: wire.Parts) -> Claims:
    """Return the claims of a text as a verdict takes them."""
    message, version, apart = wire.unpack(parts)
    if isinstance(apart, layout.Laid):
        return claims.checked(apart.claims)
    return apart if isinstance(apart, Claims) else (apart and claims.quick(apart)) or claims.from_bytes(message.payload, version)


def _cost(texts: list[wire.Parts]) -> float:
    return timeit.Timer(lambda: deque(map(_claims, texts), maxlen=0), timer=process_time).timeit(1)


def floor(learned: list[Claims], held: list[Claims]) -> float:
    """Return the mean octets nobody can do without: the signature, what varies in the numbers, and the texts' entropy.

    The texts' entropy is the better of two models learned on the same names as the dictionary, letters after two letters and whole words; a
    model that knows the language better would go lower. Numbers: two days of five years, seconds of a year, a serial, a place in the city
    to 0.2 m, a place in a list, key, type and radius.
    """
    numbers = 2 * math.log2(1826) + math.log2(31_536_000) + 24 + 2 * 18 + 16 + 4 + 3 + 3
    cost = _letter_model([_texts(item) for item in learned])
    return 64 + (numbers + statistics.mean(cost(_texts(item)) for item in held)) / 8


def _texts(held: Claims) -> str:
    return "\n".join((held.activity, held.trade_name, held.holder, held.address)) + "\n"


def _letter_model(texts: list[str]) -> Callable[[str], float]:
    """Return a function that gives a text's bits under letters after 0, 1, 2 and 3 letters, mixed by how often each was seen."""
    contexts: list[Counter[str]] = [Counter() for _ in range(5)]
    for text in texts:
        padded = "\n\n\n" + text
        for place in range(3, len(padded)):
            for order in range(4):
                contexts[order][padded[place - order : place + 1]] += 1
                contexts[4][f"{order}{padded[place - order : place]}"] += 1

    def bits(text: str) -> float:
        padded, total = "\n\n\n" + text, 0.0
        for place in range(3, len(padded)):
            chance = 1 / 512
            for order in range(4):
                seen = contexts[4][f"{order}{padded[place - order : place]}"]
                chance = (contexts[order][padded[place - order : place + 1]] + 3 * chance) / (seen + 3)
            total -= math.log2(chance)
        return total

    return bits


def measure(fast: bool = False) -> dict[str, object]:
    """Return mean sizes and versions on held-out names, and each peer's size as a ratio to ours."""
    signer = cose.private_signer(ec.generate_private_key(ec.SECP256R1()))
    everything = sample()
    learned = [item for name, item in everything if not held_out(name)]
    unseen = [item for name, item in everything if held_out(name)][: 60 if fast else None]
    chance = random.Random(5)
    unseen = [_at_position(item, chance.randrange(1_000_000)) for item in unseen]
    rows = [_measures(item, signer) for item in unseen]
    addressed = [_measures(_with_address(item, chance), signer)["khatm"] for item in unseen]
    doubled = [_measures(_in_two_scripts(item), signer)["khatm"] for item in unseen]
    means = {form: [statistics.mean(row[form][part] for row in rows) for part in (0, 1)] for form in rows[0]}
    ours = means["khatm"][0]
    result: dict[str, object] = {"names": len(unseen), "floor_octets": round(floor(learned, unseen), 1)}
    for form, (size, version) in means.items():
        result[form] = {"size": round(size, 1), "version": round(version, 2), "ratio": round(size / ours, 2)}
    result["largest_khatm"] = max(row["khatm"][0] for row in rows)
    result["share at version 8 or below"] = round(statistics.mean(row["khatm"][1] <= 8 for row in rows), 3)
    result["khatm, realistic addresses"] = round(statistics.mean(octets for octets, _ in addressed), 1)
    result["share at version 8 or below, realistic addresses"] = round(statistics.mean(version <= 8 for _, version in addressed), 3)
    result["khatm, name in two scripts"] = round(statistics.mean(octets for octets, _ in doubled), 1)
    result["version, name in two scripts"] = round(statistics.mean(version for _, version in doubled), 2)
    result["largest version, name in two scripts"] = max(version for _, version in doubled)
    result["digits to claims, beside version 1"] = round(_decoding(unseen, signer, 20 if fast else 60), 2)
    return result


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
