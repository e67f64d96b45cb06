"""A key of each role is stolen, its passphrase is lost, two machines publish, the trust list lapsed: which commands put it right.

Authorities' keys that were stolen are in test_stolen_key.py and tests/issuer/test_reissuing.py; what a thief may do with the status key
before it is noticed is in test_stolen_status_key.py. Here the house goes on, and verifiers and phones judge rightly afterwards.
"""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

import khatm
from issuer.errors import IssuerError
from issuer.operations import Publisher
from issuer.register import positions
from keys.custody import Custody
from keys.errors import CustodyError
from seal import cose, notices, receipt, status, trust, wire
from seal.errors import ListError
from seal.receipt import Receipt
from tests.drills.test_stolen_status_key import Server, Street, phone
from tests.issuer.offices import HOST, PASSPHRASE, SECONDS, Office
from tests.twin.asking import Asker
from tests.twin.conftest import ask, node
from tests.vectors.groups.notices import told
from web import clock as clock_

__all__ = ["ask", "node"]
DAY = 86_400
NEW = b"four unrelated wooden umbrellas"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ceremony's clock stands a minute before the street's."""
    monkeypatch.setattr(clock_, "seconds", lambda: SECONDS + 100)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two licenses that hang, one of them revoked; logs, lists, proofs."""
    folder = tmp_path_factory.mktemp("made") / "street"
    Street(folder)
    return folder


@pytest.fixture
def street(made: Path, tmp_path: Path) -> Street:
    """A copy of it."""
    return street_in(made, tmp_path / "street")


def street_in(made: Path, folder: Path) -> Street:
    shutil.copytree(made, folder)
    copied = Street.__new__(Street)
    copied.house = ActHouseOf(Office(folder, str(folder / "register.sqlite")))
    return copied


class ActHouseOf:
    """What the drills of the status key ask of a house, over a folder that is there."""

    def __init__(self, office: Office) -> None:
        self.office = office

    @property
    def custody(self) -> Custody:
        return self.office.locations.custody()


def keys(street: Street, *words: str, exit_code: int = 0, secret: bytes | None = None) -> str:
    """A command of keys in the house's own folder; whoever is asked says yes."""
    office = street.house.office
    line = ["keys", *words, "--keys", str(office.locations.keys)]
    if secret is not None:
        (office.folder / "passphrase").write_bytes(secret + b"\n")
        line += ["--passphrase-file", str(office.folder / "passphrase")]
    ran = CliRunner().invoke(khatm.main, line, input="y\n" * 60)
    assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exc_info
    assert ran.exit_code == exit_code, ran.output
    return ran.output


def signed(street: Street) -> str:
    """The ceremony in one."""
    return keys(street, "trust-list", "sign", "--published", str(street.house.office.locations.published), secret=PASSPHRASE)


def publish(street: Street, now: int = SECONDS + 200) -> list[str]:
    with street.house.office.locations.engine() as engine:
        return Publisher(street.house.office.locations, passphrase=PASSPHRASE).round(engine, now=now)


def says(street: Street, folder: Path, ask: Asker) -> set[tuple[str, str]]:
    """What a server that begins now and a phone say of the license that is revoked."""
    files = Street.files(street)
    street.text = text_of(street)
    server = Server(street, folder)
    server.put(files)
    return {server.says(), phone(ask, street, [files])}


def text_of(street: Street, position: int = 0) -> str:
    """The code of a license: the first was revoked, the second is in force."""
    with street.house.office.locations.engine() as engine, engine.connect() as connection:
        ((_, message),) = positions.sealed(connection, position, position + 1)
    return wire.write(message, HOST)


def test_a_stolen_status_key_is_replaced_without_a_new_root(street: Street, tmp_path: Path, ask: Asker) -> None:
    root = (street.house.office.locations.keys / "root.jwk").read_bytes()
    (stolen,) = street.house.custody.kids("status")
    thief = street.house.custody.signer(stolen, PASSPHRASE)
    said = keys(street, "status", "compromise", stolen.hex())
    assert "khatm keys status add" in said and "khatm publish" in said
    with pytest.raises(IssuerError, match="no_published_key"):
        publish(street)
    keys(street, "status", "add", secret=PASSPHRASE)
    with pytest.raises(IssuerError, match="no_published_key"):
        publish(street)  # published before first use
    assert "active  ->  compromised" in signed(street)
    assert "status/1" in publish(street)
    assert (street.house.office.locations.keys / "root.jwk").read_bytes() == root
    held = street.house.office.locations.trust()
    with pytest.raises(ListError, match="status_list_wrong_key"):
        status.verify(status.sign(status.StatusList("u", SECONDS, SECONDS + 9, 2, b"\0", 2), stolen, thief), trust=held)
    assert says(street, tmp_path, ask) == {("invalid", "revoked")}


def test_a_retired_status_key_signs_no_more_in_a_publisher_that_runs_on_or_has_an_older_policy(street: Street, tmp_path: Path) -> None:
    """Two publishers: one is given the new key, the other is forgotten."""
    locations = street.house.office.locations
    (old,) = street.house.custody.kids("status")
    forgotten = locations._replace(keys=tmp_path / "forgotten")
    shutil.copytree(locations.keys, forgotten.keys)
    running, other = Publisher(locations, passphrase=PASSPHRASE), Publisher(forgotten, passphrase=PASSPHRASE)
    keys(street, "status", "renew", "--overlap", "5", secret=PASSPHRASE)
    signed(street)
    new = street.house.custody.kids("status")[0]
    with locations.engine() as engine:
        running.round(engine, now=SECONDS + 200)
        assert signer_of(street) == new
        other.round(engine, now=SECONDS + 300)
        assert signer_of(street) == old, "until its last day"
        with pytest.raises(IssuerError, match="no_published_key"):
            other.round(engine, now=SECONDS + 6 * DAY)
        keys(street, "status", "retire", old.hex())
        signed(street)
        with pytest.raises(IssuerError, match="no_published_key"):
            other.round(engine, now=SECONDS + 400)
        running.round(engine, now=SECONDS + 500)
    assert signer_of(street) == new
    with pytest.raises(IssuerError, match="no_published_key"):
        Publisher(forgotten, passphrase=PASSPHRASE)


def signer_of(street: Street) -> bytes:
    """Who signed the list that is published."""
    message = cose.from_bytes((street.house.office.locations.published / "status/1").read_bytes())
    kid: bytes = cose.headers(message)[4]
    return kid


def test_stolen_keys_of_the_log_leave_and_the_log_goes_on(street: Street, tmp_path: Path, ask: Asker) -> None:
    held = street.house.office.locations.trust().log
    assert held is not None
    size = (street.house.office.locations.published / "log/checkpoint").read_text("utf-8").splitlines()[1]
    keys(street, "log", "add", secret=PASSPHRASE)
    for vkey in held.keys:
        keys(street, "log", "compromise", vkey.split("+")[1])
    signed(street)
    publish(street)
    after = street.house.office.locations.trust().log
    assert after is not None and not set(after.keys) & set(held.keys)
    assert (street.house.office.locations.published / "log/checkpoint").read_text("utf-8").splitlines()[1] == size
    assert street.house.office.lists().faults == {}
    assert says(street, tmp_path, ask) == {("invalid", "revoked")}


def test_keys_of_receipts_and_notices_that_were_stolen_are_believed_no_more(street: Street) -> None:
    keys(street, "receipts", "add", secret=PASSPHRASE)
    keys(street, "notices", "add", "--authority", "GOV", secret=PASSPHRASE)
    signed(street)
    old = {role: street.house.custody.kids(role)[0] for role in ("receipt", "notice")}
    assert (receipt_under(street, old["receipt"]), notice_under(street, old["notice"])) == ("received", "notice")
    for role, group, more in (("receipt", "receipts", []), ("notice", "notices", ["--authority", "GOV"])):
        assert 'read "cannot tell"' in keys(street, group, "compromise", old[role].hex())
        keys(street, group, "add", *more, secret=PASSPHRASE)
    signed(street)
    new = {role: street.house.custody.kids(role)[0] for role in old}
    assert (receipt_under(street, old["receipt"]), notice_under(street, old["notice"])) == ("cannot_tell", "cannot_tell")
    assert (receipt_under(street, new["receipt"]), notice_under(street, new["notice"])) == ("received", "notice")


def receipt_under(street: Street, kid: bytes) -> str:
    held = Receipt("MN1", SECONDS + 150, "APP-MN1-2026-000001-A", "shop.first", "سامي فؤاد حسن")
    text = receipt.write(receipt.sign(held, kid, street.house.custody.signer(kid, PASSPHRASE)), HOST)
    return receipt.verify(text, trust=street.house.office.locations.trust(), hosts={HOST}, now=moment(SECONDS + 160)).state


def notice_under(street: Street, kid: bytes) -> str:
    text = notices.write(notices.sign(told(iat=SECONDS + 150), kid, street.house.custody.signer(kid, PASSPHRASE)), HOST)
    return notices.verify(text, trust=street.house.office.locations.trust(), hosts={HOST}, now=moment(SECONDS + 160)).state


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def test_a_passphrase_that_is_lost_is_replaced_with_its_keys(street: Street, tmp_path: Path, ask: Asker) -> None:
    """Renewing needs no old passphrase: every key of the house but the root's gets a new one. What was sealed stays good."""
    with pytest.raises(CustodyError, match="passphrase_wrong"):
        Publisher(street.house.office.locations, passphrase=NEW)
    keys(street, "status", "renew", "--overlap", "0", secret=NEW)
    keys(street, "log", "renew", "--overlap", "0", secret=NEW)
    for code in ("MN1", "MN2"):
        keys(street, "authority", "renew", code, "--overlap", "0", secret=NEW)
    assert "may sign until" in signed(street)
    with street.house.office.locations.engine() as engine:
        Publisher(street.house.office.locations, passphrase=NEW).round(engine, now=SECONDS + 200)
    (street.house.office.folder / "passphrase").write_bytes(NEW + b"\n")
    context = street.house.office.clerk
    with pytest.raises(CustodyError, match="passphrase_wrong"):
        context(SECONDS + 200)  # other authorities' keys are under the lost one still: each is renewed
    for code in {key.authority for key in street.house.office.locations.trust().keys.values() if "license" in key.roles} - {"MN1", "MN2"}:
        keys(street, "authority", "renew", code, "--overlap", "0", secret=NEW)
    signed(street)
    (street.house.office.folder / "passphrase").write_bytes(NEW + b"\n")
    assert len(context(SECONDS + 200).sealer.signers) == 10
    assert says(street, tmp_path, ask) == {("invalid", "revoked")}


def test_a_trust_list_that_lapsed_is_followed_by_the_next(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody signed for 40 days: verdicts become "cannot tell", the key store works, and one ceremony brings everything back."""
    street.text = text_of(street, 1)
    late = SECONDS + 40 * DAY
    publish(street, late)
    assert decision(street, late + 60) == "undecided"
    monkeypatch.setattr(clock_, "seconds", lambda: late)
    said = signed(street)
    assert "Nothing differs but the number and the days" in said
    publish(street, late + 120)
    assert decision(street, late + 200) == "valid"
    assert trust.moment(street.house.office.locations.trust().next_update) > moment(late + 29 * DAY)


def decision(street: Street, now: int) -> str:
    return street.house.office.verdict(street.text, now=moment(now), check_site=False).decision
