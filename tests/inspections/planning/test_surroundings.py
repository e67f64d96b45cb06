"""What lies around a place, beside looking at everything."""

from __future__ import annotations

import numpy as np

from inspections.planning.surroundings import Surroundings

CHANCE = np.random.default_rng(5)


def test_sums_are_those_of_looking_at_everything() -> None:
    spots, columns = CHANCE.uniform(-3000, 3000, (4000, 2)), CHANCE.uniform(0, 1, (4000, 3))
    places = CHANCE.uniform(-2000, 2000, (50, 2))
    found = Surroundings(spots, columns, 400).about(places)
    square = ((places[:, None, :] - spots[None]) ** 2).sum(axis=2)
    exact = np.exp(-square / (2 * 400**2)) @ columns
    assert np.abs(found / exact - 1).max() < 0.05
    assert np.corrcoef(found[:, 0] / found[:, 1], exact[:, 0] / exact[:, 1])[0, 1] > 0.99


def test_what_lies_on_the_place_itself_counts_whole() -> None:
    assert Surroundings(np.zeros((3, 2)), np.ones((3, 1)), 250).about(np.zeros((1, 2)))[0, 0] == 3


def test_an_unknown_place_and_nothing_around() -> None:
    some = Surroundings(np.zeros((1, 2)), np.ones((1, 2)), 250)
    assert some.about(np.array([[np.nan, np.nan], [10_000.0, 0.0]])).tolist() == [[0, 0], [0, 0]]
    assert Surroundings(np.zeros((0, 2)), np.zeros((0, 2)), 250).about(np.zeros((2, 2))).tolist() == [[0, 0], [0, 0]]
