"""Proofs of status lists for a World (tests/world.py), as a publisher with the vectors' log of acts makes them."""

from __future__ import annotations

from hashlib import sha256

import published
from published.listed import proof_name
from tests.vectors import logs
from tests.vectors.groups import proofs
from tests.world import World


def ask_for_proofs(world: World) -> None:
    """Sign a trust list from which on status lists count only with a proof, and prove the list that is published."""
    world.trust = world.trust._replace(sequence=world.trust.sequence + 1, acts=logs.act_terms(), lists_proven=True)
    world.publish()
    prove(world)


def prove(world: World) -> str:
    """Put the proof of the published status list beside it, and return the proof's name."""
    data = (world.folder / "status/1").read_bytes()
    name = proof_name(sha256(data).digest())
    published.write(world.folder, {name: proofs.proof(proofs.act(data)).to_bytes()})
    return name
