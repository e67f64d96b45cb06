"""An approval is good for exactly what was shown, by exactly those who clicked, once."""

from __future__ import annotations

import os
from datetime import date

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from acts import approvals
from acts.approvals import Approval, Deciding, Decision
from acts.errors import ApprovalError
from acts.roster import Standing, claim_of, role_claim
from seal import claims
from seal.license import License
from seal.site import Point, Site

from .authenticator import Authenticator
from .test_roster import HERE, HODA, KARIM, ROSTER, says

MONA, OMAR, LAILA = (Authenticator(name) for name in ("mona", "omar", "laila"))
LICENSE = License("MN1", "shop", "bakery", "مخبز النور", "سامي", "شارع 12", Site(Point(31.27, 30.0), 30), {}, date(2026, 12, 1), None)
DECISION = Decision(HERE, "approve", "APP-MN1-2026-0000001", 4, "", bytes(32), approvals.claims_for(LICENSE))
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # the order of P-256


@pytest.fixture(scope="module")
def standing() -> Standing:
    told = [each for who in (MONA, OMAR) for each in says(claim_of(who.passkey), HODA, KARIM)]
    told += [each for who in (MONA, OMAR) for each in says(role_claim(who.account, "MN1", "reviewer"), HODA, KARIM)]
    return Standing(ROSTER, told)


def click(who: Authenticator, decision: Decision = DECISION) -> Approval:
    nonce = os.urandom(32)
    return Approval(who.account, nonce, who.sign(approvals.challenge(decision, nonce)), 1_800_000_000)


def check(standing: Standing, *given: Approval, decision: Decision = DECISION, **more: object) -> tuple[bytes, ...]:
    who = {"authority": "MN1", "roles": ("reviewer", "manager")} | {name: more[name] for name in ("authority", "roles") if name in more}
    used = more.get("used", ())
    return approvals.check(decision, given, by=Deciding(standing, **who), people=2, used=used)  # type: ignore[arg-type]


def test_two_people_approve(standing: Standing) -> None:
    assert len(set(check(standing, click(MONA), click(OMAR)))) == 2


def test_one_person_is_too_few_however_often_they_click(standing: Standing) -> None:
    for given in ((), (click(MONA),), (click(MONA), click(MONA))):
        with pytest.raises(ApprovalError, match="approval_missing"):
            check(standing, *given)


@pytest.mark.parametrize(
    "change",
    [
        {"action": "reject"},
        {"application": "APP-MN1-2026-0000002"},
        {"version": 5},
        {"subject": "ALX-MN1-2026-0000001-X"},
        {"bill": bytes(31) + b"\1"},
        {"claims": approvals.claims_for(LICENSE._replace(trade_name="ملهى"))},
        {"claims": b""},
    ],
    ids=str,
)
def test_what_changed_since_is_not_approved(standing: Standing, change: dict[str, object]) -> None:
    with pytest.raises(ApprovalError, match="approval_differs"):
        check(standing, click(MONA), click(OMAR), decision=DECISION._replace(**change))


def test_another_deployments_decision_is_none_here(standing: Standing) -> None:
    elsewhere = DECISION._replace(deployment="test.example/ALX")
    with pytest.raises(ApprovalError, match="roster_differs"):
        check(standing, click(MONA, elsewhere), click(OMAR, elsewhere), decision=elsewhere)


def test_who_is_not_vouched_for_approves_nothing(standing: Standing) -> None:
    with pytest.raises(ApprovalError, match="passkey_unknown"):
        check(standing, click(MONA), click(LAILA))
    in_another_name = click(LAILA)._replace(account="omar")
    with pytest.raises(ApprovalError, match="passkey_unknown"):
        check(standing, click(MONA), in_another_name)
    with pytest.raises(ApprovalError, match="role_unchained"):
        check(standing, click(MONA), click(OMAR), roles=("manager",))
    with pytest.raises(ApprovalError, match="role_unchained"):
        check(standing, click(MONA), click(OMAR), authority="SHQ")


def test_administrators_do_not_approve(standing: Standing) -> None:
    with pytest.raises(ApprovalError, match="role_unchained"):
        check(standing, click(HODA), click(KARIM))


def test_no_approval_is_used_twice_whatever_form_its_signature_has(standing: Standing) -> None:
    given = click(MONA), click(OMAR)
    used = check(standing, *given)
    with pytest.raises(ApprovalError, match="approval_used"):
        check(standing, *given, used=used)
    r, s = decode_dss_signature(given[0].assertion.signature)
    twin = given[0].assertion._replace(signature=encode_dss_signature(r, N - s))
    again = given[0]._replace(assertion=twin, at=given[0].at + 1)
    assert check(standing, again, given[1]) == used
    with pytest.raises(ApprovalError, match="approval_used"):
        check(standing, again, click(OMAR), used=used)


def test_the_claims_of_a_seal_are_those_that_were_approved() -> None:
    held = claims.of_license(LICENSE, iat=1_799_999_999, cti=b"\1\2\3\4\5", idx=700, uri="https://verify.example/status/12")
    assert approvals.claims_of(claims.to_bytes(held)) == approvals.claims_for(LICENSE)
    moved = LICENSE._replace(site=Site(Point(31.28, 30.0), 30))
    assert approvals.claims_for(moved) != approvals.claims_for(LICENSE)


def test_a_license_to_a_day_differs_from_an_open_one() -> None:
    assert approvals.claims_for(LICENSE._replace(last_day=date(2027, 12, 1))) != approvals.claims_for(LICENSE)
