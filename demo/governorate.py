"""A small governorate: keys, ten authorities, a trust list, licenses in a register, published files. All by the real functions."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import select

import published
from issuer import approving, judging, operations
from issuer.bulk import Summary
from issuer.cards import outputs
from issuer.locations import Locations
from issuer.register import history, requests
from issuer.register.tables import licenses
from keys import ceremony, founding, log_keys, parts, policy, root_documents
from keys.custody import ROOT_PRIVATE, ROOT_PUBLIC, Custody
from office.applicants import keyring
from office.applications import receipts
from office.applications.tables import applications
from office.database import DATABASE
from published import Loaded, Memory, whole
from published.pinning import DOCUMENT
from seal import days, receipt, slips, wire
from seal.claims import Claims
from transparency import keys
from witness.folder import PinnedLog

from . import office, sharing, witnesses
from .errors import DemoError
from .witnesses import MadeWitness

_DATA = Path(str(files(__package__).joinpath("data")))
WITNESSED_BY = 1  # how many of the two witnesses must have seen a head
PREPARES, APPROVES = "mona", "karim"  # of demo/office.py: a clerk, and the administrator of all authorities
SAMPLE = _DATA / "sample.csv"


class Sealed(NamedTuple):
    """A license of the register: its number, its claims, and the text that its code holds."""

    number: str
    claims: Claims
    text: str

    @property
    def path(self) -> str:
        """What a phone's camera asks the verifier for."""
        return "/" + self.text.split("/")[-1]


class Program(NamedTuple):
    """What one program has of keys: its folder, and the file with its passphrase."""

    keys: Path
    passphrase_file: Path


class Governorate:
    """Everything in one folder. Times are seconds since 1970 UTC."""

    def __init__(self, folder: Path, host: str) -> None:
        """Take `folder` (empty) for codes that are read under `host`."""
        self.folder, self.host = folder, host
        self.published, self.root = folder / "published", folder / DOCUMENT
        self.out, self.sample = folder / "licenses", folder / "sample.csv"
        self.documents = folder / "documents"
        passphrase = folder / "passphrase"
        self.witnesses: tuple[MadeWitness, ...] = ()
        register = str(folder / "register" / "register.sqlite")
        self.locations = Locations(register, folder / "keys", self.published, passphrase, None, DATABASE, folder / "log-store")

    def make_keys(
        self,
        *,
        now: int,
        made: Callable[[str, str, str], None],
        since: int | None = None,
        witness: Callable[[MadeWitness], None] = lambda _: None,
    ) -> int:
        """Make three root keys, of which two sign, a status key, keys of the log, witnesses, a key for every authority; sign the list.

        `made` is told code and names, `witness` each witness as soon as it may run. The trust list goes by a head of the log that one of
        two witnesses has seen.

        The keys are in force `since` then, where it is given: there are inspections of the weeks before.

        The passphrase is made here too, and lies beside the keys: nobody may take them for real ones. Returns the number of keys.
        """
        passphrase_file = self.locations.passphrase_file or Path()
        whole.write({passphrase_file: f"{secrets.token_urlsafe(24)}\n".encode()}, mode=0o600)
        secret = self.locations.passphrase()
        since = now if since is None else since
        custody = Custody.create(self.locations.keys, secret, policy.start([self.host]))
        custody.add(secret, policy.status_entry(policy.governorate(custody), now=since))
        custody.add_log_keys(secret)
        custody.publish_acts(lists_proven=True)
        self._name_witnesses(custody, witness)
        custody.add(secret, policy.receipt_entry(policy.governorate(custody), now=now))
        custody.add(secret, policy.notice_entry(custody, slips.GOVERNORATE, now=now))
        for code, each in founding.add_authorities(custody, secret, now=since):
            made(code, each.name["ar"], each.name["en"])
        self._ceremony(custody, secret, now=now, since=since)
        whole.write({self.root: published.beside(self.locations.keys).read_bytes()}, mode=0o644)
        with ThreadPoolExecutor(2) as two:  # nearly all of it is scrypt, which lets others work
            list(two.map(lambda program: self._part(custody, program, secret), parts.PROGRAMS))
        return len(custody.policy["keys"])

    def _ceremony(self, custody: Custody, secret: bytes, *, now: int, since: int) -> None:
        """Ask for the trust list, sign it and accept it, as `khatm keys request`, `root sign` and `accept` do, with nobody to ask.

        The root has a folder of its own from here on, as if it was carried away: three keys of one person, of which two sign.
        """
        root = self.folder / "root"
        root.mkdir(mode=0o700)
        whole.write({root / ROOT_PUBLIC: (custody.folder / ROOT_PUBLIC).read_bytes()}, mode=0o644)
        (custody.folder / ROOT_PRIVATE).rename(root / ROOT_PRIVATE)
        root_documents.for_one_person(root, secret, prefix=policy.governorate(custody).prefix, now=since)
        root_documents.install(custody.folder, (root / DOCUMENT).read_bytes())
        asked = ceremony.examine(root, ceremony.ask(custody, self.published, now=now))
        ceremony.accept(custody, ceremony.sign(root, asked, secret), self.published, now=now)

    def program(self, name: str) -> Program:
        """Return what one of the programs that run has of keys (keys.parts.PROGRAMS)."""
        return Program(self.folder / "programs" / name, self.folder / "programs" / f"{name}.passphrase")

    @property
    def applicants(self) -> Path:
        """The keys by which applicants' data is kept: the web server's alone."""
        return self.program("web").keys / "applicants.keys"

    def _part(self, custody: Custody, name: str, secret: bytes) -> None:
        """Give a program its keys, and no others, under a passphrase of its own."""
        program, own = self.program(name), secrets.token_urlsafe(24).encode()
        parts.part(custody, name, program.keys, old=secret, new=own)
        whole.write({program.passphrase_file: own + b"\n"}, mode=0o600)

    def _name_witnesses(self, custody: Custody, witness: Callable[[MadeWitness], None]) -> None:
        """Make the witnesses, who pin the logs' keys by hand, and name them in the policy; from now on publishing asks them."""
        held = custody.policy["log"]
        terms = (log_keys.terms(held), log_keys.act_terms(held, custody.policy["acts"]))
        pinned = [PinnedLog(each.origin, tuple(map(keys.parse, each.keys))) for each in terms if each]
        self.witnesses = witnesses.make(self.folder / "witnesses", pinned)
        named = [key.vkey() for each in self.witnesses for key in each.keys]
        log_keys.set_witnesses(held, add=named, remove=(), threshold=WITNESSED_BY)
        custody.save()
        for each in self.witnesses:
            witness(each)
        self.locations = self.locations._replace(log_witnesses=tuple(f"{each.name}={each.address}" for each in self.witnesses))

    def issue(self, *, now: int, progress: Callable[[float], None]) -> Summary:
        """Seal the sample into the register, with codes and cards. Raises DemoError `sample_refused`."""
        whole.write({self.sample: SAMPLE.read_bytes()})
        clerk = operations.signing_context(self.locations, now=now)
        with judging.judged(self.sample, clerk.rules, apply=False) as judged:
            approval = self._approved(judged.asked, now)
            summary = operations.issue_judged(
                judged, self.sample, self.locations, clerk, out=self.out, wanted=outputs.ALL, now=now, progress=progress
            )
        with self.locations.engine() as engine, engine.begin() as connection:
            requests.finish(connection, approval, now=now)
        if summary.counts["issued"] != summary.total:
            raise DemoError("sample_refused", ", ".join(summary.codes))
        return summary

    def _approved(self, asked: approving.Asked, now: int) -> requests.Request:
        """Let two of the demo's people prepare and approve the sample, as two people of a house do."""
        with self.locations.engine(create=True) as engine, engine.begin() as connection:
            request = approving.prepare(connection, asked, by=f"account:{PREPARES}", now=now)
            requests.decide(connection, request.id, approve=True, by=f"account:{APPROVES}", now=now)
            return requests.show(connection, request.id)

    def furnish_office(self, *, now: int) -> list[tuple[str, str]]:
        """Make the office's accounts (told in `people.txt`) and one application in every state; return state and number of each."""
        clerk = operations.signing_context(self.locations, now=now)
        with self.locations.engine() as engine:
            office.tell(office.people(engine, now=now), self.folder / "people.txt")
            signing = receipts.signing(
                Custody(self.locations.keys), self.locations.trust(), self.locations.passphrase(), host=self.host, now=now
            )
            keyring.make(self.applicants, day=days.day_of(now).isoformat())
            furnished = office.office_of(clerk, self.documents, signing, keyring.load(self.applicants))
            made = list(office.Applications(engine, furnished, clerk, now=now).one_in_every_state())
            sharing.share(engine, furnished, dict(made), now=now)
            return made

    def receipt(self, number: str) -> str:
        """Return the text of the code on an application's receipt. Raises DemoError `receipt_missing`."""
        with self.locations.engine() as engine, engine.connect() as connection:
            signed = connection.scalar(select(applications.c.receipt).where(applications.c.number == number))
        if signed is None:
            raise DemoError("receipt_missing", number)
        return receipt.write(signed, self.host)

    def publish(self, *, now: int, sites: Path | None = None) -> list[str]:
        """Sign and publish what the licenses are worth now; into `sites` where they are valid."""
        return operations.publish(self.locations, now=now, sites=sites)

    def revoke(self, number: str, *, reason: str, now: int) -> None:
        """Revoke a license in the register; it counts with the next `publish`."""
        with self.locations.engine() as engine:
            history.change(engine, number, "revoked", reason=reason, now=now)

    def sealed(self) -> list[Sealed]:
        """Return every license of the register, in the order of their numbers."""
        with self.locations.engine() as engine:
            with engine.connect() as connection:
                numbers = connection.scalars(select(licenses.c.number).order_by(licenses.c.id)).all()
            records = [history.show(engine, number) for number in numbers]
        return [Sealed(record.number, record.claims, wire.write(record.message, self.host)) for record in records]

    def load(self, *, now: int) -> Loaded:
        """Read the published files as a verifier does: with the root and nothing else."""
        return published.load(self.published, root=published.read_root(self.root), memory=Memory(), now=now)
