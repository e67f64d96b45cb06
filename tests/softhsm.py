"""Tokens of SoftHSM for tests: the real module, in a folder of the test's own.

`library.reset_on_fork`: the child of a fork finds the module unbegun, as with real hardware, and not with what its parent had open.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from keys import modules
from keys.places import Token
from tests.conftest import unavailable

PIN, SO_PIN = "4-correct-horses", "9-security-officers"
PLACES = ("/usr/lib", "/usr/lib64", "/usr/local/lib", "/opt/homebrew/lib")


class SoftHsm(NamedTuple):
    """A folder with tokens, and the setting that names it."""

    module: str
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to find the tokens."""
        return {"SOFTHSM2_CONF": str(self.folder / "softhsm2.conf"), "KHATM_PIN_FILE": str(self.folder / "token.pin")}

    def add(self, label: str, pin: str = PIN) -> Token:
        """Make a token."""
        words = ["softhsm2-util", "--init-token", "--free", "--label", label, "--pin", pin, "--so-pin", SO_PIN]
        subprocess.run(words, check=True, capture_output=True, env=os.environ | self.environment)  # noqa: TID251
        return Token(self.module, label)

    def restart(self) -> None:
        """Have this process begin the module anew, as after a start of its own."""
        self.end()
        module = modules.of(Token(self.module, ""))
        module._pins.clear()
        module._refused.clear()

    def end(self) -> None:
        """Have this process lose whatever it has open."""
        module = modules.of(Token(self.module, ""))
        with module.lock:
            module.end()

    def tokens(self) -> Path:
        """The folder that holds them."""
        return self.folder / "tokens"


def module() -> str:
    """The path of the module. Skips or fails without one."""
    found = [str(path) for start in PLACES for path in sorted(Path(start).glob("**/libsofthsm2.so"))]
    if not found or not shutil.which("softhsm2-util"):
        unavailable("no SoftHSM: apt-get install softhsm2")
    return found[0]


@contextmanager
def softhsm(folder: Path) -> Iterator[SoftHsm]:
    """Tokens in `folder`, of this process and those that it starts."""
    made = SoftHsm(module(), folder)
    made.tokens().mkdir(parents=True)
    settings = [f"directories.tokendir = {made.tokens()}", "objectstore.backend = file", "library.reset_on_fork = true"]
    (folder / "token.pin").write_text(f"{PIN}\n", "utf-8")
    (folder / "softhsm2.conf").write_text("\n".join(settings) + "\n", "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in made.environment.items():
            patch.setenv(name, value)
        made.restart()
        yield made
        made.restart()
