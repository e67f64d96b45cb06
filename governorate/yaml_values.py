"""A file of rules as it is written: YAML whose every value knows its line, so that a refusal can name it.

Only the plain part of YAML is read: mappings, lists and scalars, each scalar as the text that stands there (`no` is no boolean). Anchors,
aliases and tags are refused: they make a file say what its lines do not.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final, NamedTuple, NoReturn

import yaml

from seal.license import FORBIDDEN

from .errors import Faults, RuleError

SIZE_MAX = 1_000_000
_DEPTH_MAX = 10
#: libyaml, ten times as fast as the reader in Python; a PyYAML may have been built without it.
_QUICK: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NUMBER = re.compile(r"0|[1-9][0-9]{0,11}").fullmatch
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch
_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}").fullmatch


class YamlValue(NamedTuple):
    """One value of a file. Reading it as what it is not raises RuleError with its line."""

    node: yaml.Node
    file: str
    line: int  # of its key, if it has one

    def fault(self, code: str, what: str = "") -> RuleError:
        """Return what is wrong with this value."""
        return RuleError(code, self.file, self.line, what)

    def refuse(self, code: str, what: str = "") -> NoReturn:
        """Raise RuleError for this value."""
        raise self.fault(code, what)

    def mapping(self, required: Collection[str] = (), optional: Collection[str] = ()) -> dict[str, YamlValue]:
        """Return the entries of a mapping that has exactly these keys."""
        entries, faults = self.entries(), Faults()
        for key, value in entries.items():
            if key not in required and key not in optional:
                faults.add(value.fault("rules_key_unknown", key[:80]))
        for key in required:
            if key not in entries:
                faults.add(self.fault("rules_key_missing", key))
        faults.settle()
        return entries

    def entries(self) -> dict[str, YamlValue]:
        """Return the entries of a mapping with keys of its own, in order."""
        if not isinstance(self.node, yaml.MappingNode):
            self.refuse("rules_value_invalid", "a mapping is expected")
        entries: dict[str, YamlValue] = {}
        for key, value in self.node.value:
            written = YamlValue(value, self.file, key.start_mark.line + 1)
            if not isinstance(key, yaml.ScalarNode):
                written.refuse("rules_value_invalid", "a key is a word")
            if key.value in entries:
                written.refuse("rules_key_twice", key.value)
            entries[key.value] = written
        return entries

    def coded(self) -> dict[str, YamlValue]:
        """Return the entries of a mapping whose keys are codes: small letters, digits and _."""
        entries = self.entries()
        for key, value in entries.items():
            if not _CODE(key):
                value.refuse("rules_value_invalid", f"{key[:40]!r} is no code")
        return entries

    def items(self) -> list[YamlValue]:
        """Return the values of a list, which may be empty."""
        if not isinstance(self.node, yaml.SequenceNode):
            self.refuse("rules_value_invalid", "a list is expected")
        return [YamlValue(node, self.file, node.start_mark.line + 1) for node in self.node.value]

    def texts(self) -> list[str]:
        """Return a list of texts, none twice."""
        texts: list[str] = []
        for item in self.items():
            if item.text() in texts:
                item.refuse("rules_key_twice", item.text())
            texts.append(item.text())
        return texts

    @property
    def empty(self) -> bool:
        """Whether YAML's or JSON's `null` stands here, unquoted."""
        plain = isinstance(self.node, yaml.ScalarNode) and self.node.style not in ("'", '"')
        return plain and self.node.value in ("null", "Null", "NULL", "~", "")

    def text(self) -> str:
        """Return a text as it stands there."""
        if not isinstance(self.node, yaml.ScalarNode):
            self.refuse("rules_value_invalid", "a text is expected")
        text: str = self.node.value
        if not text.strip() or FORBIDDEN.search(text):
            self.refuse("rules_value_invalid", "a text is expected")
        return text

    def number(self, least: int = 0, most: int = 10**11) -> int:
        """Return a whole number from `least` to `most`, in digits."""
        text = self.text()
        if not _NUMBER(text) or not least <= int(text) <= most:
            self.refuse("rules_value_invalid", f"a whole number from {least} to {most} is expected")
        return int(text)

    def day(self) -> date:
        """Return a day, written 2026-12-31."""
        text = self.text()
        try:
            return date.fromisoformat(text if _DAY(text) else "")
        except ValueError:
            self.refuse("rules_value_invalid", "a day like 2026-12-31 is expected")

    def yes(self) -> bool:
        """Return whether it says yes."""
        return self.one_of(("yes", "no")) == "yes"

    def one_of(self, choices: Collection[str]) -> str:
        """Return a text that is one of `choices`."""
        text = self.text()
        if text not in choices:
            self.refuse("rules_value_invalid", f"one of {', '.join(choices)} is expected")
        return text

    def known(self, names: Collection[str], what: str) -> list[str]:
        """Return a list of names that are all defined elsewhere in the file."""
        for item in self.items():
            if item.text() not in names:
                item.refuse("rules_reference_unknown", f"{what} {item.text()}")
        return self.texts()


def read(path: Path) -> YamlValue:
    """Return what a file says. Raises RuleError `rules_unreadable`, `rules_syntax`."""
    if path.exists() and not path.is_file():  # a pipe would never end
        raise RuleError("rules_unreadable", path.name, 1, "not a file")
    try:
        with path.open("rb") as stream:
            content = stream.read(SIZE_MAX + 1)
    except OSError as error:
        raise RuleError("rules_unreadable", path.name, 1, error.strerror or "") from error
    return parse(content, path.name)


def parse(content: bytes, file: str) -> YamlValue:
    """Return what the bytes of `file` say. Raises RuleError `rules_unreadable`, `rules_syntax`."""
    if len(content) > SIZE_MAX:
        raise RuleError("rules_unreadable", file, 1, f"more than {SIZE_MAX} bytes")
    try:
        text = content.decode("utf-8")
        node = _composed(text, file)
    except UnicodeDecodeError as error:
        raise RuleError("rules_syntax", file, content.count(b"\n", 0, error.start) + 1, "not UTF-8") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise RuleError("rules_syntax", file, mark.line + 1 if mark else 1, error.problem or "") from error
    except yaml.reader.ReaderError as error:
        raise RuleError("rules_syntax", file, text.count("\n", 0, error.position) + 1, error.reason) from error
    if node is None:
        raise RuleError("rules_syntax", file, 1, "empty")
    return YamlValue(node, file, node.start_mark.line + 1)


def _composed(text: str, file: str) -> yaml.Node | None:
    """Return the node of a plain text. What libyaml refuses is read again in Python: it alone names the line to look at."""
    try:
        _check_plain(text, file, _QUICK)
        return yaml.compose(text, Loader=_QUICK)
    except yaml.YAMLError:
        _check_plain(text, file, yaml.SafeLoader)
        return yaml.compose(text, Loader=yaml.SafeLoader)


def _check_plain(text: str, file: str, loader: Any) -> None:
    """Return if the text has no anchor, alias or tag and is not nested deeply: composing it is safe then."""
    depth = 0
    for event in yaml.parse(text, Loader=loader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise RuleError("rules_syntax", file, line, "an anchor or alias")
        if getattr(event, "tag", None) is not None:
            raise RuleError("rules_syntax", file, line, "a tag")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEPTH_MAX:
            raise RuleError("rules_syntax", file, line, "nested too deeply")


def named(entries: Mapping[str, YamlValue]) -> dict[str, str]:
    """Return the names in Arabic and English that a mapping carries."""
    return {language: entries[language].text() for language in ("ar", "en")}
