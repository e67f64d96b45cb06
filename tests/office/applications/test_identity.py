"""Who applies, in an application: asked, kept, judged, shown to whom it concerns, found, doubted, deleted, and read by nobody else.

What somebody who writes the database would try is tried here, on each kind of database.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, text, update

import khatm
from acts.tables import acts
from office.applicants import keyring, looks
from office.applicants.errors import ApplicantError
from office.applicants.records import Outcome
from office.applicants.tables import applicants, index
from office.applicants.tables import looks as look_table
from office.applications import drafts, identity, looking, retention
from office.applications.actors import Actor
from office.applications.context import UnitOfWork
from office.applications.errors import ApplicationError, RefusedError
from office.applications.looking import Shown
from office.applications.retention import DAY_SECONDS, Kept
from office.reading_log import HOUR
from tests.office.applicants.invented import POWER, company, keys, national_id, person
from tests.office.applications.workplace import (
    CASHIER,
    CITIZEN,
    CLERK,
    ELSEWHERE,
    MANAGER,
    MOBILE,
    NOW,
    REVIEWER,
    STRANGER,
    Workplace,
    shop,
    staff,
)

HOLDER = shop()["holder"]


@pytest.fixture
def asking(here: Workplace, tmp_path: Path) -> Iterator[Workplace]:
    """An office that asks who applies."""
    yield replace(here, office=here.office._replace(applicants=keys(tmp_path)))


def unit(here: Workplace, connection: object, actor: Actor, now: int = NOW) -> UnitOfWork:
    return UnitOfWork(connection, here.office, actor, now)  # type: ignore[arg-type]


def keep(here: Workplace, name: str, typed: dict[str, str], *, actor: Actor = CITIZEN) -> None:
    with here.engine.begin() as connection:
        identity.keep(unit(here, connection, actor), name, typed)


def sent(here: Workplace, typed: dict[str, str], *, actor: Actor = CITIZEN, service: str = "shop.first", **fields: str) -> str:
    places = {"latitude": f"31.26{sent.places:02}", "longitude": "30.0061", "authority": "MN1"}  # type: ignore[attr-defined]
    sent.places += 1  # type: ignore[attr-defined]
    key = here.draft(service, (shop(**places) if service == "shop.first" else {}) | fields, actor=actor)
    keep(here, key, typed, actor=actor)
    return here.submit(key, actor=actor)


sent.places = 1  # type: ignore[attr-defined]


def masked(here: Workplace, number: str, actor: Actor = REVIEWER) -> Shown | None:
    with here.engine.connect() as connection:
        return looking.masked(unit(here, connection, actor), number)


def look(here: Workplace, number: str, actor: Actor = REVIEWER, now: int = NOW) -> Shown:
    with here.engine.begin() as connection:
        return looking.look(unit(here, connection, actor, now), number, "case")[0]


def search(here: Workplace, typed: str, actor: Actor = CLERK, now: int = NOW) -> list[str]:
    with here.engine.begin() as connection:
        return [line.number for line in looking.search(unit(here, connection, actor, now), typed)]


def looked(here: Workplace) -> list[tuple[str, str, str]]:
    with here.engine.connect() as connection:
        table = look_table.c
        return [tuple(row) for row in connection.execute(select(table.actor, table.application, table.why).order_by(table.id))]


def codes(error: pytest.ExceptionInfo[RefusedError]) -> dict[str, str]:
    return {fault.field: fault.code for fault in error.value.faults}


def test_an_office_without_keys_and_old_applications_are_not_asked(here: Workplace, tmp_path: Path) -> None:
    number = here.submitted("shop.first", shop())
    for office in (here.office, here.office._replace(applicants=keys(tmp_path))):
        shown = masked(replace(here, office=office), number)
        assert shown is not None
        assert shown.outcome == Outcome.NOT_ASKED
        assert not shown.fields
    with pytest.raises(ApplicantError, match="applicant_none"):
        look(replace(here, office=here.office._replace(applicants=keys(tmp_path, "other.keys"))), number)
    assert looked(here) == []


def test_it_is_asked_and_whatever_was_typed_stays(asking: Workplace) -> None:
    key = asking.draft("shop.first", shop(), who={})
    with pytest.raises(RefusedError) as error:
        asking.submit(key)
    assert codes(error) == {"applicant_national_id": "field_missing"}
    keep(asking, key, {"applicant_kind": "person", "applicant_national_id": "لا أعرفه"})
    with pytest.raises(RefusedError) as error:
        asking.submit(key)
    assert codes(error) == {"applicant_national_id": "national_id_length"}
    with asking.engine.connect() as connection:
        found = looking.typed(unit(asking, connection, CITIZEN), key, asked_for=False)
        assert found is not None
        assert found.typed["applicant_national_id"] == "لا أعرفه", "as it was typed"
    keep(asking, key, {"applicant_national_id": national_id()})
    number = asking.submit(key)
    shown = look(asking, number)
    assert dict(shown.fields)["applicant_name"] == HOLDER, "whoever names nobody is the holder"
    assert (shown.not_holder, shown.by_agent) == (False, False)


def test_numbers_are_hidden_but_for_their_ends_and_each_look_is_written_down(asking: Workplace) -> None:
    number = sent(asking, person(agent_name="عادل سعد", agent_national_id=national_id(2), **POWER))
    shown = masked(asking, number)
    assert shown is not None
    told = dict(shown.fields)
    assert told["applicant_national_id"] == "•" * 10 + national_id()[-4:]
    assert national_id(2) not in str(shown)
    assert shown.by_agent
    assert looked(asking) == [], "the masked page is no look"
    assert dict(look(asking, number).fields)["agent_national_id"] == national_id(2)
    look(asking, number, CITIZEN)
    assert looked(asking) == [(REVIEWER.key, number, "case"), (CITIZEN.key, number, "own")]
    with asking.engine.connect() as connection:
        assert [each.actor_name for each in looking.listed(connection, actor=MANAGER, administrator=False)] == ["", REVIEWER.name]
        assert looking.listed(connection, actor=ELSEWHERE, administrator=False) == ()
        assert len(looking.listed(connection, actor=ELSEWHERE, administrator=True, application=number)) == 2


def test_whom_it_does_not_concern_reads_nothing(asking: Workplace) -> None:
    number = sent(asking, person())
    assert masked(asking, number, CASHIER) is None
    for actor in (CASHIER, ELSEWHERE, STRANGER, CITIZEN._replace(id="77")):
        with pytest.raises(ApplicationError, match="application_unknown"):
            look(asking, number, actor)
    at_the_counter = sent(asking, person(3), actor=CLERK)
    named = Actor("citizen", "88", MOBILE, mobile=MOBILE)  # who proved the mobile that the clerk typed sees the case, and no more
    assert asking.show(at_the_counter, actor=named).number == at_the_counter
    assert masked(asking, at_the_counter, named) is None
    with pytest.raises(ApplicationError, match="application_unknown"):
        look(asking, at_the_counter, named)
    assert looked(asking) == []


def test_a_colleague_opens_what_another_typed_by_a_look_and_by_no_trick(asking: Workplace) -> None:
    other = staff("21", "clerk")
    key = asking.draft("shop.first", shop() | {"authority": "MN1"}, actor=CLERK)
    keep(asking, key, person(), actor=CLERK)
    with asking.engine.connect() as connection:
        assert looking.typed(unit(asking, connection, other), key, asked_for=False) is None
    assert looked(asking) == []
    with asking.engine.begin() as connection:
        found = looking.typed(unit(asking, connection, other), key, asked_for=True)
        assert found is not None
        assert found.typed["applicant_national_id"] == national_id()
    assert looked(asking) == [(other.key, key, "form")]
    thief = staff("22", "clerk")
    keep(asking, key, {"applicant_mobile": f"010{5:08}"}, actor=thief)  # to become the one who typed it
    with asking.engine.connect() as connection:
        found = looking.typed(unit(asking, connection, thief), key, asked_for=False)
        assert found is not None
        assert national_id() not in str(found.typed)


def test_an_applicant_who_is_not_the_holder_is_flagged_and_spelling_is_no_difference(asking: Workplace) -> None:
    same = sent(asking, person(1, applicant_name="سامى  فؤاد حسن"))
    other = sent(asking, person(2, applicant_name="منى علي"))
    firm = sent(asking, company())
    agent = sent(asking, person(3, agent_name="عادل سعد", agent_national_id=national_id(4), **POWER))
    with asking.engine.connect() as connection:
        flags = identity.flags(connection, [same, other, firm, agent])
    assert flags == {other: (True, False), firm: (True, False), agent: (False, True)}
    shown = masked(asking, firm)
    assert shown is not None
    assert shown.kind == "company"
    assert asking.show(other).license is not None
    assert "منى علي" not in str(asking.show(other).license), "the seal shows the holder alone"


def test_after_it_was_returned_it_is_compared_again(asking: Workplace) -> None:
    number = sent(asking, person(1, applicant_name="منى علي"))
    asking.pay(number)
    asking.do("return_", number, reason="اسم المرخص له")
    with asking.engine.begin() as connection:
        drafts.update_fields(unit(asking, connection, CITIZEN), number, {"holder": "منى علي"})
    asking.do("resubmit", number, actor=CITIZEN)
    shown = masked(asking, number)
    assert shown is not None
    assert not shown.not_holder


def test_a_number_is_found_by_those_of_the_authority_alone(asking: Workplace) -> None:
    mine = sent(asking, person(1))
    agent = sent(asking, person(2, agent_name="عادل سعد", agent_national_id=national_id(1), **POWER))
    firm = sent(asking, company("987654321"))
    draft = asking.draft("shop.first", shop())
    keep(asking, draft, person(1))
    assert search(asking, national_id(1).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))) == [agent, mine], "no draft"
    assert search(asking, "987-654-321") == [firm]
    assert search(asking, national_id(1), ELSEWHERE) == []
    assert search(asking, national_id(9), ELSEWHERE) == [], "another authority's number is like one that nobody has"
    assert looked(asking)[-2:] == [(ELSEWHERE.key, "", "search"), (ELSEWHERE.key, "", "search")]
    for typed in ("", "1", "منى", national_id(1)[:-1], "9" * 100_000):
        with pytest.raises(ApplicantError, match="applicant_search_text"):
            search(asking, typed)
    assert search(asking, national_id(1), CASHIER) == []


def test_whoever_tries_numbers_one_after_another_has_to_wait(asking: Workplace) -> None:
    for serial in range(looks.SEARCHES_MOST):
        search(asking, national_id(100 + serial))
    with pytest.raises(ApplicantError, match="applicant_looks_many"):
        search(asking, national_id(1))
    assert search(asking, national_id(1), REVIEWER) == [], "another is not kept out"
    assert search(asking, national_id(1), now=NOW + HOUR) == []


def test_a_number_under_two_names_is_a_reason_to_look_at_the_card(asking: Workplace) -> None:
    first = sent(asking, person(1))
    second = sent(asking, person(1, applicant_name="منى علي"))
    shown = masked(asking, second)
    assert shown is not None
    assert shown.doubts == (("id_other_name", first),)
    assert "fraud" not in str(shown)
    owner = masked(asking, second, CITIZEN)
    assert owner is not None
    assert owner.doubts == (), "the staff look at the card"
    foreign = staff("9", "reviewer", authority="SHQ")
    there = shop(trade_name="سر الجيران", latitude="31.2201", longitude="29.9601")  # of an authority that may not see the first
    key = asking.draft("shop.first", there)
    keep(asking, key, person(1, applicant_name="عمر خفي"))
    third = masked(asking, asking.submit(key), foreign)
    assert third is not None
    assert {number for _, number in third.doubts} == {""}, "that, and not where"


def test_a_name_with_another_number_than_before_is_a_reason_too(asking: Workplace) -> None:
    first = sent(asking, person(1))
    asking.pay(first)
    asking.do("approve", first)
    license_ = asking.issue(first)
    again = sent(asking, person(2), service="shop.cancellation", license=license_, ground="أغلق المحل")
    shown = masked(asking, again)
    assert shown is not None
    assert shown.doubts == (("id_other_number", first),)


def test_who_writes_the_database_can_put_nobody_in_another_s_place(asking: Workplace) -> None:
    one, two = sent(asking, person(1)), sent(asking, person(2))
    with asking.engine.connect() as connection:
        rows = connection.execute(select(applicants).order_by(applicants.c.application_id)).all()
    with asking.engine.begin() as connection:
        for mine, other in ((rows[0], rows[1]), (rows[1], rows[0])):
            where = applicants.c.application_id == mine.application_id
            connection.execute(update(applicants).where(where).values(numbers=other.numbers))
    for number in (one, two):
        shown = masked(asking, number)
        assert shown is not None
        assert (shown.outcome, shown.fault, shown.fields) == (Outcome.UNREADABLE, "applicant_altered", ())
    with asking.engine.begin() as connection:  # within a row, from one column into another
        connection.execute(update(applicants).values(numbers=applicants.c.person, person=applicants.c.numbers))
    assert look(asking, one).fault == "applicant_altered"


def test_a_lost_key_is_told_and_the_rest_goes_on(asking: Workplace, tmp_path: Path) -> None:
    number = sent(asking, person(1))
    asking.pay(number)
    for ring in (None, keys(tmp_path, "new.keys")):
        lost = replace(asking, office=asking.office._replace(applicants=ring))
        shown = look(lost, number)
        assert (shown.outcome, shown.fault, shown.fields) == (Outcome.UNREADABLE, "applicant_key_lost", ())
    assert looked(asking) == [], "nothing was seen"
    lost.do("approve", number)
    assert lost.issue(number).startswith("ALX-"), "whoever issues needs no key"
    other = sent(asking, person(2))
    asking.pay(other)
    lost.do("return_", other, reason="x")
    with pytest.raises(RefusedError) as error:
        lost.do("resubmit", other, actor=CITIZEN)
    assert codes(error) == {"applicant_national_id": "applicant_key_lost"}
    keep(lost, other, person(2))
    lost.do("resubmit", other, actor=CITIZEN)
    shown = look(lost, other)
    assert shown.outcome == Outcome.KEPT, "typed again, it is kept by the new key"


def octets(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def test_nothing_in_the_database_says_it_in_the_clear(asking: Workplace) -> None:
    key = asking.draft("shop.first", shop())
    keep(asking, key, company("987654321", applicant_name="شركة سرية", agent_name="وكيل سري", agent_national_id=national_id(7), **POWER))
    number = asking.submit(key)
    look(asking, number)
    search(asking, national_id(7))
    secrets = [each.encode() for each in ("987654321", national_id(7), "شركة سرية", "وكيل سري")]
    with asking.engine.connect() as connection:
        names = applicants.metadata.tables.keys()
        held = b"\0".join(octets(value) for name in names for row in connection.execute(text(f'SELECT * FROM "{name}"')) for value in row)
        bodies = b"".join(map(bytes, connection.scalars(select(acts.c.body).where(acts.c.body.is_not(None)))))
        count = connection.scalar(select(func.count()).select_from(acts))
    assert number.encode() in held, "or this shows nothing"
    assert count
    for secret in secrets:
        assert secret not in held
        assert secret not in bodies


def test_who_applied_is_deleted_with_a_draft_and_years_after_the_end(asking: Workplace) -> None:
    key = asking.draft("shop.first", shop())
    keep(asking, key, person(1))
    with asking.engine.begin() as connection:
        drafts.discard(connection, key, actor=CITIZEN)
        assert connection.scalar(select(func.count()).select_from(applicants)) == 0
        assert connection.scalar(select(func.count()).select_from(index)) == 0
    number, open_ = sent(asking, person(1, applicant_name="منى علي")), sent(asking, person(2))
    look(asking, number)
    asking.do("withdraw", number, actor=CITIZEN)
    kept = Kept.of(applicants=100, looks=100)
    sweep = retention.sweep(asking.engine, asking.office.store, now=NOW + 100 * DAY_SECONDS, kept=kept)
    assert sweep["applicants deleted"] == 0
    sweep = retention.sweep(asking.engine, asking.office.store, now=NOW + 101 * DAY_SECONDS, kept=kept)
    assert (sweep["applicants deleted"], sweep["looks forgotten"]) == (1, 1)
    shown = masked(asking, number)
    assert shown is not None
    assert (shown.outcome, shown.fields, shown.not_holder) == (Outcome.DELETED, (), True)
    assert look(asking, open_, now=NOW + 101 * DAY_SECONDS).outcome == Outcome.KEPT
    with asking.engine.connect() as connection:
        held = connection.execute(select(applicants).where(applicants.c.kid == "")).one()
        assert (held.person, held.numbers, held.agent) == (b"", b"", b"")
    sweep = retention.sweep(asking.engine, asking.office.store, now=NOW + 102 * DAY_SECONDS, kept=kept)
    assert sweep["applicants deleted"] == 0


def run(*words: str, register: str, exit_code: int = 0) -> str:
    arguments = ["office", "applicants", *words] + (["--register", register] if words[0] not in ("init", "new-key") else [])
    ran = CliRunner().invoke(khatm.main, arguments)
    assert ran.exit_code == exit_code, ran.output
    return ran.output


def test_a_key_is_replaced_while_the_office_goes_on(asking: Workplace, tmp_path: Path, database_url: str) -> None:
    path = tmp_path / "applicants.keys"
    numbers = [sent(asking, person(serial)) for serial in (1, 2)]
    old = keyring.load(path).current.kid
    assert f"{old}  2026-11-24        2  writes" in run("keys", str(path), register=database_url)
    assert "applicant_key_needed" in run("drop-key", str(path), old, register=database_url, exit_code=2)
    run("new-key", str(path), "--now", "2026-11-25T10:00:00Z", register=database_url)
    both = replace(asking, office=asking.office._replace(applicants=keyring.load(path)))
    third = sent(both, person(1))
    assert search(both, national_id(1)) == [third, numbers[0]], "under both keys"
    assert "2 rewritten" in run("rekey", str(path), register=database_url)
    assert "0 rewritten" in run("rekey", str(path), register=database_url)
    assert "no longer needed" in run("keys", str(path), register=database_url)
    run("drop-key", str(path), old, register=database_url)
    newest = replace(asking, office=asking.office._replace(applicants=keyring.load(path)))
    assert search(newest, national_id(1)) == [third, numbers[0]]
    assert look(newest, numbers[1]).outcome == Outcome.KEPT
    assert "3 can be read" in run("check", str(path), register=database_url)
    keyring.make(tmp_path / "other.keys", day="2026-11-26")
    told = run("check", str(tmp_path / "other.keys"), register=database_url, exit_code=2)
    assert "3 not read: applicant_key_lost" in told
    assert "LOST" in run("keys", str(tmp_path / "other.keys"), register=database_url, exit_code=2)
    assert "applicant_keys_file" in run("keys", str(tmp_path / "none.keys"), register=database_url, exit_code=2)
