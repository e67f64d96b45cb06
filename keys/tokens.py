"""Keys in tokens (PKCS#11): made inside, never extractable, and what signs with them.

What is signed is hashed here; the token gets 32 octets (CKM_ECDSA) and returns r || s. A key is looked at whenever it is opened: that it
cannot leave the token and never could, that it was made there, and that it is the one of the trust list, which a signature shows.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar, cast

import pkcs11
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag, ObjectClass
from pkcs11.util.ec import encode_named_curve_parameters

from seal.cose import SIGNATURE_BYTES

from . import modules, pins
from .errors import CustodyError
from .modules import FAULTS, Module
from .places import Place, Token

_KEPT_INSIDE = {
    Attribute.SENSITIVE: True,
    Attribute.EXTRACTABLE: False,
    Attribute.ALWAYS_SENSITIVE: True,
    Attribute.NEVER_EXTRACTABLE: True,
    Attribute.LOCAL: True,
}
_MADE = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False, Attribute.PRIVATE: True}
_ID_OCTETS = 16
_POINT_HEAD = b"\x04\x41"  # an OCTET STRING of 65 octets, which the standard wants around a point, and some modules leave out
_QUESTION = sha256(b"khatm: is this the key of the trust list?").digest()  # no Sig_structure begins like this
_ECDSA = ec.ECDSA(Prehashed(SHA256()))
_T = TypeVar("_T")


class _PrivateKey(Protocol):
    """What is used of a private key of python-pkcs11, whose types do not say which keys can sign."""

    def __getitem__(self, attribute: Attribute) -> Any: ...
    def sign(self, data: bytes, *, mechanism: Mechanism, buffer_size: int) -> bytes: ...
    def destroy(self) -> None: ...


class Seen(NamedTuple):
    """A private key as a token shows it."""

    id: bytes
    label: str
    kept: bool


class TokenSigner:
    """Signs with a key in a token: a `seal.cose.Signer`. Threads share it; each process has sessions of its own."""

    def __init__(self, place: Place, ask: pins.Ask) -> None:
        """Open the key. Raises CustodyError `token_*`, `pin_*`."""
        self._place, self._ask = place, ask
        self._module: Module = modules.of(Token(place.module, place.token))
        self._key: _PrivateKey | None = None
        self._begun = -1
        self._once_more(self._opened)

    def __call__(self, data: bytes) -> bytes:
        """Return r || s over `data`, 64 octets. Raises CustodyError `token_*`, `pin_*`: then nothing was signed."""
        digest = sha256(data).digest()
        return self._once_more(lambda: _sign(self._opened(), digest))

    def _once_more(self, work: Callable[[], _T]) -> _T:
        """Do `work`, and after a fault once more from the very beginning: a session or the whole token may have gone and come again."""
        with self._module.lock:
            try:
                return work()
            except FAULTS:
                self._module.end()
            try:
                return work()
            except FAULTS as error:
                self._module.end()
                raise CustodyError("token_failed", f"{self._place.token}: {modules.told(error)}") from error

    def _opened(self) -> _PrivateKey:
        if self._key is None or self._begun != self._module.begun:
            place = self._place
            session = self._module.session(self._module.token(place.token, place.serial), self._ask)
            self._key, self._begun = _found(session, place), self._module.begun
        return self._key


def generate(token: Token, label: str, ask: pins.Ask) -> Place:
    """Make a key inside a token, look at it, and return where it is. `label`: what other programs show of it.

    Raises CustodyError `token_*`, `pin_*`; a key that could leave the token is destroyed at once.
    """
    module = modules.of(token)
    with module.lock:
        try:
            held = module.token(token.label)
            module.session(held, ask)  # whose login counts for the next one, that may write
            with _writing(held) as session:
                return _made(session, token, modules.serial_of(held), label)
        except FAULTS as error:
            module.end()
            raise CustodyError("token_failed", f"{token.label}: {modules.told(error)}") from error


def keys_in(token: Token, ask: pins.Ask) -> list[Seen]:
    """Return the private keys for ECDSA in a token. Raises CustodyError `token_*`, `pin_*`."""
    module = modules.of(token)
    with module.lock:
        try:
            session = module.session(module.token(token.label), ask)
            held = session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.KEY_TYPE: KeyType.EC})
            found = cast("list[_PrivateKey]", list(held))
            return [Seen(key[Attribute.ID], key[Attribute.LABEL], _kept(key)) for key in found]
        except FAULTS as error:
            module.end()
            raise CustodyError("token_failed", f"{token.label}: {modules.told(error)}") from error


@contextmanager
def _writing(token: pkcs11.Token) -> Iterator[pkcs11.Session]:
    session = token.open(rw=True)
    try:
        yield session
    finally:
        with suppress(FAULTS):
            session.close()


def _made(session: pkcs11.Session, token: Token, serial: str, label: str) -> Place:
    curve = {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
    parameters = session.create_domain_parameters(KeyType.EC, curve, local=True)
    key_id = secrets.token_bytes(_ID_OCTETS)
    public, made = parameters.generate_keypair(
        id=key_id, label=label, store=True, capabilities=MechanismFlag.SIGN | MechanismFlag.VERIFY, private_template=_MADE
    )
    private = cast("_PrivateKey", made)
    try:
        point = public[Attribute.EC_POINT].removeprefix(_POINT_HEAD)
        place = Place(str(Path(token.module).absolute()), token.label, serial, key_id, point[1:33], point[33:])
        _check(private, place)
    except (CustodyError, FAULTS):
        for each in (private, public):
            with suppress(FAULTS):
                each.destroy()
        raise
    return place


def _found(session: pkcs11.Session, place: Place) -> _PrivateKey:
    """Return the key of a place. Raises CustodyError `token_key_missing`, `token_key_extractable`, `token_key_other`; FAULTS."""
    wanted = {Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.KEY_TYPE: KeyType.EC, Attribute.ID: place.id}
    held = cast("list[_PrivateKey]", list(session.get_objects(wanted)))
    if len(held) != 1:
        raise CustodyError("token_key_other" if held else "token_key_missing", f"{place.token}: {place.id.hex()}")
    _check(held[0], place)
    return held[0]


def _check(key: _PrivateKey, place: Place) -> None:
    if not _kept(key):
        raise CustodyError("token_key_extractable", f"{place.token}: {place.id.hex()}")
    if not hasattr(key, "sign"):  # it may do other things, and python-pkcs11 gives it no such method
        raise pkcs11.FunctionNotSupported
    signature = _sign(key, _QUESTION)
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    try:
        place.public().verify(encode_dss_signature(r, s), _QUESTION, _ECDSA)
    except InvalidSignature as error:
        raise CustodyError("token_key_other", f"{place.token}: {place.id.hex()}") from error


def _kept(key: _PrivateKey) -> bool:
    """Say whether a key cannot leave its token, never could, and was made there. What a token does not say is not so."""
    try:
        return all(key[attribute] is wanted for attribute, wanted in _KEPT_INSIDE.items())
    except pkcs11.AttributeTypeInvalid:
        return False


def _sign(key: _PrivateKey, digest: bytes) -> bytes:
    signature = key.sign(digest, mechanism=Mechanism.ECDSA, buffer_size=SIGNATURE_BYTES)
    if len(signature) != SIGNATURE_BYTES:
        raise pkcs11.SignatureLenRange
    return bytes(signature)
