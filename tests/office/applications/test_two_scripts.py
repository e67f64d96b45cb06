"""A shop whose sign has two scripts: from the form to the seal, through a transfer, and compared by its first script."""

from __future__ import annotations

import pytest

from issuer.register import history
from office.applications import views
from office.applications.errors import RefusedError
from seal import claims
from tests.office.applications.workplace import CITIZEN, REVIEWER, Workplace, shop

SIGN = "مخبز الأمل · Al Amal Bakery"


def sealed_name(here: Workplace, number: str) -> str:
    return claims.from_bytes(history.show(here.engine, number).message.payload).trade_name


def test_both_names_are_sealed_and_stay_whatever_else_changes(here: Workplace) -> None:
    number, license_ = here.issued("shop.first", shop(trade_name_en="Al Amal Bakery"))
    assert (sealed_name(here, license_), here.show(number).license.trade_name) == (SIGN, SIGN)  # type: ignore[union-attr]
    here.issued("shop.transfer", {"license": license_, "holder": "مالك جديد"})
    assert sealed_name(here, license_) == SIGN
    here.issued("shop.amendment", {"license": license_, "changes": "لافتة جديدة", "trade_name_en": "-"})
    assert sealed_name(here, license_) == "مخبز الأمل"


@pytest.mark.parametrize(("latin", "code"), [("مخبز", "trade_name_en_not_latin"), ("x" * 59, "trade_names_too_long")])
def test_a_name_that_is_none_is_told_at_its_field_and_stays_typed(sqlite: Workplace, latin: str, code: str) -> None:
    key = sqlite.draft("shop.first", shop(trade_name="مخبز الأمل الكبير في الشارع", trade_name_en=latin))
    with pytest.raises(RefusedError) as refused:
        sqlite.submit(key)
    assert ("trade_name_en", code) in {(each.field, each.code) for each in refused.value.faults}


def test_the_other_name_hides_nobody_from_the_reviewer(sqlite: Workplace) -> None:
    """Who applies again next door under the same name, and adds Latin letters to it, is told as the same name."""
    sqlite.issued("shop.first", shop())
    number = sqlite.submitted("shop.first", shop(trade_name_en="Something Else", latitude="31.27525"), actor=CITIZEN)
    with sqlite.engine.connect() as connection:
        (near,) = views.alike(connection, number, actor=REVIEWER)
    assert near.same_name
