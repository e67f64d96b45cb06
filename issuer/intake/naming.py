"""Types, authorities and activities as people call them, and the codes that they mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from governorate import identity
from governorate.licensed import Licensed
from seal.errors import LicenseError

from .texts import skeleton, tidy
from .vocabulary import vocabulary

NAME_MAX = 60


class Names:
    """Finds codes. A name that two codes share is nobody's."""

    def __init__(self, catalogue: Licensed, authorities: Mapping[str, Iterable[str]]) -> None:
        words = vocabulary()
        self._types = _index({code: (code, *each.name.values(), *words.types.get(code, ())) for code, each in catalogue.types.items()})
        self._activities = _index(
            {code: (code, *name.values(), *words.activities.get(code, ())) for code, name in catalogue.activities.items()}
        )
        self._authorities = _index({code: [code, *(_bare(name) for name in names)] for code, names in authorities.items()})

    def type(self, text: str) -> str:
        """Return the code of a type. Raises LicenseError `type_missing`, `type_unknown`."""
        return _found(self._types, text, "type")

    def authority(self, text: str) -> str:
        """Return the code of an authority: MN1, «حي المنتزه أول», «المنتزه الأول». Raises LicenseError `authority_missing`, `…_unknown`."""
        try:
            return _found(self._authorities, text, "authority")
        except LicenseError:
            return _found(self._authorities, _bare(text[:NAME_MAX]) or text, "authority")

    def activity(self, text: str) -> str:
        """Return the code of an activity, or the text itself: an activity that is in no catalogue is its own name."""
        return self._activities.get(skeleton(text), text)


def _index(names: Mapping[str, Iterable[str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    shared: set[str] = set()
    for code, each in names.items():
        for key in {skeleton(name) for name in each if name}:
            shared |= {key} if found.setdefault(key, code) != code else set()
    return {key: code for key, code in found.items() if key not in shared}


def _found(index: Mapping[str, str], text: str, field: str) -> str:
    code = index.get(skeleton(text)) if len(text) <= NAME_MAX else None
    if code is None:
        fault = "unknown" if tidy(text[:NAME_MAX]) else "missing"
        raise LicenseError(f"{field}_{fault}", field)
    return code


def _bare(name: str) -> str:
    """Return an authority's name without the words that people leave out, its ordinal as a digit."""
    words = vocabulary()
    ordinals = {skeleton(word): digit for word, digit in words.ordinals.items()}
    left_out = {skeleton(word) for word in (*words.left_out, *identity.default().called)}
    return " ".join(ordinals.get(skeleton(word), word) for word in tidy(name).split() if skeleton(word) not in left_out)
