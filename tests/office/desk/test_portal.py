"""The portal without a script: from signing in to a sent application, and everything typed stays."""

import re

import lxml.html
import pytest

from office.applications import drafts
from office.desk import words
from tests.office.applications.workplace import pdf, shop
from tests.office.desk.house import House, Visitor, faults, mobile, plain

PAPERS = ("identity", "tenure", "commercial_register", "tax_card", "floor_plan")


def begin(visitor: Visitor, service: str = "shop.first", authority: str = "") -> str:
    """The address of a new draft."""
    type_, procedure = service.split(".")
    visitor.get(f"/apply?type={type_}&procedure={procedure}")
    answer = visitor.post("/apply", 303, type=type_, procedure=procedure, authority=authority)
    found = re.fullmatch(r"(/apply/[0-9a-f]{32})/details", answer.location)
    assert found
    return found[1]


def fill(visitor: Visitor, draft: str, fields: dict[str, str], papers: tuple[str, ...] = PAPERS) -> None:
    """Fill every step of a draft."""
    site = {name: value for name, value in fields.items() if name in ("latitude", "longitude", "radius_m", "footprint")}
    details = {name: value for name, value in fields.items() if name not in site}
    assert visitor.post(f"{draft}/details", 303, **details).location == f"{draft}/site"
    assert visitor.post(f"{draft}/site", 303, **site).location == f"{draft}/documents"
    for code in papers:
        visitor.post(f"{draft}/attach", 303, code=code, file=(pdf(), f"{code}.pdf"))
    assert visitor.post(f"{draft}/documents", 303).location == f"{draft}/check"


def test_a_shop_from_the_first_page_to_a_sent_application(each_house: House) -> None:
    mona = each_house.citizen()
    assert "/apply?type=shop" in mona.get("/").text
    draft = begin(mona)
    fill(mona, draft, shop())
    page = mona.get(f"{draft}/check")
    assert faults(page.text) == set()
    assert "مخبز الأمل" in plain(page.text)
    answer = mona.post(f"{draft}/send", 303, version=re.findall(r'name="version" value="(\d+)"', page.text)[0])
    assert re.fullmatch(r"/applications/APP-MN1-2026-\d{6}-[0-9A-Z]", answer.location)
    again = mona.post(f"{draft}/send")
    assert again.status_code in (303, 409)
    assert answer.location in mona.get("/applications").text


def test_what_was_typed_stays_whatever_it_is(house: House) -> None:
    mona = house.citizen()
    draft = begin(mona)
    typed = {"trade_name": "<b>محل</b> " + "x" * 90, "activity": "بيع", "floor_area": "many", "valid_from": "soon", "holder": ""}
    page = mona.post(f"{draft}/details", 422, **typed)
    assert faults(page.text) >= {"trade_name_too_long", "holder_missing"}
    for text in ("&lt;b&gt;محل&lt;/b&gt; " + "x" * 90, "many", "soon"):
        assert text in page.text
    for field in ("trade_name", "holder", "floor_area", "valid_from"):
        assert f'id="{field}-fault"' in page.text
        assert re.search(rf'name="{field}"[^>]*aria-invalid="true" aria-describedby="{field}-fault"', page.text), field
    house.now += 3 * 86_400  # the browser was closed, and the session has ended
    mona = house.citizen()
    assert "many" in mona.get(f"{draft}/details").text
    assert draft in mona.get("/applications").text


def test_a_click_on_the_map_places_the_site(house: House) -> None:
    mona = house.citizen()
    draft = begin(mona, authority="MN1")
    page = mona.get(f"{draft}/site")
    hidden = dict(re.findall(r'type="hidden" name="(level|lat|lon)" value="([^"]*)"', page.text))
    answer = mona.post(f"{draft}/site", 303, **hidden, shown="300", pick_x="150", pick_y="150")
    page = mona.follow(answer)
    area = house.context.areas()["MN1"]
    latitude = (min(p.latitude for p in area.ring) + max(p.latitude for p in area.ring)) / 2
    assert f"{latitude:.6f}" in page.text, "the middle of the picture is the middle of the district"
    picture = mona.get(re.findall(r'src="(/apply/[^"]*map\.svg[^"]*)"', page.text)[0].replace("&amp;", "&"))
    assert picture.mimetype == "image/svg+xml"


def test_an_outline_grows_by_clicks_and_is_kept_as_wkt(house: House) -> None:
    mona = house.citizen()
    draft = begin(mona, "building.first", authority="MN1")
    for x, y in ((140, 140), (160, 140), (160, 160), (140, 160)):
        view = {"level": "9", "lat": "31.275", "lon": "30.005", "as": "corner", "shown": "300"}
        mona.post(f"{draft}/site", 303, **view, footprint=outline(mona, draft), pick_x=str(x), pick_y=str(y))
    with house.context.engine.connect() as connection:
        kept = drafts.show(connection, draft.split("/")[-1], actor=house.actor_of())
    assert kept.fields["footprint"].startswith("POLYGON((")
    assert kept.fields["footprint"].count(",") == 4
    assert outline(mona, draft).count("\n") == 3
    mona.post(f"{draft}/site", 303, footprint=outline(mona, draft), map="fewer")
    assert outline(mona, draft).count("\n") == 2


def outline(visitor: Visitor, draft: str) -> str:
    found = re.search(r'(?s)<textarea id="footprint"[^>]*>(.*?)</textarea>', visitor.get(f"{draft}/site").text)
    assert found
    return found[1]


def test_a_pair_in_the_first_box_is_understood(house: House) -> None:
    mona = house.citizen()
    draft = begin(mona)
    page = mona.follow(mona.post(f"{draft}/site", 303, latitude="31.2752, 30.0061", longitude="", map="find"))
    assert 'value="31.2752"' in page.text and 'value="30.0061"' in page.text


def test_hostile_files_are_refused_beside_their_field(house: House) -> None:
    mona = house.citizen()
    draft = begin(mona)
    for content, code in ((b"", "document_empty"), (b"<svg onload=alert(1)>", "document_type"), (b"%PDF-1.7 nonsense", "document_broken")):
        page = mona.post(f"{draft}/attach", 422, code="identity", file=(content, "<script>.pdf"))
        assert faults(page.text) == {code}
        assert '<p class="fault"' in page.text
    mona.post(f"{draft}/attach", 413, code="identity", file=(b"%PDF-" + b"0" * (11 << 20), "large.pdf"))


def test_what_was_typed_goes_along_with_the_tabs_and_the_language(house: House) -> None:
    """The tabs and the language are buttons of the step's own form: no script is needed."""
    mona = house.citizen()
    draft = begin(mona)
    page = lxml.html.fromstring(mona.get(f"{draft}/details").text)
    (form,) = page.xpath("//form[@data-typed]")
    buttons = {(each.get("name"), each.get("value")) for each in page.xpath(f"//button[@form='{form.get('id')}']")}
    assert buttons == {("go", "next"), ("go", "site"), ("go", "documents"), ("go", "check"), ("lang", "en")}
    assert not page.xpath("//a[contains(@href, 'lang=')]")
    for at, step in (("details", "site"), ("site", "details"), ("details", "check"), ("site", "documents")):
        field, text = ("trade_name", f"مكتبة {step}") if at == "details" else ("latitude", f"31.2{len(step)}")
        answer = mona.post(f"{draft}/{at}", 303, go=step, **{field: text})
        assert answer.location == f"{draft}/{step}"
        assert text in mona.get(f"{draft}/{at}").text
    for lang, opposite in (("en", "ar"), ("ar", "en")):
        answer = mona.post(f"{draft}/details", 303, lang=lang, trade_name=f"مكتبة {lang}")
        shown = mona.follow(answer).text
        assert f'lang="{lang}"' in shown.split("<head>")[0] and f"مكتبة {lang}" in shown and f'value="{opposite}"' in shown


def test_degrees_are_read_from_left_to_right(house: House) -> None:
    mona = house.citizen()
    draft = begin(mona)
    mona.post(f"{draft}/site", 303, latitude="31° 12′ 30″ N", longitude="29.9", go="check")
    page = lxml.html.fromstring(mona.get(f"{draft}/site").text)
    assert page.xpath("//input[@name='latitude']/@dir") == page.xpath("//input[@name='longitude']/@dir") == ["ltr"]


@pytest.mark.parametrize(
    ("detail", "ar", "en"),
    [
        ("2026-11-24", "24 نوفمبر 2026", "24 November 2026"),
        ("10 MB", "10 ميجابايت", "10 MB"),
        ("40 megapixels", "40 ميجابكسل", "40 megapixels"),
        ("ValueError", "", ""),
        ("400 > 365", '<bdi dir="ltr">400 &gt; 365</bdi>', '<bdi dir="ltr">400 &gt; 365</bdi>'),
    ],
)
def test_what_an_error_is_about_is_said_in_the_reader_s_language(detail: str, ar: str, en: str) -> None:
    assert (str(words.detail(detail, "ar")), str(words.detail(detail, "en"))) == (ar, en)
    assert words.detail("revoked", "ar") == words.say("status_revoked", "ar")


@pytest.mark.parametrize("name", ["receipt.pdf.hta", "../../etc/passwd", "صورة.exe", "a\u202efdp.exe"])
def test_a_file_is_handed_out_under_a_name_of_ours(house: House, name: str) -> None:
    mona = house.citizen()
    draft = begin(mona)
    mona.post(f"{draft}/attach", 303, code="identity", file=(pdf(), name))
    link = re.findall(rf'"({draft}/attached/\d+)"', mona.get(f"{draft}/documents").text)[0]
    answer = mona.get(link)
    number = link.rpartition("/")[2]
    assert answer.headers["Content-Disposition"] == f"attachment; filename=identity-{number}.pdf"
    assert (answer.mimetype, answer.headers["X-Content-Type-Options"]) == ("application/pdf", "nosniff")


def test_a_browser_that_signs_in_is_known_by_a_token_of_its_own(house: House) -> None:
    mona = house.citizen()
    cookie = mona.http.get_cookie("khatm_browser")
    assert cookie is not None and len(cookie.value) == 43 and cookie.http_only and cookie.same_site == "Lax"
    other = house.client()
    other.http.set_cookie("khatm_browser", "planted")
    other.post("/sign-in", 200, mobile=mobile())
    assert len(other.http.get_cookie("khatm_browser").value) == 43  # type: ignore[union-attr]
    stranger = house.client()
    assert stranger.get("/").headers.get("Set-Cookie") is None, "whoever only looks gets none"
    page = stranger.post("/sign-in/code", 422, mobile=mobile(), code=house.code())
    assert faults(page.text) == {"code_refused"}, "a code is good in the browser that asked for it"


def test_a_draft_is_discarded_and_asks_first(house: House) -> None:
    mona = house.citizen()
    draft = begin(mona)
    (form,) = lxml.html.fromstring(mona.get(f"{draft}/details").text).xpath("//form[contains(@action, '/discard')]")
    assert form.xpath("./details[not(@open)]//button") and not form.xpath("./button"), "one more press, which says what is lost"
    mona.post(f"{draft}/discard", 303)
    mona.get(f"{draft}/details", 404)


def test_signing_in_says_what_is_wrong_and_keeps_the_number(house: House) -> None:
    visitor = house.client()
    page = visitor.post("/sign-in", 422, mobile="12345")
    assert faults(page.text) == {"mobile_invalid"} and 'value="12345"' in page.text
    visitor.post("/sign-in", 200, mobile=mobile())
    page = visitor.post("/sign-in/code", 422, mobile=mobile(), code="000000" if house.code() != "000000" else "111111")
    assert faults(page.text) == {"code_refused"}
    assert visitor.post("/sign-in/code", 303, mobile=mobile(), code=house.code(), next="//evil.example/").location == "/applications"
    visitor.get("/applications")
    visitor.post("/sign-out", 303)
    visitor.get("/applications", 302)


def test_a_bill_names_its_rules_to_staff_alone(house: House) -> None:
    """Whoever pays reads what for; rules and their versions are for those who look after them."""
    mona = house.citizen()
    number = house.work.submitted("shop.first", shop(), actor=house.actor_of())
    shown = plain(house.staff("reem", ("MN1", "reviewer")).get(f"/centre/applications/{number}").text)
    rules = re.findall(r"القاعدة \W*([a-z_]+)", shown)
    assert rules, "there is something to pay"
    page = plain(mona.get(f"/applications/{number}").text)
    assert "المطلوب" in page
    assert not [word for word in ("القاعدة", *rules) if word in page]
