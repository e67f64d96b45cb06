"""`khatm audit verify` holds the published logs to the trust list and to the store, and the register's seals to their log."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, select, update

from acts.tables import acts
from issuer.register.tables import seals
from keys import log_keys
from tests.altered import altered
from tests.issuer.offices import Office
from tests.issuer.test_act_log import ActHouse, T
from transparency import keys
from transparency.checkpoints import Checkpoint
from transparency.signing import sign_checkpoint


@pytest.fixture
def house(office: Office) -> ActHouse:
    house = ActHouse(office)
    house.issue(300)
    house.publish(T)
    return house


def audit(house: ActHouse, exit_code: int = 0) -> str:
    return house.office.run("audit", "verify", "--json", exit_code=exit_code, now=None).output


def found(house: ActHouse) -> set[tuple[str, str, int]]:
    told = [json.loads(line) for line in audit(house, 1).splitlines() if line.startswith("{")]
    return {(each["finding"], each["table"], each["key"][0]) for each in told[:-1]}


def test_what_stands_in_both_logs_is_said(house: ActHouse) -> None:
    counts = json.loads(audit(house).splitlines()[-1])
    assert (counts["findings"], counts["in_the_log"]) == (0, 300)
    assert counts["in_the_acts"] == counts["acts"] == len(house.held())


def test_a_seal_that_the_log_has_otherwise_is_named(house: ActHouse) -> None:
    """As a database writer swaps it, with the acts that belong to it: the log remembers."""

    def swap(connection: Connection) -> None:
        connection.execute(delete(seals).where(seals.c.idx == 7))
        other = connection.scalar(select(seals.c.token).where(seals.c.idx == 281))
        connection.execute(update(seals).where(seals.c.idx == 280).values(token=other))

    house.write(swap)
    assert {each for each in found(house) if each[1] == "log"} == {("not_as_logged", "log", 7), ("not_as_logged", "log", 280)}


@pytest.mark.parametrize("name", ["log", "acts"])
def test_heads_that_readers_refuse_are_refused(house: ActHouse, name: str) -> None:
    path = house.office.locations.published / name / "checkpoint"
    good = path.read_bytes()
    path.unlink()
    assert "log_head_missing" in audit(house, 2)
    path.write_bytes(good.replace(b"\n\n", b"\nmore\n\n", 1))
    assert "log_head_refused" in audit(house, 2)
    path.write_bytes(good[: good.index(b"\n\n") + 2] + good.split(b"\n\n")[1].splitlines(keepends=True)[0].replace(b"khatm", b"other"))
    assert "log_unsigned" in audit(house, 2)


def test_a_shorter_log_of_acts_with_its_own_keys_is_told(house: ActHouse) -> None:
    """Whoever has taken the publisher's keys, the database and the published folder, but not the store."""
    signers = log_keys.named(house.custody.log_signers(b"correct horse battery"), house.custody.policy["acts"]["origin"])
    shutil.rmtree(house.folder / "tile")
    empty = Checkpoint("khatm.example/acts", 0, bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"))
    (house.folder / "checkpoint").write_bytes(sign_checkpoint(empty, signers, timestamp=T + 9))
    size = len(house.held())
    house.write(lambda connection: connection.execute(delete(acts).where(acts.c.position == size - 1)))
    assert ("act_missing", "act", size - 1) in found(house)


@pytest.mark.parametrize(("name", "code"), [("log", "log_files_damaged"), ("acts", "act_log_damaged")])
def test_files_that_do_not_make_their_head_are_refused(house: ActHouse, name: str, code: str) -> None:
    bundle: Path = next(path for path in sorted((house.office.locations.published / name / "tile/entries").rglob("*")) if path.is_file())
    bundle.write_bytes(altered(bundle.read_bytes()))
    assert code in audit(house, 2)


def test_too_few_witnesses_are_told(house: ActHouse) -> None:
    stranger = keys.note_key("witness.example", keys.COSIGNATURE, b"\x01" * 32)
    log_keys.set_witnesses(house.custody.policy["log"], add=[stranger.vkey()], remove=(), threshold=1)
    house.custody.save()
    house.sign_trust_list(T + 10)
    assert "log_unwitnessed" in audit(house, 2)
