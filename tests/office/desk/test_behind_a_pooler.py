"""Journeys of the office behind a real PgBouncer."""

from tests.office.desk.test_drawers import test_a_cashier_s_day, test_revenue_by_month_service_and_authority
from tests.office.desk.test_money import test_a_cashier_gives_a_part_back_and_it_is_in_the_day_s_cash
from tests.office.desk.test_my_licenses import test_from_the_list_to_a_sent_renewal_in_three_presses
from tests.office.desk.test_people import test_one_administrator_makes_nobody_a_second_one_confirms
from tests.office.desk.test_portal import test_a_shop_from_the_first_page_to_a_sent_application
from tests.office.desk.test_queue import test_an_appointment_becomes_a_number_that_is_called
from tests.pooled import database_url, pooler

__all__ = [
    "database_url",
    "pooler",
    "test_a_cashier_gives_a_part_back_and_it_is_in_the_day_s_cash",
    "test_a_cashier_s_day",
    "test_a_shop_from_the_first_page_to_a_sent_application",
    "test_an_appointment_becomes_a_number_that_is_called",
    "test_from_the_list_to_a_sent_renewal_in_three_presses",
    "test_one_administrator_makes_nobody_a_second_one_confirms",
    "test_revenue_by_month_service_and_authority",
]
