"""People of the street on the web: administrators make, change and close, supervisors see, and who is closed out is out on phones too."""

from __future__ import annotations

import re

from accounts import directory
from tests.inspections.phone import Phone
from tests.inspections.street import PASSWORD, Street
from tests.inspections.town import Visitor, plain


def visitor(street: Street, name: str, *granted: tuple[str, str]) -> Visitor:
    return Visitor(street, street.account(name, *granted))


def invitation(text: str) -> str:
    found = re.search(r'id="invitation"[^>]*>http://localhost/inspections(/welcome/[\w-]+)<', text)
    assert found
    return found[1]


def test_somebody_is_invited_given_a_role_and_signs_in_on_a_phone_that_is_seen(each_street: Street) -> None:
    street = each_street
    admin = visitor(street, "karim", ("MID", "administrator"))
    first = invitation(admin.post("/people", 200, name="hany", display="هاني سعد").text)
    page = admin.post("/people/hany/roles", 200, role=["MID inspector"]).text
    assert re.findall(r'name="role" value="([^"]+)"[^>]* checked', page) == ["MID inspector"]
    assert "MID clerk" not in page, "no role of the office"
    stranger = Visitor(street)
    assert "هاني سعد" in stranger.get(first).text
    lost = invitation(admin.post("/people/hany/invite", 200).text)
    stranger.get(first, 403)
    assert "هاني سعد" in stranger.get(lost).text, "a lost phone: everything anew"
    street.account("amal", ("MID", "inspector"))
    with street.engine.connect() as connection:
        amal = directory.find(connection, "amal")
    street.signed_in(street.phone(amal))
    page = plain(admin.get("/people/amal").text)
    assert "الدخول على الهواتف" in page and "دخل" in page


def test_supervisors_see_their_people_and_change_nothing(street: Street, phone: Phone) -> None:
    salma = visitor(street, "salma", ("MID", "supervisor"))
    street.account("secret", ("AGM", "inspector"))
    street.account("nobody")
    page = salma.get("/people").text
    assert "amal" in page and "secret" not in page and "nobody" not in page and 'name="display"' not in page
    page = salma.get("/people/amal").text
    assert 'id="signed-in"' in page and "/roles" not in page and "/close" not in page and "/invite" not in page
    salma.get("/people/secret", 404)
    for what in ("roles", "invite", "close"):
        salma.post(f"/people/amal/{what}", 403)
    salma.post("/people", 403, name="x", display="x")


def test_an_administrator_of_another_authority_sees_nobody_of_ours(street: Street, phone: Phone) -> None:
    other = visitor(street, "nadia", ("AGM", "administrator"))
    assert "amal" not in other.get("/people").text
    other.get("/people/amal", 404)
    other.post("/people/amal/close", 404)
    assert phone.contact()[0] == 200


def test_who_is_closed_out_signs_in_nowhere_and_is_credited_no_more(street: Street, phone: Phone) -> None:
    admin = visitor(street, "karim", ("MID", "administrator"))
    phone.record()
    phone.sync()
    admin.post("/people/amal/close", 200)
    street.now += 3600
    phone.now = street.now
    name, message = phone.record()
    _, told = phone.put(name, message)
    assert told["reasons"] == ["officer_not_signed_in"], "her twelve hours are over with her account"
    assert phone.sign_in("amal", PASSWORD, street.totp("amal"))[0] == 403
