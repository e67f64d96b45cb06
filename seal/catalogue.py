"""Texts for people by their stable codes, in Arabic and English: one way to keep, find and fill them in every room.

A room's own texts are a JSON file in its `data/`: {code: {"ar": …, "en": …}}. Gaps are `{name}`; what counts has its plural forms in one
text (`plurals`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib.resources import files
from typing import Literal

from . import plurals

Language = Literal["ar", "en"]
Text = Mapping[str, str]  # "ar" and "en"


def filled(template: str, gaps: Mapping[str, object], language: Language) -> str:
    """Return a template of ours in the form that goes with its count, its gaps filled. Raises KeyError for a gap that is not given."""
    return plurals.chosen(template, gaps, language).format(**gaps)


class Catalogue(Mapping[str, Text]):
    """The texts of a room, over those of the rooms whose codes it says too. Read from its file at the first look."""

    def __init__(self, package: str, file: str = "sentences.json", *, over: tuple[Mapping[str, Text], ...] = ()) -> None:
        """`over`: catalogues below, each before the next; a room's own texts win over all of them."""
        self._package, self._file, self._below = package, file, over

    @cached_property
    def own(self) -> Mapping[str, Text]:
        """The room's own texts alone."""
        loaded: dict[str, Text] = json.loads(files(self._package).joinpath("data", self._file).read_text("utf-8"))
        return loaded

    @cached_property
    def _all(self) -> Mapping[str, Text]:
        merged: dict[str, Text] = {}
        for below in self._below:
            merged.update(below)
        return {**merged, **self.own}

    def __getitem__(self, code: str) -> Text:
        return self._all[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def say(self, code: str, language: Language, **gaps: object) -> str:
        """Return the text of `code`, its gaps filled. Raises KeyError for a code without one, or a gap that is not given."""
        template = self._all[code][language]
        return filled(template, gaps, language) if gaps else template

    def both(self, code: str, detail: str = "") -> str:
        """Return a code and its text in both languages, as command lines tell a refusal. Raises KeyError for a code without one."""
        text = self._all[code]
        return f"{code}: {text['en']} / {text['ar']}" + (f" ({detail})" if detail else "")
