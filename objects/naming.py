"""Which name a digest has in a store: `ab/…`, so that no folder holds more than a 256th of all."""

from __future__ import annotations

import re
from typing import NamedTuple

_DIGEST = re.compile(r"[0-9a-f]{64}")
PARTS = tuple(f"{number:02x}" for number in range(256))


class Naming(NamedTuple):
    """`whole`: the file's name is the whole digest and `suffix`, else what is left of the digest behind its folder's name."""

    whole: bool
    suffix: str = ""

    def name(self, digest: bytes) -> str:
        """Return the name of a digest (32 octets), with its folder."""
        text = digest.hex()
        return f"{text[:2]}/{text if self.whole else text[2:]}{self.suffix}"

    def digest(self, name: str) -> bytes | None:
        """Return the digest that has this name, None if none has."""
        folder, _, file = name.partition("/")
        file = file.removesuffix(self.suffix) if self.suffix else file
        text = file if self.whole else folder + file
        if not _DIGEST.fullmatch(text):
            return None
        digest = bytes.fromhex(text)
        return digest if self.name(digest) == name else None


DOCUMENTS = Naming(whole=False)
PHOTOGRAPHS = Naming(whole=True, suffix=".jpg")
