"""What the commands ask a second person for, and whether it is there: before a file is sealed, a license replaced or reinstated,
acts erased.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from json.encoder import encode_basestring as quoted
from typing import Any, NamedTuple

import click
from sqlalchemy import Connection, Engine

from acts import acting
from acts.approvals import Terms
from acts.errors import SENTENCES, ApprovalError
from storage.database import reading

from .errors import IssuerError
from .intake.rows import Entry, Refusal
from .locations import Locations
from .register import requests
from .register.history import Record
from .register.requests import Kind, Request
from .register.stored import to_json
from .sentences import say

#: Where a command's context keeps who knows whether anybody may approve (a function of a connection), and what is wrong with the signatures
#: under a request (of a connection, the request and how approvals are signed): the register knows no accounts.
SOMEBODY_MAY, FAULT = "khatm.somebody_may", "khatm.request_fault"
WAITS = 3  # the exit code of what waits for somebody else
_ROWS_SHOWN = 50
_AT_ONCE = 1_000  # rows: memory stays flat


class Asked(NamedTuple):
    """What is to be done, and what the approver is shown of it."""

    kind: Kind
    digest: bytes
    subject: str
    authorities: frozenset[str]
    told: Mapping[str, Any]


class Rows(NamedTuple):
    """What some of the rows of a file add to what is asked: octets for the digest, counts, and the first of them to be shown."""

    octets: bytes
    by_authority: Counter[str]
    by_type: Counter[str]
    refused: int
    shown: list[list[object]]


class Asking:
    """Collects what sealing rows would be, in their order."""

    def __init__(self, subject: str, *, apply: bool) -> None:
        self._subject, self._apply = subject, apply
        self._digesting = requests.Digesting("issue")
        self._digesting.add(requests.octets_of({"apply": apply}))
        self._by_authority, self._by_type, self._shown = Counter[str](), Counter[str](), list[list[object]]()
        self._refused = 0

    def add(self, rows: Rows) -> None:
        """Go on with the next rows."""
        self._digesting.add(rows.octets)
        self._by_authority.update(rows.by_authority)
        self._by_type.update(rows.by_type)
        self._refused += rows.refused
        self._shown += rows.shown[: _ROWS_SHOWN - len(self._shown)]

    def asked(self) -> Asked:
        """Return what all of them are."""
        told = {"authorities": dict(self._by_authority), "types": dict(self._by_type), "refused": self._refused}
        told |= {"apply": self._apply, "rows": self._shown}
        return Asked("issue", self._digesting.digest(), self._subject, frozenset(self._by_authority), told)


def part_of(judged: Sequence[Entry | Refusal]) -> Rows:
    """Return what some rows that were judged add: every one that the rules let pass, as a license."""
    entries = [each for each in judged if isinstance(each, Entry)]
    octets = b"".join([requests.framed(_json(each)) for each in entries])
    shown = [
        [each.line, each.license.authority, each.license.type, each.license.trade_name, each.license.address]
        for each in entries[:_ROWS_SHOWN]
    ]
    by_authority, by_type = Counter(each.license.authority for each in entries), Counter(each.license.type for each in entries)
    return Rows(octets, by_authority, by_type, len(judged) - len(entries), shown)


def _json(entry: Entry) -> str:
    """Return `[line, source_id, to_json(license), doubt]` as `requests.octets_of` has it, written out: else it is a sixth of judging."""
    line, source_id, held, _, doubt = entry
    (latitude, longitude), radius_m, footprint = held.site
    corners = ",".join([f"[{east},{north}]" for east, north in footprint]) if footprint else ""
    details = ",".join([f'"{name}":{value}' for name, value in sorted(held.details.items())]) if held.details else ""
    last_day = f'"{held.last_day.isoformat()}"' if held.last_day else "null"
    return (
        f'[{line},{"null" if source_id is None else quoted(source_id)},'
        f'{{"activity":{quoted(held.activity)},"address":{quoted(held.address)},'
        f'"authority":{quoted(held.authority)},"details":{{{details}}},"first_day":"{held.first_day.isoformat()}",'
        f'"holder":{quoted(held.holder)},"last_day":{last_day},'
        f'"site":{{"footprint":[{corners}],"point":[{latitude!r},{longitude!r}],"radius_m":{radius_m}}},'
        f'"trade_name":{quoted(held.trade_name)},"type":{quoted(held.type)}}},{quoted(doubt.code)}]'
    )


def of_rows(judged: Iterable[Entry | Refusal], subject: str, *, apply: bool) -> Asked:
    """Return what sealing rows that were judged would be: the digest is over every row that the rules let pass, as a license."""
    rows, asking = iter(judged), Asking(subject, apply=apply)
    while some := list(islice(rows, _AT_ONCE)):
        asking.add(part_of(some))
    return asking.asked()


def of_correction(record: Record, changes: Mapping[str, Any], reason: str) -> Asked:
    """Return what replacing a license's seal would be: bound to the seal in force, so that it is approved for that one alone."""
    before, after = to_json(record.claims.license), to_json(record.claims.license._replace(**changes))
    differing = {name: [before[name], after[name]] for name in before if before[name] != after[name]}
    digest = requests.digest_of("replace", [record.number, record.claims.cti.hex(), after, reason])
    told = {"changes": differing, "reason": reason}
    return Asked("replace", digest, record.number, frozenset({record.claims.license.authority}), told)


def of_reinstating(record: Record, reason: str) -> Asked:
    """Return what lifting a suspension would be: of this one, for events tell one suspension from the next."""
    digest = requests.digest_of("reinstate", [record.number, record.claims.cti.hex(), len(record.events), reason])
    return Asked("reinstate", digest, record.number, frozenset({record.claims.license.authority}), {"reason": reason})


def of_revoking(record: Record, reason: str) -> Asked:
    """Return what revoking a license would be: of the seal in force, as its events left it."""
    digest = requests.digest_of("revoke", [record.number, record.claims.cti.hex(), len(record.events), reason])
    return Asked("revoke", digest, record.number, frozenset({record.claims.license.authority}), {"reason": reason})


def of_erasing(subject: str, rows: Sequence[tuple[str, Sequence[object]]], reason: str) -> Asked:
    """Return what erasing the acts about some rows would be: for whoever may approve everywhere."""
    named = [[table, *(part.hex() if isinstance(part, bytes) else part for part in key)] for table, key in rows]
    return Asked("erase", requests.digest_of("erase", [named, reason]), subject, frozenset(), {"reason": reason})


def prepare(connection: Connection, asked: Asked, *, by: str, now: int) -> Request:
    """Ask for an approval in the name of `by`, as acts name people; where it is asked for already, return that request."""
    about = asked.kind, asked.digest
    return requests.prepare(connection, *about, subject=asked.subject, authorities=asked.authorities, told=asked.told, by=by, now=now)


def approval(engine: Engine, asked: Asked, *, locations: Locations, alone: bool, now: int) -> Request:
    """Return the approval of what is asked; where there is none yet, ask for it, say so, and end with `WAITS`.

    `alone` lets one person do without, as long as nobody in the register may approve anything; where decisions are signed, never. There an
    approval that lacks its signatures lapses, and is asked for again. Raises IssuerError `alone_refused`; ListError without a trust list.
    """
    terms = locations.signed(locations.trust())
    if alone and terms is not None:
        raise IssuerError("alone_refused")
    with engine.begin() as connection:
        found = requests.approved(connection, asked.digest)
        if found is not None and (code := _fault(connection, found, terms)):
            requests.lapse(connection, found, code, now=now)
            click.echo(f"request {found.id}: {code}: {SENTENCES.both(code)}", err=True)
            found = None
        if found is None:
            found = prepare(connection, asked, by=acting.current().actor, now=now)
        if alone and found.state == "waiting":
            somebody_may: Callable[[Connection], bool] | None = click.get_current_context().meta.get(SOMEBODY_MAY)
            if somebody_may is None or somebody_may(connection):
                raise IssuerError("alone_refused")
            requests.decide(connection, found.id, approve=True, by=requests.CONSOLE, now=now)
            found = requests.show(connection, found.id)
    if found.state == "waiting":
        _tell(found, "approval_needed" if terms is None else "approval_to_sign")
        click.get_current_context().exit(WAITS)
    return found


def require_signed(engine: Engine, request_id: int, *, locations: Locations) -> None:
    """Return if an approved request has the signatures that are asked for here. Raises ApprovalError; IssuerError `request_unknown`."""
    terms = locations.signed(locations.trust())
    with reading(engine) as connection:
        found = requests.show(connection, request_id)
        if found.state == "approved" and (code := _fault(connection, found, terms)):
            raise ApprovalError(code)


def _fault(connection: Connection, request: Request, terms: Terms | None) -> str:
    """Return what is wrong with the signatures under a request, "" if nothing is, or none are asked for. Without who knows, none counts."""
    if terms is None:
        return ""
    fault: Callable[[Connection, Request, Terms], str] | None = click.get_current_context().meta.get(FAULT)
    return "approval_missing" if fault is None else fault(connection, request, terms)


def done(engine: Engine, digest: bytes) -> bool:
    """Say whether an approval of this was used up already: then what it sealed may be looked at again, and nothing else be sealed."""
    with reading(engine) as connection:
        return requests.used(connection, digest) is not None


def _tell(request: Request, code: str) -> None:
    click.echo(f"request {request.id}  {request.kind}  {request.subject}")
    click.echo(f"digest {request.digest.hex()}")
    for line in told(request):
        click.echo(f"  {line}")
    click.echo(f"{say(code, 'en')} / {say(code, 'ar')}")


def told(request: Request) -> list[str]:
    """Return in lines what a request is about, for the console."""
    lines = [f"{name}: {value}" for name, value in request.told.items() if name not in ("rows", "changes")]
    lines += [f"{name}: {before} -> {after}" for name, (before, after) in request.told.get("changes", {}).items()]
    return lines + [" ".join(map(str, row)) for row in request.told.get("rows", ())]
