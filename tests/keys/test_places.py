"""Where a key is: in a file or in a token, and never in both; whose PIN comes from where."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric import ec

from keys import making, modules, parts, pins, places, protection
from keys.custody import Custody
from keys.errors import SENTENCES, CustodyError
from keys.places import Place, Token
from seal import trust
from tests.softhsm import PIN, SoftHsm, softhsm

PASSPHRASE = b"correct horse battery"
STATUS: dict[str, Any] = {"roles": ["status"], "state": "active", "authority": "GOV"}
KID, OTHER = b"\x01", b"\x02"


@pytest.fixture
def hsm(tmp_path: Path) -> Iterator[SoftHsm]:
    with softhsm(tmp_path / "hsm") as made:
        yield made


@pytest.fixture
def custody(tmp_path: Path) -> Custody:
    return Custody.create(tmp_path / "keys", PASSPHRASE, {"hosts": ["khatm.example"]})


@pytest.fixture
def store(custody: Custody, hsm: SoftHsm) -> Custody:
    """A key store whose key 01 is in a token."""
    assert custody.add_in(hsm.add("khatm"), STATUS) == KID
    return custody


def code_of(error: pytest.ExceptionInfo[CustodyError]) -> str:
    return error.value.code


def test_what_lies_in_the_folder_is_no_secret_and_its_owner_s_alone(store: Custody) -> None:
    file = places.path(store.folder, "01")
    assert file.stat().st_mode & 0o777 == 0o600
    assert not (store.folder / "01.pem").exists()
    held = json.loads(file.read_text("utf-8"))
    assert set(held) == {"module", "token", "serial", "id", "x", "y"}
    entry = store.policy["keys"]["01"]
    assert (held["x"], held["y"]) == (entry["x"], entry["y"])
    assert not any(PIN in path.read_text("utf-8", "replace") for path in store.folder.iterdir())
    assert list(protection.private_files(store.folder)) == [store.folder / "root.pem"], "no passphrase protects it"


def test_it_signs_like_any_other_key_of_the_store(store: Custody) -> None:
    public = trust.public_key(bytes.fromhex(store.policy["keys"]["01"]["x"]), bytes.fromhex(store.policy["keys"]["01"]["y"]))
    signer = store.signer(KID, b"no passphrase is needed", public)
    assert len(signer(b"data")) == 64


@pytest.mark.parametrize("in_token", [True, False])
def test_another_key_than_the_policy_s_or_the_trust_list_s_signs_nothing(store: Custody, in_token: bool) -> None:
    kid = KID if in_token else store.add(PASSPHRASE, STATUS | {"roles": ["receipt"]})
    with pytest.raises(CustodyError) as refused:
        store.signer(kid, PASSPHRASE, ec.generate_private_key(ec.SECP256R1()).public_key())
    assert code_of(refused) == "key_other"
    other = store.add(PASSPHRASE, STATUS | {"roles": ["notice"]})
    named = store.policy["keys"]
    named[kid.hex()] |= {name: named[other.hex()][name] for name in ("x", "y")}
    with pytest.raises(CustodyError) as refused:
        store.signer(kid, PASSPHRASE)
    assert code_of(refused) == "key_other"


def test_a_key_in_two_places_is_in_none(store: Custody) -> None:
    (store.folder / "01.pem").write_bytes((store.folder / "root.pem").read_bytes())
    (store.folder / "01.pem").chmod(0o600)
    with pytest.raises(CustodyError) as refused:
        store.signer(KID, PASSPHRASE)
    assert code_of(refused) == "custody_corrupt" and "01.pem, 01.pkcs11.json" in refused.value.detail


def test_a_file_of_somebody_else_loads_nothing(store: Custody, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid() == 0:
        os.chown(places.path(store.folder, "01"), 65_534, -1)
    else:
        mine = os.geteuid()
        monkeypatch.setattr(os, "geteuid", lambda: mine + 1)
    with pytest.raises(CustodyError) as refused:
        store.signer(KID, b"")
    assert code_of(refused) == "place_of_another"


def test_who_could_change_the_file_could_have_any_program_loaded(store: Custody) -> None:
    for mode in (0o620, 0o602, 0o644):
        places.path(store.folder, "01").chmod(mode)
        with pytest.raises(CustodyError) as refused:
            store.signer(KID, b"")
        assert code_of(refused) == "key_open_to_others"


@pytest.mark.parametrize(
    "change",
    [
        {"module": "libsofthsm2.so"},
        {"module": 7},
        {"token": None},
        {"serial": ["a"]},
        {"id": ""},
        {"id": "zz"},
        {"x": "00"},
        {"y": "ff" * 33},
        {"pin": "1234"},
    ],
)
def test_a_damaged_file_is_told(store: Custody, change: dict[str, Any]) -> None:
    file = places.path(store.folder, "01")
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | change))
    with pytest.raises(CustodyError) as refused:
        store.signer(KID, b"")
    assert code_of(refused) == "custody_corrupt"


@pytest.mark.parametrize("text", ["", "[]", "7", '"x"', "{", "[" * 4000, '{"module": 1}', "\ud800".encode("utf-8", "surrogatepass")])
def test_what_is_no_such_file_is_told(tmp_path: Path, text: str | bytes) -> None:
    file = tmp_path / "01.pkcs11.json"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    file.chmod(0o600)
    with pytest.raises(CustodyError) as refused:
        places.read(file)
    assert code_of(refused) == "custody_corrupt"


def test_a_list_of_keys_says_which_token_or_what_is_wrong_with_the_file(tmp_path: Path) -> None:
    file = places.path(tmp_path, "01")
    assert places.told(tmp_path, "01") == ""
    places.write(file, Place("/m.so", "ختم", "s", b"i", b"x" * 32, b"y" * 32))
    assert places.told(tmp_path, "01") == "  in the token ختم"
    file.chmod(0o644)
    assert places.told(tmp_path, "01") == "  key_open_to_others"
    file.unlink()
    file.mkdir(mode=0o700)
    assert places.told(tmp_path, "01") == ""


def test_a_point_off_the_curve_is_told(tmp_path: Path) -> None:
    with pytest.raises(CustodyError) as refused:
        Place("/m.so", "t", "s", b"i", bytes(32), bytes(32)).public()
    assert code_of(refused) == "custody_corrupt"


def test_a_label_in_arabic_is_read_back(tmp_path: Path) -> None:
    place = Place("/m.so", "وحدة ختم", "s", b"i", b"x" * 32, b"y" * 32)
    places.write(tmp_path / "01.pkcs11.json", place)
    assert places.read(tmp_path / "01.pkcs11.json") == place
    assert places.read(tmp_path / "02.pkcs11.json") is None


def test_the_next_key_is_made_where_the_one_before_it_is(store: Custody, hsm: SoftHsm) -> None:
    def never() -> bytes:
        raise AssertionError("a passphrase was asked for")

    second = making.make(store, STATUS, None, never)
    assert store.place(second) is not None, "nothing leaves a token without a word"
    third = making.make(store, STATUS, making.FILE, lambda: PASSPHRASE)
    assert store.place(third) is None and (store.folder / f"{third.hex()}.pem").exists()
    fourth = making.make(store, STATUS, None, lambda: PASSPHRASE)
    assert store.place(fourth) is None, "the newest one is in a file now"
    fifth = making.make(store, STATUS | {"authority": "MN1"}, None, lambda: PASSPHRASE)
    assert store.place(fifth) is None, "another authority's"
    last = making.make(store, STATUS, hsm.add("second"), never)
    assert (place := store.place(last)) is not None and place.token == "second"


def test_a_key_that_was_given_up_before_it_was_noted_is_in_nobody_s_way(custody: Custody, hsm: SoftHsm) -> None:
    token = hsm.add("khatm")
    (custody.folder / "01.pem").write_bytes(b"of a process that was killed")
    assert custody.add_in(token, STATUS) == KID and custody.signer(KID, b"")
    places.write(places.path(custody.folder, "02"), Place("/m.so", "t", "s", b"i", b"x" * 32, b"y" * 32))
    assert custody.add(PASSPHRASE, STATUS) == OTHER and custody.signer(OTHER, PASSPHRASE)


def test_a_token_that_fails_leaves_the_store_as_it_was(custody: Custody, hsm: SoftHsm) -> None:
    before = sorted(custody.folder.iterdir()), (custody.folder / "policy.json").read_bytes()
    for token, code in ((Token(hsm.module, "nobody's"), "token_missing"), (Token("/nothing.so", "x"), "token_module")):
        with pytest.raises(CustodyError) as refused:
            custody.add_in(token, STATUS)
        assert code_of(refused) == code
    assert before == (sorted(custody.folder.iterdir()), (custody.folder / "policy.json").read_bytes())


def test_a_program_s_part_has_the_place_and_no_pin(store: Custody, tmp_path: Path) -> None:
    made = parts.part(store, "publisher", tmp_path / "publisher", old=PASSPHRASE, new=b"walnut gravel teacup orbit")
    assert [held.role for held in made] == ["status"]
    folder = tmp_path / "publisher"
    assert {path.name for path in folder.iterdir()} == {"policy.json", "root.jwk", "01.pkcs11.json"}
    assert Custody(folder).signer(KID, b"")(b"data")
    found = {each.fault: each.role for each in parts.check("publisher", folder, [])}
    assert found == {"key_lacking": "log of seals"}, "the status key is not lacking"
    places.path(folder, "01").chmod(0o640)
    assert ("key_open_to_others", "status") in {(each.fault, each.role) for each in parts.check("publisher", folder, [])}
    assert ("key_surplus", "status") in {(each.fault, each.role) for each in parts.check("worker", folder, [])}


def test_a_pin_that_others_can_read_is_found(store: Custody, tmp_path: Path) -> None:
    other = tmp_path / "worker"
    other.mkdir()
    for name in ("token.pin", "pin", "khatm-pin.txt", "spinning.txt", "opinion"):
        (other / name).write_text(PIN)
    names = {found.path.name for found in parts.check("publisher", store.folder, [other]) if found.fault == "key_readable"}
    assert names == {"token.pin", "pin", "khatm-pin.txt"}


def test_the_pin_is_the_named_file_s_first_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "khatm.pin").write_bytes(b"4321-words\r\nmore\n")
    monkeypatch.setenv("KHATM_PIN_FILE", str(tmp_path / "{token}.pin"))
    for ask in (pins.read, pins.from_file):
        assert ask("khatm") == pins.Pin("4321-words", typed=False)
        with pytest.raises(CustodyError) as refused:
            ask("other")
        assert code_of(refused) == "pin_missing" and "other.pin" in refused.value.detail
    for name in ("a folder", "octets"):
        (tmp_path / f"{name}.pin").mkdir() if name == "a folder" else (tmp_path / f"{name}.pin").write_bytes(b"\xff\xfe")
        with pytest.raises(CustodyError) as refused:
            pins.read(name)
        assert code_of(refused) == "pin_unreadable" and "\xff" not in refused.value.detail


def test_without_a_file_a_person_is_asked_and_a_server_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KHATM_PIN_FILE", raising=False)

    @click.command()
    def asks() -> None:
        assert pins.read("khatm") == pins.Pin("typed", typed=True)

    ran = CliRunner().invoke(asks, input="typed\n")
    assert ran.exit_code == 0 and "PIN of the token khatm" in ran.output and "typed" not in ran.output
    ended = CliRunner().invoke(asks, input="")
    assert isinstance(ended.exception, CustodyError) and ended.exception.code == "pin_missing", "and no fault of the token"
    with pytest.raises(CustodyError) as refused:
        pins.from_file("khatm")
    assert (code_of(refused), refused.value.detail) == ("pin_missing", "KHATM_PIN_FILE")


def test_every_refusal_of_a_token_has_its_sentence() -> None:
    told = {f"token_{name}" for name in ("module", "missing", "ambiguous", "failed", "key_missing", "key_extractable", "key_other")}
    assert told | set(modules._REFUSED.values()) | {"pin_final", "pin_missing", "pin_unreadable", "key_other", "place_unclear"} <= set(
        SENTENCES
    )
