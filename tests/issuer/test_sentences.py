"""What the issuer's codes say: one detail for both languages, and the units of each."""

import pytest

from issuer.sentences import say


@pytest.mark.parametrize(
    ("code", "detail", "arabic", "english"),
    [
        ("site_coarse", "±222 m > 30 m", "(±222 م > 30 م)", "(±222 m > 30 m)"),
        ("radius_range", "151 m", "(151 م)", "(151 m)"),
        ("radius_range", "1.5 km", "(1.5 كم)", "(1.5 km)"),
        ("path_missing", "5 main.csv", "(5 main.csv)", "(5 main.csv)"),
    ],
)
def test_a_unit_is_of_the_sentence_s_language(code: str, detail: str, arabic: str, english: str) -> None:
    assert say(code, "ar", detail).endswith(arabic)
    assert say(code, "en", detail).endswith(english)
