"""A renewal compares only the sizes that the earlier license has: an imported one may lack some, or all."""

from __future__ import annotations

import pytest

from issuer.applications import judging
from issuer.services import catalogue
from tests.issuer.applications.bureau import Bureau, advertisement


@pytest.mark.parametrize(
    ("held", "refused"), [({}, []), ({"faces": 1}, []), ({"faces": 2}, ["faces"]), ({"width_cm": 400, "height_cm": 200}, ["height_m"])]
)
def test_only_sizes_that_it_has_are_compared(sqlite: Bureau, held: dict[str, int], refused: list[str]) -> None:
    _, number = sqlite.issued("advertisement.first", advertisement())
    with sqlite.engine.connect() as connection:
        found = judging.find(connection, number)
    assert found is not None
    old = found[0]
    assert old.last_day is not None
    later = old._replace(first_day=old.last_day.replace(month=12, day=1), last_day=old.last_day.replace(year=2028))
    faults = judging._changes(catalogue.default().of("advertisement", "renewal"), old._replace(details=held), later, {})
    assert [(fault.field, fault.code) for fault in faults] == [(field, "size_differs") for field in refused]
