"""`khatm privacy`: what is kept of people and how long, a person's copy and erasure, who read what, what a breach touched. An edge.

What names a person is never an option: it would stand in the list of processes and in the shell's history. It is asked, or in a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click
from sqlalchemy import Connection

from acts import acting
from governorate import days_off, identity, retention
from inspections.database import open_inspections
from issuer import approving
from issuer.locations import Locations, location_options
from issuer.refusing import Refusals
from issuer.register import requests
from office.applicants import keyring
from office.applications.documents import Store
from office.database import GUARDED
from published import whole
from seal import days
from storage.database import reading
from web import named_paths, spreadsheets, writing
from web.moments import Moment, now_option

from . import asking, breach, copying, forgetting, gathering, notifying, overdue, person, planning, reads, seeing
from .errors import PrivacyError
from .planning import Plan
from .reads import About
from .seeing import Sought
from .words import say, told

_path = click.Path(path_type=Path)
_Command = TypeVar("_Command", bound=Callable[..., Any])


@click.group("privacy", cls=Refusals)
def privacy_() -> None:
    """What is kept of people: how long, a person's copy, their erasure, who read what, what a breach touched."""


def _sources(command: _Command) -> _Command:
    """Add where else personal data is: the keys of applicants, the documents, the database of inspections."""
    told_ = "The database of inspections: a SQLite file or postgresql:// URL.  [default: not looked at, and said so]"
    command = click.option("--inspections", help=told_)(command)
    command = click.option("--documents", type=_path, default=Path("var/documents"), show_default=True)(command)
    return click.option("--applicants", type=_path, help="Keys of applicants' data.  [default: not read, and said so]")(command)


_person = click.option("--person", "file", type=_path, help="A file with lines such as `mobile: …` and `national-id: …`.  [default: asked]")


@contextmanager
def _inspections(where: str | None) -> Iterator[Connection | None]:
    if where is None:
        yield None
        return
    engine = open_inspections(where)
    try:
        with reading(engine) as connection:
            yield connection
    finally:
        engine.dispose()


def _named(file: Path | None, now: int) -> person.Named:
    """Return who it is, from a file or asked for."""
    today = days.day_of(now)
    if file is not None:
        named_paths.require(file)
        with file.open("rb") as stream:
            return person.read(stream.read(20_000).decode("utf-8", "replace").splitlines(), today=today)
    asked = ("national ID / الرقم القومي", "mobile / الهاتف", "tax number / الرقم الضريبي", "case or license / طلب أو ترخيص")
    national, mobile, tax, number = (click.prompt(each, default="", show_default=False, err=True) for each in asked)
    return person.of(national, mobile, tax, [number.strip().upper()] if number.strip() else [], today=today)


def _keyring(file: Path | None) -> keyring.Keyring | None:
    named_paths.require(file)
    return keyring.load(file) if file else None


@privacy_.command("retention")
@location_options
@click.option("--inspections", help="The database of inspections.  [default: not looked at]")
@click.option("--lang", type=click.Choice(["ar", "en"]), default="ar", show_default=True)
@now_option
@click.pass_context
def retention_(context: click.Context, locations: Locations, inspections: str | None, lang: Any, now: int) -> None:
    """Show what is kept of people, why, how long, what deletes it, and what is overdue. Ends with 1 if anything is."""
    rules = retention.default()
    with locations.engine() as engine:
        with reading(engine) as connection:
            over = dict(overdue.office(connection, rules, now=now))
        last = overdue.last(engine)
    if inspections:
        opened = open_inspections(inspections)
        over |= overdue.inspections(opened, rules, now=now)
        opened.dispose()
    for code, kind in rules.kinds.items():
        length = f"{kind.days} {say('retention_days', lang)}" if kind.days is not None else (kind.kept or {}).get(lang, "")
        click.echo(f"{code}: {kind.name[lang]} | {kind.purpose[lang]} | {rules.bases[kind.basis][lang]}")
        click.echo(f"    {length} | {say(f'by_{kind.by}', lang)}{f' | {kind.longer[lang]}' if kind.longer else ''}")
        click.echo(f"    {', '.join(f'{table}.{column}' for table, held in kind.fields.items() for column in held)}")
        if code in last:
            click.echo(f"    {say('retention_last', lang)}: {writing.moment(last[code][0], lang)} ({last[code][1]})")
        if over.get(code):
            click.echo(f"    {say('retention_over', lang)}: {over[code]}")
    if any(over.values()):
        context.exit(1)


@privacy_.command("export")
@_person
@click.option("--to", type=_path, required=True, help="A new folder for the copy.")
@click.option("--proof", required=True, help="How the person showed who they are; kept for ever. Name nobody in it.")
@click.option("--zip", "as_zip", is_flag=True, help="One file, copy.zip, instead of its files.")
@location_options
@_sources
@click.option("--alone", is_flag=True, help="Without a second person: only while nobody in the register may approve.")
@now_option
def export_(
    file: Path | None,
    to: Path,
    proof: str,
    as_zip: bool,
    locations: Locations,
    inspections: str | None,
    documents: Path,
    applicants: Path | None,
    alone: bool,
    now: int,
) -> None:
    """Write a copy of everything that is kept of one person (Law 151/2020, Article 2).

    The first run asks for an approval and ends with 3; once somebody else gave it, run it again.
    """
    who, keys = _named(file, now), _keyring(applicants)
    with locations.engine() as engine:
        with reading(engine) as connection, _inspections(inspections) as visits:
            rows = _find(connection, keys, who)
            found = gathering.gather(connection, visits, keys, who, rows)
            cases = seeing.cases_of(connection, ids=rows.cases)
        request = approving.approval(engine, asking.of_copy(rows, found, proof), locations=locations, alone=alone, now=now)
        made = copying.files(found, Store(documents), governorate=identity.default().name, request=request.id, now=now)
        with engine.begin() as connection:  # what is handed out was written down before
            requests.use(connection, request, now=now)
            actor = acting.current().actor
            for name in sorted({name for name in cases if name.startswith("APP-")} | set(rows.licenses)):
                reads.note(connection, (actor, ""), About("copy", name, item=f"request {request.id}"), now=now)
        copying.write(to, {"copy.zip": copying.zipped(made)} if as_zip else made)
    for code in sorted(set(found.missing)):
        click.echo(f"{say('copy_missing', 'en')} / {say('copy_missing', 'ar')}: {told(code, 'en')} / {told(code, 'ar')}", err=True)
    click.echo(f"{found.count} rows, {len(found.documents)} documents in {to}")


def _find(connection: Connection, keys: keyring.Keyring | None, who: person.Named) -> person.Rows:
    return person.find(connection, keys, who)


@privacy_.command("erase")
@_person
@click.option("--request", "request_id", type=int, help="Carry out a request that was approved; no person is asked for.")
@click.option("--reason", default="", help="Why; kept for ever. Name nobody in it.")
@location_options
@_sources
@click.option("--plan", "only_plan", is_flag=True, help="Say what would go and what stays, and ask for nothing.")
@click.option("--alone", is_flag=True, help="Without a second person: only while nobody in the register may approve.")
@now_option
def erase(
    file: Path | None,
    request_id: int | None,
    reason: str,
    locations: Locations,
    inspections: str | None,
    documents: Path,
    applicants: Path | None,
    only_plan: bool,
    alone: bool,
    now: int,
) -> None:
    """Erase one person as far as the law lets, and say what stays and why (Law 151/2020, Articles 2 and 4).

    The first run asks for an approval and ends with 3; once somebody else gave it, `--request` carries it out: once, however often run.
    """
    if request_id is None:
        who, keys = _named(file, now), _keyring(applicants)
        with locations.engine() as engine:
            with reading(engine) as connection:
                plan = planning.plan(connection, who, _find(connection, keys, who), now=now)
            _tell(plan)
            if only_plan:
                return
            if plan.empty:
                raise PrivacyError("erasure_nothing")
            if not reason.strip():
                raise click.UsageError("--reason is needed")
            request_id = approving.approval(engine, asking.of_erasure(plan, reason), locations=locations, alone=alone, now=now).id
    with locations.engine() as engine:
        approving.require_signed(engine, request_id, locations=locations)
        done = forgetting.carry_out(engine, Store(documents), request_id, tables=GUARDED, now=now)
    click.echo(f"request {request_id}: {done.cases} cases erased, {done.acts} acts without salts, {done.files} files deleted")
    if done.left:
        click.echo(f"{say('files_left', 'ar')}: {done.left}\n{say('files_left', 'en')}: {done.left}")
    click.echo(f"{say('backups', 'ar')}\n{say('backups', 'en')}")


def _tell(plan: Plan) -> None:
    rules = retention.default()
    goes = (("goes_cases", plan.cases), ("goes_drafts", plan.drafts), ("goes_citizens", plan.citizens), ("goes_notices", plan.objections))
    for code, ids in goes:
        if ids:
            click.echo(f"{len(ids)} {say(code, 'en')} / {say(code, 'ar')}")
    for each in plan.stays:
        until = each.until.isoformat() if each.until else f"{say('until_unknown', 'en')} / {say('until_unknown', 'ar')}"
        grounds = rules.bases.get(each.basis, {"ar": each.basis, "en": each.basis})
        click.echo(f"{each.what}: {say(each.why, 'en')} / {say(each.why, 'ar')}. {grounds['en']} / {grounds['ar']}. {until}")


@privacy_.command("looks")
@_person
@click.option("--case", "number", default="", help="Of this case or license.")
@click.option("--account", default="", help="Of this account: what it read.")
@click.option("--csv", "table", type=_path, help="Write them as a table, too.")
@location_options
@_sources
@now_option
def looks(
    file: Path | None,
    number: str,
    account: str,
    table: Path | None,
    locations: Locations,
    inspections: str | None,
    documents: Path,
    applicants: Path | None,
    now: int,
) -> None:
    """Say who read what: of a person, of a case or license, or by an account. Newest first. That somebody asked is written down."""
    with locations.engine() as engine, engine.begin() as connection, _inspections(inspections) as visits:
        sought = _sought(connection, file, number.strip().upper(), account.strip().lower(), applicants, now)
        about = About("looks", number.strip().upper(), item=f"account {account}" if account else "")
        reads.note(connection, (acting.current().actor, ""), about, now=now)
        found = seeing.seen(connection, visits, sought)
    for each in found:
        what = told(f"seen_{each.source}_{each.what}", "ar")
        click.echo(f"{writing.stamp(each.at)}  {each.who:<20}  {each.case or '-':<20}  {what} {each.item} {each.many}")
    if table is not None:
        rows = ((writing.stamp(each.at), *each[1:]) for each in found)
        whole.write({table: spreadsheets.csv_of(("at", "who", "case", "authority", "source", "what", "item", "many"), rows)}, mode=0o600)
    if inspections is None:
        click.echo(f"{say('breach_without_inspections', 'en')} / {say('breach_without_inspections', 'ar')}", err=True)
    click.echo(f"{len(found)} looks")


def _sought(connection: Connection, file: Path | None, number: str, account: str, applicants: Path | None, now: int) -> Sought:
    if account:
        return Sought(account=account)
    if number:
        return Sought(cases=seeing.cases_of(connection, number=number) or {number: 0}, licenses=(number,))
    rows = _find(connection, _keyring(applicants), _named(file, now))
    return Sought(cases=seeing.cases_of(connection, ids=(*rows.cases, *rows.agent_in)), licenses=rows.licenses)


@privacy_.command("breach")
@click.option("--account", default="", help="The account that was in wrong hands.")
@click.option("--device", default="", help="The inspector's phone that was, as `khatm inspections device list` names it.")
@click.option("--from", "since", type=Moment(), required=True, metavar="ISO", help="Since when.")
@click.option("--until", type=Moment(), required=True, metavar="ISO", help="Until when it was stopped.")
@click.option("--known", type=Moment(), metavar="ISO", help="When it became known: the hours count from there.  [default: now]")
@click.option("--national-security", "secret", is_flag=True, help="It concerns national security: the Centre is told at once.")
@click.option("--to", type=_path, required=True, help="A new folder for the report.")
@location_options
@_sources
@now_option
def breach_(
    account: str,
    device: str,
    since: datetime,
    until: datetime,
    known: datetime | None,
    secret: bool,
    to: Path,
    locations: Locations,
    inspections: str | None,
    documents: Path,
    applicants: Path | None,
    now: int,
) -> None:
    """Report what an account or a phone in wrong hands read, changed and took away: a draft notice to the Centre, and whom to tell."""
    if not (account or device):
        raise click.UsageError("--account or --device is needed")
    between = days.seconds_of(since), days.seconds_of(until)
    with locations.engine() as engine, engine.begin() as connection, _inspections(inspections) as visits:
        phone = breach.phone(visits, device) if device else 0
        found = breach.find(connection, visits, account=account.strip().lower(), device=phone, between=between)
        people = breach.people(connection, found)
        item = f"account {account}" if account else f"device {device}"
        reads.note(connection, (acting.current().actor, ""), About("breach", item=item, many=len(people)), now=now)
    since_known = days.seconds_of(known) if known else now
    by = notifying.deadlines(since_known, days_off.default(), now=now)
    made = notifying.files(found, people, by, governorate=identity.default().name, known=since_known, secret=secret, now=now)
    copying.write(to, made)
    for code in found.missing:
        click.echo(f"{say(code, 'en')} / {say(code, 'ar')}", err=True)
    counted = f"{sum(found.read.values())} looks, {sum(found.acts.values())} acts, {len(people)} people"
    click.echo(f"{counted}: {to / 'notice.html'}, {to / 'people.csv'}")
    code = "breach_at_once" if secret else "breach_hours_left" if by.left >= 0 else "breach_hours_late"
    gaps = {} if secret else {"hours": abs(by.left)}
    click.echo(f"{say(code, 'ar', **gaps)} / {say(code, 'en', **gaps)}")
