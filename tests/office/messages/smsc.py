"""The message centre of smsc.js as a process, and what it says."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from office.messages.smpp import Account
from tests import nodejs
from tests.conftest import unavailable
from tests.office.messages.talking import Event, Talking

FOLDER = Path(__file__).parent
SYSTEM_ID, PASSWORD = "khatm", "s3cret"


class Smsc(Talking):
    """A running centre."""

    def do(self, order: str, **more: Any) -> Self:
        """Give an order and wait until it is carried out."""
        return self.tell({"do": order, **more})

    def heard(self, name: str) -> list[Event]:
        """Every event of that name up to now: an answer may overtake what the centre says of it."""
        return self.do("answers", list=[]).of(name)

    def account(self, **more: Any) -> Account:
        """Where it listens, and who may bind."""
        usual = Account("127.0.0.1", self.port, SYSTEM_ID, PASSWORD, "KHATM", tls=False)
        return usual._replace(**more)

    def settings(self, folder: Path) -> Path:
        """The same as a file of settings."""
        (folder / "password").write_text(PASSWORD + "\n")
        path = folder / "smpp.toml"
        path.write_text(
            f'[smpp]\nhost = "127.0.0.1"\nport = {self.port}\ntls = false\nsystem_id = "{SYSTEM_ID}"\n'
            'password_file = "password"\nsource = "KHATM"\n'
        )
        return path


@contextmanager
def running(**options: str) -> Iterator[Smsc]:
    """A centre of one's own; `options` as smsc.js has them."""
    try:
        node = nodejs.with_package(FOLDER, "smpp")
    except nodejs.NodeUnavailable as error:
        unavailable(str(error))
    words = [str(node), "smsc.js", json.dumps({"system_id": SYSTEM_ID, "password": PASSWORD} | options)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(words, cwd=FOLDER, text=True, **pipes) as process:  # type: ignore[call-overload]
        centre = Smsc(process)
        try:
            yield centre
        finally:
            centre.kill()
