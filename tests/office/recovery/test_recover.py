"""`khatm register recover`: nothing is used twice, what hangs is worth what it was, and nothing is done on half of the files."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import select

from acts import lost as lost_places
from acts.tables import acts
from issuer.errors import IssuerError
from issuer.guard import state
from issuer.log import stored
from issuer.recovery import adopting
from issuer.register.tables import serials
from office.applications.tables import application_serials
from office.doctor import rooms
from office.payments import soundness
from office.payments.tables import serial_gaps
from seal import license as licenses_
from storage.database import reading
from tests.issuer.offices import rows
from tests.office.recovery.house import MORNING, Lost, backed_up, brought_back, lists_say, numbers_of, texts_of


def test_until_then_everything_is_refused_and_names_the_way_on(house: Lost) -> None:
    for words in (("issue", house.office.write("new.csv", rows(1, first=50)), "--no-output"), ("publish",)):
        said = house.run(*words, exit_code=2).output
        assert "register_behind_log" in said and "khatm register recover" in said


def test_before_it_nobody_says_that_nothing_is_lost(house: Lost) -> None:
    assert "register_behind_log" in house.run("register", "lost", exit_code=2).output
    where = house.office.locations
    told = {each.code: each.told() for each in rooms.look(where.register, where.store, where.published, now=MORNING)}
    assert "register_behind_log" in told and "licenses_whole" not in told


def test_it_goes_on_behind_the_log_and_what_hangs_is_worth_what_it_was(each_house: Lost) -> None:
    house = each_house
    before, published_ = house.decisions(), lists_say(house.office)
    assert before == {0: "invalid", 1: "invalid", 2: "invalid", 3: "valid", 4: "invalid", 5: "valid"}
    said = house.run("register", "recover").output
    assert "the register has 3, the log 6: 3 lost" in said and "2 valid, 1 revoked" in said
    assert "3 statuses carried forward" in said and "positions 3, 4, 5" in said
    first, second, third, *_ = house.numbers
    assert [house.status_of(each) for each in (first, second, third)] == ["revoked", "suspended", "superseded"]
    assert house.told(first) == ["issued", "recovered"]
    assert ", 0 findings" in house.audit()
    house.run("publish", now=MORNING + 60)
    assert house.decisions(MORNING + 60) == before and lists_say(house.office) == published_
    house.run("issue", house.office.write("new.csv", rows(2, first=50)), "--no-output", now=MORNING + 120)
    house.run("publish", now=MORNING + 180)
    assert house.decisions(MORNING + 180) == before
    new = texts_of(house.office)
    assert sorted(new) == [0, 1, 2, 6, 7], "no position is given twice"
    assert not set(numbers_of(house.office)[3:]) & set(house.numbers), "no number is given twice"
    assert ", 0 findings" in house.audit()


def test_it_is_done_once_and_is_an_act_of_its_own(house: Lost) -> None:
    house.run("register", "recover")
    with house.office.locations.engine() as engine, reading(engine) as connection:
        kinds = set(connection.scalars(select(acts.c.kind)))
        kept = [each.place for each in lost_places.within(connection, stored.NAME)]
    assert "register recover" in kinds and kept == [3, 4, 5]
    again = house.run("register", "recover").output
    assert "nothing to recover" in again and "3 seals lost, not yet adopted" in again
    assert "3 seals lost" in house.run("register", "lost").output


def test_a_second_loss_after_it_is_recovered_as_well(house: Lost) -> None:
    """The places that were lost before stay lost; the ones since are added."""
    house.run("register", "recover")
    house.run("publish", now=MORNING + 60)
    backed_up(house.office, "second")
    house.run("issue", house.office.write("new.csv", rows(1, first=50)), "--no-output", now=MORNING + 120)
    house.run("publish", now=MORNING + 180)
    with brought_back(house.office, "", "second") as office:
        again = house._replace(office=office)
        said = again.run("register", "recover", now=MORNING + 240).output
        assert "the register has 6, the log 7: 1 lost" in said and "4 seals lost, not yet adopted: positions 3, 4, 5, 6" in said
        assert ", 0 findings" in again.audit()
        again.run("publish", now=MORNING + 300)
        assert again.decisions(MORNING + 300) == {0: "invalid", 1: "invalid", 2: "invalid", 3: "valid", 4: "invalid", 5: "valid"}


def test_numbers_of_papers_are_left_out_and_the_books_know_it(house: Lost) -> None:
    house.run("register", "recover")
    with house.office.locations.engine() as engine, reading(engine) as connection:
        used = connection.scalar(select(serials.c.used).where(serials.c.year == 2026))
        applications = connection.scalar(select(application_serials.c.used).where(application_serials.c.authority == "MN1"))
        gaps = connection.execute(select(serial_gaps).where(serial_gaps.c.authority == "MN1").order_by(serial_gaps.c.kind)).all()
        assert soundness.check(connection) == ()
    assert used is not None and used >= 3 + 3
    assert [(gap.kind, gap.first) for gap in gaps] == [("application", 1), ("deposit", 1), ("receipt", 1)]
    assert applications == gaps[0].many >= 4_000, "one for each ten seconds of twelve hours, and one for each act"


def test_who_says_when_the_disk_was_lost_leaves_fewer_out(house: Lost) -> None:
    said = house.run("register", "recover", "--lost-at", "2026-11-24T20:05+00:00").output
    assert "left out: 10" in said
    assert house.run("register", "recover", "--lost-at", "2027-01-01T00:00+02:00", exit_code=2).output.count("recovery_lost_at") == 1


def unchanged(house: Lost, code: str, *more: str) -> None:
    """A refusal in one line, with a stable code, after which the register is as it was."""
    before = texts_of(house.office)
    said = house.run("register", "recover", *more, exit_code=2).output
    assert f"{code}: " in said and "Traceback" not in said
    assert texts_of(house.office) == before
    with house.office.locations.engine() as engine, reading(engine) as connection:
        assert adopting.remaining(connection) == []


def test_old_or_damaged_files_are_no_ground(house: Lost) -> None:
    folder = house.office.locations.published
    bundle = folder / "log/tile/entries/000.p/6"
    data = bundle.read_bytes()
    bundle.unlink()
    unchanged(house, "recovery_files_behind")
    bundle.write_bytes(data[:40] + bytes([data[40] ^ 1]) + data[41:])
    unchanged(house, "log_files_damaged")
    bundle.write_bytes(data)
    checkpoint = folder / "acts/checkpoint"
    whole = checkpoint.read_bytes()
    for path in (checkpoint, house.office.locations.store / "acts"):
        path.write_bytes(whole.replace(b"\n\n", b"\nextra\n\n", 1))
    unchanged(house, "log_head_refused")


def test_a_list_that_readers_refuse_is_no_ground(house: Lost) -> None:
    path = house.office.locations.published / "status/1"
    data = path.read_bytes()
    for bad in (data[:-1] + bytes([data[-1] ^ 1]), b"", data + b"x"):
        path.write_bytes(bad)
        unchanged(house, "recovery_list_refused")
    path.write_bytes(data)
    shutil.rmtree(house.office.locations.published / "proofs")
    unchanged(house, "recovery_list_refused")


def test_without_any_head_nobody_guesses(house: Lost) -> None:
    shutil.rmtree(house.office.locations.store)
    shutil.rmtree(house.office.locations.published / "log")
    unchanged(house, "recovery_no_head")


def test_a_backup_that_somebody_changed_is_not_gone_on_with(house: Lost) -> None:
    with house.office.locations.engine() as engine, engine.connect() as connection:
        connection.connection.driver_connection.execute("UPDATE license SET trade_name = 'x' WHERE id = 1")  # type: ignore[union-attr]
        connection.connection.driver_connection.commit()  # type: ignore[union-attr]
    unchanged(house, "recovery_rows")


def test_another_seal_in_the_backup_is_said_by_its_position(house: Lost) -> None:
    """A register that is no backup of this log: the seals of two positions are exchanged."""
    with house.office.locations.engine() as engine, engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        for old, new in ((0, 9), (1, 0), (9, 1)):
            raw.execute(f"UPDATE seal SET idx = {new} WHERE idx = {old}")
        raw.commit()
    unchanged(house, "register_differs_from_log")


def test_killed_before_the_commit_it_begins_anew(house: Lost, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(store: Path, logged: int) -> None:
        raise IssuerError("recovery_changed", f"{store} {logged}"[:0])

    monkeypatch.setattr(state, "forget", die)
    house.run("register", "recover", exit_code=2)
    monkeypatch.undo()
    assert "3 lost" in house.run("register", "recover").output
    assert ", 0 findings" in house.audit()


def test_a_later_edition_is_not_given_twice(house: Lost) -> None:
    """The replaced license waits for its lost code; another of the evening gets an edition that no lost code can have."""
    house.run("register", "recover")
    third = house.numbers[2]
    said = house.run("license", "replace", third, "--reason", "مرة أخرى", "--trade-name", "غير ذلك", exit_code=2).output
    assert "transition_refused" in said and licenses_.is_number(third)


def test_packs_for_inspectors_hold_what_is_lost(house: Lost) -> None:
    """Made anew of the register, a pack lacks no honest code: whose a lost seal is, nobody knows, so each authority's has it."""
    folder = house.office.locations.published / "log/pack"

    def seals(name: str) -> int:
        parts = [path.stat().st_size for path in (folder / name).rglob("*") if path.is_file() and path.name != "index"]
        return max(parts, default=0) // 8  # the widest part of the one segment

    assert (seals("MN1"), seals("MN2")) == (6, 0)
    shutil.rmtree(folder)
    house.run("register", "recover")
    house.run("publish", now=MORNING + 60)
    assert (seals("MN1"), seals("MN2")) == (6, 3)
