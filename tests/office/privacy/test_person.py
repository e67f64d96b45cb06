"""One person's copy and erasure on each kind of database: everything is found, what may go goes, nobody finds them afterwards."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import LargeBinary, select

from acts import bodies, sweep
from acts.bodies import Change
from acts.errors import ActError
from acts.replay import scratch
from acts.tables import acts
from governorate import identity as governed
from governorate import retention
from issuer import approving
from issuer.errors import IssuerError
from issuer.register import requests
from issuer.register.derived import Issued
from office.applications import attaching, drafts, identity
from office.applications.actors import Actor
from office.applications.context import UnitOfWork
from office.applications.retention import sweep as swept
from office.applications.tables import applications
from office.citizens import codes
from office.database import DATABASE, GUARDED
from office.messages import outbox
from office.privacy import asking as asked_for
from office.privacy import copying, forgetting, gathering, person, planning
from office.privacy.errors import PrivacyError
from office.privacy.person import Named, Rows
from office.work.tables import notes
from tests import by_hand
from tests.office.applicants.invented import national_id
from tests.office.applicants.invented import person as typed_person
from tests.office.applications.workplace import CLERK, MANAGER, NOW, REVIEWER, Workplace, pdf, shop

DAY = 86_400
MINE, OTHERS = f"+20{1_112_223_334}", f"+20{1_212_223_335}"  # of nobody
NAME, STREET, WORDS = "زينب عبد الوهاب الإسكندراني", "حارة الزيتون 91", "شكوى زينب من الجيران"
NUMBER = national_id(77)
COURT = retention.default().court_days


def citizen(here: Workplace, mobile: str, name: str = NAME) -> Actor:
    with here.engine.begin() as connection:
        return Actor("citizen", str(codes.known(connection, mobile, now=NOW).id), name, mobile=mobile)


def applied(here: Workplace, actor: Actor, mobile: str, place: int, *, serial: int = 77, name: str = NAME, send: bool = True) -> str:
    """The number of a new application, or the key of a draft."""
    fields = shop(holder=name, address=STREET if name == NAME else "شارع 12", latitude=f"31.26{place:02}", trade_name=f"دكان {name}")
    with here.engine.begin() as connection:
        unit = UnitOfWork(connection, here.office, actor, NOW)
        key = drafts.create(unit, service="shop.first", channel="portal", mobile=mobile, fields=fields)
    with here.engine.begin() as connection:
        identity.keep(UnitOfWork(connection, here.office, actor, NOW), key, typed_person(serial))
    for code in (each.code for each in here.office.service("shop.first").documents if each.required):
        with here.engine.begin() as connection:
            content = pdf() + f"\n% {name} {place} {code}\n".encode()
            attaching.attach(UnitOfWork(connection, here.office, actor, NOW), key, code, content=content, filename=f"بطاقة {name}.pdf")
    return here.submit(key, actor=actor) if send else key


@pytest.fixture
def lived(asking: Workplace) -> Workplace:
    """Zaynab: a case that was rejected, one that she withdrew, a draft, messages, notes; and somebody else beside her."""
    mine, other = citizen(asking, MINE), citizen(asking, OTHERS, "فاطمة نور الدين")
    rejected = applied(asking, mine, MINE, 1)
    withdrawn = applied(asking, mine, MINE, 2)
    applied(asking, mine, MINE, 3, send=False)
    applied(asking, other, OTHERS, 4, serial=78, name="فاطمة نور الدين")
    asking.do("withdraw", withdrawn, actor=mine)
    with asking.engine.begin() as connection:
        id_ = connection.scalar(select(applications.c.id).where(applications.c.number == rejected))
        connection.execute(notes.insert().values(application_id=id_, at=NOW, actor=CLERK.key, actor_name="x", text=WORDS))
        outbox.enqueue(connection, event="test/1", to=MINE, text=f"إلى {NAME}", now=NOW)
        outbox.enqueue(connection, event="test/2", to=OTHERS, text="إلى فاطمة", now=NOW)
    paid(asking, rejected)
    asking.do("reject", rejected, actor=REVIEWER, reason=f"لا يحق ذلك لـ{NAME}")
    return asking


def paid(here: Workplace, number: str) -> None:
    if here.state(number) == "awaiting_payment":
        here.pay(number)


def found(here: Workplace, named: Named) -> Rows:
    with here.engine.connect() as connection:
        return person.find(connection, here.office.applicants, named)


def planned(here: Workplace, named: Named, now: int) -> planning.Plan:
    with here.engine.connect() as connection:
        return planning.plan(connection, named, person.find(connection, here.office.applicants, named), now=now)


def approved(here: Workplace, plan: planning.Plan, now: int) -> int:
    """The id of the request over a plan, that somebody else approved."""
    with here.engine.begin() as connection:
        request = approving.prepare(connection, asked_for.of_erasure(plan, "letter 7"), by="account:one", now=now)
    with here.engine.begin() as connection:
        requests.decide(connection, request.id, approve=True, by="account:two", now=now)
    return request.id


def erase(here: Workplace, request: int, now: int) -> forgetting.Done:
    return forgetting.carry_out(here.engine, here.office.store, request, tables=GUARDED, now=now)


def cells(here: Workplace) -> Iterator[tuple[str, str]]:
    """Every cell of every table that can hold text, octets read as UTF-8 too."""
    with here.engine.connect() as connection:
        for chain in DATABASE.chains:
            for table in chain.metadata.sorted_tables:
                for row in connection.execute(select(*table.columns)):
                    for column, value in zip(table.columns, row, strict=True):
                        if value is None or isinstance(value, int | float | bool):
                            continue
                        raw = isinstance(column.type, LargeBinary)
                        yield f"{table.name}.{column.name}", bytes(value).decode("utf-8", "replace") if raw else str(value)


def naming(here: Workplace, *sought: str) -> set[str]:
    return {where for where, text in cells(here) if any(each in text for each in sought)}


def audited(here: Workplace) -> list[object]:
    """What an audit of every row finds."""
    findings = list[object]()
    with scratch(sweep.TABLES) as replay:
        sweep.verify(here.engine, GUARDED, replay=replay, derivation=Issued(governed.default().prefix), found=findings.append)
    return findings


SOUGHT = (NAME, "زينب", "الوهاب", MINE, MINE[3:], NUMBER, STREET, WORDS, "زىنب")


def files(here: Workplace) -> set[Path]:
    return set((here.folder / "documents").glob("*/*"))


def old(here: Workplace, now: int) -> None:
    """As if every document had been put there the day before."""
    for path in files(here):
        os.utime(path, (now - DAY, now - DAY))


def test_she_is_found_by_any_of_her_numbers_and_by_no_name(lived: Workplace) -> None:
    by_number = found(lived, Named(national_id=NUMBER))
    assert len(by_number.cases) == 3 and not by_number.citizens
    both = found(lived, Named(national_id=NUMBER, mobile=MINE))
    assert both.cases == by_number.cases and len(both.citizens) == 1
    assert found(lived, Named(mobile=MINE)).cases == both.cases
    for named in (Named(national_id=national_id(99)), Named(mobile=f"+20{1_512_223_336}"), Named(numbers=("APP-MN1-2026-999999",))):
        with pytest.raises(PrivacyError, match="person_unknown"):
            found(lived, named)
    with lived.engine.connect() as connection, pytest.raises(PrivacyError, match="applicant_key_lost"):
        person.find(connection, None, Named(national_id=NUMBER))


def test_her_copy_has_everything_of_hers_and_nothing_of_others(lived: Workplace, tmp_path: Path) -> None:
    named = Named(national_id=NUMBER, mobile=MINE)
    with lived.engine.connect() as connection:
        gathered = gathering.gather(connection, None, lived.office.applicants, named, found(lived, named))
    made = copying.files(gathered, lived.office.store, governorate=governed.default().name, request=1, now=NOW)
    whole: dict[str, Any] = json.loads(made["person.json"])
    text, page = made["person.json"].decode(), made["index.html"].decode()
    for each in (NAME, MINE, NUMBER, STREET, WORDS, f"لا يحق ذلك لـ{NAME}"):
        assert each in text and each in page, each
    for foreign in ("فاطمة", OTHERS, national_id(78), CLERK.key, "موظف"):
        assert foreign not in text and foreign not in page, foreign
    assert len(whole["sections"]["cases"]) == 3
    assert {each["applicant_national_id"] for each in whole["sections"]["applicants"]} == {NUMBER}
    assert len(whole["sections"]["messages"]) >= 1
    assert whole["missing"] == ["copy_without_inspections"] and "قاعدة بيانات التفتيش" in page
    assert len([name for name in made if name.startswith("documents/")]) == len(whole["files"]) > 0
    assert all(content.startswith(b"%PDF") for name, content in made.items() if name.startswith("documents/"))
    assert "<script" not in page and 'dir="rtl"' in page
    copying.write(tmp_path / "copy", made)
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "copy").rglob("*") if path.is_file())
    with pytest.raises(PrivacyError, match="copy_there"):
        copying.write(tmp_path / "copy", made)
    assert copying.zipped(made)[:2] == b"PK"


def test_a_copy_without_the_key_says_what_it_lacks(lived: Workplace) -> None:
    named = Named(mobile=MINE)
    with lived.engine.connect() as connection:
        gathered = gathering.gather(connection, None, None, named, found(lived, named))
    assert "applicant_key_lost" in gathered.missing


def test_what_is_open_or_may_be_challenged_stays_with_its_day(lived: Workplace) -> None:
    named = Named(national_id=NUMBER, mobile=MINE)
    early = planned(lived, named, NOW + DAY)
    assert early.drafts and not early.cases and not early.citizens
    assert {(each.why, each.until is None) for each in early.stays} >= {("stays_court", False)}
    until = next(each.until for each in early.stays if each.why == "stays_court")
    assert until is not None and (until - date(2026, 11, 24)).days == COURT
    late = planned(lived, named, NOW + (COURT + 1) * DAY)
    assert len(late.cases) == 2 and len(late.citizens) == 1
    other = planned(lived, Named(mobile=OTHERS), NOW + (COURT + 1) * DAY)
    assert {each.why for each in other.stays} == {"stays_open"} and other.empty


def test_she_is_erased_and_nobody_finds_her(lived: Workplace) -> None:
    named, later = Named(national_id=NUMBER, mobile=MINE), NOW + (COURT + 1) * DAY
    old(lived, later)
    others_files = len(files(lived))
    plan = planned(lived, named, later)
    kept = naming(lived, "فاطمة", OTHERS)
    assert naming(lived, *SOUGHT)
    request = approved(lived, plan, later)
    done = erase(lived, request, later)
    assert done.cases == 3 and done.acts > 5 and done.files > 0
    assert naming(lived, *SOUGHT) == set()
    assert naming(lived, "فاطمة", OTHERS) == kept, "somebody else's rows are as they were"
    for named_ in (Named(national_id=NUMBER), Named(mobile=MINE)):
        with pytest.raises(PrivacyError, match="person_unknown"):
            found(lived, named_)
    assert 0 < len(files(lived)) < others_files
    assert not any(NAME.encode() in path.read_bytes() for path in files(lived))
    assert audited(lived) == [], "the audit finds what it would have found before: nothing"
    assert erase(lived, request, later) == forgetting.Done(0, 0, 0), "once"


def test_the_file_of_the_database_has_forgotten_too(lived: Workplace) -> None:
    if lived.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL's files are its own; VACUUM was told to clear old rows")
    later = NOW + (COURT + 1) * DAY
    request = approved(lived, planned(lived, Named(national_id=NUMBER, mobile=MINE), later), later)
    erase(lived, request, later)
    database = Path(str(lived.engine.url.database))
    octets = b"".join(path.read_bytes() for path in (database, *database.parent.glob(f"{database.name}-*")) if path.is_file())
    for sought in (NAME, MINE, STREET, WORDS):
        assert sought.encode() not in octets


def test_killed_between_its_steps_it_goes_on(lived: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    later = NOW + (COURT + 1) * DAY
    request = approved(lived, planned(lived, Named(national_id=NUMBER, mobile=MINE), later), later)

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    for step in ("_cases", "_numbers", "_acts"):
        with monkeypatch.context() as patch:
            patch.setattr(forgetting, step, killed)
            with pytest.raises(KeyboardInterrupt):
                erase(lived, request, later)
    with lived.engine.connect() as connection:
        assert requests.show(connection, request).state == "approved"
    assert erase(lived, request, later).acts > 5
    assert naming(lived, *SOUGHT) == set()
    old(lived, later)
    assert swept(lived.engine, lived.office.store, now=later + 2 * DAY)["documents deleted"] > 0, "files that a kill left over"
    assert not any(NAME.encode() in path.read_bytes() for path in files(lived))
    assert audited(lived) == []


def test_no_salt_of_what_she_was_is_left(lived: Workplace) -> None:
    """Whoever has an act's salt could try every mobile number against its digests (ADR 68)."""
    with lived.engine.connect() as connection:
        id_ = connection.scalar(select(applications.c.id).where(applications.c.number.is_not(None)).order_by(applications.c.id))
    later = NOW + (COURT + 1) * DAY
    erase(lived, approved(lived, planned(lived, Named(national_id=NUMBER, mobile=MINE), later), later), later)
    with lived.engine.connect() as connection:
        rows = connection.execute(select(acts).order_by(acts.c.id)).all()
    naming_ = [
        (row, each)
        for row in rows
        for each in bodies.read(bytes(row.body)).rows
        if isinstance(each, Change) and (each.table, each.key) == ("application", (id_,))
    ]
    assert naming_
    digests = [each.columns or {} for row, each in naming_ if row.salt]
    assert len(digests) <= 1, "only the act of erasing, which holds what is there now"
    for columns in digests:
        salt = next(bytes(row.salt) for row, each in naming_ if row.salt)
        assert columns.get("mobile") in (None, bodies.digest(salt, "mobile", ""))


def test_one_person_alone_erases_nobody(lived: Workplace) -> None:
    later = NOW + (COURT + 1) * DAY
    plan = planned(lived, Named(mobile=MINE), later)
    with lived.engine.begin() as connection:
        request = approving.prepare(connection, asked_for.of_erasure(plan, "letter 7"), by="account:one", now=later)
    with pytest.raises(PrivacyError, match="erasure_unapproved"):
        erase(lived, request.id, later)
    with lived.engine.begin() as connection, pytest.raises(IssuerError, match="request_own"):
        requests.decide(connection, request.id, approve=True, by="account:one", now=later)
    assert "زينب" not in json.dumps(request.told, ensure_ascii=False) and MINE not in json.dumps(request.told)


def test_another_kind_of_approval_erases_nobody(lived: Workplace) -> None:
    asked = asked_for.of_erasure(planned(lived, Named(mobile=MINE), NOW + 99 * DAY), "x")._replace(kind="revoke")
    with lived.engine.begin() as connection:
        request = approving.prepare(connection, asked, by="account:one", now=NOW)
        requests.decide(connection, request.id, approve=True, by="account:two", now=NOW)
    with pytest.raises(PrivacyError, match="erasure_unapproved"):
        erase(lived, request.id, NOW)


def test_what_somebody_wrote_past_the_programs_stops_the_erasure_of_acts(lived: Workplace) -> None:
    later = NOW + (COURT + 1) * DAY
    request = approved(lived, planned(lived, Named(national_id=NUMBER, mobile=MINE), later), later)
    by_hand.run(lived.engine, "UPDATE application SET state = 'issued' WHERE name LIKE 'دكان زينب%' AND number IS NOT NULL")
    with pytest.raises(ActError, match="erase_found"):
        erase(lived, request, later)


def test_a_license_in_force_stays_and_is_told_with_its_reason(asking: Workplace) -> None:
    mine = citizen(asking, MINE)
    number = applied(asking, mine, MINE, 1)
    paid(asking, number)
    asking.do("approve", number, actor=REVIEWER)
    license_ = asking.issue(number)
    plan = planned(asking, Named(national_id=NUMBER, mobile=MINE), NOW + (COURT + 1) * DAY)
    assert plan.empty
    assert {each.why for each in plan.stays} >= {"stays_in_force", "stays_register"}
    assert {each.what for each in plan.stays} == {number, license_}
    named = Named(numbers=(license_,))
    assert found(asking, named).licenses == (license_,)
    with asking.engine.connect() as connection:
        gathered = gathering.gather(connection, None, asking.office.applicants, named, found(asking, named))
    assert gathered.sections["seals"][0]["license"]["holder"] == NAME


def test_a_case_that_was_erased_can_still_be_looked_at(lived: Workplace) -> None:
    later = NOW + (COURT + 1) * DAY
    with lived.engine.connect() as connection:
        number = connection.scalar(select(applications.c.number).where(applications.c.state == "rejected"))
    erase(lived, approved(lived, planned(lived, Named(national_id=NUMBER, mobile=MINE), later), later), later)
    shown = lived.show(str(number), actor=MANAGER)
    assert (shown.mobile, shown.license, dict(shown.fields)) == ("", None, {})
    assert shown.events[-1].action == "erase"
    assert shown.state == "rejected" and shown.attachments == ()
