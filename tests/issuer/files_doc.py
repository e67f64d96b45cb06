"""docs/files.md, made from the table that the readers use: `python -m tests.issuer.files_doc` writes it, a test compares."""
# ruff: noqa: E501 - rows of tables of a document are lines

from __future__ import annotations

from issuer import licensed
from issuer.intake.vocabulary import vocabulary
from tests.conftest import ROOT

PATH = ROOT / "docs/files.md"
_HEAD = """# Files of licenses

`khatm issue FILE` reads CSV, XLSX and GeoJSON. Begin with `khatm issue --template licenses.xlsx`, an Arabic workbook with examples and lists.
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

This page is made from `issuer/data/intake.json` and `issuer/data/catalogue.json`; spelling, case and spaces of a heading do not count.
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
    parts += [f"| no last day | an empty cell, {_list(tuple(sorted(held.open_ended)))} |"]
    parts += [f"| refused as a name | {' · '.join(f'`{each}`' for each in sorted(held.placeholders))} |"]
    return "\n".join(parts) + "\n"


def _list(names: tuple[str, ...]) -> str:
    return "، ".join(dict.fromkeys(names))


if __name__ == "__main__":
    PATH.write_text(page(), "utf-8")
