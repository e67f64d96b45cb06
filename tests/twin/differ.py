"""Feeds both languages the same inputs and compares what they say, to the last member and letter.

    python -m tests.twin.differ --count 100000 --seed 1 [--processes 2]

Texts are mutated at every level as tests/fuzz/wire.py does it, and sound ones are made of random licenses; each is judged with random
lists, at a random time, from a random place. Runs repeat: chunk n of seed s is always the same.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime, timedelta
from functools import cache, partial
from typing import Any, NamedTuple

from seal import claims, fold, leaves, sentences, status, trust, verdict, wire
from seal.errors import SealError
from seal.license import DETAIL_LIMITS
from seal.log_packs import Packed
from seal.logs import Held
from seal.site import Fix, Point, Site, footprint_fault
from seal.status import StatusLists
from seal.trust import TrustList
from seal.verify import verify
from tests.fuzz import wire as fuzz
from tests.twin.asking import Asker, Request, ask, fix_of, milliseconds, node
from tests.vectors import fixed
from tests.vectors.generate import view_entry
from tests.vectors.making import SITE, seal

CHUNK = 2_500
FOLDABLE = [letter for letter in fold.ALPHABET if letter != "\ufffe"]
STRANGE = [*"麵𐍈🍕éẞ\u0301\u200dﷺ\u202eк", "\ud800", "\0"]
YEARS = 365 * fixed.DAY


class Lists(NamedTuple):
    """What a text is judged with: read by Python, and as it was published."""

    name: str
    trust: TrustList
    status: StatusLists
    request: Request


@cache
def lists() -> list[Lists]:
    """Every trust list with no, one or all status lists."""
    fixed.status_at("2026-11-20T08:00:00")  # as old as most seals
    choices: list[tuple[str, ...]] = [(), *((name,) for name in fixed.STATUS), tuple(fixed.STATUS)]
    return [_lists(name, chosen) for name in fixed.TRUST for chosen in choices]


def _lists(name: str, chosen: tuple[str, ...]) -> Lists:
    signed = fixed.signed_trust(name)
    trusted = trust.verify(signed, root=fixed.root())
    entries = [fixed.sign_status(fixed.STATUS[each][0]) for each in chosen]
    x, y = trust.coordinates(fixed.root().public_key)
    request: Request = {
        "ask": "world",
        "name": "/".join((name, *chosen)),
        "root": {"kid": fixed.ROOT_KID.hex(), "x": x.hex(), "y": y.hex(), "floor_sequence": 1},
        "trust": signed.hex(),
        "status": [entry.hex() for entry in entries],
    }
    read = status.collect([status.verify(entry, trust=trusted) for entry in entries])
    return Lists(str(request["name"]), trusted, read, request)


def sound(chance: random.Random) -> str:
    """The text of a seal that a register could have made, or almost."""
    first = date(2026, 1, 1) + timedelta(chance.randrange(-400, 900))
    term = chance.choice((0, 30, 365, 366, 367, 800, 1096, chance.randrange(3000)))
    changes: dict[str, Any] = {
        "type": chance.choice(("shop", "shop", "advertisement", "demolition", "street")),
        "authority": "MN1" if chance.random() < 0.9 else chance.choice(("AGM", "GOV")),
        "activity": _name(chance, 60),
        "trade_name": _name(chance, 80),
        "holder": _name(chance, 80),
        "address": _name(chance, 120),
        "site": _site(chance),
        "details": {name: chance.randint(1, limit) for name, limit in DETAIL_LIMITS.items() if chance.random() < 0.3},
        "first_day": first,
        "last_day": None if chance.random() < 0.2 else first + timedelta(term),
    }
    circumstances = {
        "kid": b"\x01" if chance.random() < 0.6 else chance.choice(list(fixed.SIGNERS)),
        "iat": fixed.SEALED + chance.choice((0, 0, 0, 0, fixed.DAY, chance.randrange(-YEARS, YEARS))),
        "serial": chance.choice((1, 9_999_999, 10_000_000, 16_777_215, chance.randrange(1, 1 << 24))),
        "edition": chance.choice((0, 0, 1, 255)),
        "idx": chance.choice((401, 401, 407, 408, 409, 900, 0, 5, 7, 255, 256, 4096, chance.randrange(1 << 20))),
        "uri": chance.choice((fixed.URI, fixed.URI, fixed.URI, fixed.URI_WIDE, "https://khatm.example/status/3")),
    }
    try:
        return seal(changes, **circumstances)
    except SealError:  # more than a seal can carry
        return seal(changes | {"trade_name": "a", "holder": "b", "address": "c", "activity": "d", "site": SITE}, **circumstances)


def _name(chance: random.Random, longest: int) -> str:
    size = chance.choice((1, 5, 20, longest))
    letters = FOLDABLE if chance.random() < 0.9 else STRANGE[:9]
    made = "".join(chance.choices(letters, k=size))
    return made if made.strip() else "x"


def _site(chance: random.Random) -> Site:
    point = Point(chance.gauss(31.2755, 0.0005), chance.gauss(30.0125, 0.0005))
    if chance.random() < 0.3:
        point = Point(chance.choice((31.24, 31.3, chance.uniform(31.2, 31.35))), chance.choice((29.98, chance.uniform(29.9, 30.1))))
    if chance.random() < 0.05:
        halves = 31.0078125, -0.0078125  # six digits end in the middle between two
        point = Point(chance.choice((*halves, chance.uniform(-90, 90))), chance.choice((0.0, 180.0, chance.uniform(-180, 180))))
    if chance.random() < 0.6:
        return Site(point, chance.randint(1, 150))
    angles = sorted(chance.sample(range(360), chance.randrange(3, 9)))
    east, north = chance.randrange(-500, 500), chance.randrange(-500, 500)
    ring = tuple(
        (east + round(r * math.cos(math.radians(a))), north + round(r * math.sin(math.radians(a))))
        for a, r in ((a, chance.randrange(50, 900)) for a in angles)
    )
    return Site(point, 0, ring) if footprint_fault(ring) is None else Site(point, 40)


def _moment(chance: random.Random) -> datetime:
    seconds = chance.choice((0, 0, chance.randrange(-4000, 4000), chance.randrange(-9, 9) * fixed.DAY, chance.randrange(-YEARS, 3 * YEARS)))
    return datetime.fromtimestamp(fixed.NOW + seconds, UTC) + timedelta(milliseconds=chance.choice((0, 0, 1, 999)))


def _fix(chance: random.Random, now: datetime) -> Fix | None:
    if chance.random() < 0.3:
        return None
    fix = fuzz._fix(chance)
    if fix is None or chance.random() < 0.6:
        spread = 10 ** chance.uniform(-7, -2)
        place = chance.gauss(31.2755, spread), chance.gauss(30.0125, spread)
        fix = Fix(*place, chance.choice((0.0, 5.0, chance.uniform(0, 130))), now, chance.choice((68, 95, 0)))
    age = chance.choice((0, 0, 0, 29, 30, 31, -30, -31, chance.randrange(-100, 100)))
    return fix._replace(measured_at=now - timedelta(seconds=age, milliseconds=chance.choice((0, 0, 1, 999))))


class Case(NamedTuple):
    """One question to both."""

    text: str
    lists: Lists
    now: datetime
    fix: Fix | None
    hosts: list[str] | None
    check_site: bool
    language: sentences.Language
    log: Held | Packed | None

    def request(self) -> Request:
        return {
            "ask": "judge",
            "world": self.lists.name,
            "text": self.text,
            "now": milliseconds(self.now),
            "fix": fix_of(self.fix),
            "hosts": self.hosts,
            "check_site": self.check_site,
            "language": self.language,
            "log": _view(self.log),
        }

    def answer(self) -> dict[str, Any]:
        """What Python says."""
        said = verify(
            self.text,
            trust=self.lists.trust,
            status=self.lists.status,
            hosts=self.lists.trust.hosts if self.hosts is None else self.hosts,
            now=self.now,
            fix=self.fix,
            check_site=self.check_site,
            log=self.log,
        )
        return {"object": verdict.as_dict(said), "lines": sentences.lines(said, self.language)}


def case(chance: random.Random) -> Case:
    base, all_lists = fuzz.world(), lists()
    makers = [maker for maker, weight in fuzz.KINDS for _ in range(weight)]
    text = sound(chance) if chance.random() < 0.35 else chance.choice(makers)(chance, base)
    now = _moment(chance)
    named = f"{chance.choice(('main', 'logged'))}/main"
    usual = next(each for each in all_lists if each.name == named)
    return Case(
        text=json.loads(json.dumps(text)),  # two halves of a surrogate pair are one character in JavaScript
        lists=usual if chance.random() < 0.5 else chance.choice(all_lists),
        now=now,
        fix=_fix(chance, now),
        hosts=None if chance.random() < 0.95 else chance.choice([[], ["test.example"]]),
        check_site=chance.random() < 0.9,
        language=chance.choice(("ar", "en")),
        log=_log(chance, text, now),
    )


def _view(log: Held | Packed | None) -> dict[str, Any] | None:
    if not isinstance(log, Packed):
        return log and view_entry(log)
    leaves_ = {str(position): log.rows.prefix(place).hex() for place, position in enumerate(log.rows.positions)}
    return {"pack": log.authority, "size": log.size, "time": log.time, "leaves": leaves_}


def _log(chance: random.Random, text: str, now: datetime) -> Held | Packed | None:
    """A log of any size and age, with or without this seal in it."""
    if chance.random() < 0.3:
        return None
    try:
        message = wire.token(text)
        index = claims.from_bytes(message.payload).idx
        leaf = leaves.leaf_of(leaves.entry_of(message))
    except SealError:
        index, leaf = 401, leaves.leaf_of(leaves.VOID)
    time = int(now.timestamp()) - chance.choice((0, 60, 3600, 5400, fixed.DAY, fixed.DAY + 1, 9 * fixed.DAY))
    held = {index: chance.choice((leaf, leaf, bytes(32)))} if chance.random() < 0.8 else {}
    if chance.random() < 0.25:  # a phone's pack
        held |= {place: bytes(32) for place in chance.sample(range(index + 9), 3) if place != index}
        size = max(held, default=0) + chance.choice((1, 400))
        return fixed.packed(Held(size, time, False, held), chance.choice(("MN1", "AGM")))
    return Held(index + chance.choice((-400, 0, 1, 1, 1, 400)), time, chance.random() < 0.3, held)


def chunk(asker: Asker, seed: int, number: int, count: int) -> Counter[str]:
    """Compare `count` answers of one chunk; return how often which code decided. Raises AssertionError with the first difference."""
    chance = random.Random(f"twin/{seed}/{number}")
    cases = [case(chance) for _ in range(count)]
    worlds = {each.lists.name: each.lists.request for each in cases}
    theirs = asker([*worlds.values(), *(each.request() for each in cases)])[len(worlds) :]
    codes: Counter[str] = Counter()
    for index, (each, answer) in enumerate(zip(cases, theirs, strict=True)):
        ours = each.answer()
        assert answer == ours, f"seed {seed}, chunk {number}, case {index}\n{each.request()}\nPython     {ours}\nJavaScript {answer}"
        codes[ours["object"]["reason"]] += 1
    return codes


def run(asker: Asker, count: int, seed: int, processes: int = 1) -> Counter[str]:
    """Compare `count` answers, in chunks that do not depend on the number of processes."""
    jobs = [(asker, seed, number, min(CHUNK, count - number * CHUNK)) for number in range(-(-count // CHUNK))]
    if processes == 1:
        return sum((chunk(*job) for job in jobs), Counter())
    with ProcessPoolExecutor(processes) as pool:
        return sum(pool.map(chunk, *zip(*jobs, strict=True)), Counter())


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.twin.differ")
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=1)
    given = parser.parse_args()
    start = time.perf_counter()
    codes = run(partial(ask, node()), given.count, given.seed, given.processes)
    seconds = time.perf_counter() - start
    print(f"{codes.total()} texts of seed {given.seed} in {seconds:.0f} s: Python and JavaScript say the same. The codes that decided:")
    for code, number in codes.most_common():
        print(f"{number:>10}  {code}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
