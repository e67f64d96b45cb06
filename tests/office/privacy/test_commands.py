"""`khatm privacy` as people use it: asked and approved, looked at, reported; and what somebody types wrongly or tries."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, update

import khatm
from accounts import administration, directory
from accounts.roles import OFFICE_ROLES, Account
from acts import acting
from issuer.register import requests
from office.applicants import keyring
from office.applications import looking, retention
from office.applications.actors import Actor
from office.applications.context import UnitOfWork
from office.applications.tables import applications
from office.messages.tables import messages
from office.privacy import reads, sweeping
from office.privacy.person import Named
from office.privacy.reads import About
from tests.office.applicants.invented import national_id
from tests.office.applications.workplace import NOW, Workplace
from tests.office.privacy.test_person import COURT, DAY, MINE, NAME, NUMBER, applied, citizen, found, naming, paid


def at(seconds: int) -> str:
    """A moment as the commands take it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()


LATER = NOW + (COURT + 1) * DAY


@pytest.fixture
def house(here: Workplace, tmp_path: Path) -> Workplace:
    """An office whose key of applicants lies in a file."""
    keyring.make(tmp_path / "applicants.keys", day="2026-11-24")
    return replace(here, office=here.office._replace(applicants=keyring.load(tmp_path / "applicants.keys")))


@pytest.fixture
def who(tmp_path: Path) -> Path:
    path = tmp_path / "person.txt"
    path.write_text(f"national-id: {NUMBER}\nmobile: {MINE}\n", "utf-8")
    return path


def run(house: Workplace, tmp_path: Path, *words: str | Path, now: int = LATER, exit_code: int = 0, typed: str | None = None) -> Result:
    url = house.engine.url.render_as_string(hide_password=False)
    where = ["--register", url, "--keys", str(tmp_path / "office/keys"), "--published", str(tmp_path / "office/published")]
    done = CliRunner().invoke(khatm.main, ["privacy", *map(str, words), *where, "--now", at(now)], input=typed)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
    assert done.exit_code == exit_code, done.output
    return done


def approve(house: Workplace, *, now: int = LATER) -> int:
    with house.engine.begin() as connection:
        waiting = requests.listed(connection, open_=True)
        (request,) = (each for each in waiting if each.state == "waiting")
        requests.decide(connection, request.id, approve=True, by="account:other", now=now)
    return request.id


def rejected(house: Workplace) -> str:
    number = applied(house, citizen(house, MINE), MINE, 1)
    paid(house, number)
    house.do("reject", number, reason="لا يجوز")
    return number


def test_a_copy_is_handed_out_once_two_people_said_so(house: Workplace, who: Path, tmp_path: Path) -> None:
    number = rejected(house)
    words = ("export", "--person", who, "--proof", "card seen", "--applicants", tmp_path / "applicants.keys", "--to", tmp_path / "copy")
    words = (*words, "--documents", house.folder / "documents")
    asked = run(house, tmp_path, *words, exit_code=3).output
    assert not (tmp_path / "copy").exists()
    for secret in (NAME, NUMBER, MINE, MINE[3:]):
        assert secret not in asked
    approve(house)
    told = run(house, tmp_path, *words).output
    assert "applicant_key_lost" not in told and "documents in" in told
    whole = json.loads((tmp_path / "copy/person.json").read_text("utf-8"))
    assert whole["sections"]["applicants"][0]["applicant_national_id"] == NUMBER
    assert NAME in (tmp_path / "copy/index.html").read_text("utf-8")
    run(house, tmp_path, *words, exit_code=3)  # an approval is used once
    with house.engine.connect() as connection:
        assert [(each.what, each.application) for each in reads.newest(connection)] == [("copy", number)]


def test_she_is_asked_for_at_a_prompt_and_erased_by_the_request(house: Workplace, tmp_path: Path) -> None:
    rejected(house)
    keys = ("--applicants", tmp_path / "applicants.keys", "--documents", house.folder / "documents")
    typed = f"{NUMBER}\n{MINE}\n\n\n"
    planned = run(house, tmp_path, "erase", "--plan", *keys, typed=typed, now=NOW + DAY).output
    assert "stays" not in planned and "2027-01-23" in planned, "until when it may be challenged"
    run(house, tmp_path, "erase", "--reason", "x", *keys, typed=typed, now=NOW + DAY, exit_code=2)
    told = run(house, tmp_path, "erase", "--reason", "letter 9", *keys, typed=typed, exit_code=3).output
    assert "1 cases that are erased" in told
    request = approve(house)
    done = run(house, tmp_path, "erase", "--request", str(request), "--documents", house.folder / "documents").output
    assert "1 cases erased" in done and "Backups forget" in done
    assert naming(house, NAME, MINE, NUMBER) == set()
    assert "0 cases erased" in run(house, tmp_path, "erase", "--request", str(request)).output


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "person_unnamed"),
        ("national-id:\nmobile:\n", "person_unnamed"),
        ("name: زينب\n", "person_line"),
        ("mobile 010\n", "person_line"),
        ("mobile: 12\n", "mobile_invalid"),
        ("national-id: 123\n", "national_id_length"),
        ("tax-number: 12\n", "person_line"),
        (f"national-id: {NUMBER}\nnational-id: {NUMBER}\n", "person_line"),
        ("number: " + "9" * 300 + "\n", "person_line"),
        ("\n" * 60 + "mobile: 1\n", "person_line"),
        (f"national-id: {national_id(99)}\n", "person_unknown"),
        ("number: ' OR 1=1 --\n", "person_unknown"),
        ("\x00\x00: \xff\n", "person_line"),
    ],
)
def test_what_names_nobody_is_refused_and_not_repeated(sqlite_house: Workplace, tmp_path: Path, content: str, code: str) -> None:
    (tmp_path / "p.txt").write_text(content, "utf-8")
    words = ("erase", "--plan", "--person", tmp_path / "p.txt", "--applicants", tmp_path / "applicants.keys")
    told = run(sqlite_house, tmp_path, *words, exit_code=2).output
    assert code in told
    assert "زينب" not in told and NUMBER not in told


@pytest.fixture
def sqlite_house(sqlite: Workplace, tmp_path: Path) -> Workplace:
    keyring.make(tmp_path / "applicants.keys", day="2026-11-24")
    return replace(sqlite, office=sqlite.office._replace(applicants=keyring.load(tmp_path / "applicants.keys")))


def account(house: Workplace, name: str) -> Account:
    with house.engine.begin() as connection:
        administration.make(connection, name, name.title(), by=None, now=NOW)
        administration.set_roles(connection, name, [("MN1", "reviewer")], offered=OFFICE_ROLES, authorities=["MN1", "*"], by=None, now=NOW)
        return directory.find(connection, name)


def test_a_breach_report_says_what_one_account_read_and_changed(house: Workplace, tmp_path: Path) -> None:
    number, thief = rejected(house), account(house, "karim")
    other = applied(house, citizen(house, f"+20{1_212_223_335}", "فاطمة"), f"+20{1_212_223_335}", 9, serial=5, name="فاطمة")
    actor = Actor("staff", str(thief.id), "Karim", {"MN1": frozenset({"reviewer"})})
    with house.engine.begin() as connection:
        looking.look(UnitOfWork(connection, house.office, actor, NOW + 60), number, "case")
        reads.note(connection, (actor.key, "Karim"), About("case", number, "MN1"), now=NOW + 61)
        reads.note(connection, (actor.key, "Karim"), About("list", item="work list", many=17), now=NOW + 62)
        reads.note(connection, (actor.key, "Karim"), About("case", other, "MN1"), now=NOW + 9_000)  # after it was stopped
    with acting.acting("account:karim", "centre_case.act"), house.engine.begin() as connection:
        connection.execute(update(applications).where(applications.c.number == number).values(escalated=True))
    window = ("--from", at(NOW - DAY), "--until", at(NOW + 3_600))
    words = ("breach", "--account", "karim", *window, "--known", at(NOW + 7_200), "--to")
    told = run(house, tmp_path, *words, tmp_path / "report", now=NOW + 7_200 + 3_600).output
    assert "71" in told and "was not looked at" in told
    whole = json.loads((tmp_path / "report/breach.json").read_text("utf-8"))
    assert whole["cases"] == [number] and whole["within_reach"] == 2
    assert whole["read"] == {"applicant_case": 1, "case_case": 1, "case_list": 1}
    assert whole["taken"] == [{"at": NOW + 62, "what": "list", "item": "work list", "cases": 17}]
    assert whole["deadline"]["hours_left"] == 71 and whole["missing"] == ["breach_without_inspections"]
    people = list(csv.reader(io.StringIO((tmp_path / "report/people.csv").read_text("utf-8").lstrip("\ufeff"))))
    assert people[1:] == [[number, NAME, people[1][2]]] and MINE[1:] in people[1][2]
    page = (tmp_path / "report/notice.html").read_text("utf-8")
    assert NAME not in page and MINE not in page, "whom to tell is a table of its own"
    assert 'dir="rtl"' in page and "National security" not in page and "المادة 7" in page and "Article 7" in page
    assert (tmp_path / "report/people.csv").stat().st_mode & 0o077 == 0
    late = run(house, tmp_path, *words, tmp_path / "late", now=NOW + 9 * DAY).output
    assert "late, in hours" in late
    assert "At once" in run(house, tmp_path, *words, tmp_path / "secret", "--national-security", now=NOW + 9_000).output


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--account", "nobody", "--from", at(NOW), "--until", at(NOW + 1)), "breach_nobody"),
        (("--account", "karim", "--from", at(NOW), "--until", at(NOW)), "breach_times"),
        (("--from", at(NOW), "--until", at(NOW + 1)), "--account or --device"),
        (("--account", "karim", "--from", "yesterday", "--until", at(NOW)), "time_invalid"),
        (("--account", "karim' OR 1=1", "--from", at(NOW), "--until", at(NOW + 1)), "breach_nobody"),
    ],
)
def test_a_report_about_nobody_is_none(sqlite_house: Workplace, tmp_path: Path, words: tuple[str, ...], code: str) -> None:
    account(sqlite_house, "karim")
    assert code in run(sqlite_house, tmp_path, "breach", *words, "--to", tmp_path / "r", exit_code=2).output
    assert not (tmp_path / "r").exists()


def test_looks_are_one_list_and_asking_for_them_is_one_too(house: Workplace, who: Path, tmp_path: Path) -> None:
    number, reader = rejected(house), account(house, "karim")
    actor = Actor("staff", str(reader.id), "Karim", {"MN1": frozenset({"reviewer"})})
    with house.engine.begin() as connection:
        looking.look(UnitOfWork(connection, house.office, actor, NOW + 60), number, "print")
        reads.note(connection, (actor.key, "Karim"), About("document", number, "MN1", "deed 4"), now=NOW + 70)
    keys = ("--applicants", tmp_path / "applicants.keys")
    told = run(house, tmp_path, "looks", "--person", who, "--csv", tmp_path / "looks.csv", *keys).output
    assert told.count("karim") == 2 and "deed 4" in told and told.index("deed 4") < told.index("ورقة")
    assert (tmp_path / "looks.csv").read_text("utf-8").count(number) == 2
    again = run(house, tmp_path, "looks", "--case", number.lower()).output
    assert "من اطلع على ماذا" in again.splitlines()[0], "that one asked stands there, too"
    assert run(house, tmp_path, "looks", "--account", "karim").output.count(number) == 2
    with house.engine.connect() as connection:
        assert {each.what for each in reads.newest(connection)} == {"document", "looks"}


def test_retention_says_what_is_overdue_until_the_timer_ran(house: Workplace, tmp_path: Path) -> None:
    rejected(house)
    reader = Actor("staff", "2", "R", {"MN1": frozenset({"reviewer"})})
    with house.engine.begin() as connection:
        connection.execute(update(messages).values(state="delivered", changed_at=NOW))
        reads.note(connection, (reader.key, "R"), About("case", "APP-MN1-2026-000001", "MN1"), now=NOW)
    assert "زاد عن مدته" not in run(house, tmp_path, "retention", now=NOW + 3_600).output
    far = NOW + 1_900 * DAY
    told = run(house, tmp_path, "retention", "--lang", "en", now=far, exit_code=1).output
    over = [line.split(":")[0] for line, below in zip(told.splitlines(), told.splitlines()[3:], strict=False) if "over its time" in below]
    assert set(over) >= {"messages", "applicants", "looks"}
    retention.sweep(house.engine, house.office.store, now=far)
    assert sweeping.sweep(house.engine, now=far)["looks forgotten"] == 1
    told = run(house, tmp_path, "retention", now=far).output
    assert "حُذف آخر مرة" in told
    with house.engine.connect() as connection:
        assert connection.scalar(select(applications.c.holder).where(applications.c.number.is_not(None))) == NAME, "the case stays"


def test_a_citizen_with_nothing_here_is_forgotten_and_one_with_a_case_stays(house: Workplace) -> None:
    citizen(house, f"+20{1_512_223_337}")
    rejected(house)
    assert sweeping.sweep(house.engine, now=NOW + 364 * DAY)["citizens deleted"] == 0
    assert sweeping.sweep(house.engine, now=NOW + 366 * DAY)["citizens deleted"] == 1
    assert found(house, Named(mobile=MINE)).citizens
