"""The accounts' pages: who makes whom into what, and that what is taken away is gone at once."""

from __future__ import annotations

import re

from accounts import confirming, directory
from tests.office.desk.house import House, Visitor, faults, plain


def invitation(text: str) -> str:
    found = re.search(r'id="invitation"[^>]*>http://localhost(/centre/welcome/[\w-]+)<', text)
    assert found
    return found[1]


def ticked(text: str) -> set[str]:
    return set(re.findall(r'name="role" value="([^"]+)"[^>]* checked', text))


def administrator(house: House, name: str = "karim", authority: str = "MN1") -> Visitor:
    return house.staff(name, (authority, "administrator"))


def test_an_account_is_made_given_roles_invited_again_and_closed(each_house: House) -> None:
    karim = administrator(each_house)
    first = invitation(karim.post("/centre/people", 200, name=" Hany ", display="هاني  سعد").text)
    assert plain(karim.get("/centre/people").text).count("هاني سعد") == 1
    page = karim.post("/centre/people/hany/roles", 200, role=["MN1 clerk", "MN1 cashier"])
    assert ticked(page.text) == {"MN1 clerk", "MN1 cashier"}
    second = invitation(karim.post("/centre/people/hany/invite", 200).text)
    stranger = each_house.client()
    assert faults(stranger.get(first, 422).text) == {"invitation_refused"}
    stranger.get(second)
    karim.post("/centre/people/hany/close", 200)
    assert faults(stranger.get(second, 422).text) == {"invitation_refused"}
    page = karim.get("/centre/people/hany")
    assert "أُغلق" in plain(page.text)
    assert "/centre/people/hany/close" not in page.text
    stranger.get(invitation(karim.post("/centre/people/hany/invite", 200).text))  # and opened again


def test_what_is_taken_away_is_gone_with_the_next_click(house: House) -> None:
    karim, hany = administrator(house), house.staff("hany", ("MN1", "cashier"), ("MN1", "clerk"))
    hany.get("/centre/till")
    karim.post("/centre/people/hany/roles", 200, role=["MN1 clerk"])
    assert hany.get("/centre/till", 302).location.startswith("/centre/sign-in"), "the session ended"
    hany = house.staff("hany")
    assert faults(hany.get("/centre/till", 403).text) == {"forbidden"}
    hany.get("/centre/apply")
    karim.post("/centre/people/hany/close", 200)
    assert hany.get("/centre/apply", 302).location.startswith("/centre/sign-in")


def test_an_administrator_sees_and_changes_only_their_own_authority(house: House) -> None:
    karim = administrator(house)
    house.account("samia", ("SHQ", "clerk"))
    house.account("both", ("SHQ", "clerk"), ("MN1", "clerk"))
    house.account("boss", ("*", "administrator"))
    names = plain(karim.get("/centre/people").text)
    assert "both" in names and "samia" not in names and "boss" not in names
    for name in ("samia", "boss"):
        karim.get(f"/centre/people/{name}", 404)
        for what in ("roles", "invite", "close"):
            karim.post(f"/centre/people/{name}/{what}", 404, role=["MN1 clerk"])
    with house.context.engine.connect() as connection:
        assert directory.find(connection, "samia").roles == {"SHQ": {"clerk"}}
    page = karim.get("/centre/people/both").text
    assert 'value="SHQ clerk"' not in page and "/centre/people/both/invite" not in page
    assert faults(karim.post("/centre/people/both/invite", 422).text) == {"grant_refused"}, "it has powers elsewhere"
    assert faults(karim.post("/centre/people/both/roles", 422, role=["SHQ manager"]).text) == {"grant_refused"}
    assert karim.post("/centre/people/both/roles", 303).location == "/centre/people", "it is no longer theirs to see"
    boss = house.staff("boss")
    assert ticked(boss.get("/centre/people/both").text) == {"SHQ clerk"}, "roles elsewhere stay as they were"


def test_nobody_changes_an_account_of_their_own(house: House) -> None:
    karim = administrator(house, authority="*")
    for what in ("roles", "invite", "close"):
        answer = karim.post(f"/centre/people/karim/{what}", 422, role=["MN1 cashier"])
        assert faults(answer.text) == {"grant_refused"}
    assert ticked(karim.post("/centre/people/karim/roles", 422, role=["MN1 cashier"]).text) == {"MN1 cashier"}, "what was ticked stays"
    assert ticked(karim.get("/centre/people/karim").text) == {"* administrator"}


def test_the_first_page_is_where_one_has_business(house: House) -> None:
    assert administrator(house).get("/centre/", 302).location == "/centre/people"
    assert faults(house.staff("nobody").get("/centre/", 403).text) == {"forbidden"}
    house.staff("mona", ("MN1", "clerk")).get("/centre/")
    both = house.staff("both", ("MN1", "clerk"), ("MN1", "administrator"))
    both.get("/centre/")
    both.get("/centre/people")


def test_one_administrator_makes_nobody_a_second_one_confirms(each_house: House) -> None:
    """Karim makes up a colleague; nadia, who knows hany, confirms by what hany is shown."""
    karim, nadia = administrator(each_house), administrator(each_house, "nadia")
    karim.post("/centre/people", 200, name="hany", display="هاني سعد")
    waits = karim.post("/centre/people/hany/roles", 200, role=["MN1 clerk"]).text
    assert "MN1 clerk" in ticked(waits) and 'roles/confirm" method' in waits and "أكّد الدور" not in waits, "not by who gave it"
    hany = each_house.staff("hany")
    with each_house.context.engine.begin() as connection:
        confirming.tell(connection, directory.find(connection, "hany"))
    assert hany.get("/centre/", 303).location == "/centre/waiting"
    assert faults(hany.post("/centre/apply", 403, type="shop", procedure="first").text) == {"forbidden"}
    page = hany.get("/centre/waiting").text
    told = re.search(r'id="enrolment"[^>]*>([a-z0-9]{6})<', page)
    assert told and "karim" in page
    assert faults(karim.post("/centre/people/hany/confirm", 422, enrolment=told[1]).text) == {"confirm_refused"}
    assert faults(nadia.post("/centre/people/hany/confirm", 422, enrolment="222222").text) == {"enrolment_differs"}
    nadia.post("/centre/people/hany/confirm", 200, enrolment=told[1])
    assert faults(hany.get("/centre/", 403).text) == {"forbidden"}, "confirmed, but without a role"
    assert "أكّد الدور" not in nadia.post("/centre/people/hany/roles/confirm", 200, given="MN1:clerk").text
    hany.get("/centre/")
    assert hany.get("/centre/waiting", 303).location == "/centre/"
