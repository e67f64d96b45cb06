"""A radius that holds another license of the same type is said while a smaller one can still be chosen."""

import csv
from pathlib import Path

from tests.issuer.offices import Office, row

STEP = 1 / 110_850  # a metre of latitude at 31 degrees north


def shop(name: str, north_m: float = 0, more: dict[str, str] | None = None) -> dict[str, str]:
    return row(trade_name=name, latitude=f"{31.275 + north_m * STEP:.6f}") | (more or {})


def shared(file: Path) -> list[str]:
    read = csv.DictReader(file.with_name(f"{file.name}.check.csv").read_text("utf-8-sig").splitlines())
    return [each["radius_shared_with"] for each in read]


def number(office: Office, file: Path) -> str:
    office.run("issue", file, "--no-output")
    office.run("issue", "--check", file)
    read = csv.DictReader(file.with_name(f"{file.name}.check.csv").read_text("utf-8-sig").splitlines())
    return next(read)["license"]


def test_who_else_is_within_the_radius_is_said_once_for_each_pair(each_office: Office) -> None:
    there = number(each_office, each_office.write("first.csv", [shop("مخبز الأمل")]))
    rows: list[dict[str, str]] = [
        shop("صيدلية النور", 25),  # 25 m from the bakery
        shop("مقهى الميناء", 31),  # 31 m from it, 6 m from the one before
        shop("كشك الصحف", 5, {"type": "building", "activity": "", "valid_until": "2026-12-31"}),
        shop("بقالة السلام", 60, {"radius_m": "20"}),
        shop("ورشة الحديد", 33, {"valid_from": "2020-01-01", "valid_until": "2020-12-31"}),  # was over before the others began
    ]
    file = each_office.write("second.csv", rows)
    told = each_office.run("issue", "--check", file).output
    assert shared(file) == [there, "line 2", "", "", ""]
    assert "2  radius_shared" in told and "في نطاق الترخيص ترخيص آخر من النوع نفسه" in told
    page = (each_office.folder / "second.csv.check.html").read_text("utf-8")
    assert there in page and "السطر 2" in page and "of these, with another license of the same type within their radius" in page


def test_a_further_term_and_what_was_revoked_are_no_others(each_office: Office) -> None:
    days = {"valid_from": "2026-01-01", "valid_until": "2026-12-31", "source_id": "F-1"}
    there = number(each_office, each_office.write("first.csv", [shop("مخبز الأمل", 0, days)]))
    later = each_office.write("later.csv", [shop("مخبز الأمل", 0, days | {"valid_from": "2027-01-01", "valid_until": "2027-12-31"})])
    each_office.run("issue", "--check", later)
    assert shared(later) == [""]
    other = each_office.write("other.csv", [shop("صيدلية النور", 25, {"valid_from": "2026-03-01"})])
    each_office.run("issue", "--check", other)
    assert shared(other) == [there]
    each_office.run("license", "revoke", there, "--reason", "closed")
    each_office.run("issue", "--check", other)
    assert shared(other) == [""]
