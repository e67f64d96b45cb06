"""A person's copy of what is kept of them: a folder, or one ZIP, of a page to read, the same as JSON, and their documents.

Its times are as people write them on the page, and seconds since 1970 UTC in the JSON. No member of the staff is named in it.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from governorate import authorities
from office import pounds
from office.applications.documents import Store, suffix
from office.applications.errors import DocumentError
from office.services import catalogue
from published import whole
from web import writing

from .errors import PrivacyError
from .gathering import Document, Gathered, Row
from .sections import INSPECTIONS, OFFICE
from .words import WORDS, render

FORMAT = "khatm person 1"
#: Columns whose codes have words; what comes from elsewhere stays a code.
_CODED = ("state", "from_state", "to_state", "verdict", "channel", "method", "applicant_kind", "outcome", "kind", "result")
_FIRST = ("cases", "applicants", "documents", "brought", "licenses", "seals")
_ORDER = (*_FIRST, *(each.code for each in (*OFFICE, *INSPECTIONS) if each.code not in _FIRST))


def files(found: Gathered, store: Store, *, governorate: Mapping[str, str], request: int, now: int) -> dict[str, bytes]:
    """Return the files of a copy by their names: `person.json`, `index.html`, and what lies in `documents/`."""
    documents, listed = dict[str, bytes](), list[tuple[str, str, bool]]()
    for each in found.documents:
        name, content = _name(each), _content(store, each)
        listed.append((name, each.case, content is not None))
        documents |= {} if content is None else {name: content}
    whole_ = {
        "format": FORMAT,
        "governorate": dict(governorate),
        "made_at": now,
        "request": request,
        "missing": found.missing,
        "sections": found.sections,
        "files": [{"name": name, "case": case, "there": there} for name, case, there in listed],
    }
    page = render(
        "copy.html",
        governorate=governorate,
        moment_ar=writing.moment(now, "ar"),
        moment_en=writing.moment(now, "en"),
        request=request,
        missing=sorted(set(found.missing)),
        sections=list(_sections(found)),
        files=listed,
        label=_label,
    )
    return {"person.json": json.dumps(whole_, ensure_ascii=False, indent=1).encode(), "index.html": page, **documents}


def write(where: Path, made: Mapping[str, bytes]) -> None:
    """Put a copy into a new folder of the owner's alone. Raises PrivacyError `copy_there` where something lies there; OSError."""
    if where.exists() and (not where.is_dir() or any(where.iterdir())):
        raise PrivacyError("copy_there", where.name)
    where.mkdir(mode=0o700, parents=True, exist_ok=True)
    where.chmod(0o700)
    whole.write({where / name: content for name, content in made.items()}, mode=0o600)


def zipped(made: Mapping[str, bytes]) -> bytes:
    """Return a copy as one ZIP."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in made.items():
            archive.writestr(name, content)
    return written.getvalue()


def _name(document: Document) -> str:
    return f"documents/{document.case}-{document.code}-{document.id}.{suffix(document.media)}"


def _content(store: Store, document: Document) -> bytes | None:
    try:
        return store.get(document.digest)
    except DocumentError:
        return None


def _sections(found: Gathered) -> Iterator[tuple[str, list[Row]]]:
    """Yield the sections in the order of the page, each row as people read it."""
    for code in _ORDER:
        if code in found.sections:
            yield code, [_readable(row) for row in found.sections[code]]


def _readable(row: Row) -> Row:
    return {column: _shown(column, value) for column, value in row.items() if value not in (None, "", {}, [])}


def _shown(column: str, value: Any) -> Any:
    """Return a value as a person reads it: times and amounts written out, codes of services and authorities by their names."""
    if isinstance(value, bool):
        return " / ".join(WORDS["yes" if value else "no"].values())
    if isinstance(value, int) and (column.endswith("_at") or column in ("at", "since")):
        return writing.moment(value, "ar")
    if column == "piastres" and isinstance(value, int):
        return f"{pounds.grouped(value)} ج.م"
    if column == "service" and value in (services := catalogue.default().services):
        return services[value].name["ar"]
    if column == "authority" and value in (known := authorities.default()):
        return known[value].name["ar"]
    if column in _CODED and isinstance(value, str) and f"value_{value}" in WORDS:
        return WORDS[f"value_{value}"]["ar"]
    if column == "action":
        return _actions().get(value, value)
    return value


@cache
def _actions() -> Mapping[str, str]:
    return {code: each.name["ar"] for service in catalogue.default().services.values() for code, each in service.machine.actions.items()}


def _label(key: str) -> str:
    """Return what a field of a form or of a license is called."""
    for service in catalogue.default().services.values():
        for each in service.fields:
            if each.code == key:
                return each.name["ar"]
    return WORDS[f"column_{key}"]["ar"] if f"column_{key}" in WORDS else key
