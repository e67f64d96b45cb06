"""Proof that whoever asks for a key to be listed has its private half: made with the key, carried in the request, checked by the root.

Without it somebody could have another's public key listed as their own. The proof names the root, the number and what the key is for, so
it is good for nothing else; its `typ` makes it no other signed object of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from cryptography.hazmat.primitives.asymmetric import ec

from seal import cbor, cose
from seal.errors import FormatError, SignatureError
from seal.trust import Key
from transparency.keys import ML_DSA_44, NoteKey
from transparency.signatures import ed25519_holds, ml_dsa_44_holds

TYP = "application/khatm-possession+cose"
_OF_A_LOG = "khatm-possession"


def prove(root: bytes, kid: bytes, authority: str, roles: Iterable[str], signer: cose.Signer) -> bytes:
    """Return the proof of the P-256 key `kid` under the root of that kid, a tagged COSE_Sign1."""
    return cose.sign(cose.protected(kid, TYP), _claimed(root, kid, authority, roles), signer).to_bytes()


def holds(root: bytes, key: Key, proof: bytes) -> bool:
    """Say whether a proof is that of this key, for what the list says of it."""
    try:
        claimed = cose.open_typed(proof, TYP, lambda kid: _key_of(key, kid))
    except (FormatError, SignatureError):
        return False
    return bool(cbor.encode(claimed) == _claimed(root, key.kid, key.authority, key.roles))


def prove_log(root: bytes, key: NoteKey, sign: Callable[[bytes], bytes]) -> bytes:
    """Return the proof of a key of the log: its bare signature, 64 or 2,420 octets."""
    return sign(_message(root, key))


def log_holds(root: bytes, key: NoteKey, proof: bytes) -> bool:
    """Say whether a proof is that of this key of the log."""
    return (ml_dsa_44_holds if key.kind == ML_DSA_44 else ed25519_holds)(key.public, _message(root, key), proof)


def _claimed(root: bytes, kid: bytes, authority: str, roles: Iterable[str]) -> bytes:
    return cbor.encode({"root": root, "kid": kid, "authority": authority, "roles": sorted(roles)})


def _message(root: bytes, key: NoteKey) -> bytes:
    """What a key of the log signs: no head of a log and no cosignature begins like it (C2SP tlog-checkpoint, tlog-cosignature)."""
    return f"{_OF_A_LOG}\n{root.hex()}\n{key.vkey()}\n".encode()


def _key_of(key: Key, kid: bytes) -> ec.EllipticCurvePublicKey:
    if kid != key.kid:
        raise SignatureError("signature_invalid", "kid")
    return key.public_key
