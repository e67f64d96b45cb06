"""What the root signs with, in one place: everybody else hands over a payload and gets the files that readers take.

`files` are published names with their octets: the trust list under the one P-256 key that readers from before pin, the same under the
holders of the root document, finished or with signatures still to come, and the documents that lead to it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

from cryptography.hazmat.primitives.asymmetric import ec

import published
from published import pinning
from published.pinning import ROOTS, SIGNED
from seal import cose, cosign, roots, trust
from seal.errors import FormatError, ListError
from seal.roots import RootDocument
from seal.trust import Pinned, Root, TrustList

from . import pem, requests, root_keys
from .errors import CustodyError
from .root_memory import RootMemory

ROOT_PUBLIC, ROOT_PRIVATE, KID_BYTES = pinning.KEY, root_keys.PRIVATE, 8

Files = Mapping[str, bytes]
NOBODY_YET: Files = MappingProxyType({})


def signer(folder: Path, passphrase: bytes) -> cose.Signer:
    """Return a signer for the root in a folder. Raises CustodyError `key_unknown`, `passphrase_wrong`, `key_open_to_others`."""
    return cose.private_signer(_private(folder, passphrase))


def _private(folder: Path, passphrase: bytes) -> ec.EllipticCurvePrivateKey:
    key = pem.read_private(folder / ROOT_PRIVATE, passphrase)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise CustodyError("custody_corrupt", ROOT_PRIVATE)
    return key


def kid(folder: Path) -> bytes:
    """Return the kid of the first key of the root, by which proofs name the root for good.

    Raises CustodyError `custody_corrupt`; ListError for what is pinned.
    """
    root = pinned(folder)
    if isinstance(root, RootDocument):
        return root.first_kid
    try:
        return bytes.fromhex(json.loads((folder / ROOT_PUBLIC).read_text("utf-8"))["kid"])
    except (KeyError, TypeError, ValueError) as error:
        raise CustodyError("custody_corrupt", ROOT_PUBLIC) from error


def pinned(folder: Path, files: Files = NOBODY_YET) -> Pinned:
    """Return the newest root that the documents in a folder, and then those in `files`, lead to from what it pins. Raises ListError."""
    return _chain(folder, files)[-1]


def _chain(folder: Path, files: Files) -> list[Root | RootDocument]:
    """Return every root from the pinned one on. Raises ListError."""
    first = published.read_root(published.beside(folder))
    if not isinstance(first, RootDocument):
        return [first] if isinstance(first, Root) else []
    chain = [first]
    while (data := _next(folder, files, chain[-1].version + 1)) and len(chain) <= roots.STEPS_MOST:
        try:
            chain.append(roots.succeed(chain[-1], data))
        except ListError:
            break  # it leads nowhere
    return list(chain)


def _next(folder: Path, files: Files, version: int) -> bytes | None:
    return pinning.document(folder, version) or files.get(f"{ROOTS}/{version}")


def sign(folder: Path, payload: bytes, passphrase: bytes, so_far: Files = NOBODY_YET) -> Files:
    """Return the files of a trust list: `payload` as it was asked for, signed by who holds the root in `folder` beside who signed `so_far`.

    Raises CustodyError as `signer`, `signed_differs` for an earlier holder's signature under something else; ListError for the folder.
    """
    return sign_as(folder, trust.TYP, payload, passphrase, so_far, names=(published.TRUST_LIST, SIGNED)) | _documents(folder)


def sign_as(folder: Path, typ: str, payload: bytes, passphrase: bytes, so_far: Files, *, names: tuple[str, str]) -> dict[str, bytes]:
    """Return what the root signs of any type, by the names that it has for readers of one key and for those of documents. As `sign`."""
    held = {name: so_far[name] for name in names if name in so_far}
    if held and payload_of(held, names=names) != payload:
        raise CustodyError("signed_differs")
    single, signed = names
    private = _private(folder, passphrase)
    if (first := first_key(folder)) and private.public_key() == first.public_key:
        held[single] = cose.sign(cose.protected(first.kid, typ), payload, cose.private_signer(private)).to_bytes()
    if isinstance(pinned(folder), RootDocument):
        message = cosign.from_bytes(held[signed], typ) if signed in held else cosign.begin(typ, payload)
        for each in root_keys.signers(folder, passphrase):
            message = each.add(message)
        held[signed] = message.to_bytes()
    return held


def one(folder: Path, typ: str, payload: bytes, passphrase: bytes, so_far: bytes = b"") -> bytes:
    """Return a file that has one form only: signed by the holders in `folder`, or by the one key where there is no root document.

    Raises as `sign`.
    """
    name = SIGNED if isinstance(pinned(folder), RootDocument) else published.TRUST_LIST
    return sign_as(folder, typ, payload, passphrase, {name: so_far} if so_far else {}, names=(published.TRUST_LIST, SIGNED))[name]


def first_key(folder: Path) -> Root | None:
    """Return the root of readers from before: one key, which a folder has as a JWK, or as that of a holder; None where it has it not."""
    if (folder / ROOT_PUBLIC).exists():
        root = published.read_root(folder / ROOT_PUBLIC)
        return root if isinstance(root, Root) else None
    document = published.read_root(folder / pinning.DOCUMENT)
    for key in document.keys if isinstance(document, RootDocument) else ():
        single = Root(sha256(b"".join(trust.coordinates(key.public_key))).digest()[:KID_BYTES], key.public_key, document.floor_sequence)
        if single.kid == kid(folder):
            return single
    return None


def _documents(folder: Path) -> dict[str, bytes]:
    """Return the documents that a folder holds, by their published names. Raises OSError."""
    found = {f"{ROOTS}/{path.name}": path for path in (folder / ROOTS).glob("[0-9]*")}
    return {name: requests.read(path) for name, path in found.items() if requests.is_published(name)}


def verify(files: Files, folder: Path) -> TrustList:
    """Return the trust list in `files` by the newest root that `folder` and the files lead to.

    Raises ListError, `root_threshold` where holders have still to sign.
    """
    return _under(pinned(folder, files), files, folder)


def _under(root: Pinned, files: Files, folder: Path) -> TrustList:
    if not isinstance(root, RootDocument):
        return trust.verify(files.get(published.TRUST_LIST, b""), root=root)
    if published.TRUST_LIST in files and (first := first_key(folder)):  # nothing is published that its own readers refuse
        trust.verify(files[published.TRUST_LIST], root=first)
    if SIGNED not in files:
        raise ListError("trust_list_missing", SIGNED)
    if lacking := missing(files[SIGNED], trust.TYP, root):
        raise ListError("root_threshold", f"{root.threshold - lacking} / {root.threshold}")
    return trust.verify(files[SIGNED], root=root)


def check_documents(files: Files, folder: Path) -> None:
    """Return if the root documents in `files` lead from one to the next, and are those of the root that `folder` pins.

    Raises ListError `root_out_of_turn`, `root_not_handed_over`, `root_other_deployment`, `root_corrupt`, `root_unsigned`.
    """
    names = files.keys() - {published.TRUST_LIST, SIGNED}
    brought = sorted((int(name.removeprefix(f"{ROOTS}/")), files[name]) for name in names)
    chain = _chain(folder, files)
    ours = {each.version: roots.to_bytes(each) for each in chain if isinstance(each, RootDocument)}
    before: RootDocument | None = None
    for version, data in brought:
        document = roots.succeed(before, data) if before else roots.pinned(data)
        if document.version != version:
            raise ListError("root_out_of_turn", f"{document.version}, {version}")
        if not _is_ours(document, chain[0], ours):
            raise ListError("root_other_deployment", document.deployment)
        before = document


def _is_ours(document: RootDocument, first: Root | RootDocument, ours: Mapping[int, bytes]) -> bool:
    """Say whether a document is one that this folder knows or was led to; from before what it pins, one of its deployment."""
    if document.version in ours:
        return roots.to_bytes(document) == ours[document.version]
    return document.deployment == first.deployment_of(document.prefix)


def verify_before(files: Files, folder: Path) -> TrustList:
    """Return the list that a new one follows: one by the newest root, or one that is older than that root by the root before it.

    Whoever held a root before could date a list back; one that is above what this folder saw under the newest root is not taken.
    Raises ListError; CustodyError for the memory of what was signed here.
    """
    chain = _chain(folder, files)
    if isinstance(chain[0], RootDocument) and (single := first_key(folder)):
        chain = [single, *chain]
    newest, refused = RootMemory(folder).newest(), ListError("trust_list_missing")
    for root, next_ in reversed(list(zip(chain, [*chain[1:], None], strict=True))):
        try:
            held = _under(root, files, folder)
        except ListError as error:
            refused = error if next_ is None else refused
            continue
        since = next_.issued_at if isinstance(next_, RootDocument) else None
        told = since is not None and newest is not None and newest.issued_at > since and newest.sequence <= held.sequence
        if since is None or (held.issued_at <= since and not told):
            return held
    raise refused


def must_suffice(folder: Path, passphrase: bytes) -> None:
    """Return if the holders in a folder whose keys the passphrase opens are enough, before a number is taken that they cannot finish.

    Raises CustodyError `root_elsewhere`, and as `signer`; ListError for the folder.
    """
    root = pinned(folder)
    if not isinstance(root, RootDocument):
        return
    wanted = {key.kid for key in root.keys}
    here = len(wanted & {each.key.kid for each in root_keys.signers(folder, passphrase)})
    if here < root.threshold:
        raise CustodyError("root_elsewhere", f"{here} / {root.threshold}")


def missing(data: bytes, typ: str, root: RootDocument) -> int:
    """Return how many holders have still to sign a message. Raises ListError `trust_list_corrupt`."""
    try:
        signed = cosign.from_bytes(data, typ)
    except FormatError as error:
        raise ListError("trust_list_corrupt", str(error)) from error
    return max(0, root.threshold - len(roots.signers(root.keys, signed)))


def lacking(files: Files, folder: Path) -> int:
    """Return how many holders of the newest root that `folder` knows have still to sign; 0 for a root of one key. Raises ListError."""
    root = pinned(folder)
    return missing(files[SIGNED], trust.TYP, root) if isinstance(root, RootDocument) else 0


def payload_of(files: Files, names: tuple[str, str] = (published.TRUST_LIST, SIGNED)) -> bytes:
    """Return what the signed files say, which is one and the same; nothing is verified.

    Raises CustodyError `signed_differs`, `answer_invalid`.
    """
    payloads = {payload(files[name]) for name in names if name in files}
    if len(payloads) != 1:
        raise CustodyError("signed_differs")
    return payloads.pop()


def payload(data: bytes) -> bytes:
    """Return what a signed file says; nothing is verified. Raises CustodyError `answer_invalid`."""
    try:
        return cosign.payload_of(data) if data.startswith(cosign.TAG) else cose.from_bytes(data).payload
    except FormatError as error:
        raise CustodyError("answer_invalid") from error


def read(folder: Path) -> Files:
    """Return the signed files of a trust list that lie in a folder, none where there are none. Raises CustodyError, OSError."""
    held = {name: requests.read(folder / name) for name in (published.TRUST_LIST, SIGNED) if (folder / name).exists()}
    if len(held) == len({payload(data) for data in held.values()}) > 1:
        del held[published.TRUST_LIST]  # an older one: who has the first key signed no more since
    return held | _documents(folder) if held else NOBODY_YET
