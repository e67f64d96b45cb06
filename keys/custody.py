"""Private keys in encrypted files, one folder per governorate; the root's may be carried away and kept offline.

    policy.json   public: every key with its authority, types, area, state; the next sequence
    root.jwk      public: the root as verifiers pin it
    root.pem      the root's private key
    <kid>.pem     the private key of each kid (hex)

PEM is PKCS#8, encrypted (PBES2, AES-256), 0600. Plain keys exist in memory only, for as long as something is signed.
"""

from __future__ import annotations

import json
import stat
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from published import whole
from seal import cose, trust

from .errors import CustodyError

PASSPHRASE_MIN = 12
CODE_DIGITS = 20
POLICY, ROOT_PUBLIC, ROOT_PRIVATE = "policy.json", "root.jwk", "root.pem"


class Custody:
    """The keys in one folder. Raises CustodyError; OSError where the disk fails."""

    def __init__(self, folder: Path) -> None:
        """Open the folder. Raises CustodyError `custody_missing` or `custody_corrupt`."""
        self.folder = folder
        try:
            self.policy: dict[str, Any] = json.loads((folder / POLICY).read_text("utf-8"))
            if not isinstance(self.policy["keys"], dict) or type(self.policy["sequence"]) is not int:
                raise CustodyError("custody_corrupt", POLICY)
        except FileNotFoundError as error:
            raise CustodyError("custody_missing", str(folder)) from error
        except (ValueError, KeyError, TypeError) as error:
            raise CustodyError("custody_corrupt", POLICY) from error

    @classmethod
    def create(cls, folder: Path, passphrase: bytes, policy: Mapping[str, Any]) -> Custody:
        """Make a root and an empty policy in `folder`. Raises CustodyError `custody_exists` or `passphrase_weak`."""
        if (folder / POLICY).exists() or (folder / ROOT_PRIVATE).exists():
            raise CustodyError("custody_exists", str(folder))
        check_passphrase(passphrase)
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        key = ec.generate_private_key(ec.SECP256R1())
        x, y = trust.coordinates(key.public_key())
        _write_private(folder / ROOT_PRIVATE, key, passphrase)
        point = {"kty": "EC", "crv": "P-256", "x": _base64url(x), "y": _base64url(y)}
        jwk = {**point, "kid": sha256(x + y).hexdigest()[:16], "floor_sequence": 1}
        _write(folder / ROOT_PUBLIC, json.dumps(jwk, indent=1).encode(), 0o644)
        _write(folder / POLICY, json.dumps({"sequence": 0, **policy, "keys": {}}, ensure_ascii=False, indent=1).encode(), 0o644)
        return cls(folder)

    def add(self, passphrase: bytes, entry: Mapping[str, Any]) -> bytes:
        """Make a key, note what it may do, and return its kid: one byte while there are any, then two."""
        check_passphrase(passphrase)
        kid = self._free_kid()
        key = ec.generate_private_key(ec.SECP256R1())
        x, y = trust.coordinates(key.public_key())
        _write_private(self._path(kid), key, passphrase)
        self.policy["keys"][kid.hex()] = {"x": x.hex(), "y": y.hex(), **entry}
        self.save()
        return kid

    def _free_kid(self) -> bytes:
        for number in range(1, 1 << 16):
            kid = number.to_bytes(1 if number < 256 else 2, "big")
            if kid.hex() not in self.policy["keys"]:
                return kid
        raise CustodyError("kids_exhausted")

    def save(self) -> None:
        """Write the policy down, atomically."""
        _write(self.folder / POLICY, json.dumps(self.policy, ensure_ascii=False, indent=1).encode(), 0o644)

    def root_kid(self) -> bytes:
        """Return the kid of the root."""
        jwk = json.loads((self.folder / ROOT_PUBLIC).read_text("utf-8"))
        return bytes.fromhex(jwk["kid"])

    def root_code(self) -> str:
        """Return the code of the root that people compare, as phones show it."""
        return code(json.loads((self.folder / ROOT_PUBLIC).read_text("utf-8")))

    def root_signer(self, passphrase: bytes) -> cose.Signer:
        """Return a signer for the root."""
        return cose.private_signer(_read_private(self.folder / ROOT_PRIVATE, passphrase))

    def signer(self, kid: bytes, passphrase: bytes) -> cose.Signer:
        """Return a signer for `kid`. Raises CustodyError `key_unknown`, `passphrase_wrong` or `key_open_to_others`."""
        if kid.hex() not in self.policy["keys"]:
            raise CustodyError("key_unknown", kid.hex())
        return cose.private_signer(_read_private(self._path(kid), passphrase))

    def kids(self, role: str, authority: str | None = None) -> list[bytes]:
        """Return the kids of active keys with `role` (of one authority), newest first."""
        return [
            bytes.fromhex(kid)
            for kid, entry in reversed(self.policy["keys"].items())
            if role in entry["roles"] and entry["state"] == "active" and authority in (None, entry["authority"])
        ]

    def _path(self, kid: bytes) -> Path:
        return self.folder / f"{kid.hex()}.pem"


def code(jwk: Mapping[str, Any]) -> str:
    """Return the beginning of a JWK's thumbprint (RFC 7638), 80 bits in groups of four hexadecimal digits: short enough to read out."""
    canonical = json.dumps({name: jwk[name] for name in ("crv", "kty", "x", "y")}, separators=(",", ":"))
    digits = sha256(canonical.encode()).hexdigest()[:CODE_DIGITS].upper()
    return " ".join(digits[start : start + 4] for start in range(0, CODE_DIGITS, 4))


def check_passphrase(passphrase: bytes) -> None:
    """Return if the passphrase may protect a key. Raises CustodyError `passphrase_weak`."""
    if len(passphrase) < PASSPHRASE_MIN:
        raise CustodyError("passphrase_weak")


def _write_private(path: Path, key: ec.EllipticCurvePrivateKey, passphrase: bytes) -> None:
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase),
    )
    _write(path, pem, 0o600)


def _read_private(path: Path, passphrase: bytes) -> ec.EllipticCurvePrivateKey:
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise CustodyError("key_open_to_others", path.name)
        key = serialization.load_pem_private_key(path.read_bytes(), passphrase)
    except FileNotFoundError as error:
        raise CustodyError("key_unknown", str(path)) from error
    except (ValueError, TypeError) as error:
        raise CustodyError("passphrase_wrong", path.name) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise CustodyError("custody_corrupt", path.name)
    return key


def _write(path: Path, data: bytes, mode: int) -> None:
    whole.clear(path.parent, of=path.name)
    whole.write({path: data}, mode=mode)


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
