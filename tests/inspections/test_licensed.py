"""Licensed sites in columns, and found by a number, say what going over each of them says."""

from __future__ import annotations

import random

import numpy as np

from inspections.licensed import Sites
from inspections.visits import coverage, sightings
from inspections.visits.counts import day_of, number_of
from inspections.visits.sightings import BLOCK, Sightings
from seal import license, status
from seal.sites import LicensedSite, SitePack

NOW, DAY = 1_795_000_000, 86_400


def drawn(seed: int) -> Sites:
    """Licenses of two authorities with up to three editions, of all standings; no serial of a year is given twice (issuer/register)."""
    chance = random.Random(seed)
    packs = []
    for authority, start in (("MID", 1), ("AGM", 1501)):
        held = []
        for serial in chance.sample(range(start, start + 1500), 120):
            for edition in range(chance.randrange(1, 4)):
                cti = license.identifier(chance.choice((2025, 2026)), serial, edition).ljust(5, b"\0")
                nbf, exp = NOW - chance.randrange(-50, 400) * DAY, chance.choice((None, NOW, NOW + 1, NOW - 90 * DAY))
                given = chance.choice((status.VALID, status.VALID, status.VALID, status.INVALID, status.SUSPENDED, status.SUPERSEDED))
                held.append(LicensedSite(cti, "shop", 31.2, 29.9, 30, nbf, exp, given, nbf, f"{serial}.{edition}"))
        chance.shuffle(held)
        packs.append(SitePack(authority, NOW, tuple({site.cti: site for site in held}.values())))
    return Sites(packs, "ALX")


def test_a_license_is_found_by_its_number_as_among_all() -> None:
    sites = drawn(3)
    every = sites.numbers()
    assert any(len(held) == 3 for held in every.values())
    for number, held in every.items():
        assert sites.of_number(number) == held
    cti = sites.standings("MID").sites[0].cti
    for body in ("ALX-MID-2026-99999999", "ALX-MID-2999-0000001", "ALX-MID-2026-0000000", "ALX-GMK-2026-0000001"):
        assert sites.of_number(f"{body}-{license.check_character(body)}") == ()
    right = license.number("ALX", "MID", cti)
    assert sites.of_number(license.number("CAI", "MID", cti)) == ()
    assert sites.of_number(right) and sites.of_number(right.lower()) == sites.of_number(right[:-1]) == sites.of_number("") == ()


def test_coverage_is_what_counting_each_license_gives() -> None:
    for seed in range(20):
        sites, chance = drawn(seed), random.Random(seed)
        today = number_of(day_of(NOW))
        seen = {number: chance.choice((0, today, today - 90, today - 91, today - 400, today + 5)) for number in sites.numbers()}
        blocks: dict[int, np.ndarray] = {}
        for number, day in seen.items():
            block, slot = divmod(sightings.key_of(number), BLOCK)
            if day:
                blocks.setdefault(block, np.zeros(BLOCK, np.uint16))[slot] = day
        held = Sightings(np.array(sorted(blocks), np.int64), np.array([blocks[each] for each in sorted(blocks)]))
        for code in ("MID", "AGM", "GMK"):
            found = coverage.of(code, sites.standings(code), held, now=NOW)
            force = [each for each in sites.newest(code) if each.standing(NOW) == "in_force"]
            never = [each.number for each in force if not seen[each.number]]
            lately = [each for each in force if seen[each.number] >= today - 90]
            assert (found.in_force, found.seen, found.long_ago) == (len(force), len(lately), len(force) - len(lately) - len(never))
            assert [sites.standings(code).sites[place] for place in found.never.tolist()] == [
                each.site for each in sorted(force, key=lambda each: each.number) if each.number in never
            ]
        assert coverage.of("MID", sites.standings("MID"), Sightings(held.blocks[:0], held.days[:0]), now=NOW).seen == 0
