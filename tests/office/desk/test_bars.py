"""Bar charts grow from where a language begins, and each name has a line of its own."""

import pytest

from web import plots
from web.plots import WIDTH

ROWS = [("Shops", 8.0, "8 days"), ("Signs", 2.0, "2 days"), ("Works", 0.0, "0 days")]


@pytest.mark.parametrize("right_to_left", [True, False])
def test_bars_are_as_long_as_their_values_and_begin_on_one_side(right_to_left: bool) -> None:
    plot = plots.bars(ROWS, right_to_left=right_to_left)
    longest, quarter, nothing = plot.bars
    assert longest.width == WIDTH and quarter.width == WIDTH / 4 and 0 < nothing.width < quarter.width
    begins = {bar.x + bar.width if right_to_left else bar.x for bar in plot.bars}
    assert begins == {plot.start} and plot.start == (WIDTH if right_to_left else 0)
    assert {plot.start, plot.end} == {0, WIDTH}


def test_no_words_lie_on_a_bar() -> None:
    plot = plots.bars(ROWS, right_to_left=True)
    for above, bar in zip(plot.bars, plot.bars[1:], strict=False):
        assert above.y + 12 < bar.text_y - 14 < bar.text_y < bar.y
    assert plot.bars[-1].y + 12 < plot.height


def test_nothing_to_show_is_no_chart() -> None:
    assert plots.bars([], right_to_left=True).bars == ()
