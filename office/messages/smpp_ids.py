"""What a centre calls a message: an opaque name (SMPP 3.4 §5.2.23), but many centres print one number in two ways.

They say it in hexadecimal in the answer and in decimal in the receipt's text, or the other way round, or with zeros before it. The digits
alone do not tell: "16" is ten or sixteen more, and guessing would give one citizen's receipt to another's message. So nothing is read as a
number unless the centre's settings say that it is one; and a name that is not of the form they say is nobody's.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

Form = Literal["text", "decimal", "hex"]
LONGEST = 64  # characters of a name
_NUMBERS = {"decimal": (10, re.compile(r"[0-9]+", re.ASCII)), "hex": (16, re.compile(r"[0-9a-f]+", re.ASCII | re.IGNORECASE))}


class Forms(NamedTuple):
    """How one centre writes names: in its answers, in the text of receipts, and in their TLV receipted_message_id (§5.3.2.12)."""

    answers: Form = "text"
    texts: Form = "text"
    tlvs: Form = "text"


def canonical(name: str, form: Form) -> str | None:
    """Return a name as it is kept, the same for every way to write it; None if it is none of this form.

    As text it is kept as it is, at most `LONGEST` characters of printable ASCII. A number is "#" and hexadecimal digits: no longer than a
    name may be, and nothing that was kept as text by other settings is ever taken for it by chance.
    """
    if not 0 < len(name) <= LONGEST or not name.isascii() or not name.isprintable():
        return None
    if form == "text":
        return name
    base, digits = _NUMBERS[form]
    return f"#{int(name, base):x}" if digits.fullmatch(name) else None


def of_receipt(text: str, tlv: str, forms: Forms) -> str | None:
    """Return what a receipt is about, as `canonical` does, by the name in its text and in its TLV; each may be empty.

    If it has both and they are not the same, it is about nothing that can be told, and None.
    """
    told = {canonical(name, form) for name, form in ((text, forms.texts), (tlv, forms.tlvs)) if name}
    return told.pop() if len(told) == 1 else None
