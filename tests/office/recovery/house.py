"""A house that lost its register: a backup of the evening, a night's work that hangs in the street, and the backup brought back."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from click.testing import Result

import published
from issuer.register import history, positions
from keys import policy
from office.backup import working
from office.backup.places import Places
from seal import leaves, status, wire
from storage.database import reading
from tests import postgres
from tests.issuer.offices import HOST, PASSPHRASE, SECONDS, Office, rows

NIGHT = SECONDS + 8 * 3600
MORNING = SECONDS + 20 * 3600


def at(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


class Lost(NamedTuple):
    """The house in the morning: `office` has yesterday's register; `texts` of all codes that hang, by position."""

    office: Office
    texts: dict[int, str]
    numbers: list[str]

    def run(self, *words: str | Path, now: int = MORNING, exit_code: int = 0) -> Result:
        timed = None if words[0] in ("audit",) or words[:2] == ("register", "lost") else at(now)
        return self.office.run(*words, now=timed, exit_code=exit_code)

    def decisions(self, now: int = MORNING) -> dict[int, str]:
        """What a verifier with the published files says of each code."""
        lists = self.office.lists()
        assert not lists.faults, lists.faults
        when = datetime.fromtimestamp(now, UTC)
        said = {place: self.office.verdict(text, now=when, log=lists.log, check_site=False) for place, text in self.texts.items()}
        return {place: verdict.decision for place, verdict in said.items()}

    def audit(self) -> str:
        return self.run("audit", "verify").output

    def status_of(self, number: str) -> str:
        with self.office.locations.engine() as engine:
            return history.show(engine, number).status

    def told(self, number: str) -> list[str]:
        with self.office.locations.engine() as engine:
            return [each.kind for each in history.show(engine, number).events]


def texts_of(office: Office) -> dict[int, str]:
    with office.locations.engine() as engine, reading(engine) as connection:
        return {place: wire.write(message, HOST) for place, message in positions.sealed(connection, 0, positions.following(connection))}


def numbers_of(office: Office) -> list[str]:
    with office.locations.engine() as engine, reading(engine) as connection:
        return list(connection.exec_driver_sql("SELECT number FROM license ORDER BY id").scalars())


def begun(office: Office) -> Office:
    """Both logs, lists with proofs, three licenses of the evening, published."""
    custody = office.locations.custody()
    custody.add_log_keys(PASSPHRASE)
    custody.publish_acts(lists_proven=True)
    published.write(office.locations.published, {published.TRUST_LIST: policy.sign_trust_list(custody, PASSPHRASE, now=SECONDS - 600)})
    office.run("issue", office.write("evening.csv", rows(3)), "--no-output")
    office.run("publish", now=at(SECONDS + 5))
    return office


def night(office: Office) -> None:
    """What is lost afterwards: two licenses, one of them revoked; of the evening's, one revoked, one suspended, one replaced."""
    first, second, third = numbers_of(office)
    office.run("issue", office.write("night.csv", rows(2, first=10)), "--no-output", now=at(NIGHT))
    office.run("license", "revoke", first, "--reason", "أُغلق", now=at(NIGHT + 10))
    office.run("license", "suspend", second, "--reason", "إنذار", now=at(NIGHT + 10))
    office.run(
        "license",
        "replace",
        third,
        "--reason",
        "خطأ في الاسم",
        "--trade-name",
        "مخبز البحر",
        "--out",
        office.folder / "out",
        now=at(NIGHT + 20),
    )
    office.run("license", "revoke", numbers_of(office)[4], "--reason", "أُغلق", now=at(NIGHT + 30))
    office.run("publish", now=at(NIGHT + 60))


@contextlib.contextmanager
def brought_back(office: Office, url: str, name: str = "backup") -> Iterator[Office]:
    """The same house with the register of its backup, in a new database of the same kind."""
    if not office.register.startswith("postgresql"):
        register = f"sqlite:///{office.folder / name}.sqlite"
        working.restore(office.folder / name, Places(register, None, None, None, None, None))
        yield office._replace(register=register)
        return
    with postgres.fresh_database(url, f"again_{uuid.uuid4().hex}") as register:
        working.restore(office.folder / name, Places(register, None, None, None, None, None))
        yield office._replace(register=register)


def backed_up(office: Office, name: str = "backup") -> None:
    working.create(office.folder / name, Places(office.register, None, None, None, None, None), now=SECONDS + 60)


def lists_say(office: Office) -> dict[int, int | None]:
    """The status of each position, as published."""
    lists = office.lists().status.lists
    return {
        place: lists[f"https://{HOST}/status/{number}"].at(index)
        for place in range(8)
        for number, index in [leaves.slot_of(place)]
        if f"https://{HOST}/status/{number}" in lists
    }


VALID, INVALID = status.VALID, status.INVALID
__all__ = ["INVALID", "VALID", "Lost", "backed_up", "begun", "brought_back", "lists_say", "night", "numbers_of", "texts_of"]
