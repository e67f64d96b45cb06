"""Two hundred people submit and pay at once, and processes are killed in between: nothing is lost, nothing is done twice."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time

from sqlalchemy import func, select

from office.applications.tables import applications
from office.payments import soundness
from tests.conftest import ROOT
from tests.office.applications.workplace import CITIZEN, NOW, Workplace, shop

PEOPLE = 200
HANDS = 4  # processes at once
KILLS = 6

HAND = """
import json, sys
from sqlalchemy.exc import OperationalError
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from office.applications import submitting, workflow
from office.applications.actors import Actor
from office.applications.documents import Store
from office.applications.context import OfficeContext, UnitOfWork
from governorate.licensed import default
from issuer.errors import IssuerError
from issuer.intake.rows import Rules
from office.payments import bills, counter
from office.database import DATABASE, open_register
from storage.faults import refusal
from issuer.locations import Locations
from office.desk.context import competences
from office.services import catalogue, fee_loader
folder, url, now = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
locations = Locations(url, folder / "keys", folder / "published", None, None, DATABASE)
trust = locations.trust()
rules = Rules(competences(trust), default())
office = OfficeContext(catalogue.default(), fee_loader.default(), rules, Store(folder / "documents"), "khatm.example", "ALX")
engine = open_register(url, create=False)
def serve(key):
    with engine.begin() as connection:
        number = submitting.submit(UnitOfWork(connection, office, Actor("citizen", "11", "x"), now), key)
    with engine.begin() as connection:
        for bill in bills.of_subject(connection, number):
            if bill.state == "open":
                paid = workflow.paid(office)
                counter.pay(connection, bill.id, method="cash", amount=bill.piastres, by="staff:3", settled=paid, now=now)
def patient(key):
    while True:
        try:
            return serve(key)
        except IssuerError as error:  # another process was faster with the same bill
            assert error.code.startswith("bill_"), error
            return
        except OperationalError as error:  # whose page says that the register is busy, and who sends the form again
            assert refusal(error).code == "database_locked", error
print("ready", flush=True)
keys = json.loads(sys.stdin.readline())
with ThreadPoolExecutor(8) as pool:
    list(pool.map(patient, keys))
print("done", flush=True)
"""


def hand(here: Workplace, keys: list[str]) -> subprocess.Popen[str]:
    """A process that submits and pays for all of `keys`, in its own order."""
    url = here.engine.url.render_as_string(hide_password=False)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    environment = os.environ | {"PYTHONPATH": str(ROOT)}  # noqa: TID251
    process = subprocess.Popen([sys.executable, "-c", HAND, str(here.folder), url, str(NOW)], env=environment, **pipes)  # type: ignore[call-overload]
    assert process.stdout.readline() == "ready\n"
    process.stdin.write(json.dumps(random.Random(process.pid).sample(keys, len(keys))) + "\n")
    process.stdin.flush()
    return process


def submitted(here: Workplace) -> int:
    with here.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(applications).where(applications.c.number.is_not(None))) or 0


def test_two_hundred_submit_and_pay_at_once_while_processes_die(here: Workplace) -> None:
    keys = [here.draft("shop.first", shop(trade_name=f"محل رقم {place}")) for place in range(PEOPLE)]
    hands = [hand(here, keys) for _ in range(HANDS)]
    try:
        for kill in range(KILLS):
            before = submitted(here)
            while submitted(here) < min(before + 8, PEOPLE) and all(each.poll() is None for each in hands):
                time.sleep(0.005)
            victim = hands.pop(kill % len(hands))
            victim.kill()
            victim.communicate()
            hands.append(hand(here, keys))
        outputs = [each.communicate()[0] for each in hands]
    finally:
        for each in hands:
            each.kill()
            if each.returncode is None:
                each.communicate()
    assert outputs == ["done\n"] * HANDS
    _assert_each_once(here, keys)


def _assert_each_once(here: Workplace, keys: list[str]) -> None:
    with here.engine.connect() as connection:
        rows = connection.execute(select(applications.c.key, applications.c.number, applications.c.state)).all()
        assert soundness.check(connection) == ()
    assert {row.key for row in rows} == set(keys)
    assert sorted(row.number.split("-")[3] for row in rows) == [f"{place:06d}" for place in range(1, len(keys) + 1)]
    assert {row.state for row in rows} == {"under_review"}
    for row in rows:
        shown = here.show(row.number, actor=CITIZEN)
        assert [event.action for event in shown.events] == ["enter", "submit", "bill", "pay"]
        (bill,) = shown.bills
        assert [payment.piastres for payment in bill.payments] == [bill.piastres]
