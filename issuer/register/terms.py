"""The terms of a license: which license a row is about, and what it is beside the terms that the register has of it.

A license is known by who it is for and where, or by its file number where the office gives one. A later term of it is a renewal, linked to
the term before it; whatever else differs is a change, which a person decides (docs/adr/0029-terms.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from hashlib import blake2b
from itertools import pairwise
from typing import Literal, NamedTuple

from sqlalchemy import Connection, select

from issuer.intake import scripts
from issuer.intake.measures import DETAILS
from issuer.intake.rows import Entry, identity
from issuer.intake.texts import folded
from seal import claims, cose, status
from seal.claims import rounded
from seal.license import License

from .tables import license_links, licenses, seals

TERM = ("valid_from", "valid_until")
_FOR_EVER = "9999"


class Key(NamedTuple):
    """Three digests of a row: of the license it is about, of this term of it, and of all that it says."""

    chain: bytes
    term: bytes
    content: bytes

    @property
    def change(self) -> bytes:
        """What a change waits under: another change of the same term is another question."""
        return _digest("change", self.chain.hex(), self.content.hex())


class Term(NamedTuple):
    """A term of a license: as the register has it today, or as an earlier row of the batch says it (then `number` is "line N").

    `source` and `line` are where it came from, `content` is what that row said (None: the register does not know).
    """

    number: str
    license: License
    status: int
    source: bytes
    line: int
    content: bytes | None
    identity: bytes = b""

    @property
    def first(self) -> str:
        """Its first day, ISO."""
        return self.license.first_day.isoformat()

    @property
    def last(self) -> str:
        """Its last day, ISO, or what comes after every day."""
        return _last(self.license)


class Judgement(NamedTuple):
    """What a row is: `new`, `already`, `renewed` or `changed`; beside which `term`, and in which columns it differs from it.

    `overlaps` are how many terms run in the same days; 0 for a change is one that comes with a new term.
    """

    kind: Literal["new", "already", "renewed", "changed"]
    term: Term | None = None
    fields: tuple[str, ...] = ()
    overlaps: int = 0


_NEW = Judgement("new")


def key_of(entry: Entry) -> Key:
    """Return the digests of a row."""
    held = entry.license
    content = content_of(held)
    if entry.source_id is None:
        return Key(chain_of(held), identity(entry), content)
    chain = identity(entry)  # authority and file number
    return Key(chain, _digest("term", chain.hex(), held.first_day.isoformat()), content)


def chain_of(held: License) -> bytes:
    """Return what a license without a file number is known by: who it is for, in folded form, and where. A decimetre is the same place."""
    place = f"{held.site.point.latitude:.6f} {held.site.point.longitude:.6f}"
    return _digest("chain", held.type, held.authority, folded(scripts.parted(held.trade_name).name), folded(held.holder), place)


def content_of(held: License) -> bytes:
    """Return a digest of everything that a license says, its place to the decimetre."""
    site, details = held.site, sorted(held.details.items())
    place = f"{site.point.latitude:.6f} {site.point.longitude:.6f} {site.radius_m} {site.footprint} {details}"
    texts = held.authority, held.type, held.activity, held.trade_name, held.holder, held.address
    return _digest(*texts, place, held.first_day.isoformat(), _last(held))


def _digest(*texts: str) -> bytes:
    return blake2b("\0".join(texts).encode(), digest_size=16).digest()


def _last(held: License) -> str:
    return held.last_day.isoformat() if held.last_day else _FOR_EVER


def known(connections: Iterable[Connection], chains: Sequence[bytes]) -> dict[bytes, list[Term]]:
    """Return the terms that the register has of these licenses, each as its newest seal says it."""
    table = licenses.c
    columns = table.chain, table.number, table.source, table.line, table.content, table.identity, seals.c.status, seals.c.token
    query = select(*columns).join(seals, seals.c.license_id == table.id).where(table.chain.in_(chains)).order_by(seals.c.edition)
    found: dict[bytes, dict[str, Term]] = {}
    for connection in connections:
        for row in connection.execute(query):
            held = claims.from_bytes(cose.from_bytes(row.token).payload).license
            term = Term(row.number, held, row.status, row.source, row.line, row.content, row.identity)
            found.setdefault(row.chain, {})[row.number] = term  # a later edition takes the place of an earlier one
    return {chain: list(terms.values()) for chain, terms in found.items()}


def judge(terms: Sequence[Term], new: License, content: bytes) -> Judgement:
    """Say what a row is beside the known terms of its license."""
    if not terms:
        return _NEW
    for term in terms:
        if term.content == content:
            return Judgement("already", term)
    first, last = new.first_day.isoformat(), _last(new)
    at_once = [term for term in terms if term.first <= last and first <= term.last]
    if at_once:
        term = next((each for each in at_once if each.first == first), at_once[0])
        fields = differences(term.license, new)
        return Judgement("changed", term, fields, len(at_once)) if fields else Judgement("already", term)
    before = [term for term in terms if term.last < first]
    term = max(before, key=lambda each: each.last) if before else min(terms, key=lambda each: each.first)
    fields = differences(term.license, new)
    lapsed_right = bool(before) and term.status != status.VALID  # the office renews nothing that was revoked or suspended either
    same = set(fields) <= set(TERM) and not lapsed_right
    return Judgement("renewed" if same else "changed", term, fields)


def identity_among(terms: Sequence[Term], key: Key) -> bytes:
    """Return what a further term is kept under: its own digest, unless a term that was corrected since began on that day."""
    return key.change if any(term.identity == key.term for term in terms) else key.term


def differences(old: License, new: License) -> tuple[str, ...]:
    """Return the columns in which two licenses differ, as they are sealed, in the order of a file's columns."""
    mine, yours = _columns(old), _columns(new)
    return tuple(column for column in mine if mine[column] != yours[column])


def _columns(held: License) -> Mapping[str, object]:
    point = rounded(held.site.point)
    sizes = {column: held.details.get(name) for column, (name, _) in DETAILS.items()}
    return {
        **{name: getattr(held, name) for name in ("type", "authority", "trade_name", "activity", "holder", "address")},
        **{"latitude": point.latitude, "longitude": point.longitude, "radius_m": held.site.radius_m, "footprint": held.site.footprint},
        **sizes,
        "valid_from": held.first_day,
        "valid_until": held.last_day,
    }


def link(connection: Connection, chains: Sequence[bytes], now: int) -> None:
    """Link each term of these licenses to the term before it: as renewal, or as lapsed where days lie between them."""
    table = licenses.c
    columns = table.chain, table.number, table.first_day, table.last_day
    rows = connection.execute(select(*columns).where(table.chain.in_(chains)).order_by(table.chain, table.first_day, table.id)).all()
    numbers = [row.number for row in rows]
    links = license_links.c
    there = {row.number: row for row in connection.execute(select(license_links).where(links.number.in_(numbers)))}
    for before, after in pairwise(rows):
        if before.chain != after.chain or (before.last_day or _FOR_EVER) >= after.first_day:
            continue
        values = {"previous": before.number, "kind": kind_between(before.last_day, after.first_day), "at": now}
        if (old := there.get(after.number)) is None:
            connection.execute(license_links.insert().values(number=after.number, **values))
        elif old.previous != before.number and old.previous in numbers:  # an older term came later
            connection.execute(license_links.update().where(links.id == old.id).values(values))


def kind_between(last_day: str, first_day: str) -> Literal["renewal", "lapsed"]:
    """Return what a term is that begins on `first_day` after one that ended on `last_day`, as the office calls it (services/cases.py)."""
    gap = (date.fromisoformat(first_day) - date.fromisoformat(last_day)).days
    return "renewal" if gap == 1 else "lapsed"
