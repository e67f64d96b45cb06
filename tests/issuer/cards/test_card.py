"""The card: whole, safe, readable by people and by cameras, also where the names are as long or as hostile as they may be."""

import itertools
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser

from acts import lost
from acts.lost import Lost
from issuer.cards import typesetting
from issuer.register.positions import LOG
from issuer.register.tables import status_lists
from qr.read import read
from seal.license import TEXT_LIMITS
from tests.issuer import offices
from tests.issuer.offices import row

OUTLINE = "POLYGON((30.0048 31.2751, 30.0052 31.2751, 30.0052 31.2754, 30.0048 31.2754, 30.0048 31.2751))"
BOXES = """() => [...document.querySelectorAll('text')].map(text => {
    const box = text.getBBox(); return [box.x, box.y, box.x + box.width, box.y + box.height] })"""
HOSTILE = "<script>alert(\"1\")</script> & 'Sons' ]]> &#x41; {x}"
LONG = {
    "trade_name": "مؤسسة الإسكندرية الكبرى للتجارة والتوريدات العمومية والمقاولات العامة والاستثمار",
    "holder": "محمد عبد الرحمن عبد العزيز عبد اللطيف عبد المنعم عبد الحميد عبد السلام الإسكندراني",
    "address": "شارع المعسكر الروماني المتفرع من طريق الحرية أمام محطة ترام مصطفى كامل بجوار مسجد القائد إبراهيم، عقار ١٢٣ مكرر، الدور",
    "activity": "نشاط حر طويل الاسم جدا لا اسم له هنا أبدا بيع وتوزيع وصيانة",
}
ROWS = {
    "arabic": row(),
    "latin": row(trade_name="Café Corniche", holder="John O'Neill & Co.", address="12 Fouad St. (شارع فؤاد), Al Mandara", activity="cafe"),
    "hostile": row(trade_name=HOSTILE, holder=HOSTILE, address=HOSTILE, activity="<b>&"),
    "signs": row(trade_name="بيتزا 🍕 東京 Shop™ ﷺ", holder="سامي ☕ فؤاد 大 小 中 山"),
    "advert": row(type="advertisement", width_m="6", height_m="3.5", faces="2", radius_m="75", valid_until="2027-03-01"),
    "building": row(type="building", radius_m="", latitude="31.27525", footprint=OUTLINE, floors="12", valid_until="2027-03-01"),
    "longest": row(
        type="restoration", width_m="100.25", height_m="99.75", faces="20", floors="200", valid_until="2027-03-01",
        **{name: text[: TEXT_LIMITS[name]] for name, text in LONG.items()},
    ),
    "widest": row(**{name: "W" * TEXT_LIMITS[name] for name in LONG}),
}  # fmt: skip


@pytest.fixture(scope="module")
def cards(tmp_path_factory: pytest.TempPathFactory, made_keys: Path) -> dict[str, Path]:
    """The card of each row, by its name."""
    folder = tmp_path_factory.mktemp("cards")
    office = offices.furnish(folder, made_keys, str(folder / "register.sqlite"))
    with office.locations.engine(create=True) as engine, engine.begin() as connection:
        connection.execute(status_lists.insert().values(number=1, used=256))  # the text of an index below is longer than all others
        lost.keep(connection, LOG, (Lost(place, bytes(lost.ENTRY)) for place in range(256)), now=0)  # for whose places these are
    found = {}
    for name, fields in ROWS.items():
        out = folder / name
        office.run("issue", office.write(f"{name}.csv", [fields]), "--out", out, "--output", "card", "--output", "png")
        (found[name],) = out.glob("*.card.svg")
    return found


def texts_of(path: Path) -> list[str]:
    return [element.text or "" for element in ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize("name", ROWS)
def test_a_card_is_one_document_that_needs_nothing_from_elsewhere(cards: dict[str, Path], name: str) -> None:
    root = ElementTree.parse(cards[name]).getroot()
    assert {element.tag.partition("}")[2] for element in root.iter()} == {"svg", "title", "rect", "line", "text", "path"}
    named = {attribute for element in root.iter() for attribute in element.attrib}
    assert not {attribute for attribute in named if "href" in attribute or attribute.startswith("on") or attribute in ("style", "src")}
    content = cards[name].read_text("utf-8")
    assert content.count("http") == 1, "the namespace"
    assert "url(" not in content


def test_names_stand_on_the_card_as_they_are(cards: dict[str, Path]) -> None:
    joined = " ".join(texts_of(cards["hostile"]))
    assert joined.count(HOSTILE) == 3
    assert "<b>&" in joined
    assert "<script" not in cards["hostile"].read_text("utf-8")
    for field in LONG:
        assert ROWS["longest"][field] in " ".join(texts_of(cards["longest"])), "nothing is cut off"
        assert ROWS["widest"][field] in "".join(texts_of(cards["widest"])), "nothing is cut off"


def test_a_card_names_what_it_may_not_show(cards: dict[str, Path]) -> None:
    texts = texts_of(cards["signs"])
    assert "بيتزا 🍕 東京 Shop™ ﷺ" in texts, "as it is sealed"
    assert any("may not show" in text for text in texts)
    assert "U+1F355 U+6771 U+4EAC U+FDFA +5" in texts
    assert not any("may not show" in text for name in ("arabic", "latin", "longest") for text in texts_of(cards[name]))


def test_a_card_says_in_both_languages_what_and_where_and_until_when(cards: dict[str, Path]) -> None:
    shop, building = texts_of(cards["arabic"]), texts_of(cards["building"])
    number = cards["arabic"].name.removesuffix(".card.svg")
    for words in ("حي المنتزه أول", "Montaza 1", "محل عام", "Public shop", "مخبز · Bakery", number, "khatm.example", "2026-03-01"):
        assert words in shop, words
    assert "31.27500, 30.00500  ± 30 m" in shop
    assert "بدون تاريخ انتهاء · Open-ended" in shop
    assert "31.27525, 30.00500  ·  38 × 33 m" in building
    assert "الأدوار 12" in building
    assert "2027-03-01" in building
    assert "العرض 6 م، الارتفاع 3.5 م، الأوجه 2" in texts_of(cards["advert"])


def modules(path: Path) -> tuple[float, float]:
    """Width of a card's code in millimetres, and how many modules it has."""
    (drawn,) = ElementTree.parse(path).getroot().findall("{http://www.w3.org/2000/svg}svg")
    return float(drawn.attrib["width"]), float(drawn.attrib["viewBox"].split()[2])


def test_a_board_s_code_has_larger_modules_for_its_level_not_more_of_them_on_the_same_side(cards: dict[str, Path]) -> None:
    shop, board = modules(cards["arabic"]), modules(cards["advert"])
    assert shop[0] == 64
    assert board[1] > shop[1], "level Q has more modules"
    assert board[0] / board[1] == pytest.approx(64 / 57, rel=0.04), "each as large as those of the same text at level M"


def test_a_card_says_from_where_it_reads(cards: dict[str, Path]) -> None:
    for name, metres in (("arabic", "0.8"), ("advert", "0.7")):
        (line,) = [text for text in texts_of(cards[name]) if "Reads up to" in text]
        assert line == f"يُقرأ حتى {metres} م · Reads up to {metres} m"


def test_latin_names_are_not_turned_around(cards: dict[str, Path]) -> None:
    lines = {element.text: element for element in ElementTree.parse(cards["latin"]).iter("{http://www.w3.org/2000/svg}text")}
    for text in ("Café Corniche", "John O'Neill & Co.", "12 Fouad St. (شارع فؤاد), Al Mandara"):
        assert (lines[text].get("direction"), lines[text].get("text-anchor")) == ("ltr", "end")


def test_a_rendered_card_is_read_back_and_nothing_runs_into_anything(cards: dict[str, Path], chromium: Browser) -> None:
    context = chromium.new_context(viewport={"width": 800, "height": 570}, device_scale_factor=2)
    page = context.new_page()
    for name, path in cards.items():
        page.goto(path.as_uri())
        picture = cv2.imdecode(np.frombuffer(page.screenshot(), np.uint8), cv2.IMREAD_GRAYSCALE)
        png = cv2.imread(str(path.with_name(path.name.replace(".card.svg", ".png"))), cv2.IMREAD_GRAYSCALE)
        (text,) = read(picture, ours=lambda text: text.startswith("https://"))
        assert [text] == list(read(png, ours=lambda text: text.startswith("https://")))
        boxes = page.evaluate(BOXES)
        assert len(boxes) > 18
        for left, top, right, bottom in boxes:
            assert left >= 8, name
            assert right <= 202, name
            assert top >= 4, name
            assert bottom <= 144.5, name
            assert right <= 12 or left >= 76 or bottom <= 36 or top >= 100, f"{name}: a text lies on the code"
        for one, other in itertools.combinations(boxes, 2):
            across = min(one[2], other[2]) - max(one[0], other[0])
            down = min(one[3], other[3]) - max(one[1], other[1])
            assert across <= 0 or down <= 2.4, f"{name}: two texts lie on each other (boxes include room for accents)"
    context.close()


@given(st.text(max_size=130), st.floats(1, 60))
def test_lines_hold_the_whole_text_and_fit(text: str, ems: float) -> None:
    lines = typesetting.broken(text, ems)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(typesetting.width(line) <= ems or len(line) == 1 for line in lines)


def test_one_large_line_before_two_and_two_before_tiny_ones() -> None:
    sizes = (5.0, 4.5, 4.0, 3.0)
    assert typesetting.fit("محل", 100, sizes=sizes, most_lines=3) == (("محل",), 5.0)
    assert len(typesetting.fit("محل " * 20, 100, sizes=sizes, most_lines=3).lines) == 2
    assert typesetting.fit("W" * 500, 100, sizes=sizes, most_lines=3).size == 3.0


@pytest.mark.parametrize(
    ("text", "language"), [("مخبز", "ar"), ("Café", "en"), ("12 شارع", "ar"), ("12 Fouad", "en"), ("123", "ar"), ("", "ar")]
)
def test_the_first_letter_gives_the_direction(text: str, language: str) -> None:
    assert typesetting.direction(text) == language
