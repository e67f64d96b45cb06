"""What people type that goes to inspections: as inspections take it (inspections/enforcement/texts.py), so that both sides have the same.

What they would refuse is refused here, while the person is there; and marks of direction, of which a text that was pasted from a telephone
is full and which no reader sees, are left out.
"""

from __future__ import annotations

import re

from seal.license import FORBIDDEN

_MARKS = re.compile("[\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")


def line(text: str) -> str:
    """Return one line, its spaces put in order."""
    return " ".join(_MARKS.sub("", text).split())


def lines(text: str) -> str:
    """Return the lines of a text, each as `line` does."""
    return "\n".join(line(each) for each in text.splitlines()).strip()


def plain(text: str) -> bool:
    """Say whether nothing in a text hides or reorders it, or is for machines alone."""
    return not FORBIDDEN.search(text.replace("\n", " "))
