"""Encryption of a row, and the file of its keys: what is moved, changed or cut is refused, and a lost key is a result."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from office.applicants import keyring, sealed
from office.applicants.errors import ApplicantError
from tests.office.applicants.invented import keys, national_id

TYPED = {"applicant_national_id": national_id()}


def refused(key: keyring.Key, octets: bytes, *, row: str = "a", column: str = "numbers") -> str:
    with pytest.raises(ApplicantError) as error:
        sealed.unseal(key, octets, row=row, column=column)
    return error.value.code


def test_what_is_in_another_row_or_column_or_changed_is_not_read(tmp_path: Path) -> None:
    key = keys(tmp_path).current
    octets = sealed.seal(key, TYPED, row="a", column="numbers")
    assert sealed.unseal(key, octets, row="a", column="numbers") == TYPED
    assert national_id().encode() not in octets
    assert refused(key, octets, row="b") == "applicant_altered"
    assert refused(key, octets, column="agent") == "applicant_altered"
    assert refused(keyring.add(tmp_path / "applicants.keys", day="2026-11-25"), octets) == "applicant_altered"
    for damaged in (b"", octets[:10], octets[:-1], octets + b"\0", bytes([octets[0] ^ 1]) + octets[1:]):
        assert refused(key, damaged) == "applicant_altered"


def test_nothing_tells_two_alike_rows_or_how_long_a_name_is(tmp_path: Path) -> None:
    key = keys(tmp_path).current
    octets = [sealed.seal(key, {"n": name}, row="a", column="person") for name in ("سا", "سا", "سامي فؤاد حسن")]
    assert len(set(octets)) == 3
    assert len(set(map(len, octets))) == 1


def test_a_mark_is_by_key_and_by_kind(tmp_path: Path) -> None:
    first = keys(tmp_path).current
    second = keyring.add(tmp_path / "applicants.keys", day="2026-11-25")
    marks = {sealed.mark(key, kind, national_id()) for key in (first, second) for kind in ("person", "company")}
    assert len(marks) == 4
    assert first.data != first.finder, "who finds cannot read"


def test_the_file_is_its_owner_s_and_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "applicants.keys"
    first = keys(tmp_path).current
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(ApplicantError, match="applicant_keys_there"):
        keyring.make(path, day="2026-11-25")
    second = keyring.add(path, day="2026-11-25")
    assert keyring.load(path).keys == (first, second)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(ApplicantError, match="applicant_key_needed"):
        keyring.drop(path, second.kid)
    with pytest.raises(ApplicantError, match="applicant_key_unknown"):
        keyring.drop(path, "nobody")
    keyring.drop(path, first.kid)
    assert keyring.load(path).keys == (second,)
    with pytest.raises(ApplicantError, match="applicant_key_lost"):
        keyring.load(path).find(first.kid)
    assert second.data.hex() not in repr(keyring.load(path))
    assert str(second.data) not in repr(second)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff\xfe",
        b'{"format": "khatm-applicants-1", "keys": []}',
        b'{"format": "khatm-applicants-1", "keys": [{"kid": "a", "made": "", "data": "AA==", "index": "AA=="}]}',
        b"[" * 70_000,
    ],
)
def test_a_file_that_is_none_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.keys"
    path.write_bytes(content)
    with pytest.raises(ApplicantError) as error:
        keyring.load(path)
    assert error.value.code == "applicant_keys_file"


def test_a_file_with_one_key_twice_is_none(tmp_path: Path) -> None:
    keys(tmp_path)
    read = json.loads((tmp_path / "applicants.keys").read_text())
    (tmp_path / "applicants.keys").write_text(json.dumps(read | {"keys": read["keys"] * 2}))
    with pytest.raises(ApplicantError, match="applicant_keys_file"):
        keyring.load(tmp_path / "applicants.keys")
