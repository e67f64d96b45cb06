"""Private keys in encrypted files, one folder per governorate; the root's may be carried away and kept offline.

    policy.json   public: every key with its authority, types, area, state; the next sequence
    root.jwk      public: the root as verifiers pin it
    root.pem      the root's private key
    <kid>.pem     the private key of each kid (hex)
    <kid>.pkcs11.json  in its stead, where the key is in a token (places.py)
    log/<id>.pem  the keys of the log of seals (log_keys.py)

PEM is PKCS#8, encrypted (pbes2.py), 0600. Plain keys exist in memory only, for as long as something is signed; those in a token never.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from published import pinning
from seal import cose, cosign, roots, trust
from seal.trust import Key, TrustList
from transparency.keys import NoteKey
from transparency.signing import NoteSigner

from . import fingerprints, former_logs, log_keys, pem, pins, places, possession, root_documents, root_signing
from .errors import CustodyError
from .places import Place, Token
from .strength import check_passphrase

POLICY, ROOT_PUBLIC, ROOT_PRIVATE = "policy.json", root_signing.ROOT_PUBLIC, root_signing.ROOT_PRIVATE
ROSTER = "roster.cose"  # of the first administrators, whose passkeys vouch for everybody else's (acts/roster.py)


class Custody:
    """The keys in one folder. Raises CustodyError; OSError where the disk fails."""

    def __init__(self, folder: Path, *, ask: pins.Ask = pins.read) -> None:
        """Open the folder; `ask` has the PINs of tokens. Raises CustodyError `custody_missing` or `custody_corrupt`."""
        self.folder, self._ask = folder, ask
        try:
            self.policy: dict[str, Any] = json.loads((folder / POLICY).read_text("utf-8"))
            if not isinstance(self.policy["keys"], dict) or type(self.policy["sequence"]) is not int:
                raise CustodyError("custody_corrupt", POLICY)
        except FileNotFoundError as error:
            raise CustodyError("custody_missing", str(folder)) from error
        except (ValueError, KeyError, TypeError) as error:
            raise CustodyError("custody_corrupt", POLICY) from error

    @classmethod
    def create(cls, folder: Path, passphrase: bytes, policy: Mapping[str, Any], root: bytes | None = None) -> Custody:
        """Make a root and an empty policy in `folder`; with the public file of a root that is elsewhere, no root.

        Raises CustodyError `custody_exists`, `passphrase_weak`.
        """
        if (folder / POLICY).exists() or (folder / ROOT_PRIVATE).exists():
            raise CustodyError("custody_exists", str(folder))
        check_passphrase(passphrase)
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        if root and root.startswith(cosign.TAG):
            root_documents.install(folder, root)
        else:
            pem.replace(folder / ROOT_PUBLIC, root or _new_root(folder, passphrase), 0o644)
        pem.replace(folder / POLICY, json.dumps({"sequence": 0, **policy, "keys": {}}, ensure_ascii=False, indent=1).encode(), 0o644)
        return cls(folder)

    def add(self, passphrase: bytes, entry: Mapping[str, Any]) -> bytes:
        """Make a key, note what it may do, and return its kid: one byte while there are any, then two."""
        check_passphrase(passphrase)
        kid = self._free_kid()
        key = ec.generate_private_key(ec.SECP256R1())
        x, y = trust.coordinates(key.public_key())
        pem.write_private(self._path(kid), key, passphrase)
        places.path(self.folder, kid.hex()).unlink(missing_ok=True)  # of a key that was given up before it was noted
        return self._note(kid, (x, y), entry, cose.private_signer(key))

    def add_in(self, token: Token, entry: Mapping[str, Any]) -> bytes:
        """Make a key inside a token, note what it may do, and return its kid. Raises CustodyError `token_*`, `pin_*`."""
        from . import tokens  # noqa: PLC0415 - it loads a library in C, which only those with a token need

        kid = self._free_kid()
        place = tokens.generate(token, f"khatm {entry['authority']} {'+'.join(entry['roles'])} {kid.hex()}", self._ask)
        places.write(places.path(self.folder, kid.hex()), place)
        self._path(kid).unlink(missing_ok=True)
        return self._note(kid, (place.x, place.y), entry, tokens.TokenSigner(place, self._ask))

    def _note(self, kid: bytes, point: tuple[bytes, bytes], entry: Mapping[str, Any], signer: cose.Signer) -> bytes:
        """Write down what a key may do, with the proof that it is here."""
        proof = possession.prove(self.root_kid(), kid, str(entry["authority"]), entry["roles"], signer)
        its_own = {"x": point[0].hex(), "y": point[1].hex(), "proof": proof.hex()}  # also where the entry is another key's
        self.policy["keys"][kid.hex()] = {**entry, **its_own}
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
        """Return the kid of the first key of the root. Raises as `root_signing.kid`."""
        return root_signing.kid(self.folder)

    def root_code(self) -> str:
        """Return the code of the root that people compare, as phones show it. Raises ListError for a root document that does not hold."""
        if document := root_documents.known(self.folder):
            return roots.code((self.folder / pinning.ROOTS / str(document.version)).read_bytes())
        return fingerprints.of_jwk(json.loads((self.folder / ROOT_PUBLIC).read_text("utf-8")))

    def root_signer(self, passphrase: bytes) -> cose.Signer:
        """Return a signer for the root."""
        return root_signing.signer(self.folder, passphrase)

    def signer(self, kid: bytes, passphrase: bytes, published: ec.EllipticCurvePublicKey | None = None) -> cose.Signer:
        """Return a signer for `kid`, out of a file or a token. Its public half must be the policy's, and `published` where that is given.

        Raises CustodyError `key_unknown`, `key_other`, `passphrase_wrong`, `key_open_to_others`; `token_*`, `pin_*`.
        """
        entry = self.policy["keys"].get(kid.hex())
        if entry is None:
            raise CustodyError("key_unknown", kid.hex())
        wanted = bytes.fromhex(entry["x"]), bytes.fromhex(entry["y"])
        if published is not None:
            _check_same(kid, trust.coordinates(published), wanted)
        if place := self.place(kid):
            _check_same(kid, (place.x, place.y), wanted)
            from . import tokens  # noqa: PLC0415 - it loads a library in C, which only those with a token need

            return tokens.TokenSigner(place, self._ask)
        private = _read_private(self._path(kid), passphrase)
        _check_same(kid, trust.coordinates(private.public_key()), wanted)
        return cose.private_signer(private)

    def place(self, kid: bytes) -> Place | None:
        """Return where a key is that lies in a token, None for one in a file. Raises CustodyError `custody_corrupt` for one in both."""
        file = places.path(self.folder, kid.hex())
        place = places.read(file)
        if place is not None and self._path(kid).exists():
            raise CustodyError("custody_corrupt", f"{self._path(kid).name}, {file.name}")
        return place

    def open_tokens(self, role: str) -> None:
        """Open the active keys with `role` that are in tokens, to see that it can be done. Raises CustodyError."""
        for kid in self.kids(role):
            if self.place(kid):
                self.signer(kid, b"")

    def token_before(self, entry: Mapping[str, Any]) -> Token | None:
        """Return the token with the newest active key that a new one would follow: of the same roles and authority. Raises CustodyError."""
        held = self.policy["keys"]
        before = [kid for kid in self.kids(entry["roles"][0], entry["authority"]) if held[kid.hex()]["roles"] == entry["roles"]]
        place = self.place(before[0]) if before else None
        return Token(place.module, place.token) if place else None

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

    def begin_log(self, passphrase: bytes, origin: str | None = None, acts_origin: str | None = None) -> tuple[NoteKey, ...]:
        """Let another log, of other names and other keys, take the place of the one that is here; return its keys.

        Raises CustodyError `no_log_key`, `log_origin_invalid`, `passphrase_weak`.
        """
        root = self.root_kid()
        made = former_logs.begin(self.folder, self.policy, passphrase, root=root, origin=origin, acts_origin=acts_origin)
        self.save()
        return made

    def log_signers(self, passphrase: bytes, listed: Collection[str] | None = None) -> tuple[NoteSigner, ...]:
        """Return what signs heads of the log: keys that are active, and of those only what the published list names, where `listed` is it.

        A log that waits for its trust list leaves this to the one before. Raises CustodyError `no_log_key`, `log_key_unlisted`,
        `key_unknown`, `passphrase_wrong`.
        """
        held = next((log for log in former_logs.logs(self.policy) if _lists(listed, log)), self.policy.get("log"))
        return log_keys.signers(self.folder, held, passphrase, listed)

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

    def begins(self, role: str, trust_list: TrustList, *, now: int) -> int:
        """Return when the first of the keys begins that by the published list may sign later than `now`, 0 if there is none."""
        keys = (trust_list.keys.get(kid) for kid in self.kids(role))
        later = (key.not_before for key in keys if key and now < key.not_before and _signs(key, role, key.not_before, key.not_before))
        return min(later, default=0)

    def forget(self, kid: str) -> None:
        """Take a key out of the policy, then remove its file: one that no list has had. Raises OSError."""
        del self.policy["keys"][kid]
        self.save()
        self._path(bytes.fromhex(kid)).unlink(missing_ok=True)
        places.path(self.folder, kid).unlink(missing_ok=True)

    def _path(self, kid: bytes) -> Path:
        return self.folder / f"{kid.hex()}.pem"


def _lists(listed: Collection[str] | None, log: Mapping[str, Any] | None) -> bool:
    """Say whether a published list names a key of this log."""
    return listed is not None and log is not None and any(entry["vkey"] in listed for entry in log["keys"])


def _new_root(folder: Path, passphrase: bytes) -> bytes:
    """Make a root and return its public file."""
    key = ec.generate_private_key(ec.SECP256R1())
    x, y = trust.coordinates(key.public_key())
    pem.write_private(folder / ROOT_PRIVATE, key, passphrase)
    point = {"kty": "EC", "crv": "P-256", "x": fingerprints.base64url(x), "y": fingerprints.base64url(y)}
    return json.dumps({**point, "kid": sha256(x + y).hexdigest()[:16], "floor_sequence": 1}, indent=1).encode()


def _signs(key: Key, role: str, now: int, until: int) -> bool:
    return role in key.roles and key.state == "active" and key.not_before <= now and until < key.not_after


def _read_private(path: Path, passphrase: bytes) -> ec.EllipticCurvePrivateKey:
    key = pem.read_private(path, passphrase)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise CustodyError("custody_corrupt", path.name)
    return key


def _check_same(kid: bytes, held: tuple[bytes, bytes], wanted: tuple[bytes, bytes]) -> None:
    if held != wanted:
        raise CustodyError("key_other", kid.hex())
