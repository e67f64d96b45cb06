"""Fields, documents and the groups they go in, read from services.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from governorate.errors import gathered
from governorate.licensed import Name
from governorate.yaml_values import YamlValue, named

from .service import Document, Field, Kind

_BOUNDED = {Kind.COUNT, Kind.METRES}
_TEXT_MAX = 2_000
_NUMBER_MAX = 10**9


class Group(NamedTuple):
    """Fields and documents that are asked for together, each with whether it must be given."""

    fields: tuple[Field, ...]
    documents: tuple[Document, ...]

    def optional(self) -> Group:
        """Return the group with nothing in it that must be given."""
        return Group(
            tuple(each._replace(required=False) for each in self.fields),
            tuple(each._replace(required=False) for each in self.documents),
        )


def groups(written: YamlValue, fields: Mapping[str, Field], documents: Mapping[str, Document]) -> dict[str, Group]:
    """Return the groups by code. `(name)` in a group's list need not be given. Raises RuleError."""
    return gathered(written.coded(), lambda _, entry: _group(entry, fields, documents))


def _group(written: YamlValue, fields: Mapping[str, Field], documents: Mapping[str, Document]) -> Group:
    entries = written.mapping(optional=("fields", "documents"))
    asked = {code: fields[code]._replace(required=needed) for code, needed in _listed(entries.get("fields"), fields)}
    papers = {code: documents[code]._replace(required=needed) for code, needed in _listed(entries.get("documents"), documents)}
    if not asked and not papers:
        written.refuse("rules_key_missing", "fields or documents")
    return Group(tuple(asked.values()), tuple(papers.values()))


def _listed(written: YamlValue | None, known: Mapping[str, object]) -> list[tuple[str, bool]]:
    """Return the names of a list, each with whether it must be given."""
    found: dict[str, bool] = {}
    for item in written.items() if written else []:
        name, needed = split(item)
        if name not in known:
            item.refuse("rules_reference_unknown", name)
        if name in found:
            item.refuse("rules_key_twice", name)
        found[name] = needed
    return list(found.items())


def split(item: YamlValue) -> tuple[str, bool]:
    """Return a name without the brackets that may be around it, and whether there were none."""
    text = item.text()
    optional = text.startswith("(") and text.endswith(")")
    return (text[1:-1] if optional else text), not optional


def fields(written: YamlValue) -> dict[str, Field]:
    """Return the fields by code. Raises RuleError."""
    return gathered(written.coded(), _field)


def _field(code: str, written: YamlValue) -> Field:
    entries = written.mapping(required=("kind", "ar", "en"), optional=("least", "most", "choices", "fact"))
    kind = Kind(entries["kind"].one_of([each.value for each in Kind]))
    bounds = ("least", "most") if kind in _BOUNDED else ("most",) if kind is Kind.TEXT else ()
    _exactly(written, entries, ("least", "most"), bounds)
    _exactly(written, entries, ("choices",), ("choices",) if kind is Kind.CHOICE else ())
    if "fact" in entries and kind not in _BOUNDED:
        entries["fact"].refuse("rules_value_invalid", "only a number is a fact")
    largest = _TEXT_MAX if kind is Kind.TEXT else _NUMBER_MAX
    most = entries["most"].number(1, largest) if "most" in entries else None
    least = entries["least"].number(0, most or 0) if "least" in entries else None
    choices = _choices(entries["choices"]) if "choices" in entries else {}
    fact = entries["fact"].text() if "fact" in entries else ""
    return Field(code, _name(entries), kind, True, least, most, MappingProxyType(choices), fact)


def _exactly(written: YamlValue, entries: Mapping[str, YamlValue], keys: tuple[str, ...], wanted: tuple[str, ...]) -> None:
    """Return if of `keys` just the `wanted` are there."""
    for key in keys:
        if key in entries and key not in wanted:
            entries[key].refuse("rules_key_unknown", key)
        if key not in entries and key in wanted:
            written.refuse("rules_key_missing", key)


def _choices(written: YamlValue) -> dict[str, Name]:
    choices = {code: _name(entry.mapping(required=("ar", "en"))) for code, entry in written.entries().items()}
    if len(choices) < 2:
        written.refuse("rules_value_invalid", "two choices at least are expected")
    return choices


def documents(written: YamlValue) -> dict[str, Document]:
    """Return the documents by code. Raises RuleError."""
    return gathered(written.coded(), lambda code, entry: Document(code, _name(entry.mapping(required=("ar", "en"))), required=True))


def grounds(written: YamlValue | None) -> dict[str, Name]:
    """Return the grounds on which a document is returned, by code. Raises RuleError."""
    return gathered(written.coded() if written else {}, lambda _, entry: _name(entry.mapping(required=("ar", "en"))))


def labels(written: YamlValue | None, known: Mapping[str, Field]) -> dict[str, Name]:
    """Return other names for some of the fields. Raises RuleError."""
    entries = written.entries() if written else {}
    for code, entry in entries.items():
        if code not in known:
            entry.refuse("rules_reference_unknown", f"field {code}")
    return {code: _name(entry.mapping(required=("ar", "en"))) for code, entry in entries.items()}


def _name(entries: Mapping[str, YamlValue]) -> Name:
    return MappingProxyType(named(entries))
