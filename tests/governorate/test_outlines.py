"""Whether one outline covers another, exactly."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from governorate.outlines import covers, overlap, same, simple, within
from tests.share import share

SQUARE = [[31.0, 29.0], [31.0, 30.0], [32.0, 30.0], [32.0, 29.0]]


def test_an_outline_covers_itself_wherever_it_begins_and_whichever_way_it_goes() -> None:
    assert covers(SQUARE, SQUARE) and covers(SQUARE[::-1], SQUARE) and covers(SQUARE[2:] + SQUARE[:2], SQUARE)


def test_a_bulge_covers_and_a_notch_does_not() -> None:
    bulge = [*SQUARE[:2], [31.5, 30.3], *SQUARE[2:]]
    notch = [*SQUARE[:2], [31.5, 29.7], *SQUARE[2:]]
    assert covers(bulge, SQUARE) and not covers(SQUARE, bulge)
    assert covers(SQUARE, notch) and not covers(notch, SQUARE)


def test_a_notch_whose_mouth_lies_on_an_edge_is_seen() -> None:
    """No edge crosses another there, and every corner of the square is in or on the notched outline."""
    notch = [*SQUARE[:2], [31.4, 30.0], [31.5, 29.9], [31.6, 30.0], *SQUARE[2:]]
    assert not covers(notch, SQUARE)
    assert covers(SQUARE, notch)


def test_a_neighbour_and_an_island_do_not_cover() -> None:
    beside = [[latitude, longitude + 1] for latitude, longitude in SQUARE]
    inside = [[31.4, 29.4], [31.4, 29.6], [31.6, 29.6]]
    assert not covers(beside, SQUARE) and not covers(inside, SQUARE) and covers(SQUARE, inside)


def test_what_shares_ground_overlaps_and_what_shares_a_border_does_not() -> None:
    def moved(south: float, east: float) -> list[list[float]]:
        return [[latitude - south, longitude + east] for latitude, longitude in SQUARE]

    cross = [[31.4, 28.0], [31.4, 31.0], [31.6, 31.0], [31.6, 28.0]]  # no corner of either lies in the other
    island = [[31.4, 29.4], [31.4, 29.6], [31.6, 29.6]]
    for other, ground in (
        *((SQUARE[2:] + SQUARE[:2], True), (moved(0.5, 0.5), True), (moved(0, 0.000001), True), (cross, True), (island, True)),
        *((moved(0, 1), False), (moved(1, 0), False), (moved(1, 1), False), (moved(0.5, 1), False), (moved(3, 0), False)),
    ):
        assert overlap(SQUARE, other) is ground and overlap(other, SQUARE) is ground, other


def test_a_point_within_is_inside_whatever_the_outline() -> None:
    hook = [[31.0, 29.0], [31.0, 30.0], [31.1, 30.0], [31.1, 29.1], [31.9, 29.1], [31.9, 30.0], [32.0, 30.0], [32.0, 29.0]]
    for ring in (SQUARE, hook, hook[::-1], [[31.4, 29.4], [31.4, 29.6], [31.6, 29.6]]):
        for part in (0.4, 0.5, 0.6):
            latitude, longitude = within(ring, part)
            dot = [[latitude, longitude], [latitude + 1e-5, longitude], [latitude, longitude + 1e-5]]
            assert covers(ring, dot), ring


def test_a_millionth_of_a_degree_counts_and_less_is_no_difference() -> None:
    moved = [[31.000001, 29.0], *SQUARE[1:]]
    assert not covers(moved, SQUARE) and not same(moved, SQUARE)
    assert same([[31.0000001, 29.0], *SQUARE[1:]], SQUARE)


def test_an_outline_that_crosses_itself_is_not_simple() -> None:
    assert simple(SQUARE)
    assert not simple([SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3]])


GRID = st.integers(0, 12)
RING = st.lists(st.tuples(GRID, GRID), min_size=3, max_size=7, unique=True)


def lies_in(point: tuple[float, float], ring: list[list[float]]) -> bool:
    """Even-odd, for points that lie on no edge."""
    inside = False
    for number, (lat1, lon1) in enumerate(ring):
        lat2, lon2 = ring[number - 1]
        if (lat1 > point[0]) != (lat2 > point[0]) and point[1] < (lon2 - lon1) * (point[0] - lat1) / (lat2 - lat1) + lon1:
            inside = not inside
    return inside


@settings(max_examples=share(300), deadline=None)
@given(RING, RING)
def test_covering_agrees_with_looking_at_points(one: list[tuple[int, int]], other: list[tuple[int, int]]) -> None:
    """On a coarse grid with many corners on edges; the points lie on none of the lines through grid points that are this short."""
    larger, smaller = ([[float(a), float(b)] for a, b in ring] for ring in (one, other))
    assume(simple(larger) and simple(smaller))
    points = [(a + up, b + right) for a in range(12) for b in range(12) for up, right in ((0.0371, 0.0613), (0.5113, 0.4877))]
    outside = [point for point in points if lies_in(point, smaller) and not lies_in(point, larger)]
    if covers(larger, smaller):
        assert outside == []
    if covers(larger, smaller) and covers(smaller, larger):
        assert [lies_in(point, larger) for point in points] == [lies_in(point, smaller) for point in points]
