"""The map of a case: streets under the site, its neighbours with what became of them, what is too close, what stood there before."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from issuer.register import history
from issuer.register.issuing import Source, issue
from maps import Underlay, town
from maps.errors import MapError
from office.applications.surroundings import MOST
from seal.area import Area
from seal.site import Point, Site
from tests.issuer import offices
from tests.office.applications.test_photographs import at, jpeg
from tests.office.applications.workplace import NOW, advertisement, shop
from tests.office.desk.house import House, plain

HERE = Point(31.2752, 30.0061)
NORTH = 1 / 110_870  # degrees of latitude in a metre
TILE = (14, 9557, 6692)  # the one with the site
INVENTED = "خريطة تجريبية — شوارع غير حقيقية"
GROUND = Area([Point(31.26, 29.99), Point(31.29, 29.99), Point(31.29, 30.02), Point(31.26, 30.02)])


@pytest.fixture(scope="session")
def streets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("streets") / "map.pmtiles"
    path.write_bytes(town.build([GROUND]))
    return path


def licensed(house: House, *placed: tuple[str, str, float, date | None]) -> dict[str, str]:
    """Licenses as (name, type, metres north of the site, last day); their numbers by name."""
    entries = [
        offices.entry(line, trade_name=name, type=type_, site=Site(Point(HERE.latitude + north * NORTH, HERE.longitude), 5), last_day=last)
        for line, (name, type_, north, last) in enumerate(placed, 2)
    ]
    pool = offices.bench_of(house.clerk.sealer)
    results = issue(house.context.engine, entries, pool=pool, source=Source(b"s" * 32), now=NOW)
    return {name: result.number for (name, *_), result in zip(placed, results, strict=True)}


def test_a_reviewer_sees_who_is_around_and_who_is_too_close(each_house: House) -> None:
    house = each_house
    numbers = licensed(
        house,
        ("بقالة النيل", "shop", 22, None),
        ("مكتبة المنارة", "shop", 60, None),
        ("صيدلية الشفاء", "shop", 2, date(2026, 6, 30)),
        ("عطارة الشرق", "shop", -50, None),
        ("مخبز البحر", "shop", 400, None),
    )
    history.change(house.context.engine, numbers["عطارة الشرق"], "suspended", reason="مخالفة", now=NOW)
    mine = house.work.submitted("shop.first", shop())
    reem = house.staff("reem", ("MN1", "reviewer"))
    page = reem.get(f"/centre/applications/{mine}").text
    map_ = page[page.index('id="surrounding"') :]
    map_ = map_[: map_.index("</section>")]
    drawn = set(re.findall(r'<a href="/centre/licenses/([^"]+)" aria-label', map_))
    assert drawn == {numbers[name] for name in numbers if name != "مخبز البحر"}
    close = map_[map_.index('data-code="too_close"') : map_.index("<svg class=")]
    assert numbers["بقالة النيل"] in close
    assert not [name for name in numbers if name != "بقالة النيل" and numbers[name] in close]
    before = map_[map_.index("تراخيص سابقة") :]
    assert numbers["صيدلية الشفاء"] in before and "انتهت مدته 30 يونيو 2026" in plain(before)
    assert {each.count("<rect x=") for each in re.findall(r"<a href.*?</a>", map_, re.DOTALL) if "عطارة الشرق" in each} == {1}
    wider = reem.get(f"/centre/applications/{mine}?view=2").text
    assert f'<a href="/centre/licenses/{numbers["مخبز البحر"]}" aria-label' in wider
    assert reem.get(f"/centre/applications/{mine}?view=9'").text.count('aria-current="true"') == page.count('aria-current="true"')


def test_an_applicant_is_not_told_of_neighbours(house: House) -> None:
    numbers = licensed(house, ("بقالة النيل", "shop", 22, None))
    mona = house.citizen()
    mine = house.work.submitted("shop.first", shop(), actor=house.actor_of())
    page = mona.get(f"/applications/{mine}").text
    assert numbers["بقالة النيل"] not in page and 'id="surrounding"' not in page


def test_a_crowd_is_bounded(house: House) -> None:
    placed = [(f"محل رقم {number}", "shop", 31 + number / 10, None) for number in range(MOST + 20)]
    licensed(house, *placed)
    mine = house.work.submitted("shop.first", shop())
    page = house.staff("reem", ("MN1", "reviewer")).get(f"/centre/applications/{mine}?view=1").text
    assert page.count('<a href="/centre/licenses/') == MOST


def test_streets_lie_under_the_maps_of_the_office_and_say_what_they_are(house: House, streets: Path) -> None:
    mona, me = house.citizen(), house.actor_of()
    draft = house.work.draft("shop.first", shop(), actor=me)
    bare = mona.get(f"/apply/{draft}/map.svg").text
    assert "H600" in bare and "شارع" not in bare
    assert INVENTED not in mona.get(f"/apply/{draft}/site").text
    house.context.map = Underlay(streets)
    picture = mona.get(f"/apply/{draft}/map.svg").text
    assert "شارع" in picture and "H600" not in picture
    for step in ("site", "check"):
        assert INVENTED in mona.get(f"/apply/{draft}/{step}").text
    mine = house.work.submit(draft, actor=me)
    case = house.staff("reem", ("MN1", "reviewer")).get(f"/centre/applications/{mine}").text
    assert INVENTED in case and "شارع" in case[case.index('<svg class="drawing"') :]


def test_a_map_file_that_is_damaged_later_costs_the_streets_only(house: House, streets: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.pmtiles"
    cut.write_bytes(streets.read_bytes()[:-12_000])  # the tiles, and not what says where they are
    mona = house.citizen()
    draft = house.work.draft("shop.first", shop(), actor=house.actor_of())
    house.context.map = Underlay(cut)
    with pytest.raises(MapError):
        house.context.map.archive.layers(*TILE)  # type: ignore[union-attr]
    picture = mona.get(f"/apply/{draft}/map.svg")
    assert picture.status_code == 200 and picture.text.lstrip().startswith("<svg")
    assert mona.get(f"/apply/{draft}/site").status_code == 200


def test_photographs_say_where_they_were_taken_near_far_or_not_at_all(house: House) -> None:
    mona = house.citizen()
    fields = advertisement(latitude=f"{HERE.latitude}", longitude=f"{HERE.longitude}")
    draft = house.work.draft("advertisement.first", {**fields, "authority": "MN1"}, actor=house.actor_of())
    away = Point(HERE.latitude + 3_000 * NORTH, HERE.longitude)
    for name, gps in (("near.jpg", at(HERE.latitude + 20 * NORTH, HERE.longitude)), ("far.jpg", at(*away)), ("mute.jpg", None)):
        mona.post(f"/apply/{draft}/attach", 303, file=(jpeg(gps), name), code="site_photograph")
    assert "يُحفظ المكان" in mona.get(f"/apply/{draft}/documents").text, "whoever attaches it is told"
    number = house.work.submit(draft, actor=house.actor_of())
    reem = house.staff("reem", ("MN1", "reviewer"))
    page = reem.get(f"/centre/applications/{number}").text
    shown = page[page.index('id="photographs"') :]
    said = {name: plain(line) for line in re.findall("<li.*?</li>", shown, re.DOTALL) for name in re.findall(r"(\w+)\.jpg", line)}
    assert "بحسب الكاميرا، التُقطت على بعد 20 م" in said["near"] and "بعيدة" not in said["near"]
    assert "بعيدة عن الموقع: بحسب الكاميرا، التُقطت على بعد 3000 م" in said["far"].replace("٬", "").replace(",", "")
    assert "لا تذكر الصورة أين التُقطت" in said["mute"]
    assert page.count("<title>صورة للموقع</title>") == 1, "what lies beside the map is said, not drawn"
    theirs = mona.get(f"/applications/{number}").text
    assert "photographs" not in theirs and "الكاميرا" not in theirs
