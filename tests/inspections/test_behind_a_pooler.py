"""Inspections behind a real PgBouncer: what arrives twice, two who approve at once, months that are made, people and phones."""

from tests.inspections.test_devices import (
    test_a_code_enrols_one_phone_within_ten_minutes,
    test_a_person_signs_in_with_password_and_code_for_twelve_hours,
)
from tests.inspections.test_enforcement import (
    test_the_whole_way_of_a_notice_with_an_objection,
    test_two_who_approve_at_once_get_two_numbers_and_two_times,
)
from tests.inspections.test_intake import (
    test_the_same_five_times_is_one_and_is_answered_alike,
    test_what_comes_in_another_order_waits_and_is_linked,
)
from tests.inspections.test_months import test_one_is_one_whatever_its_month
from tests.inspections.test_rounds import test_another_order_is_kept_once_with_its_reason_and_seen
from tests.pooled import database_url, pooler

__all__ = [
    "database_url",
    "pooler",
    "test_a_code_enrols_one_phone_within_ten_minutes",
    "test_a_person_signs_in_with_password_and_code_for_twelve_hours",
    "test_another_order_is_kept_once_with_its_reason_and_seen",
    "test_one_is_one_whatever_its_month",
    "test_the_same_five_times_is_one_and_is_answered_alike",
    "test_the_whole_way_of_a_notice_with_an_objection",
    "test_two_who_approve_at_once_get_two_numbers_and_two_times",
    "test_what_comes_in_another_order_waits_and_is_linked",
]
