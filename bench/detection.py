"""False alarms and recall of the rules of detection: `python -m bench.detection INSPECTIONS.csv LICENSES.csv` (chicago_inspections.csv and
alexandria_licenses.csv).

False alarms are counted on streets without any attack, recall on the same streets with attacks planted (bench/street.py, bench/attacks.py
write every parameter down). Thresholds were chosen on the seeds CHOOSING (`--choosing`); what is reported comes from REPORTING, which no
threshold has seen.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path

from bench.attacks import ghosts, plant
from bench.intervals import wilson_text
from bench.street import Builder, Street
from inspections.detection import never_seen
from inspections.detection.rules import RULES

CHOOSING, REPORTING = range(101, 104), range(201, 206)


def _swept(builder: Builder, seeds: range) -> tuple[int, dict[str, list[bool]]]:
    """Return false alarms and hits of never_seen where codes are scanned oftener than Chicago inspects (`Street.sweeps`)."""
    alarms, hits = 0, []
    builder.street = replace(builder.street, sweeps=14)
    for seed in seeds:
        world = builder.world(seed)
        alarms += sum(1 for _ in never_seen.find(world.sightings, world.register))
        world.chance = random.Random(seed + 100_000)
        ghosts(world)
        found = {each.id for each in never_seen.find(world.sightings, world.register)}
        hits += [each in found for each in world.planted["never_seen"]]
    return alarms, {"all": hits}


def main() -> int:
    """Print both tables."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("inspections", type=Path)
    asked.add_argument("licenses", type=Path)
    asked.add_argument("--choosing", action="store_true", help="the seeds that thresholds are chosen on")
    asked.add_argument("--rule", action="append", choices=list(RULES))
    asked.add_argument("--named", type=float, default=Street.name_given, help="the share of visits whose inspector writes the board's name")
    given = asked.parse_args()
    builder = Builder(given.inspections, given.licenses, Street(name_given=given.named))
    rules = given.rule or list(RULES)
    seeds = CHOOSING if given.choosing else REPORTING
    alarms: Counter[str] = Counter()
    licenses = inspections = 0
    hits: dict[str, dict[str, list[bool]]] = {rule: defaultdict(list) for rule in rules}
    for seed in seeds:
        honest = builder.world(seed)
        licenses, inspections = licenses + len(honest.register.sites), inspections + len(honest.sightings)
        for rule in rules:
            alarms[rule] += sum(1 for _ in RULES[rule](honest.sightings, honest.register))
        honest.chance = random.Random(seed + 100_000)  # so that an attack's draw is its own
        attacked = plant(honest)
        for rule in rules:
            found = {each.id for each in RULES[rule](attacked.sightings, attacked.register)}
            for subject, label in attacked.planted[rule].items():
                hits[rule][label].append(subject in found)
    if "never_seen" in rules:
        alarms["never_seen, 14 walks a year"], hits["never_seen, 14 walks a year"] = _swept(builder, seeds)
        rules = [*rules, "never_seen, 14 walks a year"]
    print(f"seeds {seeds.start}–{seeds.stop - 1}: {licenses} licenses, {inspections} inspections")
    print("rule | false alarms | per 10,000 licenses | per 10,000 inspections | recall (95 %)")
    for rule in rules:
        every = [hit for each in hits[rule].values() for hit in each]
        rates = f"{10_000 * alarms[rule] / licenses:.1f} | {10_000 * alarms[rule] / inspections:.1f}"
        print(f"{rule} | {alarms[rule]} | {rates} | {wilson_text(sum(every), len(every))}")
        if len(hits[rule]) > 1:
            for label, each in sorted(hits[rule].items()):
                print(f"    {label}: {wilson_text(sum(each), len(each))}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
