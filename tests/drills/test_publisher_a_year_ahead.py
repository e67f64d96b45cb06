"""The publisher's clock was a year ahead once. Readers that took its lists cannot tell anything for a year: one command mends that.

Each reader has the wrong list in its memory: a server verifier that runs on, one that is started anew, and a phone.
"""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import khatm
import published
from issuer.register import positions
from keys import policy
from seal import trust, wire
from tests.issuer import offices
from tests.issuer.offices import HOST, NOW, PASSPHRASE, SECONDS, Office, rows
from tests.twin.asking import Asker
from tests.twin.conftest import ask, node
from verifier.app import create_app
from verifier.settings import Settings

__all__ = ["ask", "node"]
YEAR = 365 * 86_400
Files = dict[str, bytes]


class Town:
    """A house whose lists need proofs, with licenses that hang, and what its published files were at some moments."""

    def __init__(self, folder: Path) -> None:
        offices.make_keys(folder)
        self.office = Office(folder, str(folder / "register.sqlite"))
        self.custody = self.office.locations.custody()
        self.custody.add_log_keys(PASSPHRASE)
        self.custody.publish_acts(lists_proven=True)
        self.sign_trust_list(SECONDS - 600)
        self.office.run("issue", self.office.write("two.csv", rows(2)), "--no-output")
        self.good = self.publish(SECONDS + 10)
        self.ahead = self.publish(SECONDS + YEAR)
        self.text = self.code(0)

    def sign_trust_list(self, now: int) -> None:
        custody = self.office.locations.custody()
        published.write(self.office.locations.published, {published.TRUST_LIST: policy.sign_trust_list(custody, PASSPHRASE, now=now)})

    def publish(self, now: int, exit_code: int = 0) -> Files:
        """The published files after `khatm publish` at a time, by name."""
        self.said = self.office.run("publish", now=datetime.fromtimestamp(now, UTC).isoformat(), exit_code=exit_code).output
        folder = self.office.locations.published
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    def code(self, position: int) -> str:
        """The text of the seal at a position."""
        with self.office.locations.engine() as engine, engine.connect() as connection:
            ((_, message),) = positions.sealed(connection, position, position + 1)
        return wire.write(message, HOST)

    def voids(self, *words: str, exit_code: int = 0, answer: str = "y\n") -> str:
        """What `khatm keys status void` says."""
        places = ["--keys", str(self.office.locations.keys), "--published", str(self.office.locations.published)]
        ran = CliRunner().invoke(khatm.main, ["keys", "status", "void", *words, *places], input=answer)
        assert ran.exit_code == exit_code, ran.output
        return ran.output


class Server:
    """A verifier over a folder of its own, as a mirror of the files; its clock is right today, and was as wrong as the publisher's."""

    def __init__(self, town: Town, folder: Path) -> None:
        self.folder, self.now = folder / "published", SECONDS
        root = town.office.locations.keys / "root.jwk"
        settings = Settings(
            published=self.folder,
            root=root,
            state=folder / "state.json",
            now=lambda: datetime.fromtimestamp(self.now, UTC),
            check_seconds=0,
        )
        self.client = create_app(settings).test_client()

    def says(self, files: Files, text: str, now: int) -> tuple[str, str]:
        """The decision, and the code of the status check, with these files at a time."""
        shutil.rmtree(self.folder, ignore_errors=True)
        published.write(self.folder, files)
        self.now = now
        answer = self.client.post("/api/v1/verify", json={"text": text, "site": False}).get_json()
        return told(answer)


def told(answer: dict[str, Any]) -> tuple[str, str]:
    verdict = answer.get("verdict", answer)
    (found,) = (each["code"] for each in verdict["findings"] if each["check"] == "status")
    return verdict["decision"], found


def phone(ask: Asker, town: Town, visits: list[Files], text: str, now: int) -> tuple[str, str]:
    """What the phone's own program says, in Node, after it has fetched the files of each visit; its clock was as wrong once."""
    root = published.read_root(town.office.locations.keys / "root.jwk")
    x, y = (part.hex() for part in trust.coordinates(root.public_key))
    request = {
        "ask": "phone",
        "visits": [{name: data.hex() for name, data in files.items()} for files in visits],
        "root": {"kid": root.kid.hex(), "x": x, "y": y, "floor_sequence": root.floor_sequence},
        "text": text,
        "now": datetime.fromtimestamp(now, UTC).isoformat(),
        "at": [SECONDS + YEAR if files is town.ahead else now for files in visits],
    }
    (answer,) = ask([request])
    return told(answer["object"])


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return Town(tmp_path_factory.mktemp("ahead"))


def test_one_command_mends_it(ask: Asker, town: Town, tmp_path: Path) -> None:
    server, today = Server(town, tmp_path), SECONDS + 3600
    assert server.says(town.good, town.text, SECONDS + 20) == ("valid", "status_ok")
    server.says(town.ahead, town.text, SECONDS + YEAR)  # whoever had its clock took it
    assert server.says(town.ahead, town.text, today)[0] == "undecided", "nobody can tell anything"

    town.publish(today, exit_code=2)
    assert "clock_behind" in town.said, "and the publisher, its clock set right, would have to wait for a year"
    assert "clock_behind" in town.office.run("issue", town.office.write("new.csv", rows(1, first=80)), "--no-output", exit_code=2).output

    before = town.office.locations.custody().policy
    assert "number 2" in (shown := town.voids("--from", "2", answer="n\n", exit_code=2))
    assert f"{NOW.year + 1}-11-24" in shown and "not_confirmed" in shown
    assert town.office.locations.custody().policy == before, "it asks, and nothing is half-written"
    assert "2 to 2" in town.voids("--from", "2")
    town.sign_trust_list(today)
    void = town.publish(today)
    voided_only = town.ahead | {published.TRUST_LIST: void[published.TRUST_LIST]}
    assert server.says(voided_only, town.text, today) == ("undecided", "status_list_voided"), "as if it were not there"
    assert server.says(void, town.text, today + 60) == ("valid", "status_ok"), "its number is higher; time is no order"

    town.office.run(
        "issue", town.office.write("new.csv", rows(1, first=80)), "--no-output", now=datetime.fromtimestamp(today + 60, UTC).isoformat()
    )
    fresh, files = town.code(2), town.publish(today + 120)
    anew = Server(town, tmp_path)
    for reader in (server, anew):
        assert reader.says(void, fresh, today + 90)[0] != "invalid", "a license of this minute is never red"
        assert reader.says(files, fresh, today + 180) == ("valid", "status_ok")
    visits = [town.good, town.ahead, voided_only, void, files]
    assert phone(ask, town, visits[:2], town.text, today)[0] == "undecided"
    assert phone(ask, town, visits[:3], town.text, today) == ("undecided", "status_list_voided")
    assert phone(ask, town, visits[:4], town.text, today + 60) == ("valid", "status_ok")
    assert phone(ask, town, visits, fresh, today + 180) == ("valid", "status_ok")
    assert phone(ask, town, [town.ahead, files], town.text, today + 180) == ("valid", "status_ok")

    old = town.good | {published.TRUST_LIST: files[published.TRUST_LIST]}
    assert Server(town, tmp_path).says(old, town.text, today + 200) == ("undecided", "status_list_missing"), "memories never go down"
