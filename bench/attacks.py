"""Attacks planted into an honest street, each with its parameters in its first lines. What was planted is written into the world."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace

from bench.street import World, measured, name_on_board, somewhere
from inspections.detection.grouping import by_license
from inspections.detection.records import DAY_S, Counts, Position, Sighting
from seal.site import Point

COUNT = 100  # licenses for each attack that is about licenses


def _licenses(world: World, fits: Callable[[list[Sighting]], bool]) -> list[list[Sighting]]:
    """Return the sightings of COUNT licenses that nothing was planted on yet."""
    used = {subject for planted in world.planted.values() for subject in planted}
    groups = [group for number, group in by_license(world.sightings).items() if number not in used and fits(group)]
    return world.chance.sample(groups, min(COUNT, len(groups)))


def _devices(world: World, count: int) -> list[str]:
    """Return devices of the honest street with 30 inspections or more that nothing was planted on yet."""
    used = {subject for planted in world.planted.values() for subject in planted}
    planted = ("d-copy", "d-own", "d-press")
    counts = Counter(each.device for each in world.sightings if each.kind == "license" and not each.device.startswith(planted))
    fit = sorted(device for device, many in counts.items() if many >= 30 and device not in used)
    return world.chance.sample(fit, min(count, len(fit)))


def _again(world: World, like: Sighting, at: Point, name: str, kind: str | None, number: int) -> Sighting:
    """Return a sighting of the same code elsewhere, on another day, by some other officer."""
    other = world.chance.choice(world.sightings)
    site = world.register.sites[like.license or ""]
    seen = name_on_board(world.chance, world.street, name, world.names, site.trade_name)
    kind = site.type if world.chance.random() < world.street.unread else kind
    place = measured(world.chance, world.street, somewhere(world.chance, at, 0, world.street.stand_m))
    return replace(
        like,
        inspection=f"{like.inspection}-copy{number}",
        device=f"d-copy-{like.inspection}-{number}",  # so that no way of an honest device is torn
        officer=other.officer,
        at=other.at,
        position=place,
        name_seen=seen,
        type_seen=kind,
    )


def copied_far(world: World) -> None:
    """A code hangs in a second shop 100 m to 10 km away, by the logarithm; seen once there, once or oftener at home."""
    for group in _licenses(world, lambda group: True):
        far = math.exp(world.chance.uniform(math.log(100), math.log(10_000)))
        at = somewhere(world.chance, world.register.sites[group[0].license or ""].here.point, far, far)
        world.sightings.append(_again(world, group[-1], at, world.chance.choice(world.names), group[-1].type, 1))
        world.planted["two_places"][group[0].license or ""] = "100-200 m" if far < 200 else "200-500 m" if far < 500 else "beyond 500 m"


def copied_near(world: World) -> None:
    """A code hangs in a neighbour's shop 15 m to 40 m away; seen there once, twice or three times; of another type in 50 %."""
    for at, group in enumerate(_licenses(world, lambda group: len(group) >= 2)):
        times = 1 + at % 3
        shop = somewhere(world.chance, world.register.sites[group[0].license or ""].here.point, 15, 40)
        name = world.chance.choice(world.names)
        kind = "advertisement" if world.chance.random() < 0.5 and group[0].type != "advertisement" else group[0].type
        world.sightings += [_again(world, group[-1], shop, name, kind, number) for number in range(times)]
        world.planted["two_shops"][group[0].license or ""] = f"seen there {times} times"


def cloned_device(world: World) -> None:
    """A device's key works elsewhere too, 2 to 10 km away, on one day or three: a scan within twenty minutes of each of its own."""
    for turn, device in enumerate(_devices(world, 8)):
        own = [each for each in world.sightings if each.device == device and each.kind == "license" and each.position]
        busy = Counter(each.at // DAY_S for each in own)
        full = [day for day, many in busy.items() if many >= 3] or list(busy)
        days = world.chance.sample(full, min(len(full), 1 + turn % 2 * 2))
        for each in own:
            if each.position and each.at // DAY_S in days:
                position = measured(world.chance, world.street, somewhere(world.chance, each.position.point, 2_000, 10_000))
                number, at = f"{each.inspection}-clone", each.at + world.chance.randint(-1200, 1200)
                world.sightings.append(replace(each, inspection=number, at=at, position=position, license=None))
        world.planted["too_fast"][device] = f"{len(days)} days" if len(days) > 1 else "1 day"


def _spoofed(world: World, each: Sighting, how: str, held: Position) -> Sighting:
    site = world.register.sites.get(each.license or "")
    if not each.position or not site:
        return each
    point = {
        "register's points": site.here.point,
        "one point again and again": held.point,
        "four decimals": Point(round(each.position.point.latitude, 4), round(each.position.point.longitude, 4)),
        "jitter of its own": somewhere(world.chance, site.here.point, 1, 12),
    }[how]
    return replace(each, position=replace(each.position, point=point))


def spoofed(world: World) -> None:
    """Officers who stay at home: eight devices with made positions in 60 % of their inspections, in four ways."""
    for at, device in enumerate(_devices(world, 8)):
        how = ("register's points", "one point again and again", "four decimals", "jitter of its own")[at % 4]
        held = next(each.position for each in world.sightings if each.device == device and each.position)
        world.sightings = [
            _spoofed(world, each, how, held) if each.device == device and world.chance.random() < 0.6 else each for each in world.sightings
        ]
        world.planted["too_exact"][device] = how


def colluding(world: World) -> None:
    """One officer sees to it that nobody else comes: every visit of a license with three or more is his."""
    officers = sorted({each.officer for each in world.sightings})
    chosen = {group[0].license: world.chance.choice(officers) for group in _licenses(world, lambda group: len(group) >= 3)}
    counts: dict[str, int] = defaultdict(int)
    for at, each in enumerate(world.sightings):
        if each.license in chosen and each.kind == "license":
            world.sightings[at] = replace(each, officer=chosen[each.license], device=f"d-own-{each.license}")
            counts[each.license or ""] += 1
    for number, count in counts.items():
        world.planted["one_officer"][number] = f"{min(count, 5)}{' or more' if count >= 5 else ''} visits"


def ghosts(world: World) -> None:
    """A license without a shop: nobody has ever seen it, though it stands among others."""
    gone = {group[0].license or "" for group in _licenses(world, lambda group: True)}
    world.sightings = [each for each in world.sightings if each.license not in gone]
    world.planted["never_seen"] = dict.fromkeys(gone, "all")


def pressed(world: World) -> None:
    """An inspector reports a licensed shop as having no license, to be paid for not doing so; the board's name is written in 80 %."""
    for group in _licenses(world, lambda group: group[0].position is not None):
        like = group[-1]
        site = world.register.sites[like.license or ""]
        name = name_on_board(world.chance, replace(world.street, name_given=0.8), site.trade_name, world.names, site.trade_name)
        position = measured(world.chance, world.street, somewhere(world.chance, site.here.point, 0, 15))
        number = f"{like.inspection}-press"
        report = replace(like, inspection=number, kind="unlicensed", license=None, position=position, name_seen=name, type_seen=site.type)
        world.sightings.append(replace(report, at=like.at + 20 * DAY_S, device=f"d-press-{like.inspection}"))
        world.planted["licensed_neighbour"][number] = "named" if name else "no name"


def idle(world: World) -> None:
    """Six devices whose officers scan and never look: no finding in any of their inspections."""
    for device in _devices(world, 6):
        world.sightings = [
            replace(each, findings=Counts()) if each.device == device else each
            for each in world.sightings
            if not (each.device == device and each.kind == "unlicensed")
        ]
        world.planted["finds_nothing"][device] = "all"


ATTACKS = (copied_far, copied_near, colluding, ghosts, pressed, cloned_device, spoofed, idle)


def plant(world: World) -> World:
    """Plant every attack, each on subjects of its own, and return the world."""
    for attack in ATTACKS:
        attack(world)
    return world
