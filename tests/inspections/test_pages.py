"""Supervisors' pages and the police's: each shows what is theirs, under the filters asked for, and takes nothing that it should not."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import func, select

from inspections.alerts import store as alerts
from inspections.detection.tables import alert_events
from inspections.visits import lookups
from inspections.visits.evaluating import said
from inspections.visits.tables import inspections
from inspections.visits.tables import lookups as lookup_table
from seal.site import Point, offset
from tests.inspections.conftest import Made
from tests.inspections.town import Town, Visitor, plain
from tests.world import SHOP_SITE

SECRETS = ("سر العجمي", "ALX-AGM")


def ids(page: str) -> list[int]:
    """The inspections that a page leads to, in its order."""
    return list(dict.fromkeys(int(found) for found in re.findall(r'/inspections/visits/(\d+)"', page)))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", 6),
        ("?type=shop", 6),
        ("?type=demolition", 0),
        ("?decision=valid", 5),
        ("?decision=none", 1),
        ("?decision=invalid", 0),
        ("?decision=nonsense", 0),
        ("?result=violation", 2),
        ("?finding=critical", 1),
        ("?finding=any", 1),
        ("?finding=none", 5),
        ("?finding=minor", 0),
        ("?item={item}", 1),
        ("?item={item_in_order}", 0),
        ("?item=%27", 0),
        ("?officer=amal", 6),
        ("?officer=badr", 0),
        ("?differs=1", 5),
        ("?state=set_apart", 0),
        ("?since=2026-11-24&until=2026-11-24", 6),
        ("?since=2026-11-01&until=2026-11-23", 0),
        ("?authority=AGM", 0),
        ("?number={number_clothes}", 1),
        ("?type=shop&result=violation&finding=none", 1),
    ],
)
def test_each_filter_shows_what_it_says(town: Town, query: str, expected: int) -> None:
    page = town.visitors["supervisor"].get(town.path(f"/visits{query}")).text
    assert len(ids(page)) == expected


def test_a_wrong_day_is_told_beside_its_field_and_never_taken_as_another(town: Town) -> None:
    for query, code in (("since=soon", "day_invalid"), ("since=2026-11-24&until=2026-11-01", "period_refused")):
        answer = town.visitors["supervisor"].get(f"/visits?{query}", 422)
        assert f'data-code="{code}"' in answer.text and ids(answer.text) == []
        assert town.visitors["supervisor"].get(f"/visits/inspections.csv?{query}", 422).mimetype == "text/html"


def test_a_list_goes_on_where_it_stopped_with_the_same_filters(own: Town) -> None:
    phone = own.phones["amal"]
    for _ in range(60):
        own.pass_time(phone, 0)  # many in the same second
        phone.record(seen_name="كشك")
    phone.sync()
    visitor, found, path = own.visitors["supervisor"], list[int](), "/visits?result=violation"
    while path:
        page = visitor.get(path).text
        found += ids(page)
        onward = re.search(r'class="button" href="/inspections(/visits\?[^"]*after=[^"]*)"', page)
        path = onward[1].replace("&amp;", "&") if onward else ""
    assert len(found) == len(set(found)) == 62
    assert town_order(own, found) == found, "the newest first"


def town_order(town: Town, found: list[int]) -> list[int]:
    table = inspections.c
    query = select(table.id).where(table.id.in_(found)).order_by(table.scanned_at.desc(), table.id.desc())
    with town.engine.connect() as connection:
        return list(connection.scalars(query))


def test_each_sees_their_own_authorities_and_another_s_is_not_there(town: Town) -> None:
    assert len(ids(town.visitors["elsewhere"].get("/visits").text)) == 1
    assert len(ids(town.visitors["chief"].get("/visits").text)) == 7
    paths = ("/visits", "/visits?authority=AGM", "/map", "/coverage", "/coverage?authority=AGM", "/workload", "/alerts", "/devices")
    for path in (*paths, "/visits/inspections.csv", "/visits/inspections.geojson", "/coverage/never-seen.csv", "/workload/workload.csv"):
        text = town.visitors["supervisor"].get(path).text
        assert not any(secret in text for secret in SECRETS), path
        assert "badr" not in text, path
    foreign = ("/visits/{visit_agami}", "/visits/{visit_agami}/photographs/1.jpg", "/licenses/{number_agami}", "/alerts/{foreign_alert}")
    for path in (*foreign, "/devices/{kid_badr}", "/visits/999999", "/alerts/999999"):
        assert "سر العجمي" not in town.visitors["supervisor"].get(town.path(path), 404).text
    own = town.path("/visits/{visit_agami}")
    assert "سر العجمي" in town.visitors["elsewhere"].get(own).text, "or this shows nothing"
    assert town.visitors["supervisor"].post(town.path("/alerts/{foreign_alert}/close"), 404, reason="moved")


def test_both_verdicts_stand_side_by_side(town: Town) -> None:
    page = town.visitors["supervisor"].get(town.path("/visits/{visit_bakery}"), headers={"Cookie": ""}).text
    row = re.search(r'<tr class="differs"><th scope="row">الحكم</th>(.*?)</tr>', page, re.DOTALL)
    assert row and re.findall(r'class="pill (\w+)"', row[1]) == ["valid", "invalid"]
    assert "أُلغي الترخيص قبل المسح" in plain(page)
    assert "أحمد محمد علي" in page and town.numbers["bakery"] in page
    assert 'class="pill linked"' in page and "متصل بما قبله" in page


def test_a_finding_is_told_by_its_name(town: Town) -> None:
    page = plain(town.visitors["supervisor"].get(town.path("/visits/{visit_clothes}")).text)
    assert f"{town.item['ar']} مخالف خطيرة الباب مغلق بقفل" in page and "420 سم" in page


def test_a_code_that_nobody_vouches_for_shows_nothing_of_itself(own: Town) -> None:
    phone = own.phones["amal"]
    own.pass_time(phone)
    forged = own.world.forged(own.world.license(holder="مزور كبير"))
    phone.record(kind="license", result="violation", code=forged, location=own.location(SHOP_SITE.point), no_fix=None)
    phone.sync()
    (newest,) = ids(own.visitors["supervisor"].get("/visits").text)[:1]
    page = own.visitors["supervisor"].get(f"/visits/{newest}").text
    assert "مزور كبير" not in page


def test_the_drawing_shows_the_scan_its_accuracy_and_the_site_true_to_scale(town: Town) -> None:
    page = town.visitors["supervisor"].get(town.path("/visits/{visit_bakery}")).text
    circles = {float(r): fill for r, fill in re.findall(r'<circle cx="[\d.]+" cy="[\d.]+" r="([\d.]+)" fill="(#\w+)"', page)}
    site, scan = (next(r for r, fill in circles.items() if fill == colour) for colour in ("#0b5d36", "#b3460e"))
    assert site / scan == pytest.approx(40 / 6.5, rel=0.02), "a radius of 40 m beside an accuracy of 6.5 m"


def test_a_photograph_is_what_was_signed_and_never_runs(town: Town) -> None:
    with town.visitors["supervisor"].get(town.path("/visits/{visit_clothes}/photographs/1.jpg")) as answer:
        headers, data = answer.headers, answer.data
    assert sha256(data).digest() in town.phones["amal"].photographs
    assert (headers["Content-Type"], headers["X-Content-Type-Options"]) == ("image/jpeg", "nosniff")
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["Cache-Control"] == "no-store"
    for path in ("/visits/{visit_clothes}/photographs/3.jpg", "/visits/{visit_bakery}/photographs/1.jpg"):
        town.visitors["supervisor"].get(town.path(path), 404)


def test_a_photograph_on_its_way_is_told(own: Town) -> None:
    phone = own.phones["amal"]
    own.pass_time(phone)
    name, message = phone.record(photographs=1)
    assert phone.put(name, message)[0] == 201
    (newest,) = ids(own.visitors["supervisor"].get("/visits").text)[:1]
    assert "لم تصل هذه الصورة بعد" in own.visitors["supervisor"].get(f"/visits/{newest}").text
    own.visitors["supervisor"].get(f"/visits/{newest}/photographs/1.jpg", 404)


def test_a_license_s_story_is_whole_and_in_order(town: Town) -> None:
    page = town.visitors["supervisor"].get(town.path("/licenses/{number_bakery}")).text
    kinds = re.findall(r'data-kind="(\w+)"', page)
    assert kinds.count("inspection") == 4 and kinds.count("difference") == 4
    assert kinds.count("alert") == 1 and kinds[-1] == "seal"
    assert 'class="pill revoked"' in page
    unseen = town.visitors["supervisor"].get(town.path("/licenses/{number_unseen}")).text
    assert re.findall(r'data-kind="(\w+)"', unseen) == ["seal"]
    for number in ("ALX-MID-2026-0000001-X", "x", "ALX-MID-2026-0000099-Z"):
        town.visitors["supervisor"].get(f"/licenses/{number}", 404)
    found = town.visitors["supervisor"].get(f"/licenses?number=+{town.numbers['bakery'].lower()}", 302)
    assert found.location == f"/inspections/licenses/{town.numbers['bakery']}"


def test_the_map_gathers_what_is_near_and_parts_it_closer(town: Town) -> None:
    def spots(query: str) -> tuple[int, int]:
        page = town.visitors["supervisor"].get(f"/map{query}").text
        told = re.search(r"role=\"img\" aria-label=\"[^\"]*: (\d+)\"", page)
        assert told
        return int(told[1]), len(re.findall(r"<circle cx=", page.split('class="drawing')[1].split("</svg>")[0]))

    assert spots("") == (6, 2)
    total, apart = spots("?level=7&lat=31.2001&lon=29.9187")
    assert total == 5 and apart <= 2, "the stand 700 m to the north is outside"
    assert spots("?level=7&lat=31.16&lon=29.9")[0] == 0
    assert spots("?level=99&lat=nan&lon=inf") == spots("?level=x&lat=&lon=") == (6, 2)
    assert spots("?result=violation")[0] == 2


def test_coverage_counts_what_is_in_force_and_names_what_nobody_saw(own: Town) -> None:
    page = own.visitors["supervisor"].get("/coverage").text
    assert re.findall(r"<li><b>(.*?)</b>", re.sub(r"</?bdi[^>]*>", "", page)) == ["2", "50.0٪", "0", "1"]
    assert own.numbers["unseen"] in page and own.numbers["clothes"] not in page
    own.now += 91 * 86_400
    visitor = Visitor(own, own.people["supervisor"])
    assert re.findall(r"<li><b>(.*?)</b>", re.sub(r"</?bdi[^>]*>", "", visitor.get("/coverage").text)) == ["2", "0.0٪", "1", "1"]
    rows = cells(visitor.get("/coverage/never-seen.csv").data)
    assert [row[3] for row in rows[1:]] == [own.numbers["unseen"]]


def test_without_sites_coverage_is_unknown_and_no_number_is_made_up(own: Town) -> None:
    assert own.settings.sites is not None
    for path in own.settings.sites.iterdir():
        path.write_bytes(path.read_bytes()[:-3])
    page = own.visitors["supervisor"].get("/coverage").text
    assert 'id="unknown"' in page and 'data-code="sites_' in page and "<li><b>" not in page
    looked = own.visitors["police"].post("/lookup", 200, q="مخبز").text
    assert "غير معروفة" in plain(looked)


def test_workload_is_numbers_by_name(town: Town) -> None:
    rows = cells(town.visitors["chief"].get("/workload/workload.csv").data)
    assert [row[3:] for row in rows[1:]] == [["badr", "1", "1", "1", "0", "0", "0"], ["amal", "6", "1", "4", "2", "0", "0"]]
    page = plain(town.visitors["chief"].get("/workload").text)
    assert page.index("badr") < page.index("amal"), "by authority and name, whoever found more"


def cells(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


def test_files_hold_the_list_s_own_rows_and_no_formula(town: Town) -> None:
    visitor = town.visitors["supervisor"]
    phone = town.phones["amal"]
    rows = cells(visitor.get("/visits/inspections.csv?result=violation").data)
    assert len(rows) == 3 and {row[0] for row in rows[1:]} <= {name.hex() for name, _ in _signed(phone.messages)}
    sheet = openpyxl.load_workbook(io.BytesIO(visitor.get("/visits/inspections.xlsx?result=violation").data)).active
    assert sheet is not None
    read = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert [row[0] for row in read] == [row[0] for row in rows]
    assert isinstance(read[1][read[0].index("latitude")], float), "numbers are numbers"
    held = json.loads(visitor.get("/visits/inspections.geojson?result=violation").data)
    assert held["complete"] is True and len(held["features"]) == 2
    longitude, latitude = held["features"][0]["geometry"]["coordinates"]
    assert 31 < latitude < 32 and 29 < longitude < 31


def _signed(messages: list[bytes]) -> list[tuple[bytes, bytes]]:
    return [(said(message).id, message) for message in messages]


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-2+3", "@SUM(A1)", "＝1"])
def test_what_somebody_typed_is_a_text_in_every_file(own_sqlite: Town, name: str) -> None:
    phone = own_sqlite.phones["amal"]
    own_sqlite.pass_time(phone)
    phone.record(seen_name=name)
    phone.sync()
    visitor = own_sqlite.visitors["supervisor"]
    column = cells(visitor.get("/visits/inspections.csv").data)[0].index("name seen")
    kept = cells(visitor.get("/visits/inspections.csv").data)[1][column]
    assert not kept.lstrip().startswith(("=", "+", "-", "@"))
    sheet = openpyxl.load_workbook(io.BytesIO(visitor.get("/visits/inspections.xlsx").data)).active
    assert sheet is not None
    cell = sheet.cell(2, column + 1)
    assert cell.data_type == "s" and not str(cell.value).lstrip().startswith(("=", "+", "-", "@"))


@pytest.fixture
def own_sqlite(tmp_path: Path, made: Made) -> Iterator[Town]:
    yield from made.like(Town, tmp_path, f"sqlite:///{tmp_path / 'i.sqlite'}")


def test_an_alert_tells_its_evidence_and_is_closed_once_with_a_reason(own: Town) -> None:
    visitor, path = own.visitors["supervisor"], own.path("/alerts/{alert}")
    page = visitor.get(path).text
    assert "840" in page and own.path("/visits/{visit_bakery}") in page
    assert len(re.findall(r'<circle cx="[\d.]+" cy="[\d.]+" r="17"', page)) == 2
    for reason, note, code in (("", "", "alert_reason"), ("because", "", "alert_reason"), ("moved", "x" * 501, "alert_note")):
        assert f'data-code="{code}"' in visitor.post(f"{path}/close", 422, reason=reason, note=note).text
    visitor.post(f"{path}/close", 303, reason="moved", note="انتقل في يونيو")
    assert 'data-code="alert_closed"' in visitor.post(f"{path}/close", 409, reason="moved").text
    closed = visitor.get(path).text
    assert "انتقل في يونيو" in closed and "supervisor" in closed and 'name="reason"' not in closed
    assert own.numbers["bakery"] not in visitor.get("/alerts").text
    assert own.numbers["bakery"] in visitor.get("/alerts?closed=1").text
    with own.engine.connect() as connection:
        query = select(alert_events.c.kind).where(alert_events.c.alert_id == own.alert).order_by(alert_events.c.id)
        kinds = list(connection.scalars(query))
    assert kinds == ["opened", "closed"]


def test_an_alert_found_again_is_one_and_opens_only_for_something_new(own: Town) -> None:
    with own.engine.begin() as connection:
        held = alerts.one(connection, own.alert, None)
        spoke = alerts.speaking(connection, own.alert)
        alerts.close(connection, held, reason="moved", note="", by="supervisor", now=own.now)

    def find(*inspection: int) -> bool:
        with own.engine.begin() as connection:
            told = {"evidence": {}, "now": own.now + 60}
            again = alerts.keep(connection, rule=held.rule, subject=held.subject, authority="MID", inspections=inspection, **told)  # type: ignore[arg-type]
            assert again == own.alert
            return alerts.one(connection, again, None).closed_at is None

    assert not find(*spoke), "nothing new speaks for it"
    assert find(*spoke, min(set(range(1, 8)) - set(spoke)))


def test_the_police_look_up_by_number_name_place_and_code_and_each_is_kept(own: Town) -> None:
    police = own.visitors["police"]

    def found(asked: str) -> list[str]:
        page = police.post("/lookup", 200, q=asked).text
        return re.findall(r"ALX-\w+-2026-\d+-\w", page.split('id="answer"')[1].split("</section>")[0])

    assert found(own.numbers["clothes"].lower()) == [own.numbers["clothes"]]
    assert found("مَخبز  النُّور") == [own.numbers["bakery"]], "marks and spaces are nothing"
    assert found("31.2011, 29.9197") == sorted([own.numbers["clothes"]])
    assert found("٣١.٢٠١١، ٢٩.٩١٩٧") == [own.numbers["clothes"]]
    assert found(own.texts["clothes"]) == [own.numbers["clothes"]]
    assert found(own.numbers["agami"]) == found("سر العجمي") == [], "another authority's"
    assert 'class="pill revoked"' in police.post("/lookup", 200, q=own.numbers["bakery"]).text
    assert 'class="pill not_valid"' in police.post("/lookup", 200, q=own.texts["bakery"]).text
    with own.engine.connect() as connection:
        kept = lookups.of_account(connection, own.people["police"].id)
    assert [(each.kind, each.found) for each in reversed(kept)] == [
        *(("number", 1), ("name", 1), ("place", 1), ("place", 1), ("code", 1), ("number", 0), ("name", 0), ("number", 1), ("code", 1))
    ]
    assert all("/" not in each.asked for each in kept), "a code holds a holder's name; only its number is kept"


def test_what_was_looked_up_is_one_tap_from_the_other_language(own: Town) -> None:
    police, number = own.visitors["police"], own.numbers["clothes"]
    page = police.post("/lookup", 200, q=number).text
    search = page.split('role="search">')[1].split("</form>")[0]
    assert 'name="lang" value="en"' in page and 'name="lang"' not in search, "Enter in the search asks, and changes no language"
    english = police.post("/lookup", 200, q=number, lang="en").text
    assert "Look up a license" in english and number in english.split('id="answer"')[1]
    assert 'name="lang" value="ar"' in english
    assert "Look up a license" in police.get("/lookup").text, "and it stays"
    by_code = police.post("/lookup", 200, q=own.texts["clothes"]).text
    assert 'href="/inspections/lookup?lang=ar"' in by_code and own.texts["clothes"] not in by_code


def test_the_police_change_nothing_and_open_nothing_else(own: Town) -> None:
    police = own.visitors["police"]
    for path in ("/visits", "/map", "/coverage", "/workload", "/alerts", "/devices", own.path("/visits/{visit_bakery}")):
        police.get(path, 403)
    for text in ("", "ab", "x" * 1401):
        assert police.post("/lookup", 422, q=text)
    police.csrf = "0" * 64
    assert 'data-code="forged"' in police.post("/lookup", 403, q="مخبز").text
    with own.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(lookup_table)) == 0, "what was not looked up is not kept"


def test_a_lost_device_is_reported_with_a_confirmation(own: Town) -> None:
    visitor, path = own.visitors["supervisor"], own.path("/devices/{kid_amal}")
    assert 'data-code="confirm_first"' in visitor.post(f"{path}/lost", 422).text
    visitor.post(f"{path}/lost", 303, sure="yes", since="2026-11-24T10:00")
    assert 'class="pill lost"' in visitor.get(path).text


def test_a_look_around_a_place_finds_what_going_over_all_sites_finds(town: Town) -> None:
    sites = town.context.licensed()
    assert sites is not None
    every = [each for code in sites.made_at for each in sites.newest(code)]
    for middle in every:
        here, found = Point(middle.site.latitude + 0.0004, middle.site.longitude - 0.0003), set[str]()
        for each in every:
            away = math.hypot(*offset(here, each.site.latitude, each.site.longitude))
            found |= {each.number} if away <= 100 + each.site.reach_m else set()
        assert middle.number in found
        assert {each.number for _, each in sites.around(here, 100)} == found
        own = {each for each in found if f"-{middle.authority}-" in each}
        assert {each.number for _, each in sites.around(here, 100, {middle.authority})} == own
