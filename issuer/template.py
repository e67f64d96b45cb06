"""`khatm issue --template`: an Arabic workbook to fill in, with headings, examples and lists to choose from."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from governorate import authorities, licensed, outlines
from published import whole

from .intake.vocabulary import vocabulary

_ROWS = 5_000  # that lists and formats reach
_LEFT_OUT = ("position", "footprint")  # another way to say where a site is: the documents tell
_SHOP = {"width_m": "", "height_m": "", "faces": "", "floors": ""}
_BILLBOARD = {
    **{"trade_name": "لوحة الميدان", "trade_name_en": "", "activity": "إعلان طرق", "address": "أمام عقار 20"},
    **{"floors": "", "source_id": "F-1002"},
}
_FIRST_DAY, _MOST_DAYS = date(2026, 3, 1), 365


def write(path: Path) -> None:
    """Write the template. Raises OSError."""
    book = Workbook()
    sheet = book.create_sheet("التراخيص", 0)
    book.remove(book.worksheets[1])
    sheet.sheet_view.rightToLeft = True
    columns = {code: column for code, column in vocabulary().columns.items() if code not in _LEFT_OUT}
    usual = {code: column.example for code, column in columns.items()}
    examples = [usual | each for each in _examples()]
    for index, (code, column) in enumerate(columns.items(), 1):
        head = sheet.cell(1, index, column.ar)
        head.font, head.fill, head.alignment = Font(bold=True), PatternFill("solid", "FFD9E6EE"), Alignment(horizontal="center")
        letter = get_column_letter(index)
        sheet.column_dimensions[letter].width = max(14, len(column.ar) + 4, len(column.example) + 2)
        for line, example in enumerate(examples, 2):
            sheet.cell(line, index, example[code] or None)
        for line in range(2, 202):
            sheet.cell(line, index).number_format = "@"  # text: no spreadsheet makes a day of an address
    sheet.freeze_panes = "A2"
    _lists(book, sheet, list(columns))
    made = io.BytesIO()
    book.save(made)
    whole.clear(path.parent, of=path.name)
    whole.write({path: made.getvalue()}, durable=False)


def _examples() -> Iterator[dict[str, str]]:
    """Yield what differs between the rows to go by: types, an authority and places in it of the governorate that this process works for."""
    types, (authority, *_) = licensed.default().types.values(), authorities.default().values()
    for share, filled, wanted in ((0.4, _SHOP, False), (0.6, _BILLBOARD, True)):
        kind = next((each for each in types if ("width_m" in each.requires) is wanted), None)
        if kind is None:
            continue
        latitude, longitude = outlines.within(authority.outline, share)
        last = _FIRST_DAY + timedelta(min(kind.longest_days or _MOST_DAYS, _MOST_DAYS) - 1)
        yield filled | {
            "type": kind.name["ar"],
            "authority": authority.name["ar"],
            "latitude": f"{latitude:.6f}",
            "longitude": f"{longitude:.6f}",
            "valid_from": _FIRST_DAY.isoformat(),
            "valid_until": last.isoformat(),
        }


def _lists(book: Workbook, sheet: Worksheet, columns: list[str]) -> None:
    """Put lists to choose from beside the columns that have them. They warn and do not refuse: an activity may be any."""
    held = licensed.default()
    lists = {"type": [each.name["ar"] for each in held.types.values()], "activity": [each["ar"] for each in held.activities.values()]}
    hidden = book.create_sheet("قوائم")
    hidden.sheet_state = "hidden"
    for place, (code, names) in enumerate(lists.items(), 1):
        for line, name in enumerate(names, 1):
            hidden.cell(line, place, name)
        letter, own = get_column_letter(place), get_column_letter(columns.index(code) + 1)
        choice = DataValidation("list", f"'قوائم'!${letter}$1:${letter}${len(names)}", allow_blank=True, errorStyle="warning")
        sheet.add_data_validation(choice)
        choice.add(f"{own}2:{own}{_ROWS}")
