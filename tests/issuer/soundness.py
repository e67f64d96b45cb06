"""What holds in every register, whatever happened to it."""

from collections import Counter

from sqlalchemy import Engine, func, select

from issuer.register.tables import licenses, seals, serials, status_lists
from seal import claims, cose
from seal.license import is_number


def assert_sound(register: Engine, count: int) -> None:
    """Each license has one seal, a number and a place of its own, and its token says the same; serials have no gap."""
    columns = licenses.c.number, seals.c.cti, seals.c.kid, seals.c.iat, seals.c.list, seals.c.idx, seals.c.token
    with register.connect() as connection:
        found = connection.execute(select(*columns).join(seals, seals.c.license_id == licenses.c.id)).all()
        assert connection.scalar(select(func.count()).select_from(seals)) == len(found) == count
        used = dict(map(tuple, connection.execute(select(serials.c.year, serials.c.used))))
        places = dict(map(tuple, connection.execute(select(status_lists.c.number, status_lists.c.used))))
    assert len({each.number for each in found}) == len({(each.list, each.idx) for each in found}) == count
    assert all(is_number(each.number) for each in found)
    by_year = Counter(int(each.number.split("-")[2]) for each in found)
    assert by_year == used
    assert {int(each.number.split("-")[3]) for each in found if "-2026-" in each.number} == set(range(1, by_year[2026] + 1))
    assert Counter(each.list for each in found) == {number: taken for number, taken in places.items() if taken}
    for each in found:
        sealed = claims.from_bytes(cose.from_bytes(each.token).payload)
        assert (sealed.number_in("ALX"), sealed.cti, sealed.iat, sealed.idx) == (each.number, each.cti, each.iat, each.idx)
        assert sealed.uri.endswith(f"/status/{each.list}")
