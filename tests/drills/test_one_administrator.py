"""One administrator alone, however many colleagues they make up, comes to no license."""

from __future__ import annotations

from pathlib import Path

import pytest

from acts.roster import claim_of, role_claim
from tests.acts.authenticator import Authenticator
from tests.drills.test_taken_web_server import approve_in_the_database, decision, passkey, run, statement, write
from tests.office.applications.conftest import Keys, unlocked
from tests.office.desk.keyed import confirm, enrol, told
from tests.office.desk.rostered import Rostered

__all__ = ["unlocked"]


@pytest.fixture
def office(tmp_path: Path, unlocked: Keys) -> Rostered:
    """Hoda and Karim are on the root's roster. Hoda is the one who is on her own."""
    return Rostered(tmp_path, unlocked, str(tmp_path / "register.sqlite"))


def test_by_the_pages(office: Rostered) -> None:
    """She invites somebody, gives them a role, and signs in as them: neither person, role nor passkey counts without another's word."""
    hoda = office.visitors["hoda"]
    hoda.get("/centre/people")
    hoda.post("/centre/people", 200, name="puppet", display="دمية")
    hoda.post("/centre/people/puppet/roles", 200, role=["MN1 reviewer"])
    hoda.post("/centre/people/puppet/roles/confirm", 422, given="MN1:reviewer")
    number = office.paid()
    puppet = office.house.staff("puppet")
    puppet.get(f"/centre/applications/{number}", 303)
    puppet.post(office.path(number), 403)
    assert office.licenses() == 0


def test_by_signing_for_her_own_making(office: Rostered) -> None:
    """With the web server in her hands she writes what she likes, and signs for all of it with her one passkey, and with theirs."""
    number = office.paid()
    asked, hoda = decision(office, number), office.keys["hoda"]
    puppets = [Authenticator(name) for name in ("puppet1", "puppet2")]
    for each in puppets:
        run(
            office,
            f"INSERT INTO account (name, display, totp_step, made_at, confirmed_by) VALUES ('{each.account}', 'x', 0, 1, 'karim')",
            *(
                "INSERT INTO account_role (account_id, authority, role, granted_by, confirmed_by) "
                f"SELECT id, '*', '{role}', 'hoda', 'karim' FROM account WHERE name = '{each.account}'"
                for role in ("administrator", "reviewer")
            ),
        )
        passkey(office, each.account, each)
        for by in (hoda, *puppets):
            for claim in (claim_of(each.passkey), *(role_claim(each.account, "*", role) for role in ("administrator", "reviewer"))):
                statement(office, each.account, claim, by.account, by)
        write(office, number, asked, each.account, each)
    approve_in_the_database(office, number)
    assert office.work() == {"passkey_unknown": 1}
    assert office.licenses() == 0


def test_by_a_second_passkey_of_her_own(office: Rostered) -> None:
    """Two passkeys of one person are one person: hers signs nothing for herself, and for others it is the same signature."""
    second = Authenticator("hoda", office.roster.site)
    assert enrol(office.visitors["hoda"], second, "الثاني").status_code == 303
    confirm(office.visitors["karim"], "hoda", told(office.visitors["hoda"]))
    office.join("puppet", ("MN1", "reviewer"), by=("hoda",))
    for claim in (claim_of(office.keys["puppet"].passkey), role_claim("puppet", "MN1", "reviewer")):
        statement(office, "puppet", claim, "hoda", second)
    number = office.paid()
    refused = office.click("puppet", number)
    assert refused.status_code == 422 and 'data-code="passkey_unknown"' in refused.text


def test_two_administrators_do_not_decide_either(office: Rostered) -> None:
    """They say who decides; they do not: a signature of theirs under a decision is one of nobody who may."""
    number = office.paid()
    asked = decision(office, number)
    for name in ("hoda", "karim"):
        write(office, number, asked, name, office.keys[name])
    approve_in_the_database(office, number)
    assert office.work() == {"role_unchained": 1}
