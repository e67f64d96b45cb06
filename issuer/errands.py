"""The office's two errands from beginning to end: seal a file of licenses, and publish what they are worth.

The command line and the demo both send here.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import published
from seal.trust import TrustList

from . import licensed
from .bulk import BulkIssuer, Summary
from .cards import outputs
from .errors import IssuerError
from .intake import refusals, tables
from .intake.rows import Rules
from .intake.survey import survey
from .register import workshop
from .register.issuing import Source
from .register.publishing import files
from .register.sealing import Sealer
from .rooms import Rooms, competences, sealer


class Clerk(NamedTuple):
    """What it takes to seal: the published trust list, the keys of the authorities, and the rules for rows."""

    trust: TrustList
    sealer: Sealer
    rules: Rules


def clerk(rooms: Rooms, *, now: int) -> Clerk:
    """Unlock the keys in force at `now` (seconds since 1970 UTC). Raises CustodyError, ListError, or IssuerError `no_published_key`."""
    trust, custody = rooms.trust(), rooms.custody()
    signer = sealer(custody, trust, rooms.passphrase(), now=now)
    return Clerk(trust, signer, Rules(competences(trust, signer), licensed.default()))


def issue_file(
    file: Path,
    rooms: Rooms,
    clerk_: Clerk,
    *,
    out: Path,
    wanted: Collection[outputs.Output],
    now: int,
    progress: Callable[[float], None],
) -> Summary:
    """Seal every good row of `file` at `now` (seconds since 1970 UTC); the others go to its rejects file.

    `progress` is told the share that is done. Raises IssuerError, OSError.
    """
    surveyed = survey(file, clerk_.rules)
    with (
        workshop.shared(clerk_.sealer) as bench,
        rooms.engine(create=True) as engine,
        tables.opened(file) as table,
        refusals.writing(refusals.path_of(file), table.header.cells) as rejects,
    ):
        summary = BulkIssuer(engine, bench, clerk_.sealer.host, clerk_.trust, out, wanted).issue_file(
            clerk_.rules.judge(table.rows, surveyed),
            source=Source(_digest(file)),
            rejects=rejects,
            now=now,
            progress=_of_the_file(table, progress),
        )
        summary.columns, summary.sheets = table.header.ignored, table.header.sheets
        return summary


def _of_the_file(table: tables.Table, progress: Callable[[float], None]) -> Callable[[float], None]:
    """Return what turns the share of a batch into the share of the file: a batch ends as far as the file was read by then."""
    done = 0.0

    def of_the_batch(share: float) -> None:
        nonlocal done
        read = table.done()
        progress(done + (read - done) * share)
        if share >= 1:
            done = read

    return of_the_batch


def publish(rooms: Rooms, *, now: int) -> list[str]:
    """Sign the status lists at `now` (seconds since 1970 UTC), put them among the published files and return their names.

    Raises CustodyError, ListError, IssuerError, OSError.
    """
    trust, custody = rooms.trust(), rooms.custody()
    kids = [kid for kid in custody.kids("status") if kid in trust.keys]
    if not kids:
        raise IssuerError("no_published_key")
    signer = custody.signer(kids[0], rooms.passphrase())
    with rooms.engine() as engine, _alone_in(rooms.published):
        made = files(engine, trust=trust, host=custody.policy["hosts"][0], kid=kids[0], signer=signer, now=now)
        published.write(rooms.published, made)
    return sorted(made)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Keep other publishers out of `folder`: the older lists of one must not come down over the newer ones of another."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)  # which gives the lock up


def _digest(file: Path) -> bytes:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()
