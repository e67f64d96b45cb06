"""An office in the mode `passkey`: a roster of two administrators, a trust list that says so, and reviewers who are vouched for."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

import published
from accounts import directory, keyring, vouching
from acts import roster
from acts.passkeys import Site
from acts.roster import Roster
from issuer.register.tables import licenses
from keys import policy
from keys.custody import ROOT_PUBLIC, ROSTER, Custody
from office.applications.commands import Worker
from tests.acts.authenticator import Authenticator
from tests.issuer import offices
from tests.office.applications.conftest import Keys
from tests.office.applications.workplace import NOW, shop
from tests.office.desk.house import House, Visitor
from tests.office.desk.keyed import ORIGIN, form, keyed, octets


class Rostered:
    """Hoda and Karim are on the roster, Mona and Omar are reviewers in MN1 for whom both signed. Keys are by name."""

    def __init__(self, folder: Path, unlocked: Keys, register: str, *, people: int = 2, origin: str = ORIGIN) -> None:
        made, clerk, _ = unlocked
        self.furnished = offices.furnish(folder / "office", made, register)
        keys = folder / "office/keys"
        self.house = House(folder / "office", register, clerk, origin=origin)
        self.folder, self.custody = folder / "office", Custody(keys)
        self.keys: dict[str, Authenticator] = {}
        self.visitors: dict[str, Visitor] = {}
        first = self.house.staff("first", ("*", "administrator"))
        for name in ("hoda", "karim"):
            self.visitors[name], self.keys[name] = keyed(self.house, name, first, ("*", "administrator"), origin=origin)
        site = Site(*_split(origin))
        deployment = published.read_root(keys / ROOT_PUBLIC).deployment_of("ALX")
        self.roster = Roster(1, NOW, deployment, site, tuple(self.keys[name].passkey for name in ("hoda", "karim")))
        signed = roster.sign(self.roster, self.custody.root_kid(), self.custody.root_signer(offices.PASSPHRASE))
        (keys / ROSTER).write_bytes(signed)
        for name in ("mona", "omar"):
            self.join(name, ("MN1", "reviewer"))
        self.mode(people)

    def join(self, name: str, *granted: tuple[str, str], by: tuple[str, ...] = ("hoda", "karim")) -> None:
        """Let somebody enrol, be confirmed, and be signed for."""
        self.visitors[name], self.keys[name] = keyed(self.house, name, self.visitors["hoda"], *granted, origin=self.roster.site.origins[0])
        for each in by:
            self.vouch(each, name)

    def vouch(self, by: str, name: str) -> None:
        """Sign for all that may be signed for, below the pages."""
        with self.house.context.engine.begin() as connection:
            asking, about = directory.find(connection, by), directory.find(connection, name)
            for claim in vouching.signable(connection, asking, about, self.roster):
                nonce = os.urandom(32)
                answer = self.keys[by].get(vouching.challenge(self.roster, claim, nonce))
                vouching.sign(connection, asking, name, claim, answer, nonce=nonce, held=self.roster, now=NOW)

    def mode(self, people: int) -> None:
        """Publish a trust list that says how decisions are signed."""
        self.custody.policy["approvers"] = people
        data = policy.sign_trust_list(self.custody, offices.PASSPHRASE, now=self.house.now - 600)
        published.write(self.folder / "published", {published.TRUST_LIST: data})

    def paid(self, **fields: str) -> str:
        """The number of an application that waits for a decision."""
        work = self.house.work
        number = work.submitted("shop.first", shop(**fields))
        work.pay(number)
        return number

    def path(self, number: str) -> str:
        """Where an application is approved."""
        return f"/centre/applications/{number}/do/approve"

    def click(self, name: str, number: str, *, key: str = "", **more: str) -> Any:
        """Approve on the page, and sign what it asks with somebody's key."""
        who = self.visitors[name]
        asked = form(who.get(f"/centre/applications/{number}").text, self.path(number))
        answer = self.keys[key or name].get(octets(asked["options"]["challenge"])) if asked["options"] else ""
        sent = {"version": asked["version"], "nonce": asked.get("nonce", ""), "answer": answer} | more
        return who.post(self.path(number), **sent)

    def work(self) -> dict[str, int]:
        """A round of the worker, as it runs for real: what happened how often."""
        worker = Worker(self.furnished.locations, self.folder / "documents")
        return dict(worker.round(self.house.context.engine, self.house.now))

    def licenses(self) -> int:
        """How many licenses there are."""
        with self.house.context.engine.connect() as connection:
            return connection.scalar(select(func.count()).select_from(licenses)) or 0

    def credential(self, name: str) -> keyring.Held:
        """Somebody's passkey."""
        with self.house.context.engine.connect() as connection:
            return keyring.of_account(connection, directory.find(connection, name).id)[-1]


def _split(origin: str) -> tuple[str, tuple[str, ...]]:
    found = re.fullmatch(r"https?://([^:/]+)(?::\d+)?", origin)
    assert found
    return found[1], (origin,)
