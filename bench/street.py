"""A street for the rules of detection: Chicago's real inspections moved onto Alexandria's sites, as honest officers would send them.

Real: who was inspected on which day by which team, what was found, how near shops stand to each other, how far licenses moved. Made, by
the seed and the parameters of `Street`: hours and ways, officers within teams, errors of positions, names on boards, reports of shops
without a license. Both cities are halved in turns by latitude and longitude, so that neighbours stay neighbours; in each of the smallest
parts Chicago's shops keep their distances in metres around one Alexandria site, whose authority, type and radius they take.
"""

from __future__ import annotations

import csv
import math
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from inspections.detection.records import DAY_S, Counts, Move, Position, Register, Sighting, Site
from seal.site import Point, offset, scale

TRADES = ("shop", "advertisement", "occupancy")


@dataclass(frozen=True)
class Street:
    """All that is assumed. Metres, shares, seconds."""

    accuracy_median_m: float = 9.0  # log-normal
    accuracy_spread: float = 0.6
    bad_fix_share: float = 0.05  # whose true error is drawn as if the accuracy were `bad_fix_factor` times what was stated
    bad_fix_factor: float = 3.0
    stand_m: float = 15.0  # from the site's point, evenly
    moved_m: float = 150.0  # a license whose place changed by more has moved; by less it is the same shop
    move_registered: float = 0.9
    move_late_days: int = 60  # after it was first seen there, at most
    name_given: float = 0.6
    name_typo: float = 0.15
    name_wrong: float = 0.005
    unread: float = 0.1  # of the names and types that are written: the license's own, for nobody read the board
    name_latin: float = 0.05
    type_wrong: float = 0.003
    renamed_a_year: float = 0.02
    retraded: float = 0.3  # of those that changed their name, with another trade
    officers_a_team: int = 5
    own_area: float = 0.5  # how often the area's usual officer goes
    speed_m_s: float = 6.0
    detour: float = 1.3
    visit_s: tuple[int, int] = (420, 2400)
    tablet_share: float = 0.1  # no altitude, no speed, accuracy mostly 20
    cached_share: float = 0.01  # fixes handed out again at the next shop, where that is near: older ones are never sent
    cached_most_m: float = 200.0
    unlicensed_share: float = 0.02  # reports beside all inspections
    unlicensed_named: float = 0.8
    sweeps: int = 0  # walks in the last year on which every shop's code is scanned, each with `swept`
    swept: float = 0.9


@dataclass
class World:
    """A register, what was seen, and what was planted: by rule, the subjects, each with a label."""

    register: Register
    sightings: list[Sighting]
    chance: random.Random
    street: Street
    names: Sequence[str]
    planted: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))


def rows(path: Path) -> list[dict[str, str]]:
    """Return a CSV file's rows."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def shifted(point: Point, east: float, north: float) -> Point:
    """Return the point so many metres east and north."""
    per_lon, per_lat = scale(point.latitude)
    return Point(point.latitude + north / per_lat, point.longitude + east / per_lon)


def somewhere(chance: random.Random, point: Point, least_m: float, most_m: float) -> Point:
    """Return a point in any direction, at a distance drawn evenly."""
    turn, far = chance.uniform(0, 2 * math.pi), chance.uniform(least_m, most_m)
    return shifted(point, far * math.cos(turn), far * math.sin(turn))


def _halved(points: Sequence[Point], numbers: list[int], parts: int, turn: int = 0) -> list[list[int]]:
    if parts == 1:
        return [numbers]
    ordered = sorted(numbers, key=lambda at: points[at][turn % 2])
    left = parts // 2
    cut = round(len(ordered) * left / parts)
    return _halved(points, ordered[:cut], left, turn + 1) + _halved(points, ordered[cut:], parts - left, turn + 1)


def measured(chance: random.Random, street: Street, true: Point, tablet: bool = False) -> Position:
    """Return a fix of an honest device."""
    accuracy = round(min(80.0, max(3.0, chance.lognormvariate(math.log(street.accuracy_median_m), street.accuracy_spread))), 1)
    if tablet:
        accuracy = 20.0 if chance.random() < 0.7 else round(chance.uniform(12, 60), 1)
    sigma = accuracy / 1.5096 * (street.bad_fix_factor if chance.random() < street.bad_fix_share else 1.0)
    point = shifted(true, chance.gauss(0, sigma), chance.gauss(0, sigma))
    point = Point(round(point.latitude, 7), round(point.longitude, 7))
    if tablet:
        return Position(point, accuracy)
    return Position(point, accuracy, round(chance.gauss(15, 8), 1), round(abs(chance.gauss(0, 0.4)), 2))


def name_on_board(chance: random.Random, street: Street, name: str, names: Sequence[str], licensed: str) -> str | None:
    """Return what an honest inspector writes for the name on the board, None where nothing."""
    if chance.random() >= street.name_given:
        return None
    if chance.random() < street.unread:
        return licensed
    if chance.random() < street.name_wrong:
        return chance.choice(names)
    if chance.random() < street.name_latin:
        return "El " + "".join("abdehiklmnorst"[ord(each) % 14] for each in name if each.isalpha())
    if chance.random() < street.name_typo and len(name) > 4:
        at = chance.randrange(len(name))
        return name[:at] + name[at + 1 :]
    return name


@dataclass
class _Shop:
    """A license while the world is made: its places by the day they began, and the names and trades its board had."""

    site: Site
    places: list[tuple[date, Point]]
    boards: list[tuple[date, str, str]]

    def at(self, day: date) -> tuple[Point, str, str]:
        """Return the true place, the name on the board, and the trade."""
        point = [place for since, place in self.places if since <= day][-1]
        _, name, trade = [each for each in self.boards if each[0] <= day][-1]
        return point, name, trade


class Builder:
    """Makes worlds of two files, one for each seed."""

    def __init__(self, inspections: Path, licenses: Path, street: Street | None = None) -> None:
        self.street = street or Street()
        self.rows = [each for each in rows(inspections) if each["latitude"]]
        self.sites = [each for each in rows(licenses) if each["latitude"]]
        self.by_license: dict[str, list[dict[str, str]]] = defaultdict(list)
        for row in self.rows:
            self.by_license[row["license"]].append(row)
        self.licenses = list(self.by_license)
        there = [_point(self.by_license[number][0]) for number in self.licenses]
        here = [_point(row) for row in self.sites]
        self.homes: dict[str, tuple[dict[str, str], Point, Point]] = {}
        parts = zip(_halved(there, list(range(len(there))), len(here)), _halved(here, list(range(len(here))), len(here)), strict=True)
        for group, (target,) in parts:
            middle = Point(*(sum(there[at][axis] for at in group) / len(group) for axis in (0, 1)))
            for at in group:
                self.homes[self.licenses[at]] = self.sites[target], middle, here[target]
        self.names = [row["trade_name"] for row in self.sites]

    def _moved(self, number: str, row: dict[str, str]) -> Point:
        _, middle, target = self.homes[number]
        return shifted(target, *_metres(middle, _point(row)))

    def _shop(self, number: str, chance: random.Random) -> _Shop:
        given, street = self.by_license[number], self.street
        target = self.homes[number][0]
        places = [(date(2000, 1, 1), self._moved(number, given[0]))]
        radius = int(target["radius_m"] or 50)
        moves = [Move(places[0][0], places[0][1], radius)]
        for row in given[1:]:
            point, day = self._moved(number, row), date.fromisoformat(row["day"])
            if math.hypot(*_metres(places[-1][1], point)) > street.moved_m:
                places.append((day, point))
                if chance.random() < street.move_registered:
                    moves.append(Move(day + timedelta(days=chance.randint(-30, street.move_late_days)), point, radius))
        name = chance.choice(self.names)
        boards, years = [(date(2000, 1, 1), name, target["type"])], 3
        if chance.random() < street.renamed_a_year * years:
            trade = chance.choice(TRADES) if chance.random() < street.retraded else target["type"]
            boards.append((date(2011, 9, 1) + timedelta(days=chance.randrange(1090)), chance.choice(self.names), trade))
        moves.sort(key=lambda each: each.day)
        return _Shop(Site(number, target["authority"], target["type"], name, tuple(moves)), places, boards)

    def world(self, seed: int) -> World:
        """Return an honest world."""
        chance = random.Random(seed)
        shops = {number: self._shop(number, chance) for number in self.licenses}
        last = max(date.fromisoformat(row["day"]) for row in self.rows)
        register = Register({number: shop.site for number, shop in shops.items()}, _seconds(last) + DAY_S)
        made = World(register, [], chance, self.street, self.names)
        tablets = {f"{team}{n}" for team in {row["team"] for row in self.rows} for n in range(self.street.officers_a_team)}
        tablets = {each for each in sorted(tablets) if chance.random() < self.street.tablet_share}
        days: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
        for row in self.rows:
            days[row["day"], self._officer(row, chance)].append(row)
        for (day, officer), given in days.items():
            made.sightings += _day(made, shops, date.fromisoformat(day), officer, given, officer in tablets)
        made.sightings += list(_reports(made))
        made.sightings += list(_sweeps(made))
        return made

    def _officer(self, row: dict[str, str], chance: random.Random) -> str:
        """A team's officers have areas of about two kilometres, and each other's visits too."""
        place = self.homes[row["license"]][2]
        usual = (int(place.latitude * 50) * 7 + int(place.longitude * 50)) % self.street.officers_a_team
        other = chance.randrange(self.street.officers_a_team)
        return f"{row['team'] or 'none'}{usual if chance.random() < self.street.own_area else other}"


def _point(row: dict[str, str]) -> Point:
    return Point(float(row["latitude"]), float(row["longitude"]))


def _metres(start: Point, end: Point) -> tuple[float, float]:
    return tuple(offset(start, end.latitude, end.longitude))


def _seconds(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def _nearest_first(places: Sequence[Point]) -> Iterable[int]:
    left, at = set(range(1, len(places))), 0
    yield 0
    while left:
        at = min(left, key=lambda each: math.hypot(*_metres(places[at], places[each])))
        left.remove(at)
        yield at


def _day(
    made: World, shops: dict[str, _Shop], day: date, officer: str, given: Sequence[dict[str, str]], tablet: bool
) -> Iterable[Sighting]:
    """One officer's way on one day: nearest first, at a city's speed, with time for each visit."""
    chance, street = made.chance, made.street
    places = [shops[row["license"]].at(day)[0] for row in given]
    now, before, held = _seconds(day) + chance.randint(7, 9) * 3600, None, None
    for at in _nearest_first(places):
        row, shop = given[at], shops[given[at]["license"]]
        if before is not None:
            now += chance.randint(*street.visit_s) + round(street.detour * math.hypot(*_metres(before, places[at])) / street.speed_m_s)
        before = places[at]
        fix = measured(chance, street, somewhere(chance, places[at], 0, street.stand_m), tablet)
        stale = held and chance.random() < street.cached_share
        fix = held if held and stale and math.hypot(*_metres(held.point, places[at])) < street.cached_most_m else fix
        held = fix
        _, name, trade = shop.at(day)
        seen = (
            chance.choice(TRADES) if chance.random() < street.type_wrong else shop.site.type if chance.random() < street.unread else trade
        )
        counts = Counts(int(row["critical"]), int(row["serious"]), int(row["minor"]))
        name = name_on_board(chance, street, name, made.names, shop.site.trade_name)
        yield Sighting(
            *(row["inspection"], f"d-{officer}", officer, now, shop.site.authority, "license", row["license"], 1, shop.site.type, fix),
            *(name, seen, (), counts, "valid"),
        )


def _reports(made: World) -> Iterable[Sighting]:
    """Shops without a license: somewhere beside a licensed one, of its type mostly, with names of their own."""
    chance, street = made.chance, made.street
    for each in made.sightings:
        if chance.random() < street.unlicensed_share and each.license and each.position:
            beside = somewhere(chance, each.position.point, 5, 40)
            yield replace(
                each,
                inspection=f"u{each.inspection}",
                at=each.at + 300,
                kind="unlicensed",
                license=None,
                edition=None,
                position=measured(chance, street, beside),
                name_seen=chance.choice(made.names) if chance.random() < street.unlicensed_named else None,
                type_seen=each.type if chance.random() < 0.7 else "advertisement",
                findings=Counts(critical=1),
                decision="unlicensed",
            )


def _sweeps(made: World) -> Iterable[Sighting]:
    """Walks through all streets, evenly over the last year."""
    for walk in range(made.street.sweeps):
        at = made.register.as_of - (walk * 365 // made.street.sweeps) * DAY_S - DAY_S // 2
        for number, site in made.register.sites.items():
            if made.chance.random() < made.street.swept:
                yield Sighting(f"s{walk}-{number}", "d-sweep", "sweep", at, site.authority, "license", number, 1, site.type)
