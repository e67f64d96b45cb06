"""The key of receipts in a token: an application is signed by it, or not taken at all, and whoever sends it reads why."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

import khatm
import published
from keys import policy
from keys.custody import Custody
from office.applications.tables import applications
from seal import cose
from tests.issuer import offices
from tests.office.applications.conftest import Keys
from tests.office.applications.workplace import NOW, shop
from tests.office.desk.house import House
from tests.office.desk.test_portal import begin, fill
from tests.softhsm import SoftHsm, softhsm


@pytest.fixture
def hsm(tmp_path: Path) -> Iterator[SoftHsm]:
    with softhsm(tmp_path / "hsm") as made:
        yield made


@pytest.fixture
def house(tmp_path: Path, unlocked: Keys, hsm: SoftHsm) -> Iterator[House]:
    """A web office whose newest key for receipts is in a token."""
    register = str(tmp_path / "register.sqlite")
    office = offices.furnish(tmp_path / "office", unlocked[0], register)
    custody = Custody(office.locations.keys)
    custody.add_in(hsm.add("web"), policy.receipt_entry(policy.governorate(custody), now=offices.KEYS_MADE))
    data = policy.sign_trust_list(custody, offices.PASSPHRASE, now=NOW - 600)
    published.write(office.locations.published, {published.TRUST_LIST: data})
    made = House(office.folder, register, unlocked[1])
    yield made
    made.close()


def test_an_application_is_signed_in_the_token_or_not_taken(house: House, hsm: SoftHsm, tmp_path: Path) -> None:
    kid = Custody(house.folder / "keys").kids("receipt")[0]
    mona = house.citizen()
    draft = begin(mona)
    fill(mona, draft, shop())
    version = re.findall(r'name="version" value="(\d+)"', mona.get(f"{draft}/check").text)[0]
    shutil.move(hsm.tokens(), tmp_path / "away")
    hsm.end()
    refused = mona.post(f"{draft}/send", 503, version=version)
    assert "توقيع المحافظة غير متاح الآن" in refused.text and "token_" not in refused.text
    with house.context.engine.connect() as connection:
        assert connection.scalars(select(applications.c.number)).all() == [None], "a draft, as before"
    shutil.move(tmp_path / "away", hsm.tokens())
    mona.post(f"{draft}/send", 303, version=version)
    with house.context.engine.connect() as connection:
        number, signed = connection.execute(select(applications.c.number, applications.c.receipt)).one()
    message = cose.from_bytes(signed)
    assert number and cose.headers(message)[cose.KID] == kid
    cose.verify(message, house.context.trust().keys[kid].public_key)


@pytest.mark.parametrize(("pin", "code"), [("0-wrong-horses", "pin_wrong"), (None, "pin_missing")])
def test_a_server_whose_pin_is_wrong_does_not_start(house: House, hsm: SoftHsm, pin: str | None, code: str) -> None:
    hsm.restart()
    file = hsm.folder / "token.pin"
    file.write_text(f"{pin}\n") if pin else file.unlink()
    keys, where = str(house.folder / "keys"), ["--published", str(house.folder / "published"), "--register", house.settings.register]
    words = ["office", "serve", "--receipts", keys, "--keys", keys, "--passphrase-file", str(house.folder / "passphrase"), *where]
    ran = CliRunner().invoke(khatm.main, words)
    assert ran.exit_code == 2 and code in ran.output, ran.output
