"""The picture of the house is what the code is: every room, in its layer, with the arrows that its imports draw."""

from __future__ import annotations

from tests.house import architecture_doc
from tests.house.test_rules import PACKAGES


def test_the_picture_is_made_from_the_code() -> None:
    assert architecture_doc.PATH.read_text("utf-8") == architecture_doc.page(), "python -m tests.house.architecture_doc"


def test_every_room_has_a_place_a_word_and_a_way_to_it() -> None:
    layers = architecture_doc.layers()
    assert sorted(room for layer in layers for room in layer) == sorted(PACKAGES)
    assert len(layers) == len(architecture_doc.SAID)
    assert set(architecture_doc.homes()) >= set(PACKAGES)
    arrows = architecture_doc.arrows()
    assert {other for others in arrows.values() for other in others} >= set(PACKAGES) - set(layers[0]) - set(layers[2])


def test_no_arrow_leads_up() -> None:
    height = {room: row for row, layer in enumerate(architecture_doc.layers()) for room in layer}
    assert all(height[one] < height[other] for one, others in architecture_doc.arrows().items() for other in others)


def test_an_arrow_that_follows_from_others_is_left_out() -> None:
    assert "seal" not in architecture_doc.arrows()["demo"]
    assert "office" in architecture_doc.arrows()["demo"]
