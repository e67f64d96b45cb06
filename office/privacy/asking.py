"""What two people decide on: a copy for a person, or their erasure. Their request says what by numbers of rows, and names nobody."""

from __future__ import annotations

from issuer.approving import Asked
from issuer.register import requests

from .gathering import Gathered, summary
from .person import Rows
from .planning import Plan

#: Without a key whoever reads requests could try all national IDs; by rows alone nothing of a person is in it.
_NOBODY = "a person"


def of_copy(rows: Rows, found: Gathered, proof: str) -> Asked:
    """Return what handing out a copy would be: of exactly these rows. `proof` is how the person showed who they are."""
    parts = [rows.cases, rows.agent_in, rows.citizens, rows.licenses, rows.notices, [each.id for each in rows.brought], proof]
    told = {"reason": proof, "rows_of": dict(summary(found)), "files": len(found.documents), "missing": sorted(set(found.missing))}
    return Asked("copy", requests.digest_of("copy", [list(each) for each in parts]), _NOBODY, frozenset(), told)


def of_erasure(plan: Plan, reason: str) -> Asked:
    """Return what an erasure would be: of exactly these rows, and what stays."""
    goes = {"drafts": plan.drafts, "cases": plan.cases, "citizens": plan.citizens, "notices": plan.objections}
    lists = {name: list(ids) for name, ids in goes.items()}
    stays = [[each.what, each.why, each.basis, each.until.isoformat() if each.until else ""] for each in plan.stays]
    digest = requests.digest_of("forget", [lists, reason])
    return Asked("forget", digest, ", ".join(plan.numbers[:8]) or _NOBODY, frozenset(), {"reason": reason, "goes": lists, "stays": stays})
