"""From an approved notice to its seal, kept here before it is handed over: a number is sealed once for ever.

The seal and its paper are written in one transaction. Killed before it, the notice was never sealed; killed after it, the same text is
handed over by the next round. Two workers that seal the same notice keep one of the two texts, and both hand over that one.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, MutableMapping
from datetime import UTC, datetime
from random import Random

from sqlalchemy import Connection, Engine, select

from issuer.errors import IssuerError
from office.applications import judging
from seal import notices as seals
from seal.errors import SealError
from seal.notices import Notice
from storage.database import reading
from storage.once import insert_once

from . import delivering
from .errors import EnforcementError
from .records import Approved
from .service import Service
from .signing import NoticeSigner
from .tables import notices

_LOG = logging.getLogger("khatm.enforcement")  # numbers and codes alone
PAGES_MOST = 100  # of one round
Paper = Callable[[Approved, str], bytes]  # of a notice and the text of its code: a PDF


def run(
    engine: Engine, service: Service, signer: NoticeSigner, paper: Paper, *, now: int, refused: MutableMapping[str, str] | None = None
) -> Counter[str]:
    """Seal what inspections approved and nobody sealed yet. Return what happened how often: `sealed`, or a code.

    One that cannot be sealed stays approved, and the next round tries it again; `refused` holds the codes by number, so that each is
    logged once. Raises UnreachableError.
    """
    outcomes = Counter[str]()
    for told in _approved(service):
        if _known(engine, told.number, now=now):
            continue
        try:
            outcomes["sealed"] += _seal(engine, told, signer, paper, now=now)
        except (IssuerError, SealError) as error:
            outcomes[error.code] += 1
            if refused is None or refused.get(told.number) != error.code:
                _LOG.warning("notice %s: %s", told.number, error.code)
            if refused is not None:
                refused[told.number] = error.code
    return outcomes


def hand_over(engine: Engine, service: Service, *, now: int, chance: Random) -> Counter[str]:
    """Hand over the seals that inspections does not have yet. Return what happened how often. Raises UnreachableError.

    One that is refused is tried again hourly: nothing else may ever be handed over under its number.
    """
    given = {name: notices.c[name] for name in ("number", "text", "pdf", "kid")}
    return delivering.run(engine, notices, given, service.seal, final=frozenset(), now=now, chance=chance)


def text_of(connection: Connection, number: str) -> str:
    """Return the text of a sealed notice's code, "" if this office sealed none of that number."""
    return connection.scalar(select(notices.c.text).where(notices.c.number == number)) or ""


def paper_of(connection: Connection, number: str) -> bytes | None:
    """Return the paper (PDF) of a sealed notice, None if there is none."""
    pdf = connection.scalar(select(notices.c.pdf).where(notices.c.number == number))
    return None if pdf is None else bytes(pdf)


def facts(told: Approved, *, now: int) -> Notice:
    """Return what the seal of a notice says that is sealed at `now` (seconds since 1970 UTC)."""
    return Notice(
        authority=told.authority,
        iat=now,
        number=told.number,
        violation=told.violation,
        holder=told.holder,
        license=told.license,
        occurrence=told.occurrence,
        piastres=told.piastres,
        objection_days=told.objection_days,
        payment_days=told.payment_days,
        lat=seals.micro(told.latitude),
        lon=seals.micro(told.longitude),
    )


def _approved(service: Service) -> Iterator[Approved]:
    after = ""
    for _ in range(PAGES_MOST):
        page = service.approved(after)
        yield from page.items
        if not page.next or page.next == after:
            return
        after = page.next


def _known(engine: Engine, number: str, *, now: int) -> bool:
    """Say whether the notice is sealed. Inspections that lists one which it had (an older copy was brought back) gets it again."""
    with reading(engine) as connection:
        row = connection.execute(select(notices.c.id, notices.c.delivered_at).where(notices.c.number == number)).first()
    if row is not None and row.delivered_at is not None:
        with engine.begin() as connection:
            delivering.again(connection, notices, row.id, delivered_at=row.delivered_at, now=now)
    return row is not None


def _seal(engine: Engine, told: Approved, signer: NoticeSigner, paper: Paper, *, now: int) -> bool:
    """Seal one notice and keep it; return False if another worker was faster."""
    kid, sign = signer.key_of(told.authority)
    with reading(engine) as connection:
        _check_license(connection, told)
    text = seals.write(seals.sign(facts(told, now=now), kid, sign), signer.host)
    judged = seals.verify(text, trust=signer.trust, hosts=signer.trust.hosts, now=datetime.fromtimestamp(now, UTC))
    if judged.state != "notice":
        raise EnforcementError("notice_facts_differ", judged.code)  # no reader would take it: better no notice
    row = {"number": told.number, "authority": told.authority, "text": text, "kid": kid, "pdf": paper(told, text)}
    with engine.begin() as connection:
        return insert_once(connection, notices, {**row, "sealed_at": now, "due": now, "attempts": 0})


def _check_license(connection: Connection, told: Approved) -> None:
    """Hold what inspections says of a license against the register. Raises EnforcementError `notice_facts_differ`."""
    if told.license is None:
        return
    found = judging.find(connection, told.license)
    if found is None or found[0].authority != told.authority:
        raise EnforcementError("notice_facts_differ", told.number)
