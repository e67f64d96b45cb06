"""Check 5: days of Africa/Cairo, to the second, and clocks that are wrong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from tests.vectors import fixed
from tests.vectors.fixed import NOW, STATUS_SIGNED, TRUST_ISSUED, at
from tests.vectors.making import Expect, Vector, failed, seal, unknown

LATER = "issued_in_future"


def vectors() -> Iterator[Vector]:
    yield from _winter()
    yield from _summer_time()
    yield from _sealing_time()
    yield from _clocks()


def _winter() -> Iterator[Vector]:
    # Winter time is UTC+2: the day ends at 22:00Z.
    ends = seal({"last_day": date(2026, 11, 24)})
    midnight = at("2026-11-24T22:00:00")
    yield Vector("last second of the last day", "valid until the end of 24 November", ends, now=midnight - 1)
    yield Vector("first second after the last day", "expired at now >= exp", ends, failed("dates", "expired"), now=midnight)
    begins = seal({"first_day": date(2026, 11, 25)})
    yield Vector("second before the first day", "not yet", begins, failed("dates", "not_yet_valid"), now=midnight - 1)
    yield Vector("first second of the first day", "now", begins, now=midnight)
    one = seal({"first_day": date(2026, 11, 24), "last_day": date(2026, 11, 24)})
    yield Vector("one day, in its middle", "first and last day may be the same", one)
    yield Vector("one day, the next", "24 hours long", one, failed("dates", "expired"), now=midnight)
    for first, why in (
        (date(1900, 1, 1), "the first day a seal can carry, 2:05:09 ahead of UTC"),
        (date(1969, 12, 31), "a negative nbf: the token travels plain, not packed"),
        (date(1970, 1, 1), "a negative nbf: in Cairo that day began before the count of seconds did"),
        (date(1987, 5, 20), "an old license, packed"),
    ):
        yield Vector(f"open-ended since {first}", why, seal({"first_day": first, "last_day": None}))
    yield Vector("ended in 1965", "exp is negative too", _of_old(), failed("dates", "expired"))
    yield Vector("open-ended", "no exp: only the status list ends it", seal({"last_day": None}))
    yield Vector(
        "open-ended, not begun",
        "it still has a first day",
        seal({"first_day": date(2027, 1, 1), "last_day": None}),
        failed("dates", "not_yet_valid"),
    )


def _of_old() -> str:
    return seal({"type": "shop", "first_day": date(1963, 1, 1), "last_day": date(1965, 12, 31)})


def _summer_time() -> Iterator[Vector]:
    """Summer time begins on the last Friday of April at 00:00 and ends at the end of the last Thursday of October."""
    for first_friday, thursday in ((date(2026, 4, 24), date(2026, 10, 29)), (date(2027, 4, 30), date(2027, 10, 28))):
        year = first_friday.year
        # 00:00 of that Friday does not exist; its first second is 22:00Z of Thursday, now called 01:00.
        spring = at(f"{year}-04-{first_friday.day - 1:02d}T22:00:00")
        lists = {"trust": "long", "status": (fixed.status_at(f"{year}-04-{first_friday.day - 3:02d}T10:00:00"),)}
        sealed = {"kid": b"\x09", "iat": at(f"{year}-01-10T10:00:00")}
        before = date(year, 1, 11)
        start = seal({"first_day": first_friday, "last_day": None}, **sealed)
        yield Vector(
            f"{year}: second before the day summer time begins",
            "00:00 does not exist on it",
            start,
            failed("dates", "not_yet_valid"),
            now=spring - 1,
            **lists,
        )
        yield Vector(f"{year}: first second of the day summer time begins", "01:00 summer time is 22:00Z", start, now=spring, **lists)
        short = seal({"first_day": before, "last_day": first_friday}, **sealed)
        after = spring + 23 * 3600
        yield Vector(f"{year}: last second of the day of 23 hours", "it ends at 21:00Z", short, now=after - 1, **lists)
        yield Vector(f"{year}: second after the day of 23 hours", "expired", short, failed("dates", "expired"), now=after, **lists)
        # The last Thursday of October has 25 hours: 24:00 summer time is 23:00 winter time.
        autumn = at(f"{year}-10-{thursday.day - 1:02d}T21:00:00")
        lists = {"trust": "long", "status": (fixed.status_at(f"{year}-10-{thursday.day - 3:02d}T10:00:00"),)}
        first = seal({"first_day": thursday, "last_day": None}, **sealed)
        yield Vector(f"{year}: first second of the day of 25 hours", "summer time is UTC+3", first, now=autumn, **lists)
        yield Vector(
            f"{year}: second before the day of 25 hours", "not yet", first, failed("dates", "not_yet_valid"), now=autumn - 1, **lists
        )
        long_ = seal({"first_day": before, "last_day": thursday}, **sealed)
        after = autumn + 25 * 3600
        yield Vector(
            f"{year}: last second of the day of 25 hours", "23:59:59 comes twice; the second one counts", long_, now=after - 1, **lists
        )
        yield Vector(f"{year}: second after the day of 25 hours", "expired", long_, failed("dates", "expired"), now=after, **lists)


def _sealing_time() -> Iterator[Vector]:
    # The status list must be older than the seal by no rule; index 1 reads valid in it.
    yield Vector("sealed 10 minutes in the future", "clocks differ: 600 seconds are let pass", seal(iat=NOW + 600))
    yield Vector("sealed 10 minutes and a second in the future", "a seal from tomorrow", seal(iat=NOW + 601), failed("dates", LATER))
    yield Vector("sealed before its first day", "offices seal ahead", seal({"first_day": date(2026, 11, 1)}, iat=at("2026-10-01T10:00:00")))


def _clocks() -> Iterator[Vector]:
    behind = unknown("dates", "clock_disagrees")
    yield Vector("clock 10 minutes behind the newest list", "let pass", seal(), now=STATUS_SIGNED - 600)
    yield Vector(
        "clock 10 minutes and a second behind the newest list", "this clock is wrong, not the seal", seal(), behind, now=STATUS_SIGNED - 601
    )
    yield Vector(
        "clock behind the trust list alone",
        "no status list at hand",
        seal(),
        {**behind, "status": ("unknown", "status_list_missing")},
        now=TRUST_ISSUED - 601,
        status=(),
    )
    yield Vector(
        "clock a year behind, seal not begun", "do not say `not begun` on a wrong clock", seal(), behind, now=NOW - 365 * fixed.DAY
    )
    yield from _signers(behind)
    over = seal({"last_day": date(2026, 4, 1)})
    yield Vector(
        "clock behind, and expired all the same",
        "what expired even then is expired",
        over,
        failed("dates", "expired"),
        now=at("2026-05-01T00:00:00"),
    )


def _signers(behind: Expect) -> Iterator[Vector]:
    """What signers say of the time whose objects are not at hand."""
    yield Vector("two signers reach ten minutes ahead", "let pass", seal(), dates={"attested": NOW + 600, "dated": NOW + 600})
    yield Vector(
        "two signers are ahead by ten minutes and a second",
        "this clock is behind, whatever is at hand",
        seal(),
        behind,
        dates={"attested": NOW + 601, "dated": NOW + 601},
    )
    one = {"attested": NOW, "dated": NOW + fixed.YEAR}
    yield Vector("one signer is a year ahead", "its clock is fast: what has begun is valid", seal(), dates=one)
    begins = seal({"first_day": date(2026, 12, 24)})
    yield Vector("one signer is a year ahead, seal not begun", "the clock may be behind: never red for that", begins, behind, dates=one)
    yield Vector(
        "one signer is a year ahead, seal made in the future",
        "a new license on a clock that is a day behind is no forgery",
        seal(iat=NOW + fixed.DAY),
        behind,
        dates=one,
    )
    over = seal({"last_day": date(2026, 11, 1)})
    yield Vector("one signer is a year ahead, seal expired", "sure all the same", over, failed("dates", "expired"), dates=one)
    yield Vector(
        "the list of the seal is not there yet",
        "and none of before is at hand",
        seal(),
        unknown("status", "status_list_ahead"),
        status=(),
        dates=one | {"ahead": [fixed.URI]},
    )
    yield Vector(
        "another list is not there yet",
        "and none at all is at hand",
        seal(),
        unknown("status", "status_list_missing"),
        status=(),
        dates=one | {"ahead": [fixed.URI_WIDE]},
    )
