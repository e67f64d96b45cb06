"""A fuzz target over the text of a code: whatever it says, `verify` gives a verdict, and the parsers raise SealError or nothing.

    python -m tests.fuzz.wire --count 100000 --seed 1 [--processes 2]

Most random texts die at the first digit, so mutations are made at every level: text, digits, wire, folded token, header, claims; and most
of those of header and claims are signed again with a valid key (public, see tests/vectors/fixed.py), so that all that stands behind the
signature is reached. Runs repeat: chunk n of seed s is always the same.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import zlib
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

import cbor2

from seal import cbor, claims, cose, fold, layout, sentences, status, trust, verdict, wire
from seal.cose import Sign1
from seal.errors import SealError
from seal.site import Fix
from seal.trust import Root, TrustList
from seal.verify import verify
from tests.vectors import fixed
from tests.vectors.making import SITE, seal, text

CHUNK = 5_000
#: Values that stand at the edges of something.
ODD: tuple[Any, ...] = (
    *(0, 1, -1, 23, 24, 255, 256, 65535, 65536, 1 << 20, (1 << 32) - 1, 1 << 33, 1 << 53, (1 << 64) - 1, -(1 << 64)),
    *(0.0, -0.0, 1.5, 31.25, float("nan"), float("inf"), 1e300, 5.9604644775390625e-08, 90.0, -180.0, 16_777_217.0),
    *("", "\0", "\n", "ا" * 80, "🍕" * 81, "\u202e", "shop", "MN1", fixed.URI),
    *(b"", b"\0", bytes(4), bytes(5), b"\x01", b"\x1a\0\0\x01"),
    *(None, True, False, [], {}, [[]], {1: {}}, [0, 0, 1, 0, 0, 1], list(range(60)), cbor2.undefined, cbor2.CBORSimpleValue(19)),
)


class World(NamedTuple):
    """What inputs are judged with, and the seals that they are made from."""

    trust: TrustList
    status: status.StatusLists
    root: Root
    texts: tuple[str, ...]
    messages: tuple[Sign1, ...]
    payloads: frozenset[bytes]
    lists: tuple[bytes, ...]


@cache
def world() -> World:
    signed = fixed.signed_trust("logged")
    trust_list = trust.verify(signed, root=fixed.root())
    lists = [status.verify(fixed.sign_status(fixed.STATUS[name][0]), trust=trust_list) for name in ("main", "wide")]
    square = SITE._replace(radius_m=0, footprint=((-200, -200), (200, -200), (200, 200), (-200, 200)))
    texts = (
        seal(),
        seal({"last_day": None}, kid=b"\x10\x01", edition=2),
        seal({"type": "advertisement", "details": {"width_cm": 300, "height_cm": 200}, "site": square, "last_day": None}),
        seal({"trade_name": "麵 نودلز"}, idx=fixed.REVOKED),
        seal({"address": "地下 1"}, kid=b"\x04"),
    )
    messages = tuple(wire.token(item) for item in texts)
    files = (signed, fixed.sign_status(fixed.STATUS["main"][0]))
    payloads = frozenset(message.payload for message in messages)
    return World(trust_list, status.collect(lists), fixed.root(), texts, messages, payloads, files)


def mutated(chance: random.Random, data: bytes) -> bytes:
    """`data` with one to three changes: a bit, an octet, a cut, a copy, an insertion."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 3))):
        place = chance.randrange(len(changed) + 1)
        match chance.randrange(6):
            case 0 | 1 if place < len(changed):
                changed[place] ^= 1 << chance.randrange(8)
            case 2 if place < len(changed):
                changed[place] = chance.randrange(256)
            case 3:
                del changed[place : place + chance.randrange(1, 9)]
            case 4:
                start = chance.randrange(len(changed) + 1)
                changed[place:place] = changed[start : start + chance.randrange(1, 40)]
            case _:
                changed[place:place] = chance.randbytes(chance.randrange(1, 5))
    return bytes(changed)


def _any_text(chance: random.Random, base: World) -> str:
    """Edits of a text, in characters."""
    source, other = chance.choice(base.texts), chance.choice(base.texts)
    place = chance.randrange(len(source) + 1)
    match chance.randrange(8):
        case 0:
            return source[:place] + chance.choice("0123456789") + source[place + 1 :]
        case 1:
            return source[:place] + chr(chance.choice((0, 0x20, 0x2F, 0x660, 0xB2, 0x202E, 0xD800, 0x1F355))) + source[place:]
        case 2:
            return source[:place] + other[chance.randrange(len(other)) :]
        case 3:
            return source[:place]
        case 4:
            return source[: chance.randrange(30)] + str(chance.getrandbits(chance.randrange(1, 5000)))[:4200]
        case 5:
            return "".join(chr(chance.randrange(0x11_0000)) for _ in range(chance.randrange(40)))
        case 6:
            return source.swapcase() if chance.random() < 0.5 else source.replace("/1", f"/{chance.randrange(10)}", 1)
        case _:
            return source + source


def _any_wire(chance: random.Random, base: World) -> str:
    message = chance.choice(base.messages)
    packed = wire.from_number(int(wire.to_digits(message)))
    return text(mutated(chance, packed)[:520])


def _any_folded(chance: random.Random, base: World) -> str:
    message = chance.choice(base.messages)
    folded = mutated(chance, fold.fold(message.protected, message.payload))
    packer = zlib.compressobj(chance.choice((1, 6)), zlib.DEFLATED, -15, 9, zlib.Z_FIXED, wire.dictionary("1"))
    return text((message.signature + packer.compress(folded) + packer.flush())[:520])


def _any_octets(chance: random.Random, base: World) -> str:
    """Header or payload mutated as octets, and signed again."""
    message = chance.choice(base.messages)
    if chance.random() < 0.2:
        return _resigned(mutated(chance, message.protected)[:200], message.payload)
    return _resigned(message.protected, mutated(chance, message.payload))


def _any_claims(chance: random.Random, base: World) -> str:
    """Claims with one or two values exchanged for odd ones, and signed again."""
    message = chance.choice(base.messages)
    value = cbor2.loads(message.payload)
    for _ in range(chance.choice((1, 1, 2))):
        _exchange(chance, value)
    return _resigned(message.protected, cbor2.dumps(value, canonical=chance.random() < 0.9))


def _exchange(chance: random.Random, value: Any) -> None:
    """Change one value somewhere inside `value`, a map or an array."""
    places = list(value) if isinstance(value, dict) else list(range(len(value)))
    if not places:
        return
    place = chance.choice(places)
    inner = value[place]
    if isinstance(inner, dict | list) and chance.random() < 0.7:
        _exchange(chance, inner)
    elif isinstance(value, dict) and chance.random() < 0.15:
        del value[place]
    elif isinstance(inner, int) and chance.random() < 0.5:
        value[place] = inner + chance.choice((-1, 1, 3600, -86_400, 1 << chance.randrange(40)))
    elif chance.random() < 0.7:  # of its own type, to get past the first look
        value[place] = _fresh(chance.choice([odd for odd in ODD if type(odd) is type(inner)] or ODD))
    else:
        value[place] = _fresh(chance.choice(ODD))


def _fresh(odd: Any) -> Any:
    """A copy, so that nothing grows inside ODD."""
    return cbor2.loads(cbor2.dumps(odd))


def _resigned(protected: bytes, payload: bytes) -> str:
    message = cose.sign(protected, payload, fixed.signer("kid 01"))
    try:
        return text(message)
    except SealError:  # longer than a writer may make it; a reader must still cope
        packer = zlib.compressobj(1, zlib.DEFLATED, -15, 9)
        folded = b"\0" + cbor.encode(message.protected) + message.payload
        return text((message.signature + packer.compress(folded) + packer.flush())[:520])


KINDS: tuple[tuple[Callable[[random.Random, World], str], int], ...] = (
    (_any_text, 10),
    (_any_wire, 10),
    (_any_folded, 20),
    (_any_octets, 15),
    (_any_claims, 45),
)


def _fix(chance: random.Random) -> Fix | None:
    if chance.random() < 0.5:
        return None
    numbers = (31.2755, 30.0125, 5.0, 0.0, -1.0, 90.0, 180.0, 1e300, float("nan"), float("-inf"))
    accuracy = chance.choice((5.0, 20.0, chance.choice(numbers)))
    if chance.random() < 0.9:
        position = chance.gauss(31.2755, 0.0005), chance.gauss(30.0125, 0.0005)
    else:
        position = chance.choice(numbers), chance.choice(numbers)
    return Fix(*position, accuracy, datetime.fromtimestamp(fixed.NOW, UTC), chance.choice((68, 95)))


def judge(item: str, chance: random.Random, base: World, *, resigned: bool) -> str:
    """Judge one text and hold the verdict to what must always be true; return the code that decided."""
    now = datetime.fromtimestamp(fixed.NOW + chance.choice((0, 0, 0, -86_400, 40 * 86_400)), UTC)
    said = verify(item, trust=base.trust, status=base.status, hosts=base.trust.hosts, now=now, fix=_fix(chance))
    outcomes = {finding.check: finding.outcome for finding in said.findings}
    assert tuple(outcomes) == verdict.CHECKS
    assert (said.claims is not None) == (outcomes["signature"] == "passed") == (said.license is not None)
    assert not (said.seal == "genuine" and set(outcomes.values()) & {"failed", "unknown"} - {outcomes["site"]})
    assert said.decision != "valid" or (said.seal, said.place) == ("genuine", "here")
    if said.claims and not resigned:
        assert claims.to_bytes(said.claims) in base.payloads, "somebody else's data under our signature"
    if outcomes["issuer"] != "skipped":
        _two_ways(item)
    verdict.as_dict(said)
    sentences.lines(said, chance.choice(("ar", "en")))
    return said.reason.code


def _two_ways(item: str) -> None:
    """The short way to the claims of a token and the long one must agree, and the text must be one of its token's."""
    message, version, apart = wire.unpack(wire.parse(item))
    held = claims.from_bytes(message.payload, version)
    if isinstance(apart, layout.Laid):
        assert claims.checked(apart.claims) == held
    else:
        assert apart in (None, held)
    assert claims.to_bytes(held) == message.payload, "two payloads for the same claims"
    assert fold.unfold(fold.fold(message.protected, message.payload))[:2] == message[:2]


def _parsers(chance: random.Random, base: World) -> None:
    """Feed the parsers what no text can carry: octets of any kind."""
    message = chance.choice(base.messages)
    data = mutated(
        chance, chance.choice((message.to_bytes(), message.payload, message.protected, fold.fold(message.protected, message.payload)))
    )
    for parse in (cbor.parse, cose.from_bytes, claims.from_bytes, fold.unfold, wire.from_digits):
        try:
            parse(data if parse is not wire.from_digits else data.decode("latin-1"))  # type: ignore[arg-type, operator]
        except SealError:
            continue


def _files(chance: random.Random, base: World) -> None:
    """Published files mutated, half of them signed again by the key that may."""
    index = chance.randrange(2)
    data = base.lists[index]
    kid, name = ((fixed.ROOT_KID, "root"), (b"\x63", "kid 63"))[index]
    typ = (trust.TYP, status.TYP)[index]
    if chance.random() < 0.3:
        data = mutated(chance, data)
    else:
        payload = cose.from_bytes(data).payload
        if chance.random() < 0.5:
            payload = mutated(chance, payload)
        else:
            value = cbor2.loads(payload)
            _exchange(chance, value)
            payload = cbor2.dumps(chance.choice(ODD) if chance.random() < 0.05 else value, canonical=True)
        data = cose.sign(cose.protected(kid, typ), payload, fixed.signer(name)).to_bytes()
    try:
        if index == 0:
            trust.verify(data, root=base.root)
        else:
            status.verify(data, trust=base.trust)
    except SealError:
        return


def chunk(seed: int, number: int, count: int) -> Counter[str]:
    """Judge `count` inputs of one chunk; return how often which code decided. Raises what must not be raised, with the input in a note."""
    chance, base = random.Random(f"{seed}/{number}"), world()
    makers = [maker for maker, weight in KINDS for _ in range(weight)]
    codes: Counter[str] = Counter()
    for index in range(count):
        maker = chance.choice(makers)
        item = maker(chance, base)
        try:
            codes[judge(item, chance, base, resigned=maker in (_any_octets, _any_claims))] += 1
            if index % 4 == 0:
                _parsers(chance, base)
            if index % 40 == 0:
                _files(chance, base)
        except BaseException as error:
            error.add_note(f"seed {seed}, chunk {number}, input {index}, {maker.__name__}: {item!r}")
            raise
    return codes


def run(count: int, seed: int, processes: int = 1) -> Counter[str]:
    """Judge `count` inputs, in chunks that do not depend on the number of processes."""
    jobs = [(seed, number, min(CHUNK, count - number * CHUNK)) for number in range(-(-count // CHUNK))]
    if processes == 1:
        return sum((chunk(*job) for job in jobs), Counter())
    with ProcessPoolExecutor(processes) as pool:
        return sum(pool.map(chunk, *zip(*jobs, strict=True)), Counter())


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.wire")
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=1)
    given = parser.parse_args()
    start = time.perf_counter()
    codes = run(given.count, given.seed, given.processes)
    seconds = time.perf_counter() - start
    print(f"{codes.total()} inputs of seed {given.seed} in {seconds:.0f} s: nothing raised but SealError. The codes that decided:")
    for code, number in codes.most_common():
        print(f"{number:>10}  {code}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
