"""A root document ends for all lists under it: told 30 and 14 days before."""

from __future__ import annotations

from pathlib import Path

import pytest

from office.doctor import signed
from office.doctor.findings import Level
from seal import days
from tests import roots as made
from tests.world import World

DAY = 86_400


@pytest.mark.parametrize(
    ("left", "told"),
    [(31, None), (29, (Level.SOON, "root_ends")), (13, (Level.NOW, "root_ends")), (-1, (Level.NOW, "root_ended"))],
)
def test_the_end_of_a_root_is_told(tmp_path: Path, left: int, told: tuple[Level, str] | None) -> None:
    world = World(tmp_path)
    now = days.seconds_of(world.now)
    data = made.signed(made.document(1, ("a", "b"), issued_at=now - 90 * DAY, expires=now + left * DAY), "ab")
    made.publish(world.folder, world.trust, "ab", data)
    pinned = tmp_path / "root.cose"
    pinned.write_bytes(data)
    found = [(each.level, each.code) for each in signed.look(world.folder, pinned, tmp_path, now=now) if each.code.startswith("root_")]
    assert found == ([told] if told else [])
