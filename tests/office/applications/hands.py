"""Processes of an office that tests kill: citizens who submit and pay, and the worker that seals what is approved.

Each says "ready" when it is, begins when it is told to, and says "done".
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from governorate.licensed import default
from issuer.errors import IssuerError
from issuer.intake.rows import Rules
from issuer.locations import Locations
from issuer.operations import signing_context
from office.applications import issuing, submitting, workflow
from office.applications.actors import Actor
from office.applications.context import OfficeContext, UnitOfWork
from office.applications.documents import Store
from office.database import DATABASE, open_register
from office.desk.context import competences
from office.payments import bills, counter
from office.services import catalogue, fee_loader
from storage.faults import refusal
from tests import processes
from tests.office.applications.workplace import NOW, Workplace

READY, DONE = "ready", "done"
_THREADS = 8


def start(here: Workplace, *, sealing: bool = False) -> processes.Forked:
    """A process that submits and pays for what it is sent, or one that seals; it is ready."""
    url = here.engine.url.render_as_string(hide_password=False)
    started = processes.talking(_seal if sealing else _submit, here.folder, url)
    assert started.pipe.recv() == READY
    return started


def _submit(told: Connection, folder: Path, url: str) -> None:
    locations = Locations(url, folder / "keys", folder / "published", None, None, DATABASE)
    rules = Rules(competences(locations.trust()), default())
    office = OfficeContext(catalogue.default(), fee_loader.default(), rules, Store(folder / "documents"), "khatm.example", "ALX")
    engine = open_register(url, create=False)
    told.send(READY)
    keys = told.recv()
    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(lambda key: _patient(engine, office, key), keys))
    told.send(DONE)


def _patient(engine: Engine, office: OfficeContext, key: str) -> None:
    while True:
        try:
            return _serve(engine, office, key)
        except IssuerError as error:  # another process was faster with the same bill
            assert error.code.startswith("bill_"), error
            return None
        except OperationalError as error:  # whose page says that the register is busy, and who sends the form again
            assert refusal(error).code == "database_locked", error


def _serve(engine: Engine, office: OfficeContext, key: str) -> None:
    with engine.begin() as connection:
        number = submitting.submit(UnitOfWork(connection, office, Actor("citizen", "11", "x"), NOW), key)
    with engine.begin() as connection:
        for bill in bills.of_subject(connection, number):
            if bill.state == "open":
                paid = workflow.paid(office)
                counter.pay(connection, bill.id, method="cash", amount=bill.piastres, by="staff:3", settled=paid, now=NOW)


def _seal(told: Connection, folder: Path, url: str) -> None:
    hand = signing_context(Locations(url, folder / "keys", folder / "published", folder / "passphrase", None, DATABASE), now=NOW)
    host, prefix = hand.sealer.host, hand.sealer.prefix
    office = OfficeContext(catalogue.default(), fee_loader.default(), hand.rules, Store(folder / "documents"), host, prefix)
    engine = open_register(url, create=False)
    told.send(READY)
    told.recv()
    while sum(issuing.run(engine, office, sealer=hand.sealer, now=NOW, limit=4).values()):
        pass
    told.send(DONE)
