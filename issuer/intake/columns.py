"""The columns of a file of licenses, and the names that offices give them."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import NamedTuple

from .errors import IntakeError
from .texts import skeleton

#: Every column, with the names it may have besides its own. Spelling, case and spaces do not count.
NAMES = MappingProxyType(
    {
        "type": ("license type", "نوع الرخصة", "نوع الترخيص", "النوع"),
        "authority": ("الجهة", "جهة الإصدار", "جهة الترخيص", "الحي", "رمز الحي", "كود الحي"),
        "trade_name": ("name", "الاسم التجاري", "السمة التجارية", "اسم المحل", "اسم المنشأة"),
        "activity": ("النشاط", "نوع النشاط", "اسم النشاط"),
        "holder": ("license holder", "المرخص له", "اسم المرخص له", "صاحب الرخصة", "صاحب الترخيص", "اسم المالك"),
        "address": ("العنوان", "عنوان الموقع"),
        "latitude": ("lat", "خط العرض", "دائرة العرض"),
        "longitude": ("lon", "lng", "long", "خط الطول"),
        "radius_m": ("radius", "نصف القطر", "نصف القطر (م)", "نصف القطر بالمتر"),
        "footprint": ("wkt", "حدود الموقع", "حدود الأرض", "المضلع"),
        "width_m": ("width", "العرض", "العرض (م)", "العرض بالمتر"),
        "height_m": ("height", "الارتفاع", "الارتفاع (م)", "الارتفاع بالمتر"),
        "faces": ("الأوجه", "عدد الأوجه"),
        "floors": ("الأدوار", "عدد الأدوار", "الطوابق", "عدد الطوابق"),
        "valid_from": ("first day", "تاريخ البداية", "بداية السريان", "سارية من", "من تاريخ"),
        "valid_until": ("last day", "تاريخ الانتهاء", "نهاية السريان", "سارية حتى", "حتى تاريخ", "إلى تاريخ"),
        "source_id": ("رقم المصدر", "الرقم المرجعي", "رقم الملف"),
    }
)
#: A file without these is not a file of licenses. What else a type needs is asked of each row.
REQUIRED = (
    *("type", "authority", "trade_name", "activity", "holder", "address"),
    *("latitude", "longitude", "valid_from", "valid_until"),
)
_BY_SKELETON = {skeleton(name): column for column, names in NAMES.items() for name in (column, *names)}


class Header(NamedTuple):
    """The first row of a file, as written, and the column each cell stands for ("" where none)."""

    cells: tuple[str, ...]
    columns: tuple[str, ...]

    @property
    def ignored(self) -> tuple[str, ...]:
        """Names of columns that intake does not read."""
        return tuple(cell for cell, column in zip(self.cells, self.columns, strict=True) if cell.strip() and not column)


def column(name: str) -> str:
    """Return the column that `name` stands for, "" if none."""
    return _BY_SKELETON.get(skeleton(name), "") if len(name) <= 60 else ""


def parse(cells: Sequence[str]) -> Header:
    """Return the header. Raises IntakeError `file_columns_unknown` (names what is missing), `file_columns_twice`."""
    header = Header(tuple(cells), tuple(map(column, cells)))
    absent = [name for name in REQUIRED if name not in header.columns]
    if absent:
        raise IntakeError("file_columns_unknown", ", ".join(absent))
    known = [name for name in header.columns if name]
    twice = sorted({name for name in known if known.count(name) > 1})
    if twice:
        raise IntakeError("file_columns_twice", ", ".join(twice))
    return header
