"""The ten authorities, and short ways to have a file or a row judged."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from governorate import licensed
from issuer.intake import tables
from issuer.intake.row import Row
from issuer.intake.rows import Competence, Entry, Refusal, Rules
from seal.area import Area
from seal.site import Point
from tests.conftest import ROOT

DATA = ROOT / "tests/data"
Judged = Entry | Refusal

GOOD = {
    "type": "shop",
    "authority": "MN1",
    "trade_name": "مخبز الأمل",
    "activity": "bakery",
    "holder": "سامي فؤاد حسن",
    "address": "شارع 12، عقار 7",
    "latitude": "31.275000",
    "longitude": "30.005000",
    "radius_m": "30",
    "valid_from": "2026-03-01",
}


def table_of(name: str) -> list[dict[str, str]]:
    """The rows of a UTF-8 file under tests/data."""
    return list(csv.DictReader(io.StringIO((DATA / name).read_text("utf-8"), newline="")))


@pytest.fixture(scope="session")
def authorities() -> dict[str, Competence]:
    types = {code: each.longest_days for code, each in licensed.default().types.items()}
    features = json.loads((DATA / "authorities.geojson").read_text("utf-8"))["features"]
    return {
        feature["properties"]["code"]: Competence(
            Area([Point(latitude, longitude) for longitude, latitude in feature["geometry"]["coordinates"][0][:-1]]),
            types,
            {"ar": feature["properties"]["name_ar"], "en": feature["properties"]["name_en"]},
        )
        for feature in features
    }


@pytest.fixture(scope="session")
def rules(authorities: dict[str, Competence]) -> Rules:
    return Rules(authorities, licensed.default())


@pytest.fixture(scope="session")
def judged(rules: Rules) -> Callable[[Path], list[Judged]]:
    """Every row of a file, judged."""

    def judge(path: Path) -> list[Judged]:
        with tables.opened(path) as table:
            return list(rules.judge(table.rows))

    return judge


@pytest.fixture(scope="session")
def row(rules: Rules) -> Callable[..., Judged]:
    """One row, good but for the fields given, judged."""

    def judge(**fields: str) -> Judged:
        cells = GOOD | fields
        return rules.entry(Row(2, tuple(cells.values()), cells, ""))

    return judge
