"""A known license that comes again: its next term is a renewal, other content is a change, and nothing of it is "issued before"."""

import csv
import shutil
from collections import Counter
from datetime import date
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, text, update

from issuer.errors import IssuerError
from issuer.intake.rows import Entry
from issuer.register import history, waiting
from issuer.register.issuing import Result, Source, issue
from issuer.register.schema import REGISTER
from issuer.register.signer_pool import InProcess
from issuer.register.tables import held, license_links, licenses, seals
from issuer.register.terms import chain_of
from office.database import OFFICE
from seal.site import Point, Site
from tests.issuer.offices import DATA, SECONDS, Office, entry, row, rows
from tests.issuer.soundness import assert_sound
from tests.revisions import move

YEARS = (date(2026, 1, 1), date(2026, 12, 31)), (date(2027, 1, 1), date(2027, 12, 31)), (date(2028, 3, 1), date(2029, 2, 28))


def copied(office: Office, name: str) -> Path:
    return Path(shutil.copy(DATA / "cases" / name, office.folder / name))


def rejected(file: Path) -> list[dict[str, str]]:
    path = file.with_name(f"{file.name}.rejects.csv")
    return list(csv.DictReader(path.read_text("utf-8-sig").splitlines())) if path.exists() else []


def numbers(register: Engine) -> list[str]:
    with register.connect() as connection:
        return list(connection.scalars(select(licenses.c.number).order_by(licenses.c.id)))


def term(line: int, years: int, source_id: str | None = "F-1001", **changes: object) -> Entry:
    first_day, last_day = YEARS[years]
    return entry(line, source_id=source_id, **({"first_day": first_day, "last_day": last_day} | changes))


def take(register: Engine, office: Office, *entries: Entry, source: bytes = b"f", apply: bool = False) -> list[Result]:
    clerk = office.clerk()
    return issue(register, entries, pool=InProcess(clerk.sealer), source=Source(source * 32, apply), now=SECONDS)


def links(register: Engine) -> list[tuple[str, str, str]]:
    with register.connect() as connection:
        query = select(license_links.c.number, license_links.c.previous, license_links.c.kind).order_by(license_links.c.number)
        return [(number, previous, kind) for number, previous, kind in connection.execute(query)]


# The files of cases/, as a clerk runs them.


def test_next_year_s_file_renews_the_license_and_says_so(each_office: Office, register: Engine) -> None:
    assert "1 issued" in each_office.run("issue", copied(each_office, "renewal_year1.csv"), "--no-output").output
    file = copied(each_office, "renewal_year2.csv")
    assert "0 issued, 0 issued before, 0 refused, 1 renewals" in each_office.run("issue", file, "--no-output").output
    first, second = numbers(register)
    assert links(register) == [(second, first, "renewal")]
    assert f"follows     {first} (renewal)" in each_office.run("license", "show", second, now=None).output
    assert f"followed by {second} (renewal)" in each_office.run("license", "show", first, now=None).output
    assert rejected(file) == []
    assert "0 issued, 1 issued before" in each_office.run("issue", file, "--no-output").output
    assert_sound(register, 2)


def test_a_correction_waits_with_the_names_of_its_fields_and_is_taken_by_a_person(each_office: Office, register: Engine) -> None:
    each_office.run("issue", copied(each_office, "correction_first.csv"), "--no-output")
    (number,) = numbers(register)
    before = history.show(register, number)
    file = copied(each_office, "correction_second.csv")
    told = each_office.run("issue", file, "--no-output").output
    assert "0 issued, 0 issued before, 0 refused, 1 changes that wait" in told
    assert "1 rows wait for a decision: `khatm license held list`" in told
    (refused,) = rejected(file)
    assert refused["code"] == "license_changed"
    assert refused["field"] == "activity, address, radius_m, valid_until"
    assert refused["sentence_en"] == f"changed: activity, address, radius_m, valid_until — {number}; it waits for a decision"
    assert history.show(register, number) == before, "nothing is overwritten"
    listed = each_office.run("license", "held", "list", now=None).output
    assert f"changed: activity, address, radius_m, valid_until — {number}" in listed
    each_office.run("license", "held", "accept", "1", "--out", each_office.folder / "out")
    after = history.show(register, number)
    assert (after.claims.edition, after.claims.activity, after.claims.site.radius_m) == (1, "restaurant", 100)
    assert {event.kind for event in after.events} == {"issued", "sealed", "replaced"}
    # Both files again: each is known, and neither takes back what the other did.
    for name in ("correction_first.csv", "correction_second.csv"):
        assert "1 issued before" in each_office.run("issue", each_office.folder / name, "--renewals", "apply", "--no-output").output
    assert history.show(register, number) == after


def test_changes_are_sealed_at_once_where_the_clerk_says_so(each_office: Office, register: Engine) -> None:
    each_office.run("issue", copied(each_office, "correction_first.csv"), "--no-output")
    file = copied(each_office, "correction_second.csv")
    told = each_office.run("issue", file, "--renewals", "apply", "--out", each_office.folder / "out").output
    assert "1 changes sealed" in told
    assert rejected(file) == []
    (number,) = numbers(register)
    assert history.show(register, number).claims.edition == 1
    assert len(list((each_office.folder / "out").glob("*.card.svg"))) == 1
    assert "1 issued before" in each_office.run("issue", file, "--renewals", "apply", "--no-output").output
    assert history.show(register, number).claims.edition == 1


def test_real_chains_of_one_file_are_all_sealed_as_history(office: Office) -> None:
    """2,170 real terms of 1,105 licenses, by their file number, newest and oldest mixed as the file has them."""
    with (DATA / "chicago_terms.csv").open(encoding="utf-8", newline="") as stream:
        real = list(csv.DictReader(stream))
    shops = dict(zip(dict.fromkeys(each["license"] for each in real), rows(1_105), strict=True))
    made = [
        shops[each["license"]] | {"valid_from": each["from"], "valid_until": each["until"], "source_id": each["license"]} for each in real
    ]
    made.reverse()
    file = office.write("chicago.csv", made)
    told = office.run("issue", file, "--no-output").output
    assert "2170 rows: 1105 issued, 0 issued before, 0 refused, 1065 renewals" in told
    with office.locations.engine() as register:
        assert_sound(register, 2_170)
        assert Counter(kind for _, _, kind in links(register)) == {"renewal": 1056, "lapsed": 9}
        days = {}
        with register.connect() as connection:
            for number, first, last in connection.execute(select(licenses.c.number, licenses.c.first_day, licenses.c.last_day)):
                days[number] = first, last
        assert all(days[previous][1] < days[number][0] for number, previous, _ in links(register))
    assert "2170 rows: 0 issued, 2170 issued before, 0 refused" in office.run("issue", file, "--no-output").output


# What a row is, beside what is there.


def test_terms_in_any_order_are_one_chain(register: Engine, each_office: Office) -> None:
    for order in ((2, 0), (1,)):
        kinds = sorted(each.kind for each in take(register, each_office, *(term(2 + years, years) for years in order)))
        assert kinds == (["issued", "renewed"] if len(order) == 2 else ["renewed"])
    with register.connect() as connection:
        by_day = list(connection.scalars(select(licenses.c.number).order_by(licenses.c.first_day)))
    expected = {(later, earlier) for earlier, later in pairwise(by_day)}
    assert {(number, previous) for number, previous, _ in links(register)} == expected
    assert {number: kind for number, _, kind in links(register)} == {by_day[1]: "renewal", by_day[2]: "lapsed"}


@pytest.mark.parametrize(
    ("changes", "fields", "reasons"),
    [
        ({"holder": "منى علي حسن"}, ("holder", "valid_from", "valid_until"), ()),
        ({"activity": "cafe"}, ("activity", "valid_from", "valid_until"), ()),
        ({"first_day": date(2026, 12, 1)}, ("valid_from", "valid_until"), ("terms_overlap",)),
    ],
)
def test_a_later_term_with_other_content_waits(
    register: Engine, each_office: Office, changes: dict[str, object], fields: tuple[str, ...], reasons: tuple[str, ...]
) -> None:
    (first,) = take(register, each_office, term(2, 0))
    (later,) = take(register, each_office, term(2, 1, **changes), source=b"g")
    assert (later.kind, later.number, later.fields, later.reasons) == ("changed", first.number, fields, reasons)
    (again,) = take(register, each_office, term(2, 1, **changes), source=b"g")
    assert again == later, "it is held once"
    with register.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(held)) == 1
    clerk = each_office.clerk()
    number = waiting.accept(register, 1, sealer=clerk.sealer, rules=clerk.rules, now=SECONDS)
    assert (number == first.number) == bool(reasons), "an overlapping term is a correction, another term a license of its own"
    assert links(register) == ([] if reasons else [(number, first.number, "renewal")])
    assert [each.kind for each in take(register, each_office, term(2, 1, **changes), source=b"g")] == ["already"]


def test_a_term_after_one_that_was_revoked_waits_even_if_changes_are_taken(register: Engine, each_office: Office) -> None:
    (first,) = take(register, each_office, term(2, 0))
    history.change(register, first.number, "revoked", reason="closed", now=SECONDS)
    for apply in (False, True):
        (later,) = take(register, each_office, term(2, 1), source=b"g", apply=apply)
        assert (later.kind, later.reasons) == ("changed", ("earlier_not_valid",))


def test_rows_of_one_file_that_contradict_each_other_wait_whatever_was_said(register: Engine, each_office: Office) -> None:
    results = take(register, each_office, term(2, 0), term(3, 0, activity="cafe"), apply=True)
    assert [each.kind for each in results] == ["issued", "changed"]
    assert results[1].number == results[0].number, "the license of the other line"


def test_a_row_that_overlaps_several_terms_cannot_be_taken(register: Engine, each_office: Office) -> None:
    take(register, each_office, term(2, 0), term(3, 1))
    (wide,) = take(register, each_office, term(2, 0, last_day=date(2027, 6, 1)), source=b"g", apply=True)
    assert (wide.kind, wide.reasons) == ("changed", ("terms_overlap",))
    clerk = each_office.clerk()
    with pytest.raises(IssuerError, match="terms_overlap"):
        waiting.accept(register, 1, sealer=clerk.sealer, rules=clerk.rules, now=SECONDS)


def test_a_license_without_a_file_number_is_known_by_who_and_where(register: Engine, each_office: Office) -> None:
    (first,) = take(register, each_office, term(2, 0, source_id=None))
    (later,) = take(register, each_office, term(2, 1, source_id=None), source=b"g")
    assert links(register) == [(later.number, first.number, "renewal")]


CAFE, PLAIN = {"source_id": None, "trade_name": "Café™"}, {"source_id": None, "trade_name": "Café TM"}


def test_a_name_with_compatibility_characters_is_known_again_and_sealed_as_written(register: Engine, each_office: Office) -> None:
    (first,) = take(register, each_office, term(2, 0, **CAFE))
    assert history.show(register, first.number).claims.trade_name == "Café™"
    (changed,) = take(register, each_office, term(2, 0, **PLAIN), source=b"g")
    assert (changed.kind, changed.number, changed.fields) == ("changed", first.number, ("trade_name",))
    assert history.show(register, first.number).claims.trade_name == "Café™", "a person says which it is"
    clerk = each_office.clerk()
    assert waiting.accept(register, 1, sealer=clerk.sealer, rules=clerk.rules, now=SECONDS) == first.number
    assert history.show(register, first.number).claims.trade_name == "Café TM"
    kinds = [each.kind for each in take(register, each_office, term(2, 0, **CAFE), term(3, 0, **PLAIN), source=b"h")]
    assert kinds == ["already", "already"], "neither file takes back what was decided"


def test_next_year_under_a_name_that_folds_alike_is_a_change_of_the_license_and_under_another_file_number_a_twin(
    register: Engine, each_office: Office
) -> None:
    (first,) = take(register, each_office, term(2, 0, **CAFE))
    (later,) = take(register, each_office, term(2, 1, **PLAIN), source=b"g")
    assert (later.kind, later.fields) == ("changed", ("trade_name", "valid_from", "valid_until"))
    clerk = each_office.clerk()
    number = waiting.accept(register, 1, sealer=clerk.sealer, rules=clerk.rules, now=SECONDS)
    assert history.show(register, number).claims.trade_name == "Café TM"
    assert links(register) == [(number, first.number, "renewal")]
    (twin,) = take(register, each_office, term(2, 0, **PLAIN | {"source_id": "F-9"}), source=b"i")
    assert (twin.kind, twin.number, twin.fields) == ("held", first.number, ())


def test_a_register_from_before_knows_its_licenses_again(register: Engine, each_office: Office) -> None:
    take(register, each_office, term(2, 0), term(3, 0, source_id=None, trade_name="مقهى البحر"))
    elsewhere = {"source_id": None, "site": Site(Point(31.2760, 30.0060), 30)}
    take(register, each_office, term(4, 0, trade_name="Café TM", **elsewhere), source=b"e")  # which is how ™ was sealed
    with register.begin() as connection:  # as the version before kept them
        source = blake2b("\0".join(("source", "MN1", "F-1001")).encode(), digest_size=16).digest()
        connection.execute(update(licenses).where(licenses.c.line == 2).values(identity=source))
        newest = select(func.max(seals.c.id)).scalar_subquery()
        connection.execute(update(seals).where(seals.c.id == newest).values(idx=40_000))  # its places were drawn at random
    move(register, OFFICE, "office_0015")  # what came after it leans on tables that the register did not have then
    move(register, REGISTER, "register_0003", "head")
    move(register, OFFICE, "head")
    with register.connect() as connection:
        assert connection.scalar(select(licenses.c.chain).where(licenses.c.line == 3)) == chain_of(
            term(3, 0, source_id=None, trade_name="مقهى البحر").license
        )
        assert connection.scalar(text("SELECT count(*) FROM license WHERE content IS NULL")) == 3
    both = term(2, 0), term(3, 0, source_id=None, trade_name="مقهى البحر")
    assert [each.kind for each in take(register, each_office, *both)] == ["already", "already"]
    later = term(2, 1), term(3, 1, source_id=None, trade_name="مقهى البحر")
    assert [each.kind for each in take(register, each_office, *later, source=b"g")] == ["renewed", "renewed"]
    (cafe,) = take(register, each_office, term(4, 0, trade_name="Café™", **elsewhere), source=b"h")
    assert (cafe.kind, cafe.fields) == ("changed", ("trade_name",))


def test_an_old_row_that_says_the_same_in_another_file_is_issued_before(office: Office) -> None:
    office.run("issue", office.write("one.csv", [row(source_id="7")]), "--no-output")
    assert "1 issued before" in office.run("issue", office.write("two.csv", [row(source_id="7"), *rows(1)]), "--no-output").output
