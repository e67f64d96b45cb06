"""Counts and sightings are what counting the inspections gives, whatever arrives, how often, in which order, and from how many at once."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import Engine, delete, select, update

from inspections import retention
from inspections.retention import Kept
from inspections.schema import INSPECTIONS
from inspections.visits import evaluating, importing, sightings, workload
from inspections.visits.asked import Asked
from inspections.visits.counts import date_of
from inspections.visits.tables import counts, evaluations, inspections
from seal import days
from seal.site import Site
from tests.inspections.phone import Phone
from tests.inspections.street import Street, sender
from tests.inspections.test_commands import words
from tests.inspections.test_database import run
from tests.inspections.town import VALID, Town
from tests.revisions import move
from tests.world import SHOP_SITE

DAY = 86_400


def counted(engine: Engine) -> tuple[dict[tuple[Any, ...], int], dict[str, Any]]:
    """What the tables say: numbers by what they are counted by, and the day of each license's last scan."""
    with engine.connect() as connection:
        numbers = {(date_of(row.day), *row[1:6]): row.number for row in connection.execute(select(counts))}
        seen = sightings.read(connection)
    last: dict[str, Any] = {}
    for block, held in zip(seen.blocks.tolist(), seen.days, strict=True):
        last |= {str(block * sightings.BLOCK + slot): date_of(int(held[slot])) for slot in held.nonzero()[0].tolist()}
    return numbers, last


def recounted(engine: Engine) -> tuple[dict[tuple[Any, ...], int], dict[str, Any]]:
    """The same from each inspection, without SQL and without what keeps it."""
    numbers: Counter[tuple[Any, ...]] = Counter()
    last: dict[str, Any] = {}
    with engine.connect() as connection:
        for row in connection.execute(select(inspections)):
            day = days.day_of(row.scanned_at)
            numbers[day, row.authority, row.officer, row.device_id, row.result, row.state] += 1
            if row.number:
                _, _, year, serial, _ = row.number.split("-")
                key = str((int(year) - 2000) * 2**24 + int(serial))
                last[key] = max(last.get(key, day), day)
    return dict(numbers), last


def crew(street: Street) -> list[Phone]:
    """Three phones of two authorities; Amal has two of them."""
    amal, badr = street.account("amal", ("MID", "inspector")), street.account("badr", ("AGM", "inspector"))
    made = [street.phone(amal), street.phone(amal, beside=True), street.phone(badr, "AGM")]
    for phone, name in zip(made, ("amal", "amal", "badr"), strict=True):
        street.signed_in(phone, name)
    street.world.publish_status(iat=street.now)
    return made


def record(phone: Phone, chance: random.Random, codes: list[str], now: int) -> None:
    at = now - chance.randrange(40 * DAY)
    told: dict[str, Any] = {"officer": "badr" if phone.authority == "AGM" else "amal", "scanned_at": at}
    if chance.random() < 0.7:
        told |= {"kind": "license", "code": chance.choice(codes), "verdict": VALID}
        told["result"] = chance.choice(("in_order", "violation", "cannot_tell"))
    phone.record(**told)


def codes_of(street: Street, count: int) -> list[str]:
    return [street.world.seal(street.world.license(trade_name=f"محل {each}", site=Site(SHOP_SITE.point, 30))) for each in range(count)]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_counters_are_what_counting_gives_whatever_arrives(each_street: Street, seed: int) -> None:
    """Lost ones come last, some twice, one phone was copied and its chain breaks, one comes by a file; then years pass."""
    chance, phones, codes = random.Random(seed), crew(each_street), codes_of(each_street, 5)
    copy = Phone(phones[1].send, now=phones[1].now)
    for name in ("private", "key", "kid", "signer", "token", "server_key", "head"):
        setattr(copy, name, getattr(phones[1], name))
    for phone in (*phones, copy):
        for _ in range(chance.randrange(3, 7)):
            record(phone, chance, codes, each_street.now)
    sent = [(phone, *each) for phone in (*phones, copy) for each in phone.outbox for _ in range(chance.choice((1, 1, 3)))]
    chance.shuffle(sent)
    for phone, name, message in sent:
        assert phone.put(name, message)[0] in (200, 201)
    assert counted(each_street.engine) == recounted(each_street.engine)
    numbers, seen = counted(each_street.engine)
    assert any(key[5] == "set_apart" for key in numbers) and seen, "or this shows little"
    record(phones[0], chance, codes, each_street.now)
    file = each_street.locations.files / "late.cose"
    file.write_bytes(phones[0].messages[-1])
    context = each_street.context
    importer = importing.Importer(each_street.engine, context.photographs, context.archive, context.loaded(), "console", each_street.now)
    assert [[each.code for each in importer.file(file)] for _ in range(2)] == [["new"], ["known"]]
    retention.remove(each_street.engine, context.photographs, Kept.of(), now=each_street.now + 4 * 365 * DAY)
    assert counted(each_street.engine) == recounted(each_street.engine)
    assert sum(counted(each_street.engine)[0].values()) == sum(len(phone.messages) for phone in (*phones, copy))


def test_those_that_write_at_once_lose_no_count(each_street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three phones see the same licenses at once, each on a connection of its own, while two commands judge what waits."""
    monkeypatch.setattr(sightings, "BLOCK", 4)
    monkeypatch.setattr(evaluating, "_BATCH", 10)
    phones, codes, street, chance = crew(each_street), codes_of(each_street, 20), each_street, random.Random(6)
    for phone in phones:
        for part in (20, 12):
            for _ in range(part):
                record(phone, chance, codes, street.now)
            if part == 20:
                phone.sync()
        phone.send = sender(street.client())
    unnamed(street)
    street.world.publish_status(iat=street.now + 60)
    lists = street.context.known_lists()

    def judge(_: int) -> int:
        return len(list(evaluating.settle(street.engine, lists, street.context.archive, now=street.now, since=0)))

    with ThreadPoolExecutor(5) as at_once:
        judged = [at_once.submit(judge, each) for each in range(2)]
        list(at_once.map(lambda phone: phone.sync(), phones))
    assert max(each.result() for each in judged)
    assert all(not phone.outbox for phone in phones)
    numbers, seen = counted(street.engine)
    assert sum(numbers.values()) == 96 and seen
    assert (numbers, seen) == recounted(street.engine)


def unnamed(street: Street) -> None:
    """As if there had been no lists yet when the inspections came."""
    with street.engine.begin() as connection:
        connection.execute(update(inspections).values(number=None, license_authority=None))
        connection.execute(delete(evaluations))
        connection.execute(delete(sightings.sightings))


def test_a_license_that_is_known_only_later_is_seen_then(each_street: Street) -> None:
    phone = crew(each_street)[0]
    record(phone, random.Random(4), codes_of(each_street, 1), each_street.now)
    phone.sync()
    unnamed(each_street)
    assert counted(each_street.engine)[1] == {}
    context = each_street.context
    each_street.world.publish_status(iat=each_street.now + 60)
    lists = context.known_lists()
    assert list(evaluating.settle(each_street.engine, lists, context.archive, now=each_street.now, since=0))
    assert counted(each_street.engine)[1] == recounted(each_street.engine)[1] != {}


def test_what_was_there_before_is_counted_by_the_upgrade(own: Town) -> None:
    for at in (0, (1 << 53) - 1):  # a phone whose clock is of other centuries is no reason to refuse what it signed
        own.phones["amal"].record(scanned_at=at, signed_at=(1 << 53) - 1)
        own.phones["amal"].record(scanned_at=at, signed_at=(1 << 53) - 1, kind="license", code=own.texts["clothes"])
    own.phones["amal"].sync()
    assert not own.phones["amal"].outbox
    with own.engine.connect() as connection:
        newest = connection.scalars(select(inspections.c.id).order_by(inspections.c.id.desc()).limit(4)).all()
    for each in newest:
        assert "clock_ahead" in own.visitors["supervisor"].get(f"/visits/{each}").text
    before = counted(own.engine)
    assert {day.year for day, *_ in before[0]} == {1970, days.day_of(own.now).year, 9999}
    move(own.engine, INSPECTIONS, "inspections_0008", "head")
    assert counted(own.engine) == before
    assert run("recount", *words(own)).startswith("0 counts and 0 blocks")


def test_the_check_says_what_is_wrong_and_recount_puts_it_right(own: Town) -> None:
    where = ("--database", own.locations.database)
    before = counted(own.engine)
    assert before == recounted(own.engine)
    assert "Sound" in run("database", "check", *where)
    with own.engine.begin() as connection:
        connection.execute(update(counts).where(counts.c.authority == "AGM").values(number=7))
        connection.execute(delete(sightings.sightings))
    assert "khatm inspections recount" in run("database", "check", *where, exit_code=1)
    assert not run("recount", *words(own)).startswith("0 counts and 0 blocks")
    assert counted(own.engine) == before
    assert run("recount", *words(own)).startswith("0 counts and 0 blocks")


def test_counts_and_rows_tell_the_same_work(each_street: Street) -> None:
    """Over both changes of the clock, at all hours: what finer filters count from the rows, and what the counts say."""
    phones, chance = crew(each_street), random.Random(5)
    first, last = days.day_of(1_745_000_000), days.day_of(1_763_000_000)  # April to November 2025
    edges = [days.start_of(first + timedelta(days=each)) for each in range((last - first).days + 1)]
    changed = [at for at, after in pairwise(edges) if after - at != DAY]
    assert len(changed) == 2
    for at in (*(at + hours * 3600 for at in changed for hours in (-1, 0, 1, 22, 23, 24, 25)), *chance.sample(edges, 6)):
        for phone in phones[:2]:
            phone.record(scanned_at=at, result=chance.choice(("violation", "cannot_tell")))
    for phone in phones:
        phone.sync()
    asked = Asked(None, days.start_of(first), days.exp_of(last))
    whole, finer = asked, replace(asked, type="shop")  # all are
    assert workload.counted(whole) and not workload.counted(finer)
    assert not workload.counted(replace(asked, until=asked.until - 1))
    with each_street.engine.connect() as connection:
        for more in ({}, {"result": "violation"}, {"state": "confirmed"}, {"officer": "amal"}, {"scope": frozenset({"MID"})}):
            told = workload.of(connection, replace(whole, **more))
            assert told and told == workload.of(connection, replace(finer, **more)), more
        assert workload.of(connection, whole)[0].days > 6
        assert workload.officers(connection, None, since=asked.since) == ["amal"]
        assert workload.officers(connection, {"AGM"}, since=asked.since) == []
