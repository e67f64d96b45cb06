"""Whose licenses these are: said once at `khatm keys init`, and read from the trust list by everything else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import khatm
import published
from governorate import folder
from keys import policy
from keys.custody import Custody
from keys.errors import CustodyError
from seal import trust
from seal.trust import Governorate
from tests.governorate import giza
from tests.issuer.offices import PASSPHRASE, SECONDS, furnish, make_keys, row

GIZA = Governorate("GIZ", {"ar": "محافظة الجيزة", "en": "Giza Governorate"})
NAMED = ("--prefix", "GIZ", "--name-ar", GIZA.name["ar"], "--name-en", GIZA.name["en"])


def init(where: Path, *options: str) -> Result:
    (where / "passphrase").write_bytes(PASSPHRASE + b"\n")
    usual = ["keys", "init", "--keys", where / "keys", "--host", "khatm.example", "--passphrase-file", where / "passphrase"]
    return CliRunner().invoke(khatm.main, [*map(str, usual), *options])


def read(custody: Custody, data: bytes) -> trust.TrustList:
    root = published.read_root(custody.folder / "root.jwk")
    return trust.verify(data, root=root)


@pytest.mark.parametrize(("options", "expected"), [(NAMED, GIZA), ((), trust.UNNAMED)])
def test_a_key_store_is_of_one_governorate_and_its_list_says_so(tmp_path: Path, options: tuple[str, ...], expected: Governorate) -> None:
    told = init(tmp_path, *options)
    assert told.exit_code == 0, told.output
    assert f"{expected.name['en']} / {expected.name['ar']}: license numbers begin with {expected.prefix}" in told.output
    custody = Custody(tmp_path / "keys")
    assert read(custody, policy.sign_trust_list(custody, PASSPHRASE, now=SECONDS)).governorate == expected
    assert {entry["name"]["en"] for entry in custody.policy["keys"].values()} == {expected.name["en"]}
    listed = CliRunner().invoke(khatm.main, ["keys", "list", "--keys", str(tmp_path / "keys")]).output
    assert f"governorate {expected.prefix}  {expected.name['en']}" in listed


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--prefix", "GIZ"), "governorate_missing"),
        (NAMED[2:], "governorate_missing"),
        (("--prefix", "giz", *NAMED[2:]), "prefix_invalid"),
        (("--prefix", "", *NAMED[2:]), "prefix_invalid"),
        (("--prefix", "APP", *NAMED[2:]), "prefix_invalid"),
        (("--prefix", "GIZAH", *NAMED[2:]), "prefix_invalid"),
        ((*NAMED[:3], "", *NAMED[4:]), "governorate_name_invalid"),
        ((*NAMED[:5], "Giza\u202e"), "governorate_name_invalid"),
        ((*NAMED[:5], "G" * 81), "governorate_name_invalid"),
    ],
)
def test_half_a_governorate_or_a_false_one_makes_no_keys(tmp_path: Path, options: tuple[str, ...], code: str) -> None:
    told = init(tmp_path, *options)
    assert told.exit_code == 2
    assert f"{code}: " in told.output
    assert not (tmp_path / "keys").exists()


def test_the_folder_of_a_governorate_says_whose_it_is(tmp_path: Path) -> None:
    here = tmp_path / "giza"
    shutil.copytree(folder.shipped(), here)
    text = (here / folder.IDENTITY).read_text("utf-8")
    text = text.replace("prefix: ALX", "prefix: GIZ").replace(trust.UNNAMED.name["ar"], GIZA.name["ar"]).replace("Alexandria G", "Giza G")
    (here / folder.IDENTITY).write_text(text.replace("hosts: []", "hosts: [khatm.test]"), "utf-8")
    (tmp_path / "passphrase").write_bytes(PASSPHRASE + b"\n")
    words = ["keys", "init", "--keys", str(tmp_path / "keys"), "--passphrase-file", str(tmp_path / "passphrase")]
    told = CliRunner().invoke(khatm.main, words, env={folder.SETTING: str(here)})
    assert told.exit_code == 0, told.output
    custody = Custody(tmp_path / "keys")
    assert policy.governorate(custody) == GIZA and custody.policy["hosts"] == ["khatm.test"]


def test_a_key_store_from_before_stays_what_it_was(tmp_path: Path) -> None:
    init(tmp_path)
    custody = Custody(tmp_path / "keys")
    del custody.policy["governorate"]
    custody.save()
    again = Custody(tmp_path / "keys")
    assert policy.governorate(again) == trust.UNNAMED
    assert read(again, policy.sign_trust_list(again, PASSPHRASE, now=SECONDS)).governorate == trust.UNNAMED
    again.policy["governorate"] = {"prefix": "GIZ"}
    with pytest.raises(CustodyError, match="custody_corrupt"):
        policy.sign_trust_list(again, PASSPHRASE, now=SECONDS)


def test_licenses_of_another_governorate_are_numbered_shown_and_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(folder.SETTING, str(giza.make(tmp_path / "folder")))
    make_keys(tmp_path / "made", GIZA)
    office = furnish(tmp_path / "giza", tmp_path / "made", str(tmp_path / "register.sqlite"))
    office.run("issue", office.write("one.csv", [row()]), "--out", office.folder / "out")
    (card,) = (office.folder / "out").glob("*.card.svg")
    number = card.name.removesuffix(".card.svg")
    assert number.startswith("GIZ-MN1-2026-0000001-")
    assert f">{number}<" in card.read_text("utf-8")
    assert f"{number}  valid" in office.run("license", "show", number.lower(), now=None).output
    assert office.run("license", "revoke", number, "--reason", "closed").exit_code == 0
