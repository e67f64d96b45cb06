"""How an authority wants its lists: how many stops, what share of them by lot, and where the day begins."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import Connection, select

from inspections.errors import InspectionError
from inspections.planning.day import CAPACITY_MOST
from inspections.planning.tables import settings
from seal.site import Point

_SHARE = re.compile(r"([0-9]{1,3})(?:[.,٫]([0-9]{1,2}))?")
_WHOLE = 10_000  # hundredths of a percent
_ARABIC = str.maketrans("٠١٢٣٤٥٦٧٨٩", "0123456789")


@dataclass(frozen=True, slots=True)
class Wishes:
    """`random_share` in hundredths of a percent; `start` None: the middle of the licensed sites; `set_by` empty: nobody chose yet."""

    random_share: int = 1000
    capacity: int = 12
    start: Point | None = None
    set_at: int | None = None
    set_by: str = ""

    @property
    def percent(self) -> str:
        """The share as a percentage with two decimals."""
        return f"{self.random_share / 100:.2f}"


def of(connection: Connection, authority: str) -> Wishes:
    """Return what an authority wants; what is usual where nobody said anything."""
    row = connection.execute(select(settings).where(settings.c.authority == authority).order_by(settings.c.id.desc()).limit(1)).first()
    if row is None:
        return Wishes()
    start = None if row.start_latitude is None else Point(row.start_latitude, row.start_longitude)
    return Wishes(row.random_share, row.capacity, start, row.set_at, row.set_by)


def keep(connection: Connection, authority: str, wanted: Wishes, *, by: str, now: int) -> None:
    """Keep what an authority wants from now on, beside what it wanted before."""
    values = {"authority": authority, "random_share": wanted.random_share, "capacity": wanted.capacity, "set_at": now, "set_by": by}
    place = {"start_latitude": None, "start_longitude": None}
    if wanted.start is not None:
        place = {"start_latitude": wanted.start.latitude, "start_longitude": wanted.start.longitude}  # type: ignore[dict-item]
    connection.execute(settings.insert().values(values | place))


def read(percent: str, capacity: str, latitude: str, longitude: str) -> Wishes:
    """Return what a form says. Raises InspectionError `share_invalid`, `capacity_range`, `start_invalid`."""
    return Wishes(_share(percent), _capacity(capacity), _start(latitude, longitude))


def _share(text: str) -> int:
    found = _SHARE.fullmatch(text.strip().translate(_ARABIC))
    share = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")) if found else -1
    if not 0 <= share <= _WHOLE:
        raise InspectionError("share_invalid")
    return share


def _capacity(text: str) -> int:
    text = text.strip().translate(_ARABIC)
    if not (text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= CAPACITY_MOST):
        raise InspectionError("capacity_range")
    return int(text)


def _start(latitude: str, longitude: str) -> Point | None:
    texts = [each.strip().translate(_ARABIC).replace("٫", ".") for each in (latitude, longitude)]
    if texts == ["", ""]:
        return None
    if not all(re.fullmatch(r"-?[0-9]{1,3}(\.[0-9]{1,7})?", each) for each in texts):
        raise InspectionError("start_invalid")
    found = Point(*map(float, texts))
    if not (abs(found.latitude) < 90 and abs(found.longitude) <= 180):
        raise InspectionError("start_invalid")
    return found
