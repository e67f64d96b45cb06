"""The demo's van: a laptop that is enrolled and carries its pack, for whoever wants to take applications without a network."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from accounts import directory
from issuer.errors import IssuerError
from office.laptop import enrolment as laptop
from office.laptop import vault
from office.van import enrolment
from published import whole

from .errors import DemoError
from .governorate import Governorate
from .office import AUTHORITY
from .users import Users

HOLDER, MANAGER = "mona", "hoda"
NAME = "سيارة المنتزه"


class Van(NamedTuple):
    """The laptop's folder, and the file that its passphrase lies in, as everything of the demo lies beside what it opens."""

    folder: Path
    passphrase: Path

    def told(self, office: str) -> Sequence[tuple[str, str]]:
        """Return what to do with it, and where to see it at the office."""
        return (
            (f"the laptop of {HOLDER}, enrolled; then open http://127.0.0.1:8033/", f"khatm van serve --to {self.folder}"),
            ("it asks for its passphrase", f"cat {self.passphrase}"),
            (f"back at the centre, as {HOLDER}: file what it brought", f"{office}/centre/van"),
            (f"another laptop, as {MANAGER}: a code, once and for ten minutes", f"{office}/centre/van/laptops"),
            ("what a citizen asks with a provisional slip", f"{office}/slips"),
        )


def enrolled(governorate: Governorate, office: str, *, users: Users, streets: Path, now: int) -> Van:
    """Enrol a laptop at the office that is served at an address, as a manager and a clerk do, and fetch its pack.

    Raises DemoError `service_failed`; OSError.
    """
    made = Van(governorate.folder / "van", governorate.folder / "van.passphrase")
    whole.write({made.passphrase: f"{secrets.token_urlsafe(18)}\n".encode()}, mode=0o600)
    try:
        with users.acting_as("web"), governorate.locations.engine() as engine, engine.begin() as connection:
            holder = directory.find(connection, HOLDER)
            code = enrolment.make_code(connection, holder, AUTHORITY, NAME, by=MANAGER, now=now)
        with vault.alone(made.folder):
            held = vault.begin(made.folder, made.passphrase.read_bytes().strip())
            laptop.enrol(held, office, code, now=now)
            laptop.fetch(held)
            held.close()
    except IssuerError as error:
        raise DemoError("service_failed", error.code) from error
    whole.write({made.folder / "map.pmtiles": streets.read_bytes()}, mode=0o600)
    return made
