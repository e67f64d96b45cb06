"""Somebody has the key of the status lists, and can put files where everybody fetches them. They bring a revoked license back: refused.

Each move is tried on a server verifier that runs on, on one that begins with these files, and on a phone, which has seen the office's list
or comes for the first time.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

import published
from acts import bodies
from issuer.register import history, positions
from published.listed import proof_name
from seal import status, trust, wire
from seal.claims import from_bytes
from seal.status import StatusList
from tests.issuer import offices
from tests.issuer.offices import HOST, PASSPHRASE, SECONDS, Office
from tests.issuer.test_act_log import ActHouse
from tests.twin.asking import Asker
from tests.twin.conftest import ask, node
from tests.vectors import logs
from transparency import proof_files
from transparency.builder import TreeBuilder
from transparency.checkpoints import Checkpoint
from transparency.proof_files import LogProof
from transparency.signing import sign_checkpoint
from transparency.tree import leaf_hash
from verifier.app import create_app
from verifier.settings import Settings

__all__ = ["ask", "node"]
REVOKED_AT = SECONDS + 60
Files = dict[str, bytes]


class Street:
    """A license that hangs and was revoked since: the published files of then and of now, and what the thief has."""

    def __init__(self, folder: Path) -> None:
        offices.make_keys(folder)
        self.house = ActHouse(Office(folder, str(folder / "register.sqlite")))
        self.house.issue(2)
        self.house.publish(SECONDS + 10)
        self.before = self.files()
        with self.house.office.locations.engine() as engine:
            with engine.connect() as connection:
                ((_, message),) = positions.sealed(connection, 0, 1)
            held = from_bytes(message.payload)
            self.text, number = wire.write(message, HOST), held.number_in("ALX")
            history.change(engine, number, "revoked", reason="أُغلق", now=REVOKED_AT - 30)
        self.house.publish(REVOKED_AT)
        self.now = self.files()
        (self.kid,) = self.house.custody.kids("status")
        self.stolen = self.house.custody.signer(self.kid, PASSPHRASE)

    def files(self) -> Files:
        """The published files, by name."""
        folder = self.house.office.locations.published
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    def forged(self) -> bytes:
        """The newest list as the thief signs it: a minute newer, and nothing in it is revoked."""
        honest = status.verify(self.now["status/1"], trust=self.house.office.locations.trust())
        given = status.pack(bytes(2) + bytes([status.INVALID]) * (status.ENTRIES - 2))
        entry = StatusList(honest.uri, honest.iat + 60, honest.exp + 60, honest.bits, given, honest.trust_sequence)
        return status.sign(entry, self.kid, self.stolen)


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Street:
    return Street(tmp_path_factory.mktemp("street"))


def proof_of(files: Files) -> LogProof:
    return proof_files.parse(files[proof_name(sha256(files["status/1"]).digest())])


def alone(street: Street, forged: bytes) -> Files:
    return {}


def with_another_s_proof(street: Street, forged: bytes) -> Files:
    return {proof_name(sha256(forged).digest()): proof_of(street.now).to_bytes()}


def with_an_act_of_their_own(street: Street, forged: bytes) -> Files:
    """The act says what it should; but another one stands in the log."""
    honest = proof_of(street.now)
    own = LogProof(honest.index, honest.path, honest.checkpoint, act_of(forged))
    return {proof_name(sha256(forged).digest()): own.to_bytes()}


def with_a_log_of_their_own(street: Street, forged: bytes) -> Files:
    """Everything is as it should be, but the keys are the thief's."""
    builder, act = TreeBuilder(), act_of(forged)
    builder.append([leaf_hash(sha256(act).digest())])
    signers = tuple(logs.signer(logs.ACTS, each.key.kind, of="thief") for each in logs.act_signers())
    note = sign_checkpoint(Checkpoint(logs.ACTS, 1, builder.root()), signers, timestamp=REVOKED_AT + 60)
    return {proof_name(sha256(forged).digest()): LogProof(0, (), note, act).to_bytes(), "acts/checkpoint": note}


def under_another_number(street: Street, forged: bytes) -> Files:
    """The office's list stays; the newer one of the same name lies beside it."""
    return {"status/1": street.now["status/1"], "status/2": forged}


def act_of(listed: bytes) -> bytes:
    body = bodies.Body(REVOKED_AT + 60, "program:publisher", "published", (bodies.Published("status/1", sha256(listed).digest()),))
    return bytes(bodies.SALT) + bodies.write(body)


MOVES: tuple[Callable[[Street, bytes], Files], ...] = (
    alone,
    with_another_s_proof,
    with_an_act_of_their_own,
    with_a_log_of_their_own,
    under_another_number,
)


def moved(street: Street, move: Callable[[Street, bytes], Files]) -> Files:
    forged = street.forged()
    return street.now | {"status/1": forged} | move(street, forged)


class Server:
    """A verifier as the public has it, over a folder whose files somebody else puts there."""

    def __init__(self, street: Street, folder: Path) -> None:
        self.folder, self.street = folder / "published", street
        root = street.house.office.locations.keys / "root.jwk"
        now = datetime.fromtimestamp(REVOKED_AT + 300, UTC)
        self.settings = Settings(published=self.folder, root=root, state=folder / "state.json", now=lambda: now, check_seconds=0)
        self.client = create_app(self.settings).test_client()

    def put(self, files: Files) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        published.write(self.folder, files)

    def says(self) -> tuple[str, str]:
        """The decision, and what it says of the status."""
        return told(self.client.post("/api/v1/verify", json={"text": self.street.text}).get_json())


def told(answer: dict[str, Any]) -> tuple[str, str]:
    verdict = answer.get("verdict", answer)
    (found,) = (each["code"] for each in verdict["findings"] if each["check"] == "status")
    return verdict["decision"], found


@pytest.mark.parametrize("move", MOVES)
def test_a_server_that_runs_on_says_revoked(street: Street, tmp_path: Path, move: Callable[[Street, bytes], Files]) -> None:
    server = Server(street, tmp_path)
    server.put(street.before)
    assert server.says()[1] == "status_ok"
    server.put(street.now)
    assert server.says() == ("invalid", "revoked")
    server.put(moved(street, move))
    assert server.says() == ("invalid", "revoked")


@pytest.mark.parametrize("move", MOVES)
def test_a_server_that_begins_with_these_files_says_nothing_good(
    street: Street, tmp_path: Path, move: Callable[[Street, bytes], Files]
) -> None:
    server = Server(street, tmp_path)
    server.put(moved(street, move))
    expected = ("invalid", "revoked") if move is under_another_number else ("undecided", "status_list_missing")
    assert server.says() == expected


@pytest.mark.parametrize("move", MOVES)
def test_a_phone_says_the_same(ask: Asker, street: Street, move: Callable[[Street, bytes], Files]) -> None:
    forged = moved(street, move)
    knows, first = phone(ask, street, [street.before, street.now, forged]), phone(ask, street, [forged])
    assert knows == ("invalid", "revoked")
    assert first == (("invalid", "revoked") if move is under_another_number else ("undecided", "status_list_missing"))


def phone(ask: Asker, street: Street, visits: list[Files]) -> tuple[str, str]:
    """What the phone's own program says, in Node, after it has fetched the files as they were at each visit."""
    root = published.read_root(street.house.office.locations.keys / "root.jwk")
    x, y = (part.hex() for part in trust.coordinates(root.public_key))
    request = {
        "ask": "phone",
        "visits": [{name: data.hex() for name, data in files.items()} for files in visits],
        "root": {"kid": root.kid.hex(), "x": x, "y": y, "floor_sequence": root.floor_sequence},
        "text": street.text,
        "now": datetime.fromtimestamp(REVOKED_AT + 300, UTC).isoformat(),
    }
    (answer,) = ask([request])
    return told(answer["object"])


def test_the_list_of_before_is_older_than_what_was_seen(ask: Asker, street: Street, tmp_path: Path) -> None:
    """It has its proof, and always will; so what a reader has seen is not forgotten."""
    server = Server(street, tmp_path)
    for files in (street.now, street.before):
        server.put(files)
        assert server.says() == ("invalid", "revoked")
    again = Server(street, tmp_path)
    assert again.says() == ("undecided", "status_list_missing"), "also after it was started anew"
    assert phone(ask, street, [street.now, street.before]) == ("invalid", "revoked")


def test_without_the_flag_the_thief_would_be_believed(ask: Asker, tmp_path: Path) -> None:
    """Why there is one."""
    house = Street(tmp_path / "house")
    house.house.custody.publish_acts(lists_proven=False)
    house.house.sign_trust_list(REVOKED_AT)
    house.now = house.files()
    server = Server(house, tmp_path)
    forged = moved(house, alone)
    server.put(forged)
    assert server.says()[1] == "status_ok"
    assert phone(ask, house, [forged])[1] == "status_ok"


def test_the_office_s_next_list_is_taken_again(ask: Asker, tmp_path: Path) -> None:
    house = Street(tmp_path / "house")
    forged = moved(house, alone)
    house.house.publish(REVOKED_AT + 120)
    server = Server(house, tmp_path)
    for files in (house.now, forged, house.files()):
        server.put(files)
        assert server.says() == ("invalid", "revoked")
    assert house.house.load().faults == {}
