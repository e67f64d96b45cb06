"""The previous holder learns of a transfer, a cancellation or a replacement; the reviewer sees old beside new, and that another asks."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from issuer.register import history
from office.applications import comparing
from office.applications.tables import applications
from office.messages.tables import messages
from tests.office.applications.workplace import MOBILE, STRANGER, Workplace, advertisement, shop

OTHER = f"+20{1_112_345_678}"
CHANGES = {
    "transfer": {"holder": "مالك جديد"},
    "replacement": {"circumstances": "فُقد"},
    "cancellation": {"ground": "أغلق المحل"},
}


def told(here: Workplace, number: str) -> list[tuple[str, str]]:
    query = select(messages.c.event, messages.c.recipient).where(messages.c.event.in_((f"{number}/change_asked", f"{number}/changed")))
    with here.engine.connect() as connection:
        return sorted((row.event.rpartition("/")[2], row.recipient) for row in connection.execute(query))


def asked(here: Workplace, procedure: str, license_number: str, mobile: str) -> str:
    key = here.draft(f"shop.{procedure}", {"license": license_number, **CHANGES[procedure]}, actor=STRANGER)
    with here.engine.begin() as connection:
        connection.execute(update(applications).where(applications.c.key == key).values(mobile=mobile))
    return here.submit(key, actor=STRANGER)


@pytest.mark.parametrize("procedure", CHANGES)
def test_the_mobile_last_linked_to_the_license_is_told(sqlite: Workplace, procedure: str) -> None:
    _, license_number = sqlite.issued("shop.first", shop())
    number = asked(sqlite, procedure, license_number, OTHER)
    assert told(sqlite, number) == [("change_asked", MOBILE)]
    with sqlite.engine.connect() as connection:
        compared = comparing.compare(connection, sqlite.office, sqlite.show(number))
    assert compared is not None and compared.stranger and compared.holder == "سامي فؤاد حسن"
    assert compared.changes == ((comparing.Change("holder", "سامي فؤاد حسن", "مالك جديد"),) if procedure == "transfer" else ())
    if sqlite.state(number) == "awaiting_payment":
        sqlite.pay(number)
    sqlite.do("approve", number)
    sqlite.issue(number)
    assert told(sqlite, number) == [("change_asked", MOBILE), ("changed", MOBILE)]
    with sqlite.engine.connect() as connection:  # no sooner than the seal that it tells of is in the log
        place = connection.scalar(select(messages.c.position).where(messages.c.event == f"{number}/changed"))
        assert place == history.current(connection, license_number).position


def test_whoever_asks_for_themselves_is_no_stranger_and_an_amendment_shows_before_and_after(here: Workplace) -> None:
    _, license_number = here.issued("shop.first", shop())
    number = here.submitted("shop.amendment", {"license": license_number, "changes": "x", "trade_name": "مخبز", "floor_area": "80"})
    assert told(here, number) == []
    with here.engine.connect() as connection:
        compared = comparing.compare(connection, here.office, here.show(number))
    assert compared is not None and not compared.stranger
    assert compared.changes == (comparing.Change("trade_name", "مخبز الأمل", "مخبز"), comparing.Change("floor_area", 60, 80))


def test_what_was_chosen_before_stands_beside_what_is_chosen_now(here: Workplace) -> None:
    _, board = here.issued("advertisement.first", advertisement())
    asked = {"license": board, "changes": "x", "width_m": "4", "height_m": "3.5", "faces": "1", "lighting": "screen"}
    number = here.submitted("advertisement.amendment", asked)
    with here.engine.connect() as connection:
        compared = comparing.compare(connection, here.office, here.show(number))
    assert compared is not None and compared.changes == (
        comparing.Change("height_m", 300, 350),
        comparing.Change("lighting", "lit", "screen"),
    )
