"""The demo's inspections: people of the street, an enrolled phone, and a month of what it saw. All by the server's functions."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Engine, update

from accounts import directory
from accounts.roles import INSPECTION_ROLES, Account, Role
from governorate import authorities
from inspections import server_key
from inspections.devices import enrolment
from inspections.devices.tables import device_sign_ins, devices
from inspections.locations import Locations
from inspections.visits import evaluating, evaluation, intake
from inspections.visits.archive import Archive
from maps import gazetteer, town
from published import Loaded, whole
from seal import cose, device, inspection
from seal.area import Area
from seal.inspection import Finding, Inspection, Lists, Location
from seal.site import Point

from . import enforcement
from .governorate import Governorate, Sealed
from .office import AUTHORITY, Person, people

STAFF: Sequence[tuple[str, str, Role]] = (
    ("salma", "سلمى رشدي", "supervisor"),
    ("amal", "أمل فتحي", "inspector"),
    ("sherif", "شريف عادل", "police"),
)
DAYS = 30
_DAY = 86_400
_ROUND = 9 * 3600  # of a day, UTC: before noon in Alexandria
_DEGREE = 111_320.0  # metres
_APP = "demo"
_SEED = 1904


class Street:
    """The inspections' server's things in the demo's folder. Times are seconds since 1970 UTC."""

    def __init__(self, governorate: Governorate) -> None:
        self._governorate = governorate
        self.folder = governorate.folder / "inspections"
        self.locations = Locations(str(self.folder / "inspections.sqlite"), self.folder / "files")
        self.sites = governorate.folder / "sites"
        self.map = governorate.folder / "map.pmtiles"

    def furnish(self, *, now: int) -> tuple[tuple[Person, ...], int]:
        """Make database, key, people and a month of inspections; return the people, and how many inspections there are."""
        server_key.make(self.locations.server_key)
        streets = town.build([Area([Point(*corner) for corner in authorities.default()[AUTHORITY].outline])])
        whole.write({self.map: streets}, mode=0o644)
        gazetteer.make(self.map)
        with self.locations.engine(create=True) as engine:
            began = now - (DAYS + 1) * _DAY
            made = people(engine, now=began, staff=STAFF, offered=INSPECTION_ROLES, authorities=authorities.default())
            with engine.connect() as connection:
                amal = directory.find(connection, "amal")
            lists = self._governorate.load(now=now)
            archive = Archive(self.locations.lists, self._governorate.published)
            archive.learn(lists.trust, now=now)
            phone = Phone(engine, amal, lists, archive, began=began)
            shops = [one for one in self._governorate.sealed() if one.claims.iss == AUTHORITY]
            return made, phone.month(shops, now=now)

    def approve(self, *, now: int) -> str:
        """Report and approve a violation of the month; return the number of its notice, which waits for its seal."""
        with self.locations.engine() as engine:
            return enforcement.approve(engine, self._governorate.load(now=now), now=now)

    def serve(self, number: str, *, now: int) -> str:
        """Serve that notice as soon as the office sealed it; return its code's text."""
        with self.locations.engine() as engine:
            return enforcement.serve(engine, number, now=now)

    def connect(self, settings: Sequence[Path], address: str, *, now: int) -> None:
        """Write the files that tell programs of the office of inspections at an address."""
        with self.locations.engine() as engine:
            enforcement.connect(engine, settings, address, now=now)

    def code(self, *, now: int, address: str) -> tuple[str, str]:
        """Return a code that enrols a phone beside the one of the demo's month, as it is typed and as its QR code says it."""
        with self.locations.engine() as engine, engine.begin() as connection:
            made = enrolment.make_code(
                connection, directory.find(connection, "amal"), AUTHORITY, "", beside=True, by=directory.CONSOLE, now=now
            )
        return enrolment.written(made), enrolment.picture_text(made, address)

    def settings(self) -> dict[str, str]:
        """Return the settings of the server of inspections."""
        given: dict[str, str | Path] = {
            "DATABASE": str(Path(self.locations.database).absolute()),
            "FILES": self.locations.files.absolute(),
            "PUBLISHED": self._governorate.published.absolute(),
            "ROOT": self._governorate.root.absolute(),
            "SITES": self.sites.absolute(),
            "MAP": self.map.absolute(),
            "HTTPS": "no",
        }
        return {f"KHATM_INSPECTIONS_{name}": str(value) for name, value in given.items()}


class Phone:
    """The phone of an inspector, enrolled when the month began; every working day its inspector makes a round."""

    def __init__(self, engine: Engine, holder: Account, lists: Loaded, archive: Archive, *, began: int) -> None:
        self._engine, self._holder, self._lists, self._archive = engine, holder, lists, archive
        self._chance = random.Random(_SEED)  # noqa: S311 - a demo, the same each time
        key = ec.generate_private_key(ec.SECP256R1())
        self._signer = cose.private_signer(key)
        self._kid = device.kid_of(key.public_key())
        self._sequence = 0
        self._previous: bytes | None = None
        with engine.begin() as connection:
            code = enrolment.make_code(connection, holder, AUTHORITY, "", by=directory.CONSOLE, now=began)
            wanted = device.Enrolment(code, key.public_key(), _APP, device.PROTOCOL, began)
            self._id = enrolment.enrol(connection, wanted, now=began)[0].id

    def month(self, shops: Sequence[Sealed], *, now: int) -> int:
        """Make the rounds of the month, none on Fridays and Saturdays; return how many inspections they were."""
        midnight = now - now % _DAY
        days = [midnight - ago * _DAY for ago in range(DAYS, 0, -1)]
        working = [day for day in days if (day // _DAY + 3) % 7 not in (4, 5)]  # 1970-01-01 was a Thursday; 0 is Monday
        for day in working:
            self._sign_in(day + _ROUND)
            for stop, one in enumerate(self._chance.sample(list(shops), min(3, len(shops)))):
                self._visit(one, day + _ROUND + 1800 * (stop + 1))
        return self._sequence

    def _sign_in(self, now: int) -> None:
        row = {"device_id": self._id, "account_id": self._holder.id, "begun_at": now, "until": now + 8 * 3600}
        with self._engine.begin() as connection:
            connection.execute(device_sign_ins.insert().values(row))

    def _visit(self, one: Sealed, at: int) -> None:
        """Scan a license where it hangs, note what is wrong every fifth time, sign, and send some minutes later."""
        point = one.claims.license.site.point
        north, east = self._chance.gauss(0, 4), self._chance.gauss(0, 4)
        place = Location(point.latitude + north / _DEGREE, point.longitude + east / _DEGREE, round(self._chance.uniform(4, 12), 1), at, 1)
        verdict = evaluation.judged(one.text, at, place, self._lists)
        told = evaluation.told_of(verdict)
        bad = verdict.decision == "valid" and self._chance.random() < 0.2
        self._sequence += 1
        held = Inspection(
            id=self._chance.randbytes(16),
            sequence=self._sequence,
            previous=self._previous,
            officer=self._holder.name,
            scanned_at=at,
            signed_at=at + 90,
            app=_APP,
            kind="license",
            result="violation" if bad or verdict.decision == "invalid" else "in_order" if verdict.decision == "valid" else "cannot_tell",
            code=one.text,
            verdict=told,
            lists=Lists(self._lists.trust.sequence, min(at, self._lists.status.newest)),
            location=place,
            seen_type=one.claims.type,
            seen_name=one.claims.trade_name,
            findings=(Finding("exits_clear", "bad", "serious", "المخرج مغلق ببضاعة"),) if bad else (),
        )
        message = inspection.sign(held, self._kid, self._signer)
        self._previous = inspection.digest(message)
        with self._engine.begin() as connection:
            taken = intake.take(connection, self._id, message, held, now=at + 300)
            evaluating.arrived(connection, taken.id, held, self._lists, self._archive, now=at + 300)
            connection.execute(update(devices).where(devices.c.id == self._id).values(contact_at=at + 300))
