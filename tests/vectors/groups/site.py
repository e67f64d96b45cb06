"""Check 7: a fix against a site. The fixes were placed by another geodesic (Karney's) than the one that measures them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from seal.site import Point, Site
from tests.vectors import fixed
from tests.vectors.making import SITE, Vector, failed, fix, held, seal, text, token, unknown

HERE = {"site": ("passed", "site_here")}
ELSEWHERE, CLOSE = failed("site", "site_elsewhere"), unknown("site", "site_too_close")
SQUARE = ((-200, -200), (200, -200), (200, 200), (-200, 200))
# An L: the square without its north-eastern quarter.
ELL = ((-200, -200), (200, -200), (200, 0), (0, 0), (0, 200), (-200, 200))


def vectors() -> Iterator[Vector]:
    yield from _radius()
    yield from _fixes()
    yield from _footprints()
    yield from _both()


def _radius() -> Iterator[Vector]:
    # Radius 40 m; accuracy 5 m at 68 % is 8.1 m at 95 %.
    good = seal()
    for name, metres, expect in (
        ("at the point", 0.0, HERE),
        ("31.95 m: 31.9 + 8.1 is 40.0", 31.95, HERE),
        ("32.05 m: 32.0 + 8.1 is over 40", 32.05, CLOSE),
        ("40 m", 40.0, CLOSE),
        ("48.15 m: 48.1 - 8.1 is 40.0", 48.15, CLOSE),
        ("48.25 m: 48.2 - 8.1 is over 40", 48.25, ELSEWHERE),
        ("1 km", 1000.0, ELSEWHERE),
        ("180 km", 180_000.0, ELSEWHERE),
        ("the other side of the world", 19_000_000.0, ELSEWHERE),
    ):
        yield Vector(f"fix {name}", "radius 40 m, accuracy 5 m (8.1 m at 95 %)", good, expect, fix=fix(metres, 70.0))
    for towards in (0, 90, 180, 270):
        yield Vector(
            f"fix 300 m towards {towards} degrees", "the bearing leads back to the site", good, ELSEWHERE, fix=fix(300.0, float(towards))
        )
    yield Vector("radius of 1 m", "nothing but a perfect fix is here", seal({"site": SITE._replace(radius_m=1)}), CLOSE, fix=fix(0.0))
    yield Vector("radius of 150 m", "the largest", seal({"site": SITE._replace(radius_m=150)}), HERE, fix=fix(141.0))
    # Both lie exactly between two numbers of six digits; half to even gives 31.257812 and 30.007812.
    tie = Point(31.2578125, 30.0078125)
    yield Vector(
        "coordinates that round both ways", "six digits, half to even", seal({"site": Site(tie, 40)}), HERE, fix=fix(0.0, origin=tie)
    )


def _fixes() -> Iterator[Vector]:
    good, now = seal(), fixed.NOW
    old, poor, invalid = unknown("site", "fix_old"), unknown("site", "fix_inaccurate"), unknown("site", "fix_invalid")
    for name, expect, given in (
        ("fix 30 s old", HERE, fix(age=30)),
        ("fix 31 s old", old, fix(age=31)),
        ("fix 30 s in the future", HERE, fix(age=-30)),
        ("fix 31 s in the future", old, fix(age=-31)),
        ("accuracy 0", HERE, fix(31.0, accuracy_m=0.0)),
        ("accuracy 100 m, at the point", CLOSE, fix(accuracy_m=100.0)),
        ("accuracy 100 m, 300 m away", ELSEWHERE, fix(300.0, accuracy_m=100.0)),
        ("accuracy 100.01 m", poor, fix(300.0, accuracy_m=100.01)),
        # Radius 40 m; accuracy 150 m is 243 m at 95 %, three times that 729 m.
        ("accuracy 150 m: 769.0 - 729.0 is 40.0", poor, fix(769.05, accuracy_m=150.0)),
        ("accuracy 150 m: 769.1 - 729.0 is over 40", ELSEWHERE, fix(769.15, accuracy_m=150.0)),
        ("accuracy 150 m, at the point", poor, fix(accuracy_m=150.0)),
        ("accuracy 150 m at 95 %, 500 m away", ELSEWHERE, fix(500.0, accuracy_m=150.0, confidence=95)),
        ("accuracy 2 km, 30 km away", ELSEWHERE, fix(30_000.0, accuracy_m=2_000.0)),
        ("accuracy 10 km, 180 km away", ELSEWHERE, fix(180_000.0, accuracy_m=10_000.0)),
        ("accuracy 10.001 km, 180 km away", poor, fix(180_000.0, accuracy_m=10_001.0)),
        ("coarse, far and old", old, fix(180_000.0, accuracy_m=2_000.0, age=31)),
        ("accuracy 1e300 m", poor, fix(accuracy_m=1e300)),
        ("accuracy -1 m", invalid, fix(accuracy_m=-1.0)),
        ("latitude 91", invalid, {**fix(), "latitude": 91.0}),
        ("longitude -180.5", invalid, {**fix(), "longitude": -180.5}),
        ("latitude 90", ELSEWHERE, {**fix(), "latitude": 90.0}),
        ("longitude 180", ELSEWHERE, {**fix(), "longitude": 180.0}),
        ("95 %: 30 + 10 m", HERE, fix(29.95, accuracy_m=10.0, confidence=95)),
        ("68 %: 30 + 16.2 m", CLOSE, fix(29.95, accuracy_m=10.0)),
        ("old and poor", old, fix(age=600, accuracy_m=500.0)),
        ("invalid and old", invalid, fix(age=600, accuracy_m=-1.0)),
    ):
        yield Vector(name, "what a fix is worth", good, expect, fix=given)
    yield Vector(
        "place not asked for", "a caller that wants the seal only", good, {"site": ("skipped", "site_not_asked")}, check_site=False
    )
    yield Vector(
        "place not asked for, fix given",
        "not asked is not asked",
        good,
        {"site": ("skipped", "site_not_asked")},
        check_site=False,
        fix=fix(1000.0),
        now=now,
    )


def _footprints() -> Iterator[Vector]:
    square = seal({"site": SITE._replace(radius_m=0, footprint=SQUARE)})
    for name, metres, towards, expect in (
        ("inside", 5.0, 10.0, HERE),
        ("inside, far from the edge and coarse", 0.0, 0.0, HERE),
        ("16.85 m outside: 16.8 + 8.1 is 24.9", 36.85, 0.0, HERE),
        ("17.05 m outside: 17.0 + 8.1 is over 25", 37.05, 0.0, CLOSE),
        ("33.05 m outside: 33.0 - 8.1 is 24.9", 53.05, 0.0, CLOSE),
        ("33.25 m outside: 33.2 - 8.1 is over 25", 53.25, 0.0, ELSEWHERE),
        ("1,900 m away, on the plane", 1900.0, 33.0, ELSEWHERE),
        ("2,100 m away, by geodesic", 2100.0, 33.0, ELSEWHERE),
    ):
        yield Vector(f"footprint, {name}", "a square of 40 m and 25 m around it", square, expect, fix=fix(metres, towards))
    ell = seal({"site": SITE._replace(radius_m=0, footprint=ELL)})
    yield Vector("footprint, in the notch of an L", "outside by 10 m, within the margin", ell, HERE, fix=fix(14.142, 45.0))
    yield Vector("footprint, both legs of an L are near", "at the missing corner", ell, CLOSE, fix=fix(28.284, 45.0))
    away = seal({"site": SITE._replace(radius_m=0, footprint=((1000, 1000), (1400, 1000), (1200, 1300)))})
    yield Vector("footprint beside its point", "the point is the address, the footprint the place", away, ELSEWHERE, fix=fix(0.0))
    yield Vector("footprint beside its point, there", "the footprint counts", away, HERE, fix=fix(167.0, 46.0))


def _both() -> Iterator[Vector]:
    far, near = fix(300.0), fix(0.0)
    over = {"first_day": date(2026, 1, 2), "last_day": date(2026, 10, 1)}
    yield Vector(
        "elsewhere and revoked",
        "two failures; the first decides the reason",
        seal(idx=fixed.REVOKED),
        {**failed("status", "revoked"), **ELSEWHERE},
        fix=far,
    )
    yield Vector("here and expired", "the place does not heal the seal", seal(over), {**failed("dates", "expired"), **HERE}, fix=near)
    yield Vector(
        "here, status unknown",
        "undecided: a fetch error is never revoked",
        seal(),
        {**unknown("status", "status_list_missing"), **HERE},
        fix=near,
        status=(),
    )
    yield Vector(
        "elsewhere, status unknown",
        "undecided: only a genuine seal is `for another place`",
        seal(),
        {**unknown("status", "status_list_missing"), **ELSEWHERE},
        fix=far,
        status=(),
    )
    yield Vector(
        "here and forged",
        "nothing of a forged seal is compared",
        text(token(held(), by="thief")),
        failed("signature", "signature_invalid"),
        fix=near,
    )
