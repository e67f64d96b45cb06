"""A house in separate folders, as on separate machines, and its ceremonies by the commands: people carry files from one to the other."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

import khatm
import published
from keys import policy
from keys.custody import Custody
from seal.trust import TrustList
from web import clock

SECRET = b"correct horse battery"
HOST = "khatm.example"
YES = "y\n" * 99


class House:
    """Folders of an office (`office/keys`), of its root (`root`), and of what is published."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.office, self.root, self.published = folder, folder / "office", folder / "root", folder / "published"
        self.secret = folder / "passphrase"

    @classmethod
    def create(cls, folder: Path) -> House:
        """A house with a status key and one key for each of two authorities; nothing is signed."""
        made = cls(folder)
        folder.mkdir(parents=True, exist_ok=True)
        made.secret.write_bytes(SECRET + b"\n")
        custody = Custody.create(made.office, SECRET, policy.start([HOST]))
        custody.add(SECRET, policy.status_entry(policy.governorate(custody), now=clock.seconds()))
        custody.add_log_keys(SECRET)
        custody.publish_acts(lists_proven=True)
        made.root.mkdir(mode=0o700)
        (made.office / "root.pem").rename(made.root / "root.pem")
        shutil.copy(made.office / "root.jwk", made.root)
        return made

    def keys(self, *words: str | Path, at: Path | None = None, exit_code: int = 0, **more: Any) -> str:
        """Run a command of keys in a folder, the office's unless it is said, and expect its exit code. A traceback fails the test."""
        return self.invoke(*words, at=at, exit_code=exit_code, **more).output

    def invoke(self, *words: str | Path, at: Path | None = None, exit_code: int = 0, **more: Any) -> Result:
        """The same, with everything that is known of the run."""
        line = ["keys", *map(str, words), "--keys", str(at or self.office)]
        result = CliRunner().invoke(khatm.main, line, **more)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
        assert result.exit_code == exit_code, result.output
        return result

    @property
    def with_secret(self) -> list[str]:
        """The option that says the passphrase."""
        return ["--passphrase-file", str(self.secret)]

    def request(self, name: str = "request", **more: Any) -> Path:
        """Ask; return the file."""
        file = self.folder / name
        self.keys("request", "--published", self.published, "--to", file, **more)
        return file

    def sign(self, file: Path, *, input: str = YES, exit_code: int = 0) -> str:
        """Let the root look at a request; the answer lies beside it, `.signed`."""
        return self.keys("root", "sign", file, *self.with_secret, at=self.root, input=input, exit_code=exit_code)

    def accept(self, file: Path, **more: Any) -> str:
        """Take back what the root gave for a request."""
        return self.keys("accept", f"{file}.signed", "--published", self.published, **more)

    def ceremony(self, name: str = "request") -> str:
        """All three; return what the root's screen said."""
        file = self.request(name)
        said = self.sign(file)
        self.accept(file)
        return said

    def trust(self) -> TrustList:
        """The published list, by the root."""
        return published.trust_list(self.published, root=published.read_root(self.office / "root.jwk"))

    def custody(self) -> Custody:
        """The office's key store."""
        return Custody(self.office)

    def copy(self, name: str) -> House:
        """The same house with another office, as of now: its machine was copied."""
        other = House(self.folder)
        other.office = self.folder / name
        shutil.copytree(self.office, other.office)
        return other


def contents(*folders: Path) -> dict[Path, bytes]:
    """Every file of some folders."""
    return {path: path.read_bytes() for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()}
