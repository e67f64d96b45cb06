"""Who signs notes: a name, a kind of signature, a public key (C2SP signed-note, "Signatures" and "Verifier keys")."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256

from . import base64
from .errors import NoteError
from .signatures import ED25519_KEY, ML_DSA_44_KEY

#: Signature types of signed-note: over the note's text; and the two timestamped cosignatures of tlog-cosignature.
ED25519, COSIGNATURE, ML_DSA_44 = 1, 4, 6
KEY_ID_BYTES = 4
NAME_OCTETS_MAX = 255
_KEY_BYTES = {ED25519: ED25519_KEY, COSIGNATURE: ED25519_KEY, ML_DSA_44: ML_DSA_44_KEY}

#: What Unicode calls White_Space, plus, everything below a space, and halves of characters.
_NOT_IN_NAMES = re.compile("[\\0- +\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ud800-\udfff]")
_HEX = re.compile("[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A public key under the name that its signature lines carry."""

    name: str
    kind: int
    public: bytes

    def key_id(self) -> bytes:
        """Return the four octets by which signature lines name the key: SHA-256(name || 0x0A || type || public key)[:4]."""
        return sha256(self.name.encode() + b"\n" + bytes((self.kind,)) + self.public).digest()[:KEY_ID_BYTES]

    def fingerprint(self) -> str:
        """Return what people compare by voice: SHA-256(type || public key), in hexadecimal, the same under every name of the key."""
        return sha256(bytes((self.kind,)) + self.public).hexdigest()

    def vkey(self) -> str:
        """Return the key as programs take it in one line: name+id+base64(type || public key)."""
        return f"{self.name}+{self.key_id().hex()}+{base64.encode(bytes((self.kind,)) + self.public)}"


def note_key(name: str, kind: int, public: bytes) -> NoteKey:
    """Return a key. Raises NoteError `log_key_malformed` for a bad name, another kind of signature, a key of another length."""
    if not is_name(name) or len(name.encode()) > NAME_OCTETS_MAX or _KEY_BYTES.get(kind) != len(public):
        raise NoteError("log_key_malformed")
    return NoteKey(name, kind, public)


def parse(text: str) -> NoteKey:
    """Return the key that a vkey holds. Raises NoteError `log_key_malformed`, also if its id is another key's."""
    parts = text.split("+", 2)
    data = base64.decode(parts[2]) if len(parts) == 3 and len(parts[2]) <= 2 * ML_DSA_44_KEY else None
    if not data or not _HEX.fullmatch(parts[1]):
        raise NoteError("log_key_malformed")
    key = note_key(parts[0], data[0], data[1:])
    if key.key_id().hex() != parts[1]:
        raise NoteError("log_key_malformed")
    return key


def is_name(text: str) -> bool:
    """Say whether a text may be a key's name: not empty, no spaces, no plus."""
    return bool(text) and not _NOT_IN_NAMES.search(text)
