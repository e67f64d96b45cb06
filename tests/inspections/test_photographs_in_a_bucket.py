"""Photographs in a bucket of a real store: a phone keeps what the server could not keep, and nothing is lost or shown altered."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import update

import khatm
from inspections import retention
from inspections.errors import InspectionError
from inspections.locations import PHOTOGRAPHS
from inspections.retention import Kept
from inspections.visits.photographs import ORPHAN_SECONDS
from inspections.visits.tables import photographs
from objects import checking, copying, naming
from tests.inspections.phone import Phone, noise
from tests.inspections.street import Street
from tests.inspections.test_commands import iso, lists
from tests.inspections.test_intake import code
from tests.objects.conftest import bucket, swift, way
from tests.objects.swift_store import SLOW_DOWN, Swift, Way, client
from web import clock

__all__ = ["bucket", "swift", "way"]
DAY = 86_400


@pytest.fixture
def far(tmp_path: Path, swift: Swift, bucket: str, way: Way, database_url: str) -> Iterator[Street]:
    place = swift.settings(tmp_path / "store", bucket, prefix="photographs", port=way.port, seconds=1)
    made = Street(tmp_path, database_url, pictures=place)
    made.context.photographs.objects._rest = 0  # type: ignore[attr-defined]
    yield made
    made.close()


def due(digest: bytes, *, days: int) -> int:
    """An hour of the day in so many days at which the part of the store is swept that this digest is in."""
    return (clock.seconds() // DAY + days) * DAY + naming.PARTS.index(digest.hex()[:2]) % 24 * 3600


def amal(street: Street) -> Phone:
    return street.signed_in(street.phone(street.account("amal", ("MID", "inspector"))))


@pytest.mark.parametrize("mode", [SLOW_DOWN, "hang"])
def test_a_phone_keeps_what_the_store_did_not_take(far: Street, way: Way, mode: str) -> None:
    phone = amal(far)
    name, message = phone.record(photographs=2)
    phone.put(name, message)
    way.mode = mode
    (first, *_) = phone.photographs
    assert code(phone.upload(first)) == (503, "store_unreachable")
    phone.sync()
    assert len(phone.outbox) == 1, "it stays on the phone"
    assert len(phone.put(name, message)[1]["missing"]) == 2, "and no row says that it is here"
    way.mode = "through"
    phone.sync()
    assert phone.outbox == []
    for hash_, data in phone.photographs.items():
        assert far.context.photographs.read(hash_) == data


def test_a_photograph_that_was_exchanged_in_the_bucket_is_damaged(far: Street, swift: Swift, bucket: str) -> None:
    phone, data = amal(far), noise()
    name = sha256(data).digest()
    assert phone.upload(name, data)[0] == 201
    client(swift.where(bucket)).put_object(Bucket=bucket, Key=f"photographs/{naming.PHOTOGRAPHS.name(name)}", Body=noise())
    with pytest.raises(InspectionError, match="photograph_damaged"):
        far.context.photographs.read(name)
    client(swift.where(bucket)).delete_object(Bucket=bucket, Key=f"photographs/{naming.PHOTOGRAPHS.name(name)}")
    with pytest.raises(InspectionError, match="photograph_unknown"):
        far.context.photographs.read(name)
    assert phone.upload(name, data)[0] == 200
    assert far.context.photographs.read(name) == data


def test_what_is_over_goes_from_the_bucket_and_a_store_that_is_gone_stops_no_row(far: Street, way: Way) -> None:
    phone, store = amal(far), far.context.photographs
    name, message = phone.record(photographs=1)
    phone.put(name, message)
    phone.sync()
    (digest,) = phone.photographs
    later = far.now + 10 * 365 * DAY
    way.mode = SLOW_DOWN
    with pytest.raises(Exception, match="store_unreachable"):
        retention.remove(far.engine, store, Kept.of(), now=later)
    way.mode = "through"
    assert store.has(digest)
    assert retention.counted(far.engine, Kept.of(), now=later)["photographs"] == 1, "the row says what is so"
    assert retention.remove(far.engine, store, Kept.of(), now=later)["photographs"] == 1
    assert not store.has(digest)


def test_orphans_and_strays_are_swept_and_named_ones_stay(far: Street, way: Way) -> None:
    phone, store = amal(far), far.context.photographs
    name, message = phone.record(photographs=1)
    phone.put(name, message)
    phone.sync()
    (kept,) = phone.photographs
    stray = store.objects.put(noise())  # an upload that ended between file and row
    lonely = noise()
    phone.upload(sha256(lonely).digest(), lonely)
    way.mode = SLOW_DOWN
    with pytest.raises(Exception, match="store_unreachable"):
        store.forget_orphans(far.engine, now=far.now + ORPHAN_SECONDS)  # its row is gone, its file is not: a stray
    way.mode = "through"
    assert [store.forget_strays(far.engine, now=due(each, days=0)) for each in (stray, sha256(lonely).digest())] == [0, 0], "on its way"
    assert sum(store.forget_strays(far.engine, now=due(each, days=3)) for each in (stray, sha256(lonely).digest(), kept)) == 2
    assert not store.has(stray) and not store.has(sha256(lonely).digest())
    assert store.has(kept)


def test_the_commands_copy_and_check(
    street: Street, phone: Phone, swift: Swift, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, message = phone.record(photographs=2)
    phone.put(name, message)
    phone.sync()
    for room in (checking, copying):  # of 256 parts those that are not empty
        monkeypatch.setattr(room, "PARTS", tuple(sorted({digest.hex()[:2] for digest in phone.photographs})))
    place = swift.settings(tmp_path / "store", bucket)
    where = ("--database", street.locations.database, "--files", str(street.locations.files))

    def run(*words: object) -> tuple[int, str]:
        done = CliRunner().invoke(khatm.main, ["inspections", "photographs", *map(str, words)])
        return done.exit_code, done.output

    assert run("check", *where, "--read")[0] == 0
    status, told = run("check", *where, "--photographs", place)
    assert status == 1 and told.count("object_missing") == 2 and "inspection 1" in told, told
    status, told = run("copy", tmp_path / "nowhere", place)
    assert status == 2 and "path_missing" in told and "nowhere" in told, told
    assert "2 copied" in run("copy", street.locations.photographs, place)[1]
    status, told = run("check", *where, "--photographs", place, "--read")
    assert status == 0 and "0 missing or altered" in told, told


def test_one_setting_is_what_every_command_goes_by(far: Street, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As khatm.conf says it to all units: the hourly look and the nightly removal go by the bucket, not by the folder beside it."""
    phone, store, lonely = amal(far), far.context.photographs, noise()
    name, message = phone.record(photographs=1)
    phone.put(name, message)
    phone.sync()
    (digest,) = phone.photographs
    phone.upload(sha256(lonely).digest(), lonely)
    alone = photographs.c.sha256 == sha256(lonely).digest()
    with far.engine.begin() as connection:
        connection.execute(update(photographs).where(alone).values(arrived_at=far.now - ORPHAN_SECONDS))
    where = ("--database", far.locations.database, "--files", far.locations.files, "--now", iso(far.now))

    def run_(*words: object) -> tuple[int, str]:
        done = CliRunner().invoke(khatm.main, ["inspections", *map(str, words)])
        return done.exit_code, done.output

    monkeypatch.setenv(PHOTOGRAPHS, str(tmp_path / "nowhere.toml"))
    for words in (("evaluate", *lists(far)), ("retain", "--apply", *lists(far)), ("import", far.world.root_file, "--by", "x", *lists(far))):
        status, told = run_(*words, *where)
        assert status == 2 and "nowhere.toml" in told, told
    assert store.has(sha256(lonely).digest())
    monkeypatch.setenv(PHOTOGRAPHS, str(far.locations.pictures))
    assert "1 photographs without an inspection removed" in run_("evaluate", *lists(far), *where)[1]
    assert not store.has(sha256(lonely).digest()) and store.has(digest)
    assert run_("retain", "--apply", *where[:-1], iso(far.now + 4 * 365 * DAY))[0] == 0
    assert not store.has(digest)


def test_strays_of_a_folder_are_swept_too(street: Street) -> None:
    store = street.context.photographs
    stray = store.objects.put(noise())
    assert store.forget_strays(street.engine, now=due(stray, days=3)) == 1
    assert not store.has(stray)
