"""A type of license, a procedure and an authority that no code knows: from the files of an office to a seal that verifies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import published
from governorate import licensed
from issuer.intake.rows import Rules
from issuer.locations import competences, sealer
from issuer.operations import SigningContext, publish
from issuer.register import history
from keys import policy
from keys.custody import Custody
from office.applications import receipts
from office.applications.actors import Actor
from office.applications.errors import RefusedError
from seal import wire
from tests.conftest import ROOT
from tests.issuer import offices
from tests.office.applications import workplace
from tests.office.applications.workplace import Workplace, moment
from tests.office.services.rulebook import SERVICES, changed, services
from tests.office.services.test_catalogue import INSPECTION, KIOSK

FIRST = "2027-02-01"
WAVE = "  - {wave: 3, from: 2027-02-01, authorities: [KHL]}\n"
AREA = [[31.10, 29.80], [31.10, 29.84], [31.14, 29.84], [31.14, 29.80]]  # latitude, longitude: in none of the ten
REVIEWER = Actor("staff", "2", "مراجع", {"KHL": frozenset({"reviewer"})})


def catalogue_file(folder: Path) -> Path:
    """The catalogue of types with a kiosk in it."""
    text = (ROOT / "governorate/alexandria/licenses.yaml").read_text("utf-8")
    path = folder / "licenses.yaml"
    path.write_text(text.replace("types:\n", "types:\n  kiosk: {ar: كشك, en: Kiosk, requires: [], longest_days: 400}\n"), "utf-8")
    return path


@pytest.fixture
def there(tmp_path: Path) -> Iterator[tuple[Workplace, offices.Office]]:
    """An office whose files say more than those of the program; its keys are made by them."""
    path, now = catalogue_file(tmp_path), moment(FIRST)
    custody = Custody.create(tmp_path / "keys", offices.PASSPHRASE, policy.start([offices.HOST], licensed.load(path)))
    custody.add(offices.PASSPHRASE, policy.status_entry(policy.governorate(custody), now=offices.KEYS_MADE))
    custody.add(offices.PASSPHRASE, policy.receipt_entry(policy.governorate(custody), now=offices.KEYS_MADE))
    name = {"ar": "حي الخليج", "en": "Khalig"}
    entry = policy.authority_entry(custody, "KHL", name, AREA, types=("kiosk",), now=offices.KEYS_MADE)
    custody.add(offices.PASSPHRASE, entry)
    published.write(tmp_path / "published", {published.TRUST_LIST: policy.sign_trust_list(custody, offices.PASSPHRASE, now=now - 3600)})
    (tmp_path / "passphrase").write_bytes(offices.PASSPHRASE + b"\n")
    where = offices.Office(tmp_path, str(tmp_path / "register.sqlite"))
    types, trust = licensed.load(path), where.locations.trust()
    hand = sealer(where.locations, trust, offices.PASSPHRASE, now=now)
    clerk = SigningContext(trust, hand, Rules(competences(trust, hand), types), b"")
    signing = receipts.signing(custody, trust, offices.PASSPHRASE, host=offices.HOST, now=now)
    assert signing is not None
    text, _ = changed(SERVICES, "\ntypes:\n", "\ntypes:\n" + KIOSK)
    text, _ = changed(text, "\nprocedures:\n", "\nprocedures:\n" + INSPECTION)
    with where.locations.engine(create=True) as engine:
        made = workplace.furnish(engine, clerk, signing, tmp_path)
        office = made.office._replace(services=services(text + WAVE, types=types))
        yield replace(made, office=office), where


def kiosk(**fields: str) -> dict[str, str]:
    return {
        "trade_name": "كشك الميناء",
        "activity": "newspapers",
        "holder": "سامي فؤاد حسن",
        "address": "كورنيش الخليج",
        "latitude": "31.1200",
        "longitude": "29.8200",
        "radius_m": "15",
        "width_m": "2",
        "depth_m": "1.5",
        "valid_from": FIRST,
        "valid_until": "2027-12-31",
    } | fields


def test_from_the_files_to_a_seal_that_verifies(there: tuple[Workplace, offices.Office]) -> None:
    here, where = there
    now = moment(FIRST)
    number = here.submitted("kiosk.first", kiosk(), now=now)
    assert number.startswith("APP-KHL-2027-000001-")
    shown = here.show(number)
    assert (shown.state, shown.bills[0].sample) == ("awaiting_payment", True)
    here.pay(number, now=now)
    here.do("approve", number, actor=REVIEWER, now=now)
    license_number = here.issue(number, now=now)
    publish(where.locations, now=now + 60)
    text = wire.write(history.show(here.engine, license_number).message, offices.HOST)
    verdict = where.verdict(text, now=datetime.fromtimestamp(now + 120, UTC), check_site=False)
    assert verdict.decision == "valid"
    assert license_number.startswith("ALX-KHL-2027-")
    asked = here.submitted("kiosk.inspection", {"license": license_number}, now=now)
    here.pay(asked, now=now)
    here.do("approve", asked, actor=REVIEWER, now=now)
    assert here.issue(asked, now=now) == license_number


def test_the_day_before_its_wave_it_takes_nothing_and_beyond_its_area_never(there: tuple[Workplace, offices.Office]) -> None:
    here, _ = there
    for fields, now, fault in (
        (kiosk(), moment("2027-01-31"), "authority_not_open_yet"),
        (kiosk(latitude="31.2752", longitude="30.0061"), moment(FIRST), "site_outside_authority"),
        (kiosk(valid_until="2028-02-28"), moment(FIRST), "validity_too_long"),  # the type's 365, where the key may seal 400
    ):
        key = here.draft("kiosk.first", fields, now=now)
        with pytest.raises(RefusedError) as refused:
            here.submit(key, now=now)
        assert fault in {each.code for each in refused.value.faults}
