"""Killed at random: servers in the middle of requests, the network in the middle of bodies and answers. None lost, none double."""

from __future__ import annotations

import random
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from seal.chain import Head
from seal.inspection import digest
from tests.inspections import killing
from tests.inspections.killing import Line, served, storm
from tests.inspections.phone import Phone
from tests.inspections.street import Street


def killed(street: Street, *, kills: int, servers: int, seed: int) -> None:
    chance = random.Random(seed)
    holders = [street.account(name, ("MID", "inspector")) for name in ("amal", "omar")]
    phones = []
    for holder in holders:
        phone = street.signed_in(street.phone(holder), holder.name)
        phones.append(phone)
    with served(street, servers) as running:
        lines = [Line(running.port, chance, cut=0.15) for _ in phones]
        for phone, line in zip(phones, lines, strict=True):
            phone.now, phone.send = street.now, line.send
        storm(street, phones, running, kills=kills, chance=chance)
        assert sum(line.unanswered for line in lines) > 0, "no server was killed while it worked"
        for phone in phones:
            phone.send = Line(running.port, chance).send
            killing.assert_both_sides_agree(street, phone)
    killing.assert_nothing_else(street, phones)


def test_killed_at_random_nothing_is_lost_and_nothing_double(each_street: Street) -> None:
    """Twenty-five times on each database, two servers behind one address."""
    killed(each_street, kills=25, servers=2, seed=20261129)


@pytest.mark.long
def test_killed_at_random_a_thousand_times(each_street: Street) -> None:
    killed(each_street, kills=500, servers=2, seed=11)


def test_two_servers_behind_one_address_keep_one_chain(each_street: Street) -> None:
    """The same and different inspections of one phone at once: each is stored once, and the chain is whole."""
    street = each_street
    phone = street.signed_in(street.phone(street.account("amal", ("MID", "inspector"))))
    with served(street, 2) as running:
        phone.send = Line(running.port, random.Random(1)).send
        sent = [phone.record() for _ in range(12)]
        with ThreadPoolExecutor(8) as at_once:
            answers = list(at_once.map(lambda each: phone.put(*each), [*sent, *reversed(sent), *sent]))
        assert sorted(status for status, _ in answers).count(201) == 12
        killing.assert_both_sides_agree(street, phone)
    killing.assert_nothing_else(street, [phone])


def test_a_server_that_was_restored_from_an_older_copy_is_seen_by_the_phone(street: Street, tmp_path: Path) -> None:
    """A cut tail on the server's side: the phone has its signed head, sends again, and the chain is whole."""
    phone: Phone = street.signed_in(street.phone(street.account("amal", ("MID", "inspector"))))
    sent = [phone.record() for _ in range(2)]
    phone.sync()
    street.engine.dispose()
    files = ("inspections.sqlite", "inspections.sqlite-wal", "inspections.sqlite-shm")
    for name in files:
        if (tmp_path / name).exists():
            shutil.copy(tmp_path / name, tmp_path / f"{name}.copy")
    sent += [phone.record(), phone.record()]
    phone.sync()
    known = phone.head
    street.engine.dispose()
    for name in files:
        (tmp_path / name).unlink(missing_ok=True)
        if (tmp_path / f"{name}.copy").exists():
            shutil.copy(tmp_path / f"{name}.copy", tmp_path / name)
    status, told = phone.contact()
    assert (status, told["chain"]) == (200, "phone_ahead")
    assert phone.heed(told["head"]).head.sequence == 2 < known.sequence
    phone.outbox = sent[2:]
    phone.sync()
    assert phone.head == known == Head(phone.kid, 4, digest(phone.messages[-1]))
