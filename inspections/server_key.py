"""The server's own key: P-256, in a file that only its owner reads.

Phones pin it when they enrol, and it signs what they are told of their chain.
"""

from __future__ import annotations

import stat
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from published import whole

from .errors import InspectionError

RIGHTS = 0o600


def make(path: Path) -> None:
    """Make a key in a file that is not there yet; one that is there stays. Raises OSError."""
    if path.exists():
        return
    key = ec.generate_private_key(ec.SECP256R1())
    # Not encrypted: the server starts by itself, and whoever reads its files reads its passphrase too.
    kind, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    whole.write({path: key.private_bytes(kind, form, serialization.NoEncryption())}, mode=RIGHTS)


def read(path: Path) -> ec.EllipticCurvePrivateKey:
    """Return the key. Raises InspectionError `server_key_missing`, `server_key_open` (others may read it), `server_key_invalid`."""
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise InspectionError("server_key_missing", str(path)) from error
    if stat.S_IMODE(path.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
        raise InspectionError("server_key_open", str(path))
    try:
        key = serialization.load_pem_private_key(data, password=None)
    except (ValueError, TypeError) as error:
        raise InspectionError("server_key_invalid", str(path)) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != ec.SECP256R1().name:
        raise InspectionError("server_key_invalid", str(path))
    return key
