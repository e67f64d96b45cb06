"""Keys in a token, from the ceremony to the license: sealed by two processes, published, and nothing half-issued when the token fails."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from sqlalchemy import select

import khatm
from issuer import bulk
from issuer.register import signer_pool
from issuer.register.tables import seals
from keys import policy
from keys.custody import Custody
from keys.errors import CustodyError
from keys.places import Token
from published import read_root
from seal import cose, notices, slips, trust, wire
from tests.issuer import offices
from tests.issuer.offices import HOST, NOW, PASSPHRASE, SECONDS, Office, rows
from tests.issuer.soundness import assert_sound
from tests.softhsm import PIN, SoftHsm, softhsm
from tests.vectors.groups.notices import told as of_a_notice
from web import clock

FILE = "rows.csv"


class House:
    """An office whose authorities' keys are in a token."""

    def __init__(self, office: Office, hsm: SoftHsm, token: Token) -> None:
        self.office, self.hsm, self.token = office, hsm, token
        self.place = ["--pkcs11", token.module, "--token", token.label]

    def keys(self, *words: str | Path, exit_code: int = 0, passphrase: bool = True) -> str:
        """Run a command of the ceremony."""
        secret = ["--passphrase-file", str(self.office.folder / "passphrase")] if passphrase else []
        line = ["keys", *map(str, words), "--keys", str(self.office.folder / "keys"), *secret]
        ran = CliRunner().invoke(khatm.main, line, input="y\n" * 99 if words[0] == "trust-list" else None)
        assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exc_info
        assert ran.exit_code == exit_code, ran.output
        return ran.output

    def sign(self) -> None:
        self.keys("trust-list", "sign", "--published", self.office.folder / "published")

    def tokens(self) -> list[tuple[str, bytes]]:
        """What is sealed: kid and token of each."""
        with self.office.locations.engine() as engine, engine.connect() as connection:
            return [(row.kid.hex(), row.token) for row in connection.execute(select(seals.c.kid, seals.c.token))]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, SoftHsm, Token]]:
    """A key store whose authorities' keys are in a token; tests work on copies."""
    folder = tmp_path_factory.mktemp("token")
    with softhsm(folder / "hsm") as hsm:
        token = hsm.add("ختم")
        offices.make_keys(folder / "office", token=token)
        yield folder / "office", hsm, token


@pytest.fixture
def house(tmp_path: Path, made: tuple[Path, SoftHsm, Token], monkeypatch: pytest.MonkeyPatch) -> House:
    return _house(tmp_path, made, str(tmp_path / "register.sqlite"), monkeypatch)


@pytest.fixture
def each_house(tmp_path: Path, made: tuple[Path, SoftHsm, Token], database_url: str, monkeypatch: pytest.MonkeyPatch) -> House:
    return _house(tmp_path, made, database_url, monkeypatch)


def _house(folder: Path, made: tuple[Path, SoftHsm, Token], register: str, monkeypatch: pytest.MonkeyPatch) -> House:
    ticks = iter(range(SECONDS - 3500, SECONDS, 60))  # of the ceremony's clock
    monkeypatch.setattr(clock, "seconds", lambda: next(ticks))
    made[1].restart()
    return House(offices.furnish(folder, made[0], register), *made[1:])


def test_two_processes_seal_with_keys_that_neither_has(each_house: House) -> None:
    office = each_house.office
    assert {path.name for path in office.locations.keys.glob("*.pem")} == {"root.pem", "01.pem"}
    assert "200 issued" in office.run("issue", office.write(FILE, rows(200)), "--no-output").output
    office.run("publish")
    sealed = each_house.tokens()
    assert len(sealed) == 200
    for kid, token in sealed:
        message, key = cose.from_bytes(token), office.lists().trust.keys[bytes.fromhex(kid)]
        assert not cose.is_high(message.signature)
        r, s = (int.from_bytes(half, "big") for half in (message.signature[:32], message.signature[32:]))
        key.public_key.verify(encode_dss_signature(r, s), message.signed(), ec.ECDSA(SHA256()))
    assert office.verdict(wire.write(cose.from_bytes(sealed[-1][1]), HOST)).seal == "genuine"


def test_a_token_that_is_taken_out_leaves_whole_batches_and_the_next_run_goes_on(
    each_house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    office, hsm, away = each_house.office, each_house.hsm, tmp_path / "away"
    monkeypatch.setattr(bulk, "BATCH", 100)
    file, sealing, batches = office.write(FILE, rows(250)), signer_pool.Shared.parts, []

    def parts(pool: signer_pool.Shared, orders: list[signer_pool.Order], *more: Any, **named: Any) -> Iterator[signer_pool.Part]:
        batches.append(len(orders))
        if len(batches) == 2:
            shutil.move(hsm.tokens(), away)
            hsm.end()
        return sealing(pool, orders, *more, **named)

    with monkeypatch.context() as patch:
        patch.setattr(signer_pool.Shared, "parts", parts)
        told = office.run("issue", file, "--no-output", exit_code=2).output
    assert "token_module" in told and "وحدة الأمان" not in told.split("token_module")[0]
    with office.locations.engine() as register:
        assert_sound(register, 100)
    shutil.move(away, hsm.tokens())
    assert "150 issued, 100 already" in office.run("issue", file, "--no-output").output.replace("issued before", "already")
    with office.locations.engine() as register:
        assert_sound(register, 250)


def test_what_fails_in_the_child_is_told_by_its_own_code(house: House) -> None:
    context = house.office.clerk()
    here = os.getpid()

    def failing(signer: cose.Signer) -> cose.Signer:
        def sign(data: bytes) -> bytes:
            if os.getpid() != here:
                raise CustodyError("token_failed", "ختم: DeviceRemoved")
            return signer(data)

        return sign

    signers = {code: (kid, failing(signer)) for code, (kid, signer) in context.sealer.signers.items()}
    orders = [
        signer_pool.Order(offices.entry().license, number.to_bytes(16, "big"), SECONDS, signer_pool.Slot(1, number)) for number in range(80)
    ]
    with signer_pool.shared(context.sealer._replace(signers=signers)) as pool, pytest.raises(CustodyError) as raised:
        list(pool.parts(orders))
    assert (raised.value.code, raised.value.detail) == ("token_failed", "ختم: DeviceRemoved")


def test_a_wrong_pin_issues_nothing(house: House) -> None:
    file, pin = house.office.write(FILE, rows(3)), house.hsm.folder / "token.pin"
    right = pin.read_text()
    pin.write_text("0-wrong-horses\n")
    try:
        for _ in range(2):
            told = house.office.run("issue", file, "--no-output", exit_code=2).output
            assert "pin_wrong" in told and "رمز PIN غير صحيح" in told and "0-wrong-horses" not in told
    finally:
        pin.write_text(right)
    assert not Path(house.office.register).exists(), "no register was begun"
    assert "3 issued" in house.office.run("issue", file, "--no-output").output


def test_a_wrong_pin_of_the_publisher_s_token_is_not_passed_over(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The gate goes on without keys that are not here; a PIN that it tried with each file would lock the token."""
    other, keys = house.hsm.add("publisher", "8-other-horses"), house.office.locations.keys
    custody = house.office.locations.custody()
    custody.add_log_keys(PASSPHRASE)
    pins_ = keys.parent / "{token}.pin"
    (keys.parent / "publisher.pin").write_text("8-other-horses\n")
    (keys.parent / f"{house.token.label}.pin").write_text(f"{PIN}\n")
    monkeypatch.setenv("KHATM_PIN_FILE", str(pins_))
    custody.add_in(other, policy.status_entry(policy.governorate(custody), now=offices.KEYS_MADE))
    house.sign()
    assert "1 issued" in house.office.run("issue", house.office.write(FILE, rows(1)), "--no-output").output
    (keys.parent / "publisher.pin").write_text("0-wrong-horses\n")
    house.hsm.restart()
    told = house.office.run("issue", house.office.write(FILE, rows(1, first=9)), "--no-output", exit_code=2).output
    assert "pin_wrong" in told and "(publisher)" in told


def test_no_passphrase_is_asked_for_where_none_protects_anything(house: House, tmp_path: Path) -> None:
    house.keys("part", "worker", "--to", tmp_path / "worker", "--new-passphrase-file", house.office.folder / "passphrase")
    file = house.office.write(FILE, rows(2))
    where = ["--register", house.office.register, "--published", str(house.office.locations.published), "--keys", str(tmp_path / "worker")]
    words = ["issue", str(file), "--alone", "--no-output", *where, "--now", NOW.isoformat()]
    ran = CliRunner().invoke(khatm.main, words, input="")
    assert ran.exit_code == 0 and "2 issued" in ran.output and "Passphrase" not in ran.output, ran.output
    assert "0 faults" in CliRunner().invoke(khatm.main, ["keys", "check", "worker", "--keys", str(tmp_path / "worker")]).output


def test_keys_of_files_are_followed_by_keys_in_the_token_role_by_role(house: House) -> None:
    office = house.office
    assert "02 keys in" not in house.keys("pkcs11", "check", passphrase=False)
    said = house.keys("pkcs11", "generate", "01", *house.place, passphrase=False)  # the status key
    assert "01 is followed by 0c" in said and "keys status retire 01" in said
    house.keys("receipts", "add", *house.place)
    house.keys("notices", "add", "--authority", "GOV", *house.place)
    assert "key 0f" in house.keys("authority", "add", "MN1", "--yes")
    assert Custody(office.locations.keys).place(b"\x0f") is not None, "as the key before it"
    house.sign()
    house.keys("status", "retire", "01", passphrase=False)
    house.sign()
    assert "14 keys in tokens, 0 faults" in house.keys("pkcs11", "check", passphrase=False)
    assert "in the token ختم" in house.keys("list", passphrase=False)
    listed = house.keys("pkcs11", "list", *house.place, passphrase=False)
    assert "khatm GOV status 0c" in listed and "khatm MN1 license 0f" in listed and "stays inside" in listed
    assert "1 issued" in office.run("issue", office.write(FILE, rows(1)), "--no-output").output
    assert [kid for kid, _ in house.tokens()] == ["0f"], "the newest one seals"
    assert "status/1" in office.run("publish").output
    assert office.verdict(wire.write(cose.from_bytes(house.tokens()[0][1]), HOST)).seal == "genuine"
    listed_ = trust.verify((office.folder / "published/trust-list").read_bytes(), root=read_root(office.folder / "keys/root.jwk"))
    custody = Custody(office.locations.keys)
    text = notices.write(notices.sign(of_a_notice(iat=SECONDS + 60), b"\x0e", custody.signer(b"\x0e", b"")), HOST)
    assert notices.verify(text, trust=listed_, hosts={HOST}, now=datetime.fromtimestamp(SECONDS + 120, UTC)).state == "notice"
    assert listed_.keys[b"\x0e"].authority == slips.GOVERNORATE


def test_a_narrowed_authority_s_new_key_is_made_in_the_token_too(house: House) -> None:
    custody = Custody(house.office.locations.keys)
    (before,) = custody.kids("license", "MN1")
    told = house.keys("authority", "change", "MN1", "--type", "shop", "--replace-keys", "--yes")
    fresh = Custody(house.office.locations.keys).kids("license", "MN1")[0]
    assert fresh != before and f"key {fresh.hex()} made" in told
    assert Custody(house.office.locations.keys).place(fresh) is not None
    assert not (house.office.locations.keys / f"{fresh.hex()}.pem").exists()


def test_a_key_may_go_back_into_a_file_if_somebody_says_so(house: House) -> None:
    house.keys("authority", "add", "MN1", "--yes", "--in-file")
    custody = Custody(house.office.locations.keys)
    fresh = custody.kids("license", "MN1")[0]
    assert custody.place(fresh) is None and custody.signer(fresh, PASSPHRASE)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--pkcs11", "/usr/lib/nothing.so", "--token", "x"], "token_module"),
        (["--token", "x"], "place_unclear"),
        (["--pkcs11", "MODULE"], "place_unclear"),
        (["--pkcs11", "MODULE", "--token", "ختم", "--in-file"], "place_unclear"),
        (["--pkcs11", "MODULE", "--token", "nobody's"], "token_missing"),
    ],
)
def test_bad_input_changes_nothing(house: House, words: list[str], code: str) -> None:
    before = {path.name: path.read_bytes() for path in house.office.locations.keys.iterdir() if path.is_file()}
    words = [house.token.module if word == "MODULE" else word for word in words]
    for command in (["receipts", "add"], ["notices", "add", "--authority", "GOV"], ["authority", "add", "MN1", "--yes"]):
        assert code in house.keys(*command, *words, exit_code=2)
    assert {path.name: path.read_bytes() for path in house.office.locations.keys.iterdir() if path.is_file()} == before


def test_init_makes_nothing_where_the_token_cannot_be_used(house: House, tmp_path: Path) -> None:
    where = ["--keys", str(tmp_path / "new"), "--passphrase-file", str(house.office.folder / "passphrase"), "--host", HOST]
    ran = CliRunner().invoke(khatm.main, ["keys", "init", *where, "--pkcs11", house.token.module, "--token", "nobody's"])
    assert ran.exit_code == 2 and "token_missing" in ran.output and not (tmp_path / "new").exists()
    ran = CliRunner().invoke(khatm.main, ["keys", "init", *where, *house.place])
    assert ran.exit_code == 0, ran.output
    assert Custody(tmp_path / "new").place(b"\x01") is not None


def test_check_names_every_key_that_cannot_be_used(house: House) -> None:
    (house.office.locations.keys / "02.pkcs11.json").unlink()
    text = (house.office.locations.keys / "03.pkcs11.json").read_text("utf-8")
    (house.office.locations.keys / "03.pkcs11.json").write_text(text.replace('"id": "', '"id": "00'), "utf-8")
    told = house.keys("pkcs11", "check", exit_code=1, passphrase=False)
    assert "9 keys in tokens, 1 faults" in told and "token_key_missing" in told
    assert "key_unknown" in house.keys("pkcs11", "generate", "ff", *house.place, exit_code=2, passphrase=False)
