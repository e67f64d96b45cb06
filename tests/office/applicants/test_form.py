"""What people type about who applies: numbers by their structure, in any digits; what is wrong is named, field by field."""

from __future__ import annotations

from datetime import date

import pytest

from office.applicants import form, national_id
from office.applicants.errors import ApplicantError
from tests.office.applicants.invented import POWER, company, person
from tests.office.applicants.invented import national_id as invented

TODAY = date(2026, 11, 24)
ALL = ("person", "company", "agent")


@pytest.mark.parametrize(
    "typed",
    [
        invented(),
        invented().translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")),
        invented().translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")),
        f"  {invented()[:1]} {invented()[1:7]}-{invented()[7:]}\u200f ",
    ],
)
def test_a_national_id_is_read_in_any_digits(typed: str) -> None:
    assert national_id.parse(typed, today=TODAY) == invented()


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "national_id_length"),
        (invented()[:-1], "national_id_length"),
        (invented() + "1", "national_id_length"),
        ("2900101020001x", "national_id_length"),
        ("²" * 14, "national_id_length"),
        ("9" * 100_000, "national_id_length"),
        (invented(century=1), "national_id_century"),
        (invented(century=4), "national_id_century"),
        (invented(born="900230"), "national_id_birth"),
        (invented(born="990229"), "national_id_birth"),
        (invented(born="901301"), "national_id_birth"),
        (invented(born="261125", century=3), "national_id_future"),
        (invented(governorate="05"), "national_id_governorate"),
        (invented(governorate="99"), "national_id_governorate"),
    ],
)
def test_what_is_no_national_id_is_named(typed: str, code: str) -> None:
    with pytest.raises(ApplicantError) as error:
        national_id.parse(typed, today=TODAY)
    assert error.value.code == code
    assert not error.value.detail, "what was typed is personal"


def test_born_today_on_a_leap_day_abroad() -> None:
    assert national_id.parse(invented(born="261124", century=3), today=TODAY)
    assert national_id.parse(invented(born="000229", century=3, governorate="88"), today=TODAY)


def test_the_last_digit_is_nobody_s_rule() -> None:
    """No rule for it was ever published: each of the ten is taken."""
    assert all(national_id.parse(invented()[:-1] + str(digit), today=TODAY) for digit in range(10))


def test_masked_shows_four_digits_and_of_what_is_short_none() -> None:
    assert national_id.masked(invented()) == "•" * 10 + invented()[-4:]
    assert national_id.masked("123456") == "••••••"
    assert national_id.masked("") == ""


def test_a_person_a_company_and_an_agent() -> None:
    judged = form.judge(person(applicant_mobile=f"٠١٠{1:08}"), allowed=ALL, today=TODAY)
    assert judged.applicant is not None
    assert (judged.applicant.name, judged.applicant.mobile) == ("", f"+2010{1:08}")
    judged = form.judge(company("123-456-789"), allowed=ALL, today=TODAY)
    assert judged.applicant is not None
    assert (judged.applicant.tax_number, judged.applicant.national_id) == ("123456789", "")
    judged = form.judge(person(agent_name="عادل", agent_national_id=invented(2), **POWER), allowed=ALL, today=TODAY)
    assert judged.applicant is not None
    assert judged.applicant.agent is not None
    assert (judged.applicant.agent.year, judged.applicant.agent.number) == (2025, "1234/ب")


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({}, {"applicant_national_id": "field_missing"}),
        (person(applicant_national_id="12"), {"applicant_national_id": "national_id_length"}),
        (person(applicant_mobile="12"), {"applicant_mobile": "mobile_invalid"}),
        (person(applicant_name="منى\u202e علي"), {"applicant_name": "direction_override"}),
        (person(applicant_name="—"), {"applicant_name": "placeholder"}),
        (person(applicant_name="م" * 150), {"applicant_name": "field_too_long"}),
        ({"applicant_kind": "robot"}, {"applicant_kind": "field_invalid"}),
        ({"applicant_kind": "company"}, {"applicant_commercial_register": "field_missing", "applicant_tax_number": "field_missing"}),
        (company("12345678"), {"applicant_tax_number": "tax_number_invalid"}),
        (company(applicant_commercial_register="أ ب"), {"applicant_commercial_register": "commercial_register_invalid"}),
        (
            person(agent_poa_year="2027"),
            {
                "agent_name": "field_missing",
                "agent_national_id": "field_missing",
                "agent_poa_number": "field_missing",
                "agent_poa_year": "poa_year_invalid",
                "agent_poa_office": "field_missing",
            },
        ),
        (
            person(agent_name="عادل", agent_national_id=invented(2), **POWER | {"agent_poa_number": "<b>"}),
            {"agent_poa_number": "poa_number_invalid"},
        ),
    ],
)
def test_every_field_that_is_wrong_is_named(typed: dict[str, str], wrong: dict[str, str]) -> None:
    judged = form.judge(typed, allowed=ALL, today=TODAY)
    assert judged.applicant is None
    assert dict(judged.wrong) == wrong


def test_the_service_says_who_may_apply() -> None:
    assert dict(form.judge(company(), allowed=("person",), today=TODAY).wrong) == {"applicant_kind": "field_invalid"}
    with_agent = person(agent_name="عادل", agent_national_id=invented(2), **POWER)
    assert dict(form.judge(with_agent, allowed=("person",), today=TODAY).wrong) == {"agent_name": "applicant_no_agent"}
    assert form.judge(company() | {"applicant_kind": ""}, allowed=("company",), today=TODAY).applicant is not None, "there is one kind"
