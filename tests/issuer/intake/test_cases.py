"""Inputs that went wrong in real hands (tests/data/cases), and their kinds in files that other programs write."""

from __future__ import annotations

import csv
import io
import tracemalloc
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path

import openpyxl
import pytest

from issuer.intake import refusals, tables
from issuer.intake.notations import Notation
from issuer.intake.row import Row
from issuer.intake.rows import Entry, Refusal, Rules
from issuer.intake.survey import CROWD, survey
from issuer.sentences import say
from tests.issuer.intake.conftest import DATA, GOOD, Judged

CASES = DATA / "cases"
Judge = Callable[[Path], dict[int, Judged]]


@pytest.fixture(scope="module")
def found(rules: Rules) -> Judge:
    """What becomes of each row of a file that was looked at as a whole, by line."""

    def judge(path: Path) -> dict[int, Judged]:
        surveyed = survey(path, rules)
        with tables.opened(path) as table:
            return {each.line: each for each in rules.judge(table.rows, surveyed)}

    return judge


def codes(judged: dict[int, Judged]) -> dict[int, list[tuple[str, str]]]:
    """Fields and codes of the refused rows, by line."""
    return {
        line: [(fault.field, fault.code) for fault in each.faults] for line, each in judged.items() if isinstance(each, Refusal)
    }


def csv_file(path: Path, *rows: dict[str, str], columns: list[str] | None = None) -> Path:
    names = columns or [*GOOD, "valid_until", "source_id"]
    written = io.StringIO()
    table = csv.DictWriter(written, names, restval="", extrasaction="ignore")
    table.writeheader()
    table.writerows(GOOD | row for row in rows)
    path.write_text(written.getvalue(), "utf-8")
    return path


def workbook(path: Path, *rows: list[object], change: Callable[[openpyxl.Workbook], None] | None = None) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    if change:
        change(book)
    book.save(path)
    return path


def at(number: int) -> dict[str, str]:
    """A row that is no other's neighbour."""
    return {"trade_name": f"محل رقم {number}", "latitude": f"{31.26 + number * 0.0005:.6f}"}


def test_no_day_of_a_month_first_column_is_guessed(found: Judge) -> None:
    judged = found(CASES / "month_first.csv")
    assert not any(isinstance(each, Entry) for each in judged.values())
    for line in (2, 3, 4):
        refusal = judged[line]
        assert isinstance(refusal, Refusal)
        assert (refusal.field, refusal.code) == ("valid_from", "date_month_first")
        assert "month-first in line 5" in say(refusal.code, "en", refusal.detail)
        assert "السطر 5" in say(refusal.code, "ar", refusal.detail)


def test_a_column_that_proves_both_orders_says_so(found: Judge, tmp_path: Path) -> None:
    days = ["15/3/2026", "3/15/2026", "3/4/2026", "3/3/2026", "2026-03-04", "4 مارس 2026"]
    judged = found(csv_file(tmp_path / "a.csv", *(at(place) | {"valid_from": day} for place, day in enumerate(days))))
    assert codes(judged) == {3: [("valid_from", "date_mixed")], 4: [("valid_from", "date_mixed")]}
    refusal = judged[4]
    assert isinstance(refusal, Refusal)
    assert refusal.detail == "3, 2"


def test_a_column_is_no_other_column_s_proof(found: Judge, tmp_path: Path) -> None:
    rows = [at(1) | {"valid_from": "3/4/2026", "valid_until": "3/15/2027"}, at(2) | {"valid_from": "5/4/2026", "valid_until": "15/4/2027"}]
    judged = found(csv_file(tmp_path / "a.csv", *rows))
    assert codes(judged) == {2: [("valid_until", "date_mixed")]}
    assert isinstance(judged[3], Entry)
    assert judged[3].license.first_day == date(2026, 4, 5)


@pytest.mark.parametrize("text", ["15/3/2026", "3/15/2026"])
def test_days_that_a_sheet_read_are_not_believed_beside_texts_that_it_could_not_read(found: Judge, tmp_path: Path, text: str) -> None:
    def rows(*days: object) -> list[list[object]]:
        columns = [*GOOD, "valid_until"]
        return [columns, *([(GOOD | at(place) | {"valid_from": day}).get(name) for name in columns] for place, day in enumerate(days))]

    judged = found(workbook(tmp_path / "a.xlsx", *rows(datetime(2026, 4, 3), text, datetime(2026, 4, 4))))
    assert codes(judged)[2] == [("valid_from", "date_half_read")]
    assert isinstance(judged[4], Entry), "the fourth of April is the same either way"
    judged = found(workbook(tmp_path / "b.xlsx", *rows(datetime(2026, 4, 3), text, datetime(2026, 4, 30))))
    assert isinstance(judged[2], Entry), "it read the thirtieth, so it does not take days for months"


def test_days_from_1900_are_sealed_and_absurd_ones_refused(found: Judge) -> None:
    judged = found(CASES / "days.csv")
    first = {line: each.license.first_day for line, each in judged.items() if isinstance(each, Entry)}
    assert (first[3], first[4]) == (date(1987, 5, 20), date(1900, 1, 1))
    assert {first[line] for line in (6, 7, 8, 9, 10, 12, 15, 18)} == {date(2026, 3, 15)}
    refused = codes(judged)
    assert [refused[line] for line in (2, 20, 21, 22, 23)] == [[("valid_until", "leave_empty")]] * 5
    assert [refused[line] for line in (5, 16)] == [[("valid_from", "date_range")]] * 2
    for code in ("leave_empty", "date_range"):
        assert all("1900-01-01" in say(code, language) for language in ("ar", "en"))
    assert "leave the cell empty" in say("leave_empty", "en")


def test_what_is_written_more_coarsely_than_the_radius_is_held_or_refused(found: Judge) -> None:
    judged = found(CASES / "coarse_coordinates.csv")
    fine = {line for line, each in judged.items() if isinstance(each, Entry) and not each.doubt.code}
    assert fine == {6, 9, 17}
    coarse = judged[3]
    assert isinstance(coarse, Entry)
    assert coarse.doubt == ("latitude", "site_coarse", "±556 m > 30 m")
    assert {judged[line].license.site.point for line in (6, 9, 17) if isinstance(judged[line], Entry)}  # type: ignore[union-attr]
    refused = codes(judged)
    assert refused[24] == [("latitude", "latitude_invalid"), ("longitude", "longitude_missing")]
    assert all(line in refused for line in (2, 4, 7, 14, 15, 16, 21, 23))


@pytest.mark.parametrize(
    ("fields", "doubt"),
    [
        ({"latitude": "31.275", "longitude": "30.005"}, "site_coarse"),
        ({"latitude": "31.275", "longitude": "30.005", "radius_m": "75"}, ""),
        ({"latitude": "31.2750", "longitude": "30.0050"}, ""),
        ({"latitude": "31.27", "longitude": "30.00512"}, ""),  # zeros at the end are often left out
        ({"latitude": "31°16'30\"", "longitude": "30°00'18\""}, ""),
        ({"latitude": "31°16'", "longitude": "30°00'"}, "site_coarse"),
    ],
)
def test_the_finer_coordinate_tells_how_a_place_was_measured(row: Callable[..., Judged], fields: dict[str, str], doubt: str) -> None:
    entry = row(**fields)
    assert isinstance(entry, Entry), entry
    assert entry.doubt.code == doubt


def test_eight_shops_on_one_identical_point_wait_with_the_reason(found: Judge, tmp_path: Path) -> None:
    def judged(count: int, **more: str) -> list[Judged]:
        rows = [{"trade_name": f"محل رقم {place}", "address": f"شارع {place}"} | more for place in range(count)]
        return list(found(csv_file(tmp_path / "a.csv", *rows, at(50))).values())

    *crowd, alone = judged(CROWD)
    assert {each.doubt for each in crowd if isinstance(each, Entry)} == {("latitude", "site_crowded", "8")}
    assert isinstance(alone, Entry)
    assert not alone.doubt.code
    assert not any(each.doubt.code for each in judged(CROWD - 1) if isinstance(each, Entry))
    assert not any(each.doubt.code for each in judged(CROWD, trade_name="مخبز الأمل") if isinstance(each, Entry)), "one shop's terms"


def test_cells_that_a_spreadsheet_changed_are_refused_by_cell(found: Judge) -> None:
    judged = found(CASES / "excel_autodates.xlsx")
    assert codes(judged) == {2: [("address", "cell_is_date")], 3: [("trade_name", "cell_is_date")]}
    cells = [each.detail for each in judged.values() if isinstance(each, Refusal)]
    assert cells == ["F2", "C3"]
    assert "cell F2" in say("cell_is_date", "en", "F2")
    assert "F2" in say("cell_is_date", "ar", "F2")


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("trade_name", True, "cell_is_boolean"),
        ("holder", 12, "cell_is_number"),
        ("address", 12.5, "cell_is_number"),
        ("address", time(12, 30), "cell_is_date"),
        ("activity", date(2026, 5, 1), "cell_is_date"),
        ("source_id", date(2026, 5, 1), "cell_is_date"),
        ("source_id", 1001, ""),
    ],
)
def test_typed_cells_are_no_texts(found: Judge, tmp_path: Path, column: str, value: object, code: str) -> None:
    names = [*GOOD, "valid_until", "source_id"]
    cells: dict[str, object] = {**GOOD, "source_id": "1", column: value}
    judged = found(workbook(tmp_path / "a.xlsx", list(names), [cells.get(name) for name in names]))
    assert codes(judged) == ({2: [(column, code)]} if code else {})


@pytest.mark.parametrize("name", ["-", ".", "0", "N/A", "null", "لا يوجد", "#REF!", "#N/A", "٠", "—", "غير معروف", "…"])
@pytest.mark.parametrize("column", ["trade_name", "holder", "address", "activity"])
def test_a_sign_for_nothing_is_no_name(row: Callable[..., Judged], column: str, name: str) -> None:
    refusal = row(**{column: name})
    assert isinstance(refusal, Refusal)
    assert (refusal.field, refusal.code) == (column, "cell_error" if name.startswith("#") else "placeholder")


def test_a_dash_is_no_file_number(row: Callable[..., Judged]) -> None:
    refusal = row(source_id="-")
    assert isinstance(refusal, Refusal), "two rows with a dash would be one license"
    assert (refusal.field, refusal.code) == ("source_id", "placeholder")


def test_the_headings_are_found_below_a_title(found: Judge) -> None:
    judged = found(CASES / "title_row.csv")
    assert [line for line, each in judged.items() if isinstance(each, Entry)] == [3]


def test_columns_that_nobody_reads_are_named() -> None:
    with tables.opened(CASES / "column_not_read.csv") as table:
        assert table.header.ignored == ("رقم الترخيص",)
        assert len(list(table.rows)) == 2


def test_an_authority_may_be_named(found: Judge) -> None:
    judged = found(CASES / "authority_by_name.csv").values()
    assert [each.license.authority for each in judged if isinstance(each, Entry)] == ["MN1"] * 3
    assert {each.license.activity for each in judged if isinstance(each, Entry)} == {"bakery"}


@pytest.mark.parametrize(
    ("name", "code"),
    [("المنتزه الأول", "MN1"), ("حى المنتزه اول", "MN1"), ("Montaza 1", "MN1"), ("المنتزه", ""), ("برج العرب", "BRG"), ("حي", "")],
)
def test_names_of_authorities_need_not_be_whole_but_must_be_one(row: Callable[..., Judged], name: str, code: str) -> None:
    judged = row(authority=name)
    if code == "MN1":
        assert isinstance(judged, Entry), judged
        assert judged.license.authority == code
    else:
        assert isinstance(judged, Refusal)
        assert judged.code == ("site_outside_authority" if code else "authority_unknown")


def test_only_the_feature_that_lacks_something_is_refused(found: Judge) -> None:
    judged = found(CASES / "sparse_first_feature.geojson")
    assert codes(judged) == {1: [("address", "address_missing")]}
    assert not any(each.doubt.code for each in judged.values() if isinstance(each, Entry)), "JSON drops zeros at the end of a number"


def test_an_outline_that_cannot_be_used_is_called_that(rules: Rules, tmp_path: Path) -> None:
    ring = "[[30.005,31.275],[30.0053,31.2753],[30.0053,31.275],[30.005,31.2753],[30.005,31.275]]"
    for geometry in (f'{{"type":"Polygon","coordinates":[{ring},{ring}]}}', '{"type":"LineString","coordinates":[[30,31],[30.1,31]]}'):
        properties = ",".join(f'"{name}":"{text}"' for name, text in GOOD.items() if name not in {"latitude", "longitude", "radius_m"})
        (tmp_path / "a.geojson").write_text(
            f'{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{{properties}}},"geometry":{geometry}}}]}}', "utf-8"
        )
        with tables.opened(tmp_path / "a.geojson") as table:
            (refusal,) = rules.judge(table.rows)
        assert isinstance(refusal, Refusal)
        assert [(fault.field, fault.code) for fault in refusal.faults] == [("footprint", "footprint_invalid")]


def test_an_outline_where_the_position_should_be_is_the_outline(row: Callable[..., Judged]) -> None:
    ring = "(30.0050 31.2750, 30.0053 31.2750, 30.0053 31.2753, 30.0050 31.2753, 30.0050 31.2750)"
    told = {"latitude": "", "longitude": "", "radius_m": ""}
    for written in (f"POLYGON({ring})", f"SRID=4326; polygon ({ring})"):
        entry = row(position=written, **told)
        assert isinstance(entry, Entry), entry
        assert len(entry.license.site.footprint) == 4
    refusal = row(position="POLYGON((30 31, 30 31))", **told)
    assert isinstance(refusal, Refusal)
    assert {fault.field for fault in refusal.faults} == {"footprint"}


def test_every_fault_of_a_row_is_told_in_the_rejects_file(row: Callable[..., Judged], tmp_path: Path) -> None:
    refusal = row(type="kiosk", trade_name="-", latitude="x", longitude="y", radius_m="0", valid_from="31/2/2026", source_id="a\u202eb")
    assert isinstance(refusal, Refusal)
    assert [fault.field for fault in refusal.faults] == [
        *("type", "trade_name", "latitude", "longitude", "radius_m", "valid_from", "source_id"),
    ]
    with refusals.writing(tmp_path / "r.csv", list(GOOD)) as rejects:
        rejects.add(refusal)
    (told,) = csv.DictReader(io.StringIO((tmp_path / "r.csv").read_text("utf-8-sig")))
    assert told["field"].split("; ") == [fault.field for fault in refusal.faults]
    assert told["code"].split("; ") == [fault.code for fault in refusal.faults]
    assert told["sentence_ar"].count(": ") >= 5
    assert "Trade name: " in told["sentence_en"]


HEADINGS = [
    *("نوع الترخيص", "الحي", "اسم المحل", "النشاط", "المالك", "العنوان"),
    *("خط عرض", "خط طول", "نصف القطر", "تاريخ الإصدار", "تاريخ الانتهاء"),
]


def test_a_workbook_as_people_make_it(found: Judge, tmp_path: Path) -> None:
    """A cover sheet, a merged title, a district merged over its rows, typed days, a hidden and a filtered row, a sheet of notes."""

    def dressed(book: openpyxl.Workbook) -> None:
        cover = book.create_sheet("غلاف", 0)
        cover["B2"] = "كشف التراخيص"
        book.create_sheet("ملاحظات").append(["راجع الصف 5"])
        sheet = book.worksheets[1]
        sheet.merge_cells("A1:K1")
        sheet.merge_cells("B4:B6")
        sheet.row_dimensions[6].hidden = True
        sheet.auto_filter.ref = "A3:K7"

    def shop(number: int, district: str | None, **more: object) -> list[object]:
        kind = more.get("kind", "محل")
        place = [31.265001 + number * 0.001, 30.005001]
        return [kind, district, f"محل رقم {number}", "مخبز", "سامي فؤاد حسن", "شارع 12", *place, "30 م", datetime(2026, 5, 1 + 13), None]

    path = workbook(
        tmp_path / "people.xlsx",
        ["محافظة الإسكندرية - كشف التراخيص لعام 2026"],
        [],
        HEADINGS,
        *(shop(number, "المنتزه أول" if number == 4 else None) for number in (4, 5, 6)),
        shop(7, "MN1"),
        change=dressed,
    )
    judged = found(path)
    assert codes(judged) == {6: [("", "row_hidden")]}
    assert {line: each.license.authority for line, each in judged.items() if isinstance(each, Entry)} == {4: "MN1", 5: "MN1", 7: "MN1"}
    assert {each.license.first_day for each in judged.values() if isinstance(each, Entry)} == {date(2026, 5, 14)}
    with tables.opened(path) as table:
        assert (table.header.line, table.header.sheets, table.header.ignored) == (3, ("غلاف", "ملاحظات"), ())


def test_one_cell_may_hold_both_coordinates_or_a_link(found: Judge, tmp_path: Path) -> None:
    columns = [name for name in GOOD if name not in {"latitude", "longitude"}]
    places = [
        "31.275000, 30.005000",
        "(31.275000 30.005000)",
        "٣١٫٢٧٥٠٠٠ ، ٣٠٫٠٠٥٠٠٠",
        "31°16'30.0\"N 30°00'18.0\"E",
        "https://www.google.com/maps/@31.275000,30.005000,17z",
        "https://www.google.com/maps/place/X/@31.2,29.9,17z/data=!4m6!3m5!8m2!3d31.275000!4d30.005000",
        "https://maps.google.com/?q=31.275000%2C30.005000",
        "geo:31.275000,30.005000?z=18",
        "geo:0,0?q=31.275000,30.005000(Shop)",
        "https://www.openstreetmap.org/?mlat=31.275000&mlon=30.005000#map=19/31.2/29.9",
        "https://www.openstreetmap.org/#map=19/31.275000/30.005000",
        "POINT(30.005000 31.275000)",
    ]
    for heading in ("الإحداثيات", "lat, lon", "رابط الخريطة", "GPS"):
        path = tmp_path / "a.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            cells = [GOOD[name] for name in columns]
            csv.writer(stream).writerows([[*columns, heading, "valid_until"], *([*cells, each, ""] for each in places)])
        judged = found(path)
        assert not codes(judged)
        for each in judged.values():
            assert isinstance(each, Entry)
            assert each.license.site.point == pytest.approx((31.275, 30.005), abs=1e-9)


def test_a_link_that_says_no_place_is_called_that(row: Callable[..., Judged]) -> None:
    refusal = row(latitude="https://maps.app.goo.gl/abcdef", longitude="")
    assert isinstance(refusal, Refusal)
    assert (refusal.field, refusal.code) == ("latitude", "link_without_position")


@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        ({"type": "محل"}, "type", "shop"),
        ({"type": "لوحة إعلانية", "width_m": "6 م", "height_m": "3m", "valid_until": "28-Feb-27"}, "type", "advertisement"),
        ({"radius_m": "30 متر"}, "site", None),
        ({"valid_from": "1 مايو 2026"}, "first_day", date(2026, 5, 1)),
        ({"valid_from": "1-May-26"}, "first_day", date(2026, 5, 1)),
        ({"valid_from": "01/05/26"}, "first_day", date(2026, 5, 1)),
        ({"activity": "صيدلية"}, "activity", "pharmacy"),
        ({"activity": "س" * 60}, "activity", "س" * 60),
        ({"trade_name": "Shop™ ﷺ"}, "trade_name", "Shop™ ﷺ"),
        ({"trade_name": "خان\u200cالخليلي"}, "trade_name", "خان الخليلي"),
    ],
)
def test_what_people_write_is_understood(row: Callable[..., Judged], fields: dict[str, str], name: str, value: object) -> None:
    entry = row(**fields)
    assert isinstance(entry, Entry), entry
    assert value is None or getattr(entry.license, name) == value


@pytest.mark.parametrize(
    "name", ["\u3164", "\u2800", "\u115f", "\uffa0", "\u034f", "\u1160\u3164", "\u200b", "\ufe0f", "\u064b", "ـ", "!!"]
)
def test_a_name_that_nobody_sees_is_refused(row: Callable[..., Judged], name: str) -> None:
    refusal = row(trade_name=name)
    assert isinstance(refusal, Refusal)
    assert refusal.code in {"invisible_character", "trade_name_missing", "no_letters"}


def test_stacks_of_marks_are_refused_and_vowels_are_not(row: Callable[..., Judged]) -> None:
    refusal = row(trade_name="م" + "\u0610\u0611\u0612\u0613\u0614" + "حل")
    assert isinstance(refusal, Refusal)
    assert refusal.code == "marks_stacked"
    assert isinstance(row(trade_name="مُحَمَّدٌ رَحْمَٰن"), Entry)


def test_memory_does_not_grow_with_the_file(rules: Rules, tmp_path: Path) -> None:
    def peak(rows: int) -> int:
        path = csv_file(tmp_path / "a.csv", *(at(place) | {"valid_from": "15/3/2026"} for place in range(rows)))
        tracemalloc.start()
        found = survey(path, rules)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert found.notations["valid_from"] == Notation(day_first=2)
        return most

    assert peak(4_000) < peak(500) + (1 << 20)


def test_a_row_without_a_survey_is_judged_alone(rules: Rules) -> None:
    refusal = rules.entry(Row(2, (), GOOD | {"valid_from": "3/15/2026"}, ""))
    assert isinstance(refusal, Refusal)
    assert refusal.code == "date_invalid"
