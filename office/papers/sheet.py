"""What stands on a paper, in words: everything is from the seal and the signed trust list, but for the copy's number and day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

import qr.write
from issuer.cards import card
from issuer.errors import IssuerError
from maps import Underlay
from seal import cbor, claims, cose, days, sentences, wire
from seal.catalogue import Language
from seal.claims import Claims
from seal.license import License
from seal.trust import Key, TrustList
from web import plan

from . import siteplan
from .siteplan import SitePlan

if TYPE_CHECKING:  # whoever only sets papers has no business with a register: a third of the press's start
    from .prints import Size

LEVEL: qr.write.Level = "M"  # at the same width its modules are larger than those of Q, and a paper is indoors (bench/papers.py)
CODE_MM: Mapping[Size, int] = {"A4": 140, "A5": 133}  # how wide the code is set (templates/a4.css, a5.css)


class Row(NamedTuple):
    """One line: its label in both languages, and its value, in the second language too where the list has one."""

    label_ar: str
    label_en: str
    value: str
    value_en: str = ""
    numeric: bool = False  # read from the left, whatever is around it
    short: bool = False  # two of them share a line


class Sheet(NamedTuple):
    """A paper before it is set. It is plain text, and can be handed to another process. `serial` 0 is a copy that nobody numbered."""

    size: Size
    number: str
    edition: int
    governorate: tuple[str, str]
    authority: tuple[str, str]
    type: tuple[str, str]
    rows: tuple[Row, ...]
    host: str
    path: str
    side: int
    reach_m: float  # from where a phone reads it
    token: bytes
    serial: int
    at: int
    day: str
    plan: SitePlan | None = None

    @property
    def styles(self) -> tuple[str, ...]:
        """Return the names of its styles."""
        return "paper", self.size.lower(), "siteplan"

    @property
    def file(self) -> str:
        """Return the name of the token that goes with the paper."""
        return f"{self.number}-{self.edition}.cose"


def opened(token: bytes, trust: TrustList) -> tuple[cose.Sign1, Claims, Key]:
    """Return a seal's message and claims, and the published key that it is under. Raises IssuerError `no_published_key`; SealError."""
    message = cose.from_bytes(token)
    held = claims.from_bytes(message.payload)
    key = trust.keys.get(cbor.loads(message.protected)[cose.KID])
    if key is None:
        raise IssuerError("no_published_key", held.iss)
    return message, held, key


def of(token: bytes, *, size: Size, host: str, trust: TrustList, serial: int, at: int, ground: Underlay | None = None) -> Sheet:
    """Return the paper of a seal (tagged COSE_Sign1), made at `at` (seconds since 1970 UTC).

    `ground` are the streets for a plan of the site. An A5 has no room for one: its code takes all there is.

    Raises IssuerError `no_published_key`; SealError.
    """
    message, held, key = opened(token, trust)
    code = qr.write.encode(wire.write(message, host), level=LEVEL)
    type_ = trust.types.get(held.type, {"ar": held.type, "en": held.type})
    return Sheet(
        size=size,
        number=held.number_in(trust.governorate.prefix),
        edition=held.edition,
        governorate=(trust.governorate.name["ar"], trust.governorate.name["en"]),
        authority=(key.name["ar"], key.name["en"]),
        type=(type_["ar"], type_["en"]),
        rows=tuple(_rows(held, trust)),
        host=host,
        path=code.path,
        side=code.side,
        reach_m=code.reach_m(CODE_MM[size]),
        token=token,
        serial=serial,
        at=at,
        day=days.day_of(at).isoformat(),
        plan=_plan(held.license, ground) if size == "A4" else None,
    )


def _plan(license_: License, ground: Underlay | None) -> SitePlan | None:
    site = license_.site
    return siteplan.of(ground, site.point, radius_m=site.radius_m, outline=plan.footprint(site))


def _rows(held: Claims, trust: TrustList) -> Iterator[Row]:
    license_ = held.license
    yield _row("label_trade_name", license_.trade_name)
    activity: Mapping[str, str] = trust.activities.get(license_.activity, {"ar": license_.activity, "en": ""})
    yield _row("label_activity", activity["ar"], activity["en"])
    yield _row("label_holder", license_.holder)
    yield _row("label_address", license_.address)
    if license_.details:
        yield _row("label_details", "، ".join(_details(license_, "ar")), ", ".join(_details(license_, "en")))
    yield Row(*_labels("label_site"), card.place(license_.site, " "), numeric=True)
    yield Row(*_labels("label_first_day"), license_.first_day.isoformat(), numeric=True, short=True)
    if license_.last_day:
        yield Row(*_labels("label_last_day"), license_.last_day.isoformat(), numeric=True, short=True)
    else:
        yield Row(*_labels("label_last_day"), *_labels("label_open_ended"), short=True)


def _row(label: str, value: str, value_en: str = "") -> Row:
    return Row(*_labels(label), value, value_en if value_en != value else "")


def _labels(code: str) -> tuple[str, str]:
    return sentences.say(code, "ar"), sentences.say(code, "en")


def _details(license_: License, language: Language) -> list[str]:
    return [f"{sentences.say(name, language)} {card.amount(name, value, language)}" for name, value in license_.details.items()]
