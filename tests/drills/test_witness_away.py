"""Witnesses and a house that lost its register: one that is away is told of, one that has seen more stops everything."""

from __future__ import annotations

import gc
import os
import shutil
from contextlib import ExitStack
from pathlib import Path

from demo import witnesses
from demo.witnesses import MadeWitness
from issuer.log import stored
from tests.issuer.offices import SECONDS, Office, rows
from tests.issuer.test_witnessed import QUIET, Witnessed
from tests.office.recovery.house import at
from tests.processes import PATIENCE_SECONDS


def told(house: Witnessed, *words: str, exit_code: int = 0) -> str:
    options = [word for each in house.made for word in ("--log-witness", f"{each.name}={each.address}")]
    return house.office.run(*words, *options, now=at(SECONDS + 3600), exit_code=exit_code).output


def sealed(house: Witnessed, name: str, first: int, count: int) -> None:
    house.office.run("issue", house.office.write(name, rows(count, first=first)), "--no-output")
    assert "log/checkpoint" in house.publish()


def kept(office: Office, folder: Path) -> None:
    """Put register, published files and the last checkpoint by."""
    for each in (office.locations.published, office.locations.store):
        shutil.copytree(each, folder / each.name)
    gc.collect()  # a file is put by and replaced whole only where nothing of this process has it open
    shutil.copy(office.register, folder / "register.sqlite")


def bring_back(office: Office, folder: Path, *, files: bool) -> None:
    gc.collect()
    for leftover in Path(office.register).parent.glob("register.sqlite-*"):
        leftover.unlink()
    shutil.copy(folder / "register.sqlite", office.register)
    for each in (office.locations.published, office.locations.store) if files else ():
        shutil.rmtree(each)
        shutil.copytree(folder / each.name, each)


def test_one_is_away_and_one_has_seen_more(office: Office) -> None:
    house = Witnessed(office)
    house.ask_for(1, 1)
    environment = dict(os.environ) | QUIET  # noqa: TID251
    with ExitStack() as running:
        first, second = (running.enter_context(witnesses.serving(each, environment)) for each in house.made)
        sealed(house, "three.csv", 1, 3)
        kept(office, office.folder / "evening")
        sealed(house, "four.csv", 20, 1)
        kept(office, office.folder / "midnight")
        sealed(house, "five.csv", 30, 1)
        _ahead(house, house.made)
        second.terminate()
        second.wait(PATIENCE_SECONDS)
        _away(house)
        first.terminate()
        first.wait(PATIENCE_SECONDS)


def _ahead(house: Witnessed, made: tuple[MadeWitness, ...]) -> None:
    """Everything is brought back, the checkpoint too, older than the log: whoever went on would fork it."""
    office, midnight = house.office, house.office.folder / "midnight"
    shutil.copytree(office.locations.published, office.folder / "newest")
    shutil.copytree(office.locations.store, office.folder / "newest-store")
    bring_back(office, midnight, files=True)
    shutil.copy(office.folder / "evening" / "register.sqlite", office.register)
    said = told(house, "register", "recover", exit_code=2)
    assert "recovery_witness_ahead" in said and "log 5 > 4" in said and any(each.name in said for each in made)
    for name, path in (("newest", office.locations.published), ("newest-store", office.locations.store)):
        shutil.rmtree(path)
        shutil.copytree(office.folder / name, path)


def _away(house: Witnessed) -> None:
    said = told(house, "register", "recover")
    assert "witness_unreachable" in said and "cosigned, at 5" in said
    assert "the register has 3, the log 5: 2 lost" in said
    assert "log/checkpoint" in house.publish(), "one of two is enough here"
    last = stored.read(house.office.locations.store / "log")
    assert last is not None and last.checkpoint.size == 5
    assert ", 0 findings" in house.office.run("audit", "verify", now=None).output
