"""Forms: everything typed is kept, nothing wrong is let through, and both channels are held to what an import is held to."""

import pytest
from sqlalchemy import func, select

from issuer.errors import IssuerError
from issuer.intake.row import Row
from issuer.intake.rows import Entry, Refusal
from issuer.sentences import say
from office.applications import attaching, drafts, judging, submitting
from office.applications.context import UnitOfWork
from office.applications.errors import ApplicationError, DocumentError, Fault, RefusedError
from office.applications.tables import applications
from seal import claims
from seal.license import License
from seal.site import Point, Site
from tests.issuer.offices import entry
from tests.office.applications.workplace import CITIZEN, CLERK, NOW, Workplace, advertisement, moment, pdf, shop


def faults(here: Workplace, service: str, fields: dict[str, str], *, now: int = NOW, actor=CITIZEN) -> dict[str, str]:
    """What is wrong with a form, by field; every code has a sentence in both languages."""
    key = here.draft(service, fields, actor=actor)
    with here.engine.connect() as connection:
        found = submitting.check(UnitOfWork(connection, here.office, actor, now), key).faults
        assert drafts.show(connection, key, actor=actor).fields == fields, "what was typed is kept"
    for fault in found:
        assert fault.say("ar") != fault.say("en")
    return {fault.field: fault.code for fault in found}


def test_a_draft_survives_and_is_found_again(here: Workplace) -> None:
    with here.engine.begin() as connection:
        key = drafts.create(UnitOfWork(connection, here.office, CITIZEN, NOW), service="shop.first", channel="portal")
        typed = {"trade_name": "  مخبز ", "latitude": "ليس رقماً", "unknown": "kept too", "radius_m": "99999999999999999999"}
        version = drafts.update_fields(UnitOfWork(connection, here.office, CITIZEN, NOW + 5), key, typed)
    here.engine.dispose()
    with here.engine.connect() as connection:
        (found,) = drafts.mine(connection, actor=CITIZEN)
        assert (found.key, found.version, found.fields) == (key, version, typed)


def test_two_windows_do_not_overwrite_each_other_unseen(here: Workplace) -> None:
    key = here.draft("shop.first", shop())
    with here.engine.begin() as connection:
        seen = drafts.show(connection, key, actor=CITIZEN).version
        drafts.update_fields(UnitOfWork(connection, here.office, CITIZEN, NOW), key, {"address": "one"}, version=seen)
        with pytest.raises(ApplicationError) as refused:
            drafts.update_fields(UnitOfWork(connection, here.office, CITIZEN, NOW), key, {"address": "two"}, version=seen)
    assert refused.value.code == "changed_meanwhile"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"trade_name": ""}, {"trade_name": "trade_name_missing"}),
        ({"trade_name": "ا" * 81}, {"trade_name": "trade_name_too_long"}),
        ({"trade_name": "مخبز\u202eلمألا"}, {"trade_name": "direction_override"}),
        ({"trade_name": "#REF!"}, {"trade_name": "cell_error"}),
        ({"holder": "\u200f \u200b"}, {"holder": "holder_missing"}),
        ({"latitude": "31,2752.1"}, {"latitude": "latitude_invalid"}),
        ({"latitude": ""}, {"latitude": "latitude_missing"}),
        ({"latitude": "91"}, {"latitude": "latitude_range"}),
        ({"latitude": "31.2752", "longitude": "30.0061 N"}, {"longitude": "longitude_invalid"}),
        ({"radius_m": "30.5"}, {"radius_m": "radius_invalid"}),
        ({"radius_m": "151"}, {"radius_m": "radius_range"}),
        ({"radius_m": ""}, {"radius_m": "radius_missing"}),
        ({"footprint": "POLYGON((30 31, 30 31, 30 31, 30 31))"}, {"footprint": "footprint_invalid"}),
        ({"valid_from": "2026-02-30"}, {"valid_from": "date_invalid"}),
        ({"valid_from": "12/31/2026"}, {"valid_from": "date_invalid"}),
        ({"valid_until": "2026-11-30"}, {"valid_until": "ends_before_start"}),
        ({"floor_area": "-1"}, {"floor_area": "field_invalid"}),
        ({"floor_area": ""}, {"floor_area": "field_missing"}),
        ({"authority": "SHQ"}, {"latitude": "site_outside_authority"}),
        ({"latitude": "30.0061", "longitude": "31.2752"}, {"latitude": "site_outside_authority"}),
        ({"authority": "MN2"}, {"authority": "authority_not_open_yet"}),
        (
            {"trade_name": "", "holder": "", "latitude": "x", "valid_from": "y"},
            {
                "trade_name": "trade_name_missing",
                "holder": "holder_missing",
                "latitude": "latitude_invalid",
                "valid_from": "date_invalid",
            },
        ),
    ],
)
def test_what_is_wrong_is_named_by_its_field(sqlite: Workplace, change: dict[str, str], fault: dict[str, str]) -> None:
    assert faults(sqlite, "shop.first", shop(**change)) == fault


def test_a_field_that_its_service_does_not_ask_for_decides_nothing(sqlite: Workplace) -> None:
    number = sqlite.submitted("shop.first", shop(type="advertisement", floors="12", width_m="9", source_id="x", stayed_up="yes"))
    shown = sqlite.show(number)
    assert (shown.license.type, shown.license.details) == ("shop", {})


def test_a_wave_of_authorities_opens_on_its_day(sqlite: Workplace) -> None:
    fields = shop(latitude="31.2450", longitude="29.9700", authority="MN2", valid_from="2027-01-02")
    area = sqlite.clerk.rules.authority_at(Point(31.2450, 29.9700))
    before, first = moment("2026-12-31"), moment("2027-01-01")
    assert faults(sqlite, "shop.first", fields, now=before)["authority"] == "authority_not_open_yet"
    expected = {} if area == "MN2" else {"latitude": "site_outside_authority"}
    assert faults(sqlite, "shop.first", fields, now=first) == expected


def test_a_service_s_own_longest_validity_holds(sqlite: Workplace) -> None:
    """The file of services may allow less than what an authority's key may seal."""
    service = sqlite.office.service("shop.first")
    fields = shop(valid_until="2027-11-30")
    shorter = {"shop.first": service._replace(longest_days=365)}
    office = sqlite.office._replace(services=sqlite.office.services._replace(services={**sqlite.office.services.services, **shorter}))
    key = sqlite.draft("shop.first", fields)
    with sqlite.engine.begin() as connection:
        assert submitting.check(UnitOfWork(connection, office, CITIZEN, NOW), key).faults == ()
        for last, code in (("2027-12-01", "validity_too_long"), ("", "valid_until_missing")):
            drafts.update_fields(UnitOfWork(connection, office, CITIZEN, NOW), key, {"valid_until": last})
            (fault,) = submitting.check(UnitOfWork(connection, office, CITIZEN, NOW), key).faults
            assert (fault.field, fault.code) == ("valid_until", code)
        assert submitting.check(UnitOfWork(connection, sqlite.office, CITIZEN, NOW), key).faults == ()


def test_both_channels_and_an_import_say_the_same(sqlite: Workplace) -> None:
    """The same values, typed at the portal, at the counter and written in a file, end alike."""
    for fields in (shop(), shop(valid_until="2026-01-01"), shop(latitude="29.0"), advertisement(), advertisement(valid_until="2031-01-01")):
        service = "shop.first" if "floor_area" in fields else "advertisement.first"
        row = {**fields, "type": service.partition(".")[0], "authority": "MN1"}
        imported = sqlite.clerk.rules.entry(Row(2, (), row, ""))
        assert isinstance(imported, Entry | Refusal)
        expected = {} if isinstance(imported, Entry) else {imported.field: imported.code}
        typed = {**fields, "authority": "MN1"}
        assert faults(sqlite, service, typed) == expected
        assert faults(sqlite, service, typed, actor=CLERK) == expected
        if isinstance(imported, Entry):
            number = sqlite.submitted(service, typed, actor=CLERK)
            kept = sqlite.show(number).license
            assert kept == imported.license


@pytest.mark.parametrize(
    "license_",
    [
        entry().license,
        entry(site=Site(Point(31.2750123456, 30.0050987654), 0, ((-120, 40), (300, 55), (280, -210), (-90, -160)))).license,
        entry(type="advertisement", details={"width_cm": 405, "height_cm": 1, "faces": 20}, last_day=entry().license.first_day).license,
        entry(type="building", details={"floors": 200}).license,
    ],
)
def test_a_license_written_as_columns_and_read_again_is_the_same(sqlite: Workplace, license_: License) -> None:
    sealed = license_._replace(site=license_.site._replace(point=claims.rounded(license_.site.point)))
    row = {**judging.columns_of(sealed), "type": sealed.type, "authority": sealed.authority}
    read = sqlite.clerk.rules.entry(Row(2, (), row, ""))
    expected = Refusal if sealed.type == "building" else Entry
    assert isinstance(read, expected), read
    if isinstance(read, Entry):
        assert read.license == sealed


@pytest.mark.parametrize("size", [(61, 10), (1, 4_001)])
def test_a_form_without_bounds_is_refused_and_the_draft_stays(sqlite: Workplace, size: tuple[int, int]) -> None:
    key = sqlite.draft("shop.first", shop())
    fields = {f"field{place}": "x" * size[1] for place in range(size[0])}
    with sqlite.engine.begin() as connection, pytest.raises(ApplicationError) as refused:
        drafts.update_fields(UnitOfWork(connection, sqlite.office, CITIZEN, NOW), key, fields)
    assert refused.value.code == "form_too_large"


def test_characters_that_a_database_does_not_keep_do_no_harm(here: Workplace) -> None:
    key = here.draft("shop.first", shop(trade_name="مخبز\x00الأمل", holder="x\ud83d\ude00y'; DROP TABLE license; --"))
    with here.engine.connect() as connection:
        assert drafts.show(connection, key, actor=CITIZEN).fields["trade_name"] == "مخبزالأمل"


def test_applying_for_the_same_twice_is_noticed_before_it_is_submitted(here: Workplace) -> None:
    from tests.office.applications.workplace import STRANGER

    number = here.submitted("shop.first", shop())
    for actor, expected in ((CITIZEN, [number]), (CLERK, [number]), (STRANGER, [])):
        key = here.draft("shop.first", shop(trade_name="مَخبز الامل", latitude="31.27525", authority="MN1"), actor=actor)
        with here.engine.connect() as connection:
            checked = submitting.check(UnitOfWork(connection, here.office, actor, NOW), key)
        assert ([each.number for each in checked.alike], checked.faults) == (expected, ())


def test_a_refused_submission_leaves_the_draft_as_it_was(here: Workplace) -> None:
    key = here.draft("shop.first", shop(holder=""), papers=False)
    with pytest.raises(RefusedError) as refused:
        here.submit(key)
    assert Fault("holder", "holder_missing") in refused.value.faults
    assert {fault.field for fault in refused.value.faults if fault.code == "document_required"} >= {"identity", "tenure"}
    with here.engine.connect() as connection:
        assert drafts.show(connection, key, actor=CITIZEN).fields["trade_name"] == "مخبز الأمل"
        assert connection.scalar(select(func.count()).select_from(applications).where(applications.c.number.is_not(None))) == 0


def test_a_draft_is_known_by_nothing_that_can_be_guessed(sqlite: Workplace) -> None:
    keys = {sqlite.draft("shop.first", {}, papers=False) for _ in range(5)}
    assert len(keys) == 5
    assert all(len(key) == 32 and int(key, 16) < 1 << 128 for key in keys)
    with sqlite.engine.connect() as connection:
        for guess in ("1", "", "%", "' OR 1=1 --", next(iter(keys))[:-1], "APP-MN1-2026-000001-A", "APP-"):
            with pytest.raises(ApplicationError):
                drafts.show(connection, guess, actor=CITIZEN)


@pytest.mark.parametrize(
    ("change", "code"),
    [({"service": "kiosk.first"}, "service_unknown"), ({"service": ""}, "service_unknown"), ({"mobile": "02 4871234"}, "mobile_invalid")],
)
def test_a_draft_of_nothing_is_refused(sqlite: Workplace, change: dict[str, str], code: str) -> None:
    work = {"service": "shop.first", "channel": "portal"} | change
    with sqlite.engine.begin() as connection, pytest.raises(IssuerError) as refused:
        drafts.create(UnitOfWork(connection, sqlite.office, CITIZEN, NOW), **work)
    assert refused.value.code == code
    assert say(code, "ar")


def test_documents_come_and_go_while_it_is_a_draft(here: Workplace) -> None:
    key = here.draft("shop.first", shop(), papers=False)
    with here.engine.begin() as connection:
        one = attaching.attach(UnitOfWork(connection, here.office, CITIZEN, NOW), key, "tenure", content=pdf(), filename="C:\\x\\عقد.PDF")
        assert (one.media, one.filename) == ("application/pdf", "عقد.PDF")
        kept = attaching.find(connection, key, one.id, actor=CITIZEN)
        content = here.office.store.get(kept.digest)
        assert (kept, content) == (one, pdf())
        with pytest.raises(DocumentError) as refused:
            attaching.attach(UnitOfWork(connection, here.office, CITIZEN, NOW), key, "passport", content=pdf(), filename="a.pdf")
        assert refused.value.code == "document_unknown"
        attaching.detach(UnitOfWork(connection, here.office, CITIZEN, NOW), key, one.id)
        with pytest.raises(DocumentError):
            attaching.find(connection, key, one.id, actor=CITIZEN)


def test_a_document_of_another_application_is_not_reached_through_one_s_own(sqlite: Workplace) -> None:
    from tests.office.applications.workplace import STRANGER

    theirs = sqlite.show(sqlite.submitted("shop.first", shop())).attachments[0].id
    own = sqlite.draft("shop.first", shop(), actor=STRANGER)
    with sqlite.engine.begin() as connection, pytest.raises(DocumentError):
        attaching.find(connection, own, theirs, actor=STRANGER)
    with sqlite.engine.begin() as connection, pytest.raises(DocumentError):
        attaching.detach(UnitOfWork(connection, sqlite.office, STRANGER, NOW), own, theirs)


def test_more_documents_than_anybody_needs_are_refused(sqlite: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attaching, "FILES_MAX", 1)
    key = sqlite.draft("shop.first", shop())
    with sqlite.engine.begin() as connection, pytest.raises(DocumentError) as refused:
        attaching.attach(UnitOfWork(connection, sqlite.office, CITIZEN, NOW), key, "tenure", content=pdf(), filename="a")
    assert refused.value.code == "document_too_many"


def test_a_discarded_draft_is_gone_and_an_application_is_not_discarded(here: Workplace) -> None:
    key = here.draft("shop.first", shop())
    number = here.submitted("shop.first", shop(trade_name="آخر"))
    with here.engine.begin() as connection:
        drafts.discard(connection, key, actor=CITIZEN)
        assert drafts.mine(connection, actor=CITIZEN) == ()
        with pytest.raises(ApplicationError):
            drafts.discard(connection, number, actor=CITIZEN)
