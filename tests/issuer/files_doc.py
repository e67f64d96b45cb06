"""docs/reference/files.md, made from the table that the readers use: `python -m tests.issuer.files_doc` writes it, a test compares."""
# ruff: noqa: E501 - rows of tables of a document are lines

from __future__ import annotations

from governorate import licensed
from issuer.intake.vocabulary import vocabulary
from tests.conftest import ROOT

PATH = ROOT / "docs/reference/files.md"
_HEAD = """# Files of licenses

`khatm issue FILE` reads CSV (comma, semicolon or tab; UTF-8, UTF-16 or Windows-1256), XLSX and GeoJSON. Begin with `khatm issue --template licenses.xlsx`, an Arabic workbook with examples and lists.
`khatm issue --check FILE` needs neither keys nor a passphrase, only the published lists: it seals nothing and writes `FILE.check.csv` (every
row) and `FILE.check.html` (a page to read). What comes of a row:

| outcome | what it is |
|---|---|
| issued | a new license |
| renewal | another term of a license that is there (same file number, or same holder, name and place): linked to it, see `khatm license show` |
| change that waits | a known license with other content: `changed: field…` in `FILE.rejects.csv`; decide by `khatm license held list`, `accept`, `dismiss` |
| change sealed | the same with `--renewals apply` |
| held | it looks like another license at the same place, or its place is in doubt; decided in the same way |
| issued before | exactly this row was sealed already |
| refused | all its faults stand in `FILE.rejects.csv` |

Where a license's radius (or its footprint with its margin) holds another license of the same type, in the register or on an earlier line, the
check says so (`radius_shared`; which ones stands in the column `radius_shared_with`): there, the place does not tell one shop from the other. It is a hint, and refuses nothing.

## How a file is read

**Headings.** They are looked for in the first 30 rows that are not empty, in every visible sheet: a title, a cover sheet or merged cells above
them do no harm; spelling, case and spaces do not count. A merged cell counts for each of its rows. What is not read is named in the summary:
columns, sheets. Rows that are hidden or filtered out are refused with `row_hidden`; show them and run the file again. A name such as
«تاريخ الإصدار» or «المالك» counts where no other heading means its column.

**Place.** Two columns, or one with both (latitude first), or a link to a map that holds its coordinates (a pin counts before the map's middle),
or an outline (WKT: POLYGON, also with heights, MULTIPOLYGON of one part, `SRID=4326;` before it). Coordinates that are written more coarsely
than the radius wait (`site_coarse`), and so do eight licenses and more on one identical point (`site_crowded`): `khatm license held list`,
then `accept ID…` or `dismiss ID`. Correct the file and run it again, and the rows are judged anew.

**Days.** From 1900-01-01; an empty last day is an open end, and nothing else is: words for it and years like 9999 are refused (`leave_empty`). Day comes
before month; names of months in Arabic or English, years of two digits from 20 (2020) on or from 50 (1950) on. If one line of a column proves the
month first, its ambiguous days are refused with that line (`date_month_first`, `date_mixed`). Where a sheet read some days of a column and
left others as text, those it may have swapped are refused (`date_half_read`).

**Names.** Types, authorities and activities by code or as people call them («محل», «حي المنتزه أول», «المنتزه 1», «مخبز»). Texts are sealed as
written ([ADR 28](../adr/0028-what-is-sealed-as-written.md)). Refused by name: a cell that the spreadsheet made a day, a truth value or a number of
(`cell_is_…`, with its place: C3), a sign for nothing (`placeholder`: `-`, `0`, `N/A`, «لا يوجد»), letters that nobody sees. Numbers may carry
their unit: «30 م».

**Refusals.** `FILE.rejects.csv` has one line for each refused row, with all that is wrong with it: fields and codes in the same order, each
sentence behind the name of its column. Before the office's own cells, which are as it wrote them, stand those of `read_…`: what was understood
of the row, codes with their Arabic names, days as 2026-05-01. `FILE.check.csv` has the same of every row. Correct the office's cells and give
the table back: the other columns are not read.

The tables below are made from `issuer/data/intake.json` and `governorate/alexandria/licenses.yaml`.
"""


def page() -> str:
    """Return the page."""
    held, catalogue = vocabulary(), licensed.default()
    parts = [_HEAD, "## Columns\n", "| column | heading | example | other names | where no other heading means it |", "|---|---|---|---|---|"]
    for code, each in held.columns.items():
        parts.append(f"| `{code}` | {each.ar}, {each.en} | `{each.example}` | {_list(each.names)} | {_list(each.otherwise)} |")
    parts += ["\n## Types\n", "| type | names |", "|---|---|"]
    parts += [f"| `{code}` | {_list((*each.name.values(), *held.types.get(code, ())))} |" for code, each in catalogue.types.items()]
    parts += ["\n## Activities\n", "Any text of at most 60 characters; these have names of their own.\n", "| activity | names |", "|---|---|"]
    parts += [f"| `{code}` | {_list((*each.values(), *held.activities.get(code, ())))} |" for code, each in catalogue.activities.items()]
    parts += ["\n## Notations\n", "| what | read, for example |", "|---|---|"]
    parts += [f"| {name} | {' · '.join(f'`{each}`' for each in examples)} |" for name, examples in held.notations.items()]
    parts += [f"| months | {_list(tuple(name for month in held.months for name in month))} |"]
    parts += [f"| units of `{column}` | {_list(names)} |" for column, names in held.units.items()]
    parts += [f"| refused as a last day (`leave_empty`) | {_list(tuple(sorted(held.open_ended)))} |"]
    parts += [f"| refused as a name | {' · '.join(f'`{each}`' for each in sorted(held.placeholders))} |"]
    return "\n".join(parts) + "\n"


def _list(names: tuple[str, ...]) -> str:
    return "، ".join(dict.fromkeys(names))


if __name__ == "__main__":
    PATH.write_text(page(), "utf-8")
