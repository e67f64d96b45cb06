"""`khatm keys notices`: from the ceremony to a notice that a verifier reads, and to one under a stolen key."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from keys.custody import Custody
from published import read_root
from seal import notices, trust
from seal.notices import NoticeVerdict
from tests.issuer.offices import HOST, SECONDS, Office
from tests.issuer.test_key_changes import clock, keys  # noqa: F401 - the clock of the ceremony
from tests.vectors.groups.notices import told

SECRET = "passphrase"


def sign(office: Office) -> None:
    keys(office, "trust-list", "sign", "--published", office.folder / "published", input="y\n" * 99)


def trusted(office: Office) -> trust.TrustList:
    return trust.verify((office.folder / "published/trust-list").read_bytes(), root=read_root(office.folder / "keys/root.jwk"))


def verdict(office: Office, kid: bytes) -> NoticeVerdict:
    """What a verifier says of a notice that the office signs with `kid`."""
    custody = Custody(office.folder / "keys")
    signer = custody.signer(kid, (office.folder / SECRET).read_bytes().strip())
    text = notices.write(notices.sign(told(iat=SECONDS + 60), kid, signer), HOST)
    return notices.verify(text, trust=trusted(office), hosts={HOST}, now=datetime.fromtimestamp(SECONDS + 120, UTC))


def test_a_key_of_an_authority_signs_its_notices(office: Office) -> None:
    said = keys(office, "notices", "add", "--authority", "MN1")
    (kid,) = Custody(office.folder / "keys").kids("notice", "MN1")
    assert f"notices of MN1: key {kid.hex()}." in said
    assert verdict(office, kid).code == "kid_unknown", "before a trust list with it is signed"
    sign(office)
    assert (verdict(office, kid).state, verdict(office, kid).notice) == ("notice", told(iat=SECONDS + 60))
    key = trusted(office).keys[kid]
    assert (key.roles, key.authority, dict(key.types), key.area) == (("notice",), "MN1", {}, None)
    assert key.name == next(other.name for other in trusted(office).keys.values() if other.authority == "MN1" and "license" in other.roles)
    assert "notice" in keys(office, "list")


def test_the_governorate_s_key_signs_for_every_authority(office: Office) -> None:
    keys(office, "notices", "add", "--authority", "GOV")
    (kid,) = Custody(office.folder / "keys").kids("notice")
    sign(office)
    assert verdict(office, kid).state == "notice"


def test_a_stolen_key_leaves_no_notice_to_be_believed(office: Office) -> None:
    keys(office, "notices", "add", "--authority", "MN1")
    (kid,) = Custody(office.folder / "keys").kids("notice")
    custody = Custody(office.folder / "keys")
    custody.policy["keys"][kid.hex()]["state"] = "compromised"
    custody.save()
    sign(office)
    assert (verdict(office, kid).state, verdict(office, kid).code) == ("cannot_tell", "notice_key_compromised")


@pytest.mark.parametrize("code", ["XYZ", "mn1", "nobody"])
def test_an_authority_that_seals_nothing_gets_none(office: Office, code: str) -> None:
    before = (office.folder / "keys/policy.json").read_bytes()
    assert "authority_unknown" in keys(office, "notices", "add", "--authority", code, exit_code=2)
    assert (office.folder / "keys/policy.json").read_bytes() == before
    assert "--authority" in keys(office, "notices", "add", exit_code=2)
