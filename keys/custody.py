"""Private keys in encrypted files, one folder per governorate; the root's may be carried away and kept offline.

    policy.json   public: every key with its authority, types, area, state; the next sequence
    root.jwk      public: the root as verifiers pin it
    root.pem      the root's private key
    <kid>.pem     the private key of each kid (hex)
    log/<id>.pem  the keys of the log of seals (log_keys.py)

PEM is PKCS#8, encrypted (pbes2.py), 0600. Plain keys exist in memory only, for as long as something is signed.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from published import pinning
from seal import cose, roots, trust
from seal.trust import Key, TrustList
from transparency.keys import NoteKey
from transparency.signing import NoteSigner

from . import fingerprints, log_keys, pem, possession, root_documents, root_signing
from .errors import CustodyError
from .strength import check_passphrase

POLICY, ROOT_PUBLIC, ROOT_PRIVATE = "policy.json", root_signing.ROOT_PUBLIC, root_signing.ROOT_PRIVATE
ROSTER = "roster.cose"  # of the first administrators, whose passkeys vouch for everybody else's (acts/roster.py)


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
        pem.write_private(folder / ROOT_PRIVATE, key, passphrase)
        point = {"kty": "EC", "crv": "P-256", "x": fingerprints.base64url(x), "y": fingerprints.base64url(y)}
        jwk = {**point, "kid": sha256(x + y).hexdigest()[:16], "floor_sequence": 1}
        pem.replace(folder / ROOT_PUBLIC, json.dumps(jwk, indent=1).encode(), 0o644)
        pem.replace(folder / POLICY, json.dumps({"sequence": 0, **policy, "keys": {}}, ensure_ascii=False, indent=1).encode(), 0o644)
        return cls(folder)

    def add(self, passphrase: bytes, entry: Mapping[str, Any]) -> bytes:
        """Make a key, note what it may do, and return its kid: one byte while there are any, then two."""
        check_passphrase(passphrase)
        kid = self._free_kid()
        key = ec.generate_private_key(ec.SECP256R1())
        x, y = trust.coordinates(key.public_key())
        proof = possession.prove(self.root_kid(), kid, str(entry["authority"]), entry["roles"], cose.private_signer(key))
        pem.write_private(self._path(kid), key, passphrase)
        self.policy["keys"][kid.hex()] = {"x": x.hex(), "y": y.hex(), **entry, "proof": proof.hex()}
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
        pem.replace(self.folder / POLICY, self.to_bytes(), 0o644)

    def to_bytes(self) -> bytes:
        """Return the policy as its file has it."""
        return json.dumps(self.policy, ensure_ascii=False, indent=1).encode()

    def root_kid(self) -> bytes:
        """Return the kid of the root."""
        jwk = json.loads((self.folder / ROOT_PUBLIC).read_text("utf-8"))
        return bytes.fromhex(jwk["kid"])

    def root_code(self) -> str:
        """Return the code of the root that people compare, as phones show it. Raises ListError for a root document that does not hold."""
        if document := root_documents.known(self.folder):
            return roots.code((self.folder / pinning.ROOTS / str(document.version)).read_bytes())
        return fingerprints.of_jwk(json.loads((self.folder / ROOT_PUBLIC).read_text("utf-8")))

    def root_signer(self, passphrase: bytes) -> cose.Signer:
        """Return a signer for the root."""
        return root_signing.signer(self.folder, passphrase)

    def signer(self, kid: bytes, passphrase: bytes) -> cose.Signer:
        """Return a signer for `kid`. Raises CustodyError `key_unknown`, `passphrase_wrong` or `key_open_to_others`."""
        if kid.hex() not in self.policy["keys"]:
            raise CustodyError("key_unknown", kid.hex())
        return cose.private_signer(_read_private(self._path(kid), passphrase))

    def add_log_keys(self, passphrase: bytes, origin: str | None = None) -> tuple[NoteKey, ...]:
        """Make keys for the log of seals, beside those that it has; `origin` is that of a first log, else the first host's.

        Raises CustodyError `log_origin_invalid` (another one than the log has, too), `log_keys_exhausted`, `passphrase_weak`.
        """
        log = self.policy.get("log") or log_keys.start(origin or f"{self.policy['hosts'][0]}/log")
        if origin not in (None, log["origin"]):
            raise CustodyError("log_origin_invalid", f"{origin}, {log['origin']}")
        made = log_keys.make(self.folder, log, passphrase, root=self.root_kid())
        self.policy["log"] = log
        self.save()
        return made

    def log_signers(self, passphrase: bytes, listed: Collection[str] | None = None) -> tuple[NoteSigner, ...]:
        """Return what signs heads of the log: keys that are active, and of those only what the published list names, where `listed` is it.

        Raises CustodyError `no_log_key`, `log_key_unlisted`, `key_unknown`, `passphrase_wrong`.
        """
        return log_keys.signers(self.folder, self.policy.get("log"), passphrase, listed)

    def publish_acts(self, origin: str | None = None, *, lists_proven: bool | None = None) -> dict[str, Any]:
        """Let the acts have a log of their own, and say whether status lists need a proof from it; return what the policy says of it.

        Raises CustodyError `no_log_key`, `log_origin_invalid`.
        """
        acts = log_keys.start_acts(self.policy.get("log"), self.policy.get("acts"), origin)
        if lists_proven is not None:
            acts["lists_proven"] = lists_proven
        self.policy["acts"] = acts
        self.save()
        return acts

    def act_signers(self, signers: Iterable[NoteSigner]) -> tuple[NoteSigner, ...]:
        """Return what signs heads of the log of acts, from what signs those of the log of seals; nothing where it has none."""
        acts = self.policy.get("acts")
        return log_keys.named(signers, acts["origin"]) if acts else ()

    def kids(self, role: str, authority: str | None = None) -> list[bytes]:
        """Return the kids of active keys with `role` (of one authority), newest first."""
        mine = [
            (kid, entry)
            for kid, entry in reversed(self.policy["keys"].items())
            if role in entry["roles"] and authority in (None, entry["authority"])
        ]
        return [bytes.fromhex(kid) for kid, entry in mine if entry["state"] == "active"]

    def in_force(self, role: str, trust_list: TrustList, *, now: int, until: int | None = None) -> list[bytes]:
        """Return the kids of active keys with `role` that may sign by the published list from `now` until then, newest first.

        A key is published before it is used, and one that the list ended signs no more, whatever an older policy in this folder says.
        """
        return [
            kid for kid in self.kids(role) if (key := trust_list.keys.get(kid)) and _signs(key, role, now, now if until is None else until)
        ]

    def forget(self, kid: str) -> None:
        """Take a key out of the policy, then remove its file: one that no list has had. Raises OSError."""
        del self.policy["keys"][kid]
        self.save()
        self._path(bytes.fromhex(kid)).unlink(missing_ok=True)

    def _path(self, kid: bytes) -> Path:
        return self.folder / f"{kid.hex()}.pem"


def _signs(key: Key, role: str, now: int, until: int) -> bool:
    return role in key.roles and key.state == "active" and key.not_before <= now and until < key.not_after


def _read_private(path: Path, passphrase: bytes) -> ec.EllipticCurvePrivateKey:
    key = pem.read_private(path, passphrase)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise CustodyError("custody_corrupt", path.name)
    return key
