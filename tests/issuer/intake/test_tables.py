"""The same licenses out of every kind of file, and a clear word where a file cannot be read."""

import codecs
import csv
import io
import json
import os
import re
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from issuer.intake import tables
from issuer.intake.errors import IntakeError
from issuer.intake.rows import Entry, Refusal
from issuer.sentences import say
from seal.license import License
from tests.issuer.intake.conftest import DATA, Judged, table_of

ROWS = table_of("alexandria_licenses.csv")[:25]
ARABIC = {
    "type": "نوع الرخصة",
    "authority": "الحي",
    "trade_name": "الاسم التجارى",
    "activity": "النشاط",
    "holder": "المرخص له",
    "address": " العنوان ",
    "latitude": "خط العرض",
    "longitude": "خط الطول",
    "radius_m": "نصف القطر (م)",
    "footprint": "حدود الموقع",
    "width_m": "العرض",
    "height_m": "الإرتفاع",
    "valid_from": "ساريه من",
    "valid_until": "سارية حتى",
}


def text(delimiter: str = ",", newline: str = "\r\n", names: dict[str, str] | None = None) -> str:
    written = io.StringIO()
    table = csv.writer(written, delimiter=delimiter, lineterminator=newline)
    table.writerow([(names or {}).get(name, name) for name in ROWS[0]])
    table.writerows(row.values() for row in ROWS)
    return written.getvalue()


def workbook(path: Path) -> None:
    """Numbers as numbers, days as days, an empty row between, and a second sheet that is none of ours."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(list(ROWS[0]))
    for index, row in enumerate(ROWS):
        cells = [float(cell) if name in {"latitude", "radius_m", "width_m"} and cell else cell or None for name, cell in row.items()]
        for at, name in enumerate(row):
            if name in {"valid_from", "valid_until"} and row[name]:
                cells[at] = datetime.fromisoformat(row[name])
        sheet.append(cells)
        if index == 3:
            sheet.append([None])
    book.create_sheet("other").append(["x"])
    book.save(path)


def collection() -> dict[str, object]:
    features = []
    for row in ROWS:
        properties: dict[str, object] = {name: cell or None for name, cell in row.items()}
        ring = row["footprint"].removeprefix("POLYGON((").removesuffix("))")
        pairs = [list(map(float, pair.split())) for pair in ring.split(",") if pair]
        geometry = {"type": "Point", "coordinates": [float(row["longitude"]), float(row["latitude"])]}
        if pairs:
            geometry = {"type": "Polygon", "coordinates": [pairs]}
            del properties["footprint"]
        else:
            del properties["latitude"], properties["longitude"]
        features.append({"type": "Feature", "properties": properties, "geometry": geometry})
    return {"type": "FeatureCollection", "name": "رخص", "features": features}


FILES: dict[str, Callable[[Path], object]] = {
    "utf-8": lambda path: path.write_bytes(text().encode()),
    "utf-8 with bom": lambda path: path.write_bytes(text().encode("utf-8-sig")),
    "utf-8, unix lines, empty ones at the end": lambda path: path.write_bytes((text(newline="\n") + "\n\n,,,,,,,,,,,,,\n").encode()),
    "utf-16": lambda path: path.write_bytes(text().encode("utf-16")),
    "utf-16 big endian, tab": lambda path: path.write_bytes(codecs.BOM_UTF16_BE + text("\t").encode("utf-16-be")),
    "windows-1256": lambda path: path.write_bytes(text(";").encode("cp1256")),
    "semicolon with excel's first line": lambda path: path.write_bytes(("sep=;\r\n" + text(";")).encode()),
    "tab": lambda path: path.write_bytes(text("\t").encode()),
    "arabic header": lambda path: path.write_bytes(text(names=ARABIC).encode()),
    "shouting header": lambda path: path.write_bytes(text(names={name: f" {name.upper()} " for name in ROWS[0]}).encode()),
    "xlsx": workbook,
    "geojson": lambda path: path.write_text(json.dumps(collection(), ensure_ascii=False), "utf-8"),
    "geojson, indented, ascii": lambda path: path.write_text(json.dumps(collection(), indent=2), "utf-8"),
}


def licenses(found: list[Judged]) -> list[License]:
    assert [each for each in found if isinstance(each, Refusal)] == []
    return [each.license for each in found if isinstance(each, Entry)]


@pytest.fixture(scope="module")
def expected(judged: Callable[[Path], list[Judged]]) -> list[License]:
    return licenses(judged(DATA / "alexandria_licenses.csv"))[:25]


def test_the_windows_1256_file_is_read_25_of_25(judged: Callable[[Path], list[Judged]], expected: list[License]) -> None:
    assert licenses(judged(DATA / "alexandria_licenses_excel_cp1256.csv")) == expected


@pytest.mark.parametrize("kind", FILES)
def test_every_kind_of_file_gives_the_same_licenses(
    judged: Callable[[Path], list[Judged]], expected: list[License], tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "from the office"  # no ending: content tells what it is
    FILES[kind](path)
    assert licenses(judged(path)) == expected


def test_a_row_s_line_is_where_a_person_finds_it(judged: Callable[[Path], list[Judged]], tmp_path: Path) -> None:
    lines = text().splitlines(keepends=True)
    broken = lines[3].split(",")[:4]
    (tmp_path / "a.csv").write_bytes("".join([*lines[:3], "\r\n", ",".join(broken), "\r\n", *lines[4:]]).encode())
    found = judged(tmp_path / "a.csv")
    assert [(each.line, each.code) for each in found if isinstance(each, Refusal)] == [(5, "columns_missing")]
    assert [each.line for each in found] == [2, 3, *range(5, 28)]
    workbook(tmp_path / "a.xlsx")
    assert [each.line for each in judged(tmp_path / "a.xlsx")] == [2, 3, 4, 5, *range(7, 28)]
    FILES["geojson"](tmp_path / "a.geojson")
    assert [each.line for each in judged(tmp_path / "a.geojson")] == list(range(1, 26))


HEADER = text().splitlines()[0]
ARABIC_ROW = text().splitlines()[1]
BAD_FILES: dict[str, tuple[bytes, str, str]] = {
    "nothing": (b"", "file_empty", ""),
    "only lines": (b"\r\n\r\n", "file_empty", ""),
    "only a mark": (codecs.BOM_UTF8, "file_empty", ""),
    "no columns of ours": (b"a,b,c\n1,2,3\n", "file_columns_unknown", "holder, address"),
    "two columns missing": (HEADER.replace("holder", "x").replace("latitude", "y").encode(), "file_columns_unknown", "holder, latitude"),
    "a column twice": (f"{HEADER},Lat\n".encode(), "file_columns_twice", "latitude"),
    "another separator": (HEADER.replace(",", "|").encode(), "file_columns_unknown", "type"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, "file_columns_unknown", ""),
    "old excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "file_unreadable", ".xlsx"),
    "utf-16 without a mark": (text().encode("utf-16-le"), "file_encoding", "UTF-16"),
    "utf-32": (text().encode("utf-32"), "file_encoding", "UTF-32"),
    "half a utf-16 letter": (text().encode("utf-16")[:-1], "file_encoding", "UTF-16"),
    "utf-8 with one broken octet": (text().encode() + b"\xff", "file_encoding", "line 2"),
    "utf-8 with mark, broken": (codecs.BOM_UTF8 + HEADER.encode() + b"\n\xc3\x28", "file_encoding", "line 1"),
    "cut inside a letter": ((HEADER + "\n" + ARABIC_ROW).encode() + "م".encode()[:1], "file_encoding", "line 2"),
    "two files glued": (f"{HEADER}\n{ARABIC_ROW}\n".encode("cp1256") * 40 + ARABIC_ROW.encode(), "file_encoding", "line 81"),
    "a broken archive": (b"PK\3\4" + b"x" * 200, "file_unreadable", "workbook"),
    "json, but a list": (b"{]", "file_unreadable", "JSON"),
    "json, one feature": (b'{"type": "Feature", "features": []}', "file_unreadable", "FeatureCollection"),
    "json without features": (b'{"type": "FeatureCollection"}', "file_unreadable", "FeatureCollection"),
    "json, no feature": (b'{"type": "FeatureCollection", "features": [ ] }', "file_empty", ""),
    "json, deep": (b'{"x": ' + b"[" * 200_000, "file_unreadable", "JSON"),
    "json, latin": ('{"type": "FeatureCollection", "name": "é"'.encode("latin-1"), "file_encoding", "UTF-8"),
    "json, other columns": (b'{"features": [{"type": "Feature", "properties": {"a": 1}}]}', "file_columns_unknown", "holder"),
    "json, metres": (b'{"crs": {"properties": {"name": "EPSG:32636"}}, "features": []}', "file_crs_unknown", "WGS 84"),
}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_a_file_that_cannot_be_read_says_why(judged: Callable[[Path], list[Judged]], tmp_path: Path, kind: str) -> None:
    content, code, detail = BAD_FILES[kind]
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(IntakeError) as refused:
        judged(tmp_path / "file")
    assert refused.value.code == code
    assert detail in refused.value.detail
    assert say(code, "ar") != say(code, "en")


def test_what_is_no_file_says_so(judged: Callable[[Path], list[Judged]], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "missing", tmp_path / "pipe", tmp_path / ("x" * 300), Path("a\0b")):
        with pytest.raises(IntakeError) as refused:
            judged(path)
        assert refused.value.code == ("file_missing" if path.name == "missing" else "file_unreadable")


def test_a_file_of_senseless_size_is_refused_unread(
    judged: Callable[[Path], list[Judged]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "SIZE_MAX", 100)
    (tmp_path / "file").write_bytes(text().encode())
    with pytest.raises(IntakeError, match="file_too_large"):
        judged(tmp_path / "file")


def test_columns_that_are_not_ours_are_named_and_the_progress_is_told(tmp_path: Path) -> None:
    lines = [f"{line},{'notes' if number == 0 else 'x'}," for number, line in enumerate(text().splitlines())]
    (tmp_path / "file").write_bytes("\n".join(lines).encode())
    with tables.opened(tmp_path / "file") as table:
        assert table.header.ignored == ("notes",)
        assert len(list(table.rows)) == 25
        assert table.done() == 1.0


def test_the_demo_s_sample_is_accepted_and_shows_everything(judged: Callable[[Path], list[Judged]]) -> None:
    found = licenses(judged(DATA.parent.parent / "demo/data/sample.csv"))
    assert len(found) == 60
    assert len({each.type for each in found}) == 6
    assert len({each.authority for each in found}) == 10
    assert {bool(each.site.footprint) for each in found} == {bool(each.details) for each in found} == {True, False}
    assert any(each.last_day and each.last_day < date(2026, 11, 1) for each in found)
    latin = [bool(re.search("[A-Za-z]{3}", each.trade_name)) for each in found]
    assert {True, False} == set(latin)
