"""Two people for what is sealed in bulk or changed by command: one prepares, another approves exactly that, and it is done once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

import khatm
from accounts import second_factor
from demo import office as demo_office
from demo.office import Person
from issuer.errors import IssuerError
from issuer.register import requests
from issuer.register.tables import licenses, sealing_requests
from tests.issuer.offices import NOW, SECONDS, Office, row, rows

PREPARED = 3


@pytest.fixture
def house(each_office: Office) -> Office:
    """An office with people: Reem reviews in MN1, Karim is administrator everywhere, Mona is a clerk."""
    with each_office.locations.engine(create=True) as engine:
        staff = [each for each in demo_office.STAFF if each[0] in ("mona", "reem", "karim")]
        people[each_office.folder] = {each.name: each for each in demo_office.people(engine, now=SECONDS - 60, staff=staff)}
    return each_office


people: dict[Path, dict[str, Person]] = {}


def run(office: Office, *words: str | Path, exit_code: int = 0, asked: str = "") -> str:
    """Run a command as a house with people does, without --alone."""
    now = None if words[:3] in (("office", "requests", "show"), ("office", "requests", "list")) else NOW.isoformat()
    given = [word for word in office.words(*words, now=now) if word != "--alone"]
    result: Result = CliRunner().invoke(khatm.main, given, input=asked)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    assert result.exit_code == exit_code, result.output
    return result.output


def prepared(said: str) -> str:
    found = re.search(r"^request (\d+) ", said, re.MULTILINE)
    assert found and "digest" in said and "طلبات الختم" in said, said
    return found[1]


def approve(office: Office, request: str, name: str, *, word: str = "approve", exit_code: int = 0) -> str:
    person = people[office.folder][name]
    code = person.recovery[0] if word == "approve" else second_factor.code_of(person.key, now=SECONDS)
    people[office.folder][name] = person._replace(recovery=person.recovery[1:])
    return run(office, "office", "requests", word, request, "--as", name, exit_code=exit_code, asked=f"{person.password}\n{code}\n")


def sealed(office: Office) -> int:
    with office.locations.engine() as engine, engine.connect() as connection:
        return len(connection.scalars(select(licenses.c.id)).all())


def state(office: Office, request: str) -> str:
    with office.locations.engine() as engine, engine.connect() as connection:
        return requests.show(connection, int(request)).state


def test_a_file_is_sealed_once_somebody_else_approved_exactly_it(house: Office) -> None:
    file = house.write("three.csv", rows(3))
    request = prepared(run(house, "issue", file, "--no-output", exit_code=PREPARED))
    assert sealed(house) == 0
    assert prepared(run(house, "issue", file, "--no-output", exit_code=PREPARED)) == request, "asked for once"
    shown = run(house, "office", "requests", "show", request)
    assert "محل رقم 1" in shown and "MN1" in shown
    digest = re.findall(r"digest ([0-9a-f]{64})", shown)[0]
    assert digest in run(house, "issue", "--check", file), "what the approver's own copy of the file says"
    assert "approved by reem" in approve(house, request, "reem")
    assert "3 issued" in run(house, "issue", file, "--no-output")
    assert (sealed(house), state(house, request)) == (3, "used")
    with house.locations.engine() as engine, engine.connect() as connection:
        kept = connection.execute(select(sealing_requests)).one()
    assert (kept.prepared_by.split(":")[0], kept.decided_by) == ("command", "account:reem")
    assert "rows" not in kept.told, "no license's data stays"
    out = house.folder / "out"
    assert "3 issued before" in run(house, "issue", file, "--output", "png", "--out", out), "cards that are missing are made"
    assert len(list(out.iterdir())) == 3


def test_a_file_that_changed_after_the_approval_is_refused(house: Office) -> None:
    file = house.write("three.csv", rows(3))
    request = prepared(run(house, "issue", file, "--no-output", exit_code=PREPARED))
    approve(house, request, "reem")
    changed = house.write("three.csv", [*rows(2), row(trade_name="محل اللص")])
    another = prepared(run(house, "issue", changed, "--no-output", exit_code=PREPARED))
    assert another != request and sealed(house) == 0
    file = house.write("three.csv", rows(3))
    assert prepared(run(house, "issue", file, "--renewals", "apply", exit_code=PREPARED)) not in (request, another)
    assert "3 issued" in run(house, "issue", file, "--no-output"), "the one that was approved still is"


def test_an_approval_counts_once(house: Office) -> None:
    """What the file's licenses became since is not undone by giving the file again."""
    file = house.write("one.csv", rows(1))
    approve(house, prepared(run(house, "issue", file, "--no-output", exit_code=PREPARED)), "reem")
    run(house, "issue", file, "--no-output")
    with house.locations.engine() as engine, engine.begin() as connection:
        (used,) = requests.listed(connection, open_=False)
        with pytest.raises(IssuerError, match="approval_used"):
            requests.use(connection, used, now=SECONDS)
    number = _numbers(house)[0]
    correct = ("license", "replace", number, "--reason", "spelling", "--holder", "سامي فؤاد", "--out", house.folder / "out")
    approve(house, prepared(run(house, *correct, exit_code=PREPARED)), "reem")
    run(house, *correct)
    back = ("license", "replace", number, "--reason", "back", "--holder", "سامي فؤاد حسن", "--out", house.folder / "out")
    approve(house, prepared(run(house, *back, exit_code=PREPARED)), "karim")
    run(house, *back)
    assert prepared(run(house, *correct, exit_code=PREPARED)), "the same words, of another seal: another request"


def _numbers(office: Office) -> list[str]:
    with office.locations.engine() as engine, engine.connect() as connection:
        return list(connection.scalars(select(licenses.c.number).order_by(licenses.c.id)))


def test_who_may_not_approve(house: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    file = house.write("three.csv", rows(3))
    request = prepared(run(house, "issue", file, "--no-output", exit_code=PREPARED))
    assert "request_unknown" in approve(house, request, "mona", exit_code=2), "a clerk"
    wrong = run(house, "office", "requests", "approve", request, "--as", "reem", exit_code=2, asked="wrong\n000000\n")
    assert "sign_in_refused" in wrong
    assert state(house, request) == "waiting"
    monkeypatch.setattr(khatm, "_user", lambda: "reem")
    own = prepared(run(house, "issue", house.write("other.csv", rows(1, first=9)), exit_code=PREPARED))
    assert "request_own" in approve(house, own, "reem", exit_code=2), "whoever prepared it"
    assert "alone_refused" in CliRunner().invoke(khatm.main, house.words("issue", file)).output, "there are people"
    assert "refused by karim" in approve(house, own, "karim", word="refuse")
    assert "request_decided" in approve(house, own, "karim", exit_code=2)
    assert sealed(house) == 0


def test_elsewhere_a_reviewer_approves_nothing(house: Office) -> None:
    there = row(authority="SHQ", latitude="31.205000", longitude="29.925000")
    request = prepared(run(house, "issue", house.write("two.csv", [*rows(1), there]), exit_code=PREPARED))
    with house.locations.engine() as engine, engine.connect() as connection:
        about = requests.show(connection, int(request)).authorities
    if "SHQ" in about:
        assert "request_unknown" in approve(house, request, "reem", exit_code=2)
    assert "approved by karim" in approve(house, request, "karim")


def test_a_suspension_is_lifted_by_two(house: Office) -> None:
    file = house.write("one.csv", rows(1))
    approve(house, prepared(run(house, "issue", file, "--no-output", exit_code=PREPARED)), "reem")
    run(house, "issue", file, "--no-output")
    (number,) = _numbers(house)
    reinstate = ("license", "reinstate", number, "--reason", "paid")
    assert "transition_refused" in run(house, *reinstate, exit_code=2), "nobody is asked for what cannot be done"
    run(house, "license", "suspend", number, "--reason", "visit")
    request = prepared(run(house, *reinstate, exit_code=PREPARED))
    approve(house, request, "karim")
    assert "reinstated" in run(house, *reinstate)
    run(house, "license", "suspend", number, "--reason", "again")
    assert prepared(run(house, *reinstate, exit_code=PREPARED)) != request, "another suspension, another approval"


def test_a_house_without_people_may_do_without_and_says_so(office: Office) -> None:
    file = office.write("one.csv", rows(1))
    prepared(run(office, "issue", file, exit_code=PREPARED))
    assert "1 issued" in office.run("issue", file, "--no-output").output
    with office.locations.engine() as engine, engine.connect() as connection:
        (kept,) = requests.listed(connection, open_=False)
    assert (kept.decided_by, kept.state) == ("console", "used")


