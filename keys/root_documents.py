"""Root documents: made, signed by one holder after another, taken over (docs/format.md §21).

    root.cose       the document that is pinned here, as verifiers pin it
    roots/<n>       every document that is known here, from the first on

A document on its way from holder to holder is a file of the same form as the finished one, with fewer signatures.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import published
from published import whole
from published.pinning import DOCUMENT, ROOTS
from seal import cosign, roots
from seal.cosign import Signed
from seal.errors import FormatError, ListError
from seal.roots import RootDocument, RootKey
from seal.trust import Root

from . import root_keys, root_signing
from .errors import CustodyError

LASTS_DAYS = 3 * 366
ONE_PERSON = 3  # keys of one person who does it alone; two of them sign
WANTED = 2


class Step(NamedTuple):
    """A document on its way: what precedes it, None for a first one; what it says; and the kids of either's holders that signed."""

    before: RootDocument | None
    after: RootDocument
    signed: Signed

    def lacking(self) -> tuple[int, int]:
        """Return how many holders of the former, and of the new one, have still to sign. Raises ListError."""
        return tuple(_lacking(each, self.signed) for each in (self.before, self.after))  # type: ignore[return-value]


def _lacking(document: RootDocument | None, signed: Signed) -> int:
    return max(0, document.threshold - len(roots.signers(document.keys, signed))) if document else 0


def known(folder: Path) -> RootDocument | None:
    """Return the newest document that a folder knows, None where it knows none. Raises ListError."""
    if not (folder / DOCUMENT).exists():
        return None
    root = root_signing.pinned(folder)
    return root if isinstance(root, RootDocument) else None


def first(folder: Path, keys: Sequence[RootKey], *, prefix: str, threshold: int, now: int, days: int = LASTS_DAYS) -> bytes:
    """Return the first document of a root, unsigned: for the deployment of the key that is the root in `folder` until now.

    Raises CustodyError `root_document_exists`, `root_missing`; ListError `root_corrupt` for what contradicts itself.
    """
    if (folder / DOCUMENT).exists():
        raise CustodyError("root_document_exists", str(folder))
    root = published.read_root(folder / root_signing.ROOT_PUBLIC)
    made = RootDocument(root.deployment_of(prefix), 1, threshold, tuple(keys), now, now + days * 86_400, root.floor_sequence)
    return cosign.begin(roots.TYP, roots.to_bytes(made)).to_bytes()


def handover(
    folder: Path, *, add: Iterable[RootKey], remove: Iterable[str], threshold: int | None, now: int, days: int = LASTS_DAYS
) -> bytes:
    """Return the document that follows the newest one, unsigned. `remove` are kids in hex.

    Raises CustodyError `root_document_missing`, `root_holder_unknown`; ListError `root_corrupt` for what contradicts itself.
    """
    held = known(folder)
    if held is None:
        raise CustodyError("root_document_missing", str(folder))
    wanted = {key.kid.hex(): key for key in held.keys}
    for kid in remove:
        if kid not in wanted:
            raise CustodyError("root_holder_unknown", kid[:80])
        del wanted[kid]
    wanted |= {key.kid.hex(): key for key in add}
    made = held._replace(
        version=held.version + 1,
        threshold=held.threshold if threshold is None else threshold,
        keys=tuple(wanted.values()),
        issued_at=now,
        expires=now + days * 86_400,
    )
    return cosign.begin(roots.TYP, roots.to_bytes(made)).to_bytes()


def step(folder: Path, data: bytes) -> Step:
    """Return what a document on its way is here; nothing need be signed yet.

    Raises CustodyError `root_document_invalid`, `root_document_old`; ListError `root_out_of_turn`, `root_other_deployment`.
    """
    try:
        if len(data) > roots.OCTETS_MOST:
            raise FormatError("damaged", "too large")
        signed = cosign.from_bytes(data, roots.TYP)
        after = roots.from_payload(signed.payload)
    except (FormatError, ListError) as error:
        raise CustodyError("root_document_invalid", error.code) from error
    before = known(folder)
    if before is None:
        return Step(None, after, signed)
    if after.deployment != before.deployment:
        raise ListError("root_other_deployment", after.deployment)
    if after.version <= before.version:
        raise CustodyError("root_document_old", f"{after.version}, {before.version}")
    if after.version != before.version + 1:
        raise ListError("root_out_of_turn", f"{after.version}, {before.version}")
    return Step(before, after, signed)


def sign(folder: Path, taken: Step, passphrase: bytes) -> Step:
    """Return the document with the signatures of every holder in `folder` that the passphrase opens and that it concerns.

    Raises CustodyError as `root_keys.signers`, `root_holder_unknown` where it concerns none of them.
    """
    concerned = {key.kid for each in (taken.before, taken.after) if each for key in each.keys}
    signed = taken.signed
    mine = [each for each in root_keys.signers(folder, passphrase) if each.key.kid in concerned]
    if not mine:
        raise CustodyError("root_holder_unknown", str(folder))
    for each in mine:
        signed = each.add(signed)
    return taken._replace(signed=signed)


def install(folder: Path, data: bytes) -> RootDocument:
    """Take a finished document over: the first one as what is pinned here, each later one as what follows. Return it.

    Raises CustodyError as `step`; ListError `root_unsigned`, `root_not_handed_over`, `root_other_deployment`; OSError.
    """
    taken = step(folder, data)
    if taken.before is None:
        document, names = roots.pinned(data), [DOCUMENT, f"{ROOTS}/{taken.after.version}"]
        _same_deployment(folder, document)
    else:
        document, names = roots.succeed(taken.before, data), [f"{ROOTS}/{taken.after.version}"]
    for kept in (folder, folder / ROOTS):
        whole.clear(kept)
    whole.write({folder / name: data for name in names}, mode=0o644)
    return document


def _same_deployment(folder: Path, document: RootDocument) -> None:
    """Return if a document is that of the key which is the root here until now, where there is one."""
    if not (folder / root_signing.ROOT_PUBLIC).exists():
        return
    root = published.read_root(folder / root_signing.ROOT_PUBLIC)
    if isinstance(root, Root) and root.deployment_of(document.prefix) != document.deployment:
        raise ListError("root_other_deployment", document.deployment)


def for_one_person(folder: Path, passphrase: bytes, *, prefix: str, now: int, days: int = LASTS_DAYS) -> RootDocument:
    """Make three holders in one key store, all under one passphrase, and the document of which two of them sign; all three do now.

    The first is the root that is there already; the others lie below it, ready to be carried away. Raises CustodyError, ListError; OSError.
    """
    if (folder / DOCUMENT).exists():
        raise CustodyError("root_document_exists", str(folder))
    below = [folder / root_keys.HOLDERS / str(number) for number in range(2, ONE_PERSON + 1)]
    keys = [root_keys.make(each, passphrase) for each in (folder, *below)]
    asked = step(folder, first(folder, keys, prefix=prefix, threshold=WANTED, now=now, days=days))
    data = sign(folder, asked, passphrase).signed.to_bytes()
    for each in below:
        install(each, data)
    return install(folder, data)
