"""Asks the witnesses of the logs how far they saw them come, before a register goes on: what they saw, nobody may give again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from issuer.errors import IssuerError
from issuer.log.files import LogFiles
from issuer.log.witnessed import addresses_of
from published.log import policy_of
from seal.trust import LogTerms
from transparency import nodes
from transparency.errors import LogError
from web.witnesses import Witnesses


class Said(NamedTuple):
    """What a witness of a log said: a code as `transparency.witnessing.Told` has them, or `witness_unknown_address`; and its size."""

    log: str
    witness: str
    code: str
    size: int | None


def ask(published: Path, terms: Mapping[str, LogTerms | None], notes: Mapping[str, bytes], sizes: Mapping[str, int],
        addresses: tuple[str, ...], *, seconds: float = 10) -> list[Said]:  # fmt: skip
    """Show each witness the last head, and return what it said; who is away is told as such.

    Raises IssuerError `witness_address`; `recovery_witness_ahead` where one has seen a longer log, or another one: then the newest
    published files are elsewhere, and nothing may go on without them.
    """
    said = [
        each
        for name in notes
        if (of := terms.get(name))
        for each in _ask(published / name, name, of, notes[name], sizes[name], addresses, seconds)
    ]
    for each in said:
        if each.code in ("witness_ahead", "witness_disagrees"):
            raise IssuerError("recovery_witness_ahead", f"{each.witness}: {each.log} {each.size or '?'} > {sizes[each.log]}")
    return said


def _ask(folder: Path, name: str, terms: LogTerms, note: bytes, size: int, addresses: tuple[str, ...], seconds: float) -> list[Said]:
    try:
        policy = policy_of(terms)
    except LogError as error:
        raise IssuerError("witness_address", error.code) from error
    names = {key.name for key in policy.witnesses}
    known = addresses_of(addresses, names)
    tree = nodes.from_tiles(size, LogFiles(folder).tile)
    asked = Witnesses(policy, known, seconds=seconds)
    found = asked.cosign(note, old=dict.fromkeys(known, size), prove=lambda old: nodes.consistency_path(tree, old, size)) if known else None
    told = {each.witness: (each.code, each.size) for each in found.told} if found else {}
    return [Said(name, each, *told.get(each, ("witness_unknown_address", None))) for each in sorted(names)]
