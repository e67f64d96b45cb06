"""Makes docs/reference/settings.md from the tables in the code that reads them: `python -m tests.house.settings_doc`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.conftest import ROOT

PATH = ROOT / "docs/reference/settings.md"
SERVICES = {"Every process": "governorate/folder.py", "The verifier": "verifier/wsgi.py", "The office": "office/desk/wsgi.py"}
FILES = {
    "The payment provider: `--provider`": "office/payments/settings.py",
    "The message gateway: `--gateway`": "office/messages/settings.py",
}
#: What building and testing read; where: the file that does.
BUILDING = {
    "KHATM_PYTHON": ("the Python to set everything up with", "python3.13 to python3, the first that is 3.11 or newer", ".ci/python"),
    "KHATM_NODE": ("the Node.js that builds the phone app, with npm beside it", "node, nodejs, else one of our own", ".ci/node"),
    "KHATM_TEST_STRICT": ("`1`: a test that cannot run is an error, not skipped", "none; `make test` sets it", "tests/conftest.py"),
    "KHATM_ORACLE_PYTHON": ("the Python that has python-cwt, to compare with", ".venv-oracle/bin/python", "tests/conftest.py"),
}
_HEAD = """# Settings

What the environment and files of settings say. The options of commands are in [commands](commands.md); `khatm office serve` sets the
office's variables from its own. Secrets stand in files of their own, never in a variable.

This page is made from the tables at the head of the code that reads them (`python -m tests.house.settings_doc`); tests hold it to what
is read.
"""


def page() -> str:
    """Return the page."""
    return _HEAD + "".join([*_services(), *_building(), *_files()])


def doc(file: str) -> str:
    """Return the words at the head of a module, which is not run."""
    return ast.get_docstring(ast.parse((ROOT / file).read_text("utf-8"))) or ""


def rows(file: str) -> list[tuple[str, str, str]]:
    """Return name, meaning and default of each variable in a service's table."""
    found = re.findall(r"^\| (KHATM_\w+) +\| (.*?) *\| *(.*?) *\|$", doc(file), re.MULTILINE)
    return [(name, what, default) for name, what, default in found]


def _services() -> Iterator[str]:
    for title, file in SERVICES.items():
        yield f"\n## {title}\n\n| variable | what | default | read in |\n|---|---|---|---|\n"
        for name, what, default in rows(file):
            bare = what.removesuffix(" (gunicorn_conf)")
            place = file if bare == what else file.replace("wsgi.py", "gunicorn_conf.py")
            yield f"| `{name}` | {bare} | {default} | `{place}` |\n"


def _building() -> Iterator[str]:
    yield "\n## Building and testing\n\n| variable | what | default | read in |\n|---|---|---|---|\n"
    for name, (what, default, file) in BUILDING.items():
        yield f"| `{name}` | {what} | {default} | `{file}` |\n"


def _files() -> Iterator[str]:
    for title, file in FILES.items():
        yield f"\n## {title}\n\nRead in `{file}`.\n\n{doc(file)}\n"


if __name__ == "__main__":
    PATH.write_text(page(), "utf-8")
