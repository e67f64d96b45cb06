"""A notice's page on the portal, without a script and without signing in: verdict first, then where it stands, its paper, objecting."""

from __future__ import annotations

import re

import lxml.html
import pytest
from sqlalchemy import select

from office.enforcement.tables import objections
from seal import notices, sentences
from tests.office.desk.house import faults, mobile, plain
from tests.office.enforcement.connected import Connected

WHY = "البضاعة لجاري وليست لي"


def standing(page: str) -> str:
    found = lxml.html.fromstring(page).xpath("//@data-standing")
    return str(found[0]) if found else ""


def state(page: str) -> str:
    return str(lxml.html.fromstring(page).xpath("//section[@data-state]/@data-state")[0])


def fields(page: str, form: str = "objection") -> dict[str, str]:
    """What a form of the page would send."""
    there = lxml.html.fromstring(page).get_element_by_id(form)
    return {each.get("name"): each.value or "" for each in there.xpath(".//input | .//textarea")}


def test_a_citizen_sees_the_notice_gets_its_paper_and_objects_with_a_number(house: Connected) -> None:
    number, text = house.sealed()
    mona = house.client()
    page = mona.post("/notice", 200, text=text).text
    assert (state(page), standing(page)) == ("notice", "sealed")
    assert "notice_not_served" in faults(page) and 'id="objection"' not in page, "nobody objects before it is served"
    house.there.serve(number)
    page = mona.post("/notice", 200, text=text).text
    words = plain(page)
    assert standing(page) == "served"
    for told in (number, "إشغال الرصيف", "مادة نموذجية", "بضاعة على الرصيف", "500.00", "15 ديسمبر 2026", "سامي فؤاد حسن", "شارع 12"):
        assert told in words, told
    assert words.index("إخطار مخالفة صحيح") < words.index("حالة الإخطار"), "the verdict is first"
    paper = mona.post("/notice/paper", 200, text=text)
    assert paper.mimetype == "application/pdf" and paper.data == house.there.seals[number][1]
    made = mona.post("/notice/objection", 200, **fields(page) | {"objection": WHY, "mobile": mobile()}).text
    reference = lxml.html.fromstring(made).xpath("//@data-made")[0]
    assert re.fullmatch(r"OBJ-MN1-2026-000001-[0-9A-Z]", reference)
    assert reference in plain(made) and 'id="objection"' not in made
    assert "استلمنا اعتراضك؛ لا سداد" in plain(made) and "سدّد أو اعترض" not in plain(made), "before inspections has it, too"
    assert house.round()["delivered"] == 1
    assert house.there.objections[number]["text"] == WHY
    page = mona.post("/notice", 200, text=text).text
    assert standing(page) == "objected" and reference in plain(page)


def test_somebody_else_s_paper_and_status_are_behind_the_code_alone(house: Connected) -> None:
    number, text = house.sealed()
    mona = house.client()
    for forged in (text[:-1] + ("1" if text[-1] != "1" else "2"), text.replace("KHATM.EXAMPLE", "EVIL.EXAMPLE"), number):
        page = mona.post("/notice", text=forged)
        assert number not in plain(page.text) or forged == number
        assert standing(page.text) == ""
        assert mona.post("/notice/paper", 404, text=forged).mimetype == "text/html"
        assert mona.post("/notice/objection", 422, text=forged, objection=WHY)
    assert house.there.objections == {}
    with house.context.engine.connect() as connection:
        assert connection.execute(select(objections)).all() == []


def test_a_genuine_seal_under_another_notice_s_number_is_told_apart(house: Connected) -> None:
    """As with a key that was copied: what became of the one on record is not told about the other, nor is its paper handed out."""
    number, text = house.sealed()
    house.there.serve(number)
    house.there.notices[number] |= {"piastres": 1, "holder": "سر الجيران"}
    page = house.client().post("/notice", 200, text=text).text
    assert "notice_other" in faults(page) and standing(page) == ""
    assert "سر الجيران" not in plain(page)
    assert "notice_other" in faults(house.client().post("/notice/objection", 422, text=text, objection=WHY).text)


def test_while_inspections_is_away_the_status_is_unknown_and_an_objection_is_taken_in(house: Connected) -> None:
    number, text = house.sealed()
    house.there.serve(number)
    mona = house.client()
    house.there.answers = [(503, "x")] * 3
    page = mona.post("/notice", 200, text=text).text
    assert state(page) == "notice" and "notice_status_unknown" in faults(page) and standing(page) == ""
    made = mona.post("/notice/objection", 200, **fields(page) | {"objection": WHY}).text
    assert "data-made" in made
    house.there.answers.clear()
    assert house.round()["delivered"] == 1
    assert house.there.objections[number]["at"] == house.now


@pytest.mark.parametrize("known", [True, False])
def test_while_inspections_is_away_the_violation_is_told_in_the_trust_list_s_words(house: Connected, known: bool) -> None:
    """And where it has none, the code alone is no answer: that its words are not known here is said."""
    code = "pavement_occupied" if known else "of_next_year"
    name = house.context.trust().violations.get(code)
    _, text = house.sealed(violation=code)
    for language in ("ar", "en"):
        house.there.answers = [(503, "x")] * 3
        words = plain(house.client().post(f"/notice?lang={language}", 200, text=text).text)
        assert (name[language] if name else sentences.say("notice_violation_unworded", language, {"kind": code})) in words
        assert (code in words) == (not known)


def test_a_slow_inspections_does_not_hold_all_of_the_desk_s_threads(house: Connected) -> None:
    """Whoever comes while others wait for it is told at once that nobody can tell, and may object."""
    number, text = house.sealed()
    house.there.serve(number)
    asked = len(house.there.asked)
    with house.context.asking, house.context.asking:
        page = house.client().post("/notice", 200, text=text).text
        assert "notice_status_unknown" in faults(page) and 'id="objection"' in page
    assert len(house.there.asked) == asked
    assert standing(house.client().post("/notice", 200, text=text).text) == "served", "and those who waited have let go"


@pytest.mark.parametrize(
    ("typed", "code", "field"),
    [
        ({"objection": "قصير"}, "objection_text", "objection"),
        ({"objection": "س" * 4_001}, "objection_text", "objection"),
        ({"objection": "تسعة أحرف\0 وأكثر"}, "objection_text", "objection"),
        ({"objection": ""}, "objection_text", "objection"),
        ({"objection": WHY, "mobile": "12345"}, "mobile_invalid", "mobile"),
        ({"objection": WHY, "mobile": '"><script>alert(1)</script>'}, "mobile_invalid", "mobile"),
    ],
)
def test_what_cannot_be_taken_is_said_beside_its_field_and_stays(house: Connected, typed: dict[str, str], code: str, field: str) -> None:
    number, text = house.sealed()
    house.there.serve(number)
    answer = house.client().post("/notice/objection", 422, text=text, **typed)
    page = lxml.html.fromstring(answer.text)
    wrong = page.xpath(f"//*[@name='{field}' and @aria-invalid='true']")[0]
    assert page.get_element_by_id(wrong.get("aria-describedby")).get("data-code") == code
    assert "<script>alert" not in answer.text
    for name, value in typed.items():
        assert fields(answer.text)[name] == value.replace("\0", "\ufffd") or "\0" in value
    with house.context.engine.connect() as connection:
        assert connection.execute(select(objections)).all() == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"state": "served", "objection_until": "2026-11-23"}, "objection_late"),
        ({"state": "objected"}, "objection_made"),
        ({"state": "upheld"}, "objection_made"),
        ({"state": "cancelled"}, "notice_closed"),
        ({"state": "paid"}, "notice_closed"),
        ({"state": "sealed"}, "notice_not_served"),
        ({"state": "something new"}, "notice_not_served"),
    ],
)
def test_who_may_not_object_is_told_why(house: Connected, changes: dict[str, str], code: str) -> None:
    number, text = house.sealed()
    house.there.serve(number)
    house.there.notices[number] |= changes
    page = house.client().post("/notice", 200, text=text).text
    assert code in faults(page) and 'id="objection"' not in page
    assert code in faults(house.client().post("/notice/objection", text=text, objection=WHY).text)
    with house.context.engine.connect() as connection:
        assert connection.execute(select(objections)).all() == []


def test_one_objects_once(house: Connected) -> None:
    number, text = house.sealed()
    house.there.serve(number)
    mona = house.client()
    mona.post("/notice/objection", 200, text=text, objection=WHY)
    again = mona.post("/notice/objection", 409, text=text, objection=WHY + " مرة أخرى")
    assert "objection_made" in faults(again.text)
    with house.context.engine.connect() as connection:
        assert connection.scalars(select(objections.c.text)).all() == [WHY]


def test_the_public_page_s_button_opens_it_and_no_other_site_objects_for_anybody(house: Connected) -> None:
    number, text = house.sealed()
    house.there.serve(number)
    elsewhere = {"Sec-Fetch-Site": "cross-site", "Origin": "https://khatm.example"}
    for who in (house.client(), house.citizen()):
        english = who.http.post("/notice?lang=en", data={"text": text}, headers=elsewhere)
        assert english.status_code == 200 and 'lang="en"' in english.text, "in the language of that page"
        assert who.http.post("/notice", data={"text": text}, headers=elsewhere).status_code == 200
        for path in ("/notice/objection", "/notice/paper"):
            assert who.http.post(path, data={"text": text, "objection": WHY}, headers=elsewhere).status_code == 403
    # Whoever came from there is signed in here and has no form token in that page: their objection is taken all the same.
    mona = house.citizen(2)
    assert (
        mona.http.post("/notice/objection", data={"text": text, "objection": WHY}, headers={"Sec-Fetch-Site": "same-origin"}).status_code
        == 200
    )


def test_the_other_language_keeps_code_and_words_without_a_script(house: Connected) -> None:
    number, text = house.sealed()
    house.there.serve(number)
    mona = house.client()
    page = mona.post("/notice", 200, text=text, objection=WHY, mobile="0100", lang="en")
    assert 'lang="en"' in page.text and "Genuine notice of a violation" in plain(page.text)
    assert fields(page.text) == {"text": text, "objection": WHY, "mobile": "0100"}
    button = lxml.html.fromstring(page.text).xpath("//button[@name='lang']")[0]
    assert (button.get("form"), button.get("formaction"), button.get("value")) == ("objection", "/notice", "ar")


def test_a_text_that_is_none_is_asked_for_again(house: Connected) -> None:
    mona = house.client()
    assert 'name="text"' in mona.get("/notice").text
    for text in ("", "hello", "VIO-MN1-2026-000001-0", "https://khatm.example/N1", "x" * 9_000):
        page = mona.post("/notice", 422, text=text).text
        assert "not_a_notice" in faults(page)
        assert fields_of_door(page) == text


def fields_of_door(page: str) -> str:
    return str(lxml.html.fromstring(page).get_element_by_id("text").text or "")


def test_nothing_of_the_code_or_the_words_gets_into_a_log(house: Connected, caplog: pytest.LogCaptureFixture) -> None:
    number, text = house.sealed()
    house.there.serve(number)
    caplog.clear()
    with caplog.at_level("DEBUG"):
        house.client().post("/notice", 200, text=text)
        house.client().post("/notice/objection", 200, text=text, objection=WHY, mobile=mobile())
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("werkzeug")]
    assert not [each for each in ours if WHY in each or text[-40:] in each or mobile() in each]


def test_a_notice_is_judged_by_the_time_and_lists_of_now(house: Connected) -> None:
    _, text = house.sealed()
    house.now += 40 * 86_400
    page = house.client().post("/notice", 200, text=text).text
    assert (state(page), standing(page)) == ("cannot_tell", ""), "lists that are too old prove nothing"
    assert notices.ours(text)
