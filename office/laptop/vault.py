"""A laptop's folder: everything in it but the key file is encrypted by a key that follows from the device's private key.

    device.pem         the private key, encrypted by the passphrase (ADR 59)
    enrolment.sealed   which office, which laptop, whose, and the token
    pack.sealed        what it judges by
    office.sealed      the database, whole: it is worked on in memory, and written after each change
    documents/         files, under names that follow from their content and the key
Each file is AES-256-GCM (NIST SP 800-38D) with a random nonce; what is authenticated beside it names the file, so none can take another's
place. An older state of the whole folder is not noticed here, but by the office: its chain would fork.
"""

from __future__ import annotations

import fcntl
import hmac
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import StaticPool

from accounts.schema import ACCOUNTS
from issuer.register.schema import REGISTER
from keys import pem
from keys.errors import CustodyError
from office.applicants.keyring import Key, Keyring
from office.applications.documents import Document, Store
from office.applications.errors import DocumentError
from office.database import OFFICE
from published import whole
from seal import cose
from storage import revisions
from storage.errors import StorageError
from storage.schema import Chain, Schema

from .errors import LaptopError
from .tables import metadata

KEY, ENROLMENT, PACK, OFFICE_FILE, DOCUMENTS, LOCK = (
    *("device.pem", "enrolment.sealed", "pack.sealed"),
    *("office.sealed", "documents", "lock"),
)
_MAGIC = b"khatm van 1\n"
_NONCE = 12
LAPTOP = Chain("laptop", Path(__file__).parent / "migrations", metadata, "alembic_version_laptop")
#: An office's tables without acts: nothing here is the office's yet, and what is filed leaves its acts there.
DATABASE = Schema((ACCOUNTS, REGISTER, OFFICE, LAPTOP))


class Vault:
    """An opened folder. `path` holds a private key that the passphrase opened; nothing of the key outlives `close`."""

    def __init__(self, path: Path, private: ec.EllipticCurvePrivateKey) -> None:
        self.path = path
        self.public = private.public_key()
        self.signer: cose.Signer = cose.private_signer(private)
        secret = private.private_numbers().private_value.to_bytes(32, "big")
        self._aead = AESGCM(_derived(secret, b"files"))
        self._names = _derived(secret, b"names")
        self.applicants = Keyring((Key("van", _derived(secret, b"applicants"), _derived(secret, b"finder"), ""),))
        self.store = SealedStore(path / DOCUMENTS, self)
        self._raw: sqlite3.Connection | None = None
        self._engine: Engine | None = None
        self._written = -1

    def read(self, name: str) -> bytes | None:
        """Return what a file holds, None if there is none. Raises LaptopError `laptop_altered`; OSError."""
        try:
            octets = (self.path / name).read_bytes()
        except FileNotFoundError:
            return None
        return self.unseal(octets, name)

    def write(self, name: str, data: bytes) -> None:
        """Put a file in its place, whole or not at all. Raises OSError."""
        whole.clear(self.path, of=name)
        whole.write({self.path / name: self.seal(data, name)}, mode=0o600)

    def seal(self, data: bytes, name: str) -> bytes:
        """Return octets as they lie in the file of that name."""
        nonce = secrets.token_bytes(_NONCE)
        return _MAGIC + nonce + self._aead.encrypt(nonce, data, name.encode())

    def unseal(self, octets: bytes, name: str) -> bytes:
        """Return what lies in a file. Raises LaptopError `laptop_altered`."""
        nonce, start = octets[len(_MAGIC) : len(_MAGIC) + _NONCE], len(_MAGIC) + _NONCE
        try:
            if not octets.startswith(_MAGIC):
                raise InvalidTag
            return self._aead.decrypt(nonce, octets[start:], name.encode())
        except (InvalidTag, ValueError) as error:
            raise LaptopError("laptop_altered", name) from error

    def named(self, digest: bytes) -> str:
        """Return the name of a document's file: without the key, nobody can tell whether a file they know lies here."""
        return hmac.digest(self._names, digest, "sha256").hex()

    @property
    def engine(self) -> Engine:
        """The database, in memory. Raises LaptopError `laptop_altered`, `laptop_newer`."""
        if self._engine is None:
            self._raw = sqlite3.connect(":memory:", check_same_thread=False)
            self._load()
            self._engine = _engine(self._raw)
            self._bring_up()
        return self._engine

    def settle(self) -> None:
        """Write the database if anything changed in it. Where the disk fails it is again as it was written last. Raises OSError."""
        if self._raw is None or self._raw.total_changes == self._written:
            return
        try:
            self.write(OFFICE_FILE, self._raw.serialize())
        except OSError:
            self._load()
            raise
        self._written = self._raw.total_changes

    def close(self) -> None:
        """Let go of the database and the keys."""
        if self._engine is not None:
            self._engine.dispose()
        if self._raw is not None:
            self._raw.close()
        self._raw = self._engine = None

    def _load(self) -> None:
        if self._raw is None:
            return
        found = self.read(OFFICE_FILE)
        if found is not None:
            self._raw.deserialize(found)
        self._written = self._raw.total_changes

    def _bring_up(self) -> None:
        """Make the tables, or bring those of an earlier release up to date, before anybody works on them."""
        if self._engine is None:
            return
        try:
            revisions.upgrade(DATABASE, self._engine, progress=lambda _: None)
        except StorageError as error:
            raise LaptopError("laptop_newer") from error


class SealedStore(Store):
    """The folder of documents, each encrypted; a document is still known by the SHA-256 of its content."""

    def __init__(self, folder: Path, vault: Vault) -> None:
        super().__init__(folder)
        self._vault, self._where = vault, folder

    def put(self, document: Document) -> bytes:
        """Keep a document and return its digest. Raises OSError."""
        name = self._vault.named(document.digest)
        path = self._where / name
        if not path.exists():
            self._where.mkdir(mode=0o700, parents=True, exist_ok=True)
            whole.clear(self._where)
            whole.write({path: self._vault.seal(document.content, name)}, mode=0o600)
        return document.digest

    def get(self, digest: bytes) -> bytes:
        """Return the content. Raises DocumentError `document_missing`; LaptopError `laptop_altered`."""
        name = self._vault.named(digest)
        try:
            content = self._vault.unseal((self._where / name).read_bytes(), name)
        except FileNotFoundError as error:
            raise DocumentError("document_missing") from error
        if sha256(content).digest() != digest:
            raise DocumentError("document_missing", "changed")
        return content

    def keep_only(self, digests: set[bytes]) -> int:
        """Delete what is none of these, and return how many went. Raises OSError."""
        kept = {self._vault.named(digest) for digest in digests}
        gone = [path for path in self._where.glob("*") if path.name not in kept] if self._where.is_dir() else []
        for path in gone:
            path.unlink(missing_ok=True)
        return len(gone)


def begin(path: Path, passphrase: bytes) -> Vault:
    """Make a folder with a key of its own, or open one in which just that was done. Raises CustodyError, OSError, LaptopError."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (path / KEY).exists():
        pem.write_private(path / KEY, ec.generate_private_key(ec.SECP256R1()), passphrase)
    return open_(path, passphrase)


def open_(path: Path, passphrase: bytes) -> Vault:
    """Return the vault of a folder. Raises LaptopError `laptop_not_enrolled`, `laptop_passphrase_wrong`; CustodyError."""
    if not (path / KEY).exists():
        raise LaptopError("laptop_not_enrolled", path.name)
    try:
        private = pem.read_private(path / KEY, passphrase)
    except CustodyError as error:
        if error.code != "passphrase_wrong":
            raise
        raise LaptopError("laptop_passphrase_wrong") from error
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise LaptopError("laptop_altered", KEY)
    return Vault(path, private)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Keep other programs of this laptop out of its folder: two would write over each other. Raises LaptopError `laptop_in_use`."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise LaptopError("laptop_in_use", path.name) from error
    finally:
        os.close(descriptor)


def _derived(secret: bytes, what: bytes) -> bytes:
    return HKDF(SHA256(), 32, None, b"khatm van 1 " + what).derive(secret)


def _engine(raw: sqlite3.Connection) -> Engine:
    """Return an engine over one connection: one person works here, one request after the other."""
    raw.isolation_level = None
    raw.execute("PRAGMA foreign_keys=ON")
    engine = create_engine("sqlite://", creator=lambda: raw, poolclass=StaticPool)

    @event.listens_for(engine, "begin")
    def begin_(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine
