"""The units of systemd as this project reads them: enough of systemd.service(5) to run by hand what each of them would start."""

import configparser
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from tests.conftest import ROOT

FOLDER = ROOT / "deploy/systemd"


class Unit(NamedTuple):
    """A service: its name, who runs it, what it runs before and then, and everything else that its section says."""

    name: str
    user: str
    before: tuple[str, ...]
    starts: tuple[str, ...]
    said: Mapping[str, tuple[str, ...]]

    @property
    def credential(self) -> str:
        """The name of the passphrase's file that systemd hands over, "" for none."""
        return next((each.rpartition("/")[2] for each in self.said.get("LoadCredential", ())), "")


class _Lists(dict[str, str]):
    """Keys that stand more than once keep every line, in their order."""

    def __setitem__(self, key: str, value: str) -> None:
        if isinstance(value, list) and key in self:
            self[key].extend(value)  # type: ignore[attr-defined]
        else:
            super().__setitem__(key, value)


def read(path: Path) -> Unit:
    """Read a service."""
    parser = configparser.RawConfigParser(strict=False, dict_type=_Lists, comment_prefixes=("#",), delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(path, "utf-8")
    said = {key: tuple(value.split("\n")) for key, value in parser["Service"].items()}
    return Unit(path.stem, said["User"][0], said.get("ExecStartPre", ()), said["ExecStart"], said)


def services(folder: Path = FOLDER) -> Iterator[Unit]:
    """Every service of the package: of the sources, or as they lie on a machine, whose package may be another version's."""
    return map(read, sorted(folder.glob("khatm-*.service")))


def words(line: str, variables: Mapping[str, str], *, credentials: str) -> list[str]:
    """The words of a command line: `${NAME}` is one word, `$NAME` as many as it has, `%d` the credentials' folder; `$$`, `%%` as such."""
    found: list[str] = []
    for word in shlex.split(line.replace("%%", "\0").replace("%d", credentials).replace("\0", "%"), posix=True):
        alone = re.fullmatch(r"\$([A-Z_]+)", word)
        if alone:
            found += variables.get(alone[1], "").split()
        else:
            found.append(re.sub(r"(?<!\$)\$\{([A-Z_]+)\}", lambda match: variables[match[1]], word).replace("$$", "$"))
    return found


def variables(path: Path) -> dict[str, str]:
    """The variables of an EnvironmentFile."""
    lines = (line for line in path.read_text("utf-8").splitlines() if line and not line.startswith("#"))
    return {name: value for name, _, value in (line.partition("=") for line in lines)}
