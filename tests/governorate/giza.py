"""A second governorate for tests, invented: Giza has its own code, names, areas, fees, days off and waves, and no word of the program's."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from governorate import folder
from seal.trust import Governorate

PREFIX, NAME = "GIZ", {"ar": "محافظة الجيزة", "en": "Giza Governorate"}
#: How far its two other areas lie from those that they are copied from, in degrees.
SOUTH, EAST = 1.2, 1.25
#: Code, names, and the authority of Alexandria whose outline it has. MN1 has the very outline, so that the same journeys lead through it.
AUTHORITIES = (
    ("MN1", "حي تجريبي أول", "Trial district 1", "MN1"),
    ("DQ1", "حي الدقي", "Dokki", "WST"),
    ("HRM", "حي الهرم", "Haram", "SHQ"),
)
EXAMINATION = 7_500  # piastres of an advertisement's examination at the centre, where Alexandria's is 50

NOT_CLEAN = 17_500  # piastres of a first time not clean, where Alexandria's sample is 20,000


def governorate() -> Governorate:
    """Whose it is, as its keys say."""
    return Governorate(PREFIX, NAME)


def make(where: Path) -> Path:
    """Make its folder out of Alexandria's, and return it."""
    shutil.copytree(folder.shipped(), where)
    (where / folder.IDENTITY).write_text(
        f"prefix: {PREFIX}\nar: {NAME['ar']}\nen: {NAME['en']}\ncalled: [الجيزة, giza]\nhosts: [giza.khatm.example]\n"
        "contact: {ar: غرفة عمليات الجيزة, en: Giza operations room, link: 'https://report.example/{reference}'}\n",
        "utf-8",
    )
    (where / folder.AREAS).write_text(json.dumps(_areas(where), ensure_ascii=False, indent=1), "utf-8")
    (where / folder.HOLIDAYS).write_text("weekend: [friday]\nholidays: []\n", "utf-8")
    _edit(where / folder.LICENSES, "ar: محل عام, en: Public shop", "ar: محل بالجيزة, en: Giza shop")
    _edit(where / folder.FEES, 'first issue at the centre", flat: 50}', f'first issue at the centre", flat: {EXAMINATION}}}')
    _edit(where / folder.VIOLATIONS, "first: 20000,", f"first: {NOT_CLEAN},")
    services = (where / folder.SERVICES).read_text("utf-8")
    head, _ = services.split("\nwaves:\n")
    (where / folder.SERVICES).write_text(f"{head}\nwaves:\n  - {{wave: 1, from: 2026-11-01, authorities: [MN1, DQ1, HRM]}}\n", "utf-8")
    return where


def _areas(where: Path) -> dict[str, object]:
    outlines = {each["properties"]["code"]: each["geometry"] for each in json.loads((where / folder.AREAS).read_text("utf-8"))["features"]}
    return {"type": "FeatureCollection", "features": [_feature(*each, outlines) for each in AUTHORITIES]}


def _feature(code: str, ar: str, en: str, like: str, outlines: dict[str, dict[str, list[list[list[float]]]]]) -> dict[str, object]:
    south, east = (0.0, 0.0) if code == like else (SOUTH, EAST)
    ring = [[round(longitude + east, 6), round(latitude - south, 6)] for longitude, latitude, *_ in outlines[like]["coordinates"][0]]
    return {
        "type": "Feature",
        "properties": {"code": code, "name_ar": ar, "name_en": en},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def _edit(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text, old
    file.write_text(text.replace(old, new), "utf-8")
