"""Makes docs/reference/settings.md from the classes and heads of the code that reads them: `python -m tests.house.settings_doc`."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import inspections.web.environment
import keys.environment
import office.desk.environment
import verifier.environment
import web.life
import web.logs
import web.measured
import witness.environment
from tests.conftest import ROOT
from web.environment import Environment

PATH = ROOT / "docs/reference/settings.md"
SERVICES: dict[str, tuple[type[Environment], ...]] = {
    "Every program with keys in a token": (keys.environment.Variables,),
    "Every process that goes on": (web.logs.LogVariables, web.life.LifeVariables),
    "Every web server": (web.measured.MetricsVariables,),
    "The verifier": (verifier.environment.Variables, verifier.environment.ServerVariables),
    "The office": (office.desk.environment.Variables, office.desk.environment.ServerVariables),
    "Inspections": (inspections.web.environment.Variables, inspections.web.environment.ServerVariables),
    "A witness": (witness.environment.Variables, witness.environment.ServerVariables),
}
FILES = {
    "A bucket for documents or photographs: `--documents`, `--photographs`": "objects/settings.py",
    "The payment provider: `--provider`": "office/payments/settings.py",
    "Passes for wallets: `--apple-wallet`, `--google-wallet`": "office/wallets/settings.py",
    "The sign-in provider: `--oidc`": "accounts/oidc_settings.py",
    "The message gateway: `--gateway`": "office/messages/settings.py",
    "Inspections, for the office: `--inspections`": "office/enforcement/settings.py",
}
#: What every process reads.
EVERY = {
    "KHATM_GOVERNORATE": (
        "the folder of the [governorate](../how-to/governorate.md) that it works for",
        "Alexandria's, which comes with the program",
        "governorate/folder.py",
    ),
    "KHATM_LOG_WITNESSES": (
        "where the [witnesses of the log](../how-to/witness.md#for-who-publishes-a-log) are: `NAME=https://…` of each, blanks between",
        "none is asked",
        "issuer/locations.py",
    ),
    "KHATM_LOG_STORE": (
        "where the [last signed checkpoint](../how-to/back-up-and-upgrade.md#the-log) is kept: on another disk than the register",
        "log-store in the key store",
        "issuer/locations.py",
    ),
}
#: What building and testing read; where: the file that does.
BUILDING = {
    "KHATM_PYTHON": ("the Python to set everything up with", "python3.13 to python3, the first that is 3.11 or newer", ".ci/python"),
    "KHATM_NODE": ("the Node.js that builds the phone app, with npm beside it", "node, nodejs, else one of our own", ".ci/node"),
    "KHATM_NEWEST_PYTHON": (
        "the Python that `make test-newest` runs with",
        "the newest that is here and that the locks have wheels for",
        ".ci/newest-python",
    ),
    "KHATM_TEST_STRICT": ("`1`: a test that cannot run is an error, not skipped", "none; `make test` sets it", "tests/conftest.py"),
    "KHATM_TEST_WHOLE": ("`1`: tests try all examples that they invent, not a quarter", "none; `make test-long` sets it", "tests/share.py"),
    "KHATM_ORACLE_PYTHON": ("the Python that has python-cwt, to compare with", ".venv-oracle/bin/python", "tests/conftest.py"),
}
_HEAD = """# Settings

What the environment and files of settings say. The options of commands are in [commands](commands.md); `khatm office serve` sets the
office's variables from its own. Secrets stand in files of their own, never in a variable. What is wrong with a setting ends the command
or the server (exit code 2 or 3) with a code, the variable or the file and its key, and a sentence in both languages; its value is not told.

This page is made from the code that reads them, defaults too (`python -m tests.house.settings_doc`); tests hold it to what is read.
"""


def page() -> str:
    """Return the page."""
    return _HEAD + "".join([*_listed("Every process", EVERY), *_services(), *_listed("Building and testing", BUILDING), *_files()])


def doc(file: str) -> str:
    """Return the words at the head of a module, which is not run."""
    return ast.get_docstring(ast.parse((ROOT / file).read_text("utf-8"))) or ""


def rows(variables: type[Environment]) -> Iterator[tuple[str, str, str]]:
    """Return name, meaning and default of each variable: the default that the code has, or what is done without one."""
    for field in variables.model_fields.values():
        without = str(field.json_schema_extra["without"]) if isinstance(field.json_schema_extra, dict) else ""
        default = str(field.default) if isinstance(field.default, str | int | Path) else ""
        assert not (without and default), "two defaults"
        yield str(field.validation_alias), str(field.description), without or default


def file_of(variables: type[Environment]) -> str:
    """Return the module that a class is written in."""
    return str(Path(inspect.getfile(variables)).relative_to(ROOT))


def _services() -> Iterator[str]:
    for title, classes in SERVICES.items():
        yield f"\n## {title}\n\n| variable | what | default | read in |\n|---|---|---|---|\n"
        for variables in classes:
            for name, what, default in rows(variables):
                yield f"| `{name}` | {what} | {default} | `{file_of(variables)}` |\n"


def _listed(title: str, variables: dict[str, tuple[str, str, str]]) -> Iterator[str]:
    yield f"\n## {title}\n\n| variable | what | default | read in |\n|---|---|---|---|\n"
    for name, (what, default, file) in variables.items():
        yield f"| `{name}` | {what} | {default} | `{file}` |\n"


def _files() -> Iterator[str]:
    for title, file in FILES.items():
        yield f"\n## {title}\n\nRead in `{file}`.\n\n{doc(file)}\n"


if __name__ == "__main__":
    PATH.write_text(page(), "utf-8")
