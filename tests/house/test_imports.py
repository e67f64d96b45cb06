"""The rules of imports are tried on a breach: each contract of pyproject.toml is broken by a module that does what it forbids."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.conftest import ROOT

#: By contract: a module, and what it must not import.
BREACHES = {
    "the house: data flows one way": ("qr/breach.py", "import issuer.errors"),
    "the office: desk, privacy, enforcement, applications, the rest, rules": (
        "office/payments/breach.py",
        "import office.applications.errors",
    ),
    "the issuer: the register and the cards over the reading of files": ("issuer/intake/breach.py", "import issuer.register.tables"),
    "the issuer is a command line: it never sees a web framework": ("issuer/breach.py", "import flask"),
    "the register knows nobody's account": ("issuer/register/breach.py", "import accounts.schema"),
    "the desk never sees a table": ("office/desk/breach.py", "import accounts.tables"),
    "nothing imports the one command": ("demo/breach.py", "import khatm"),
    "the public side never reaches keys, accounts, storage or the register": ("verifier/breach.py", "import storage.database"),
    "inspections stand by themselves, apart from the register and keys": ("inspections/breach.py", "import keys.errors"),
    "inspections: the web over enforcement, over plans, over visits, over devices": (
        "inspections/devices/breach.py",
        "import inspections.visits.tables",
    ),
    "a witness stands by itself: another body runs it, who knows no register": ("witness/breach.py", "import qr.errors"),
    "a log's publisher and a witness know each other by the protocol alone": ("office/desk/witness_breach.py", "import witness.errors"),
    "the core is pure": ("seal/breach.py", "import flask"),
    "the rules of the services are pure": ("office/services/breach.py", "import sqlalchemy"),
    "a governorate is data: its room reads files and nothing else": ("governorate/breach.py", "import click"),
    "a store of files knows no database and no web framework": ("objects/breach.py", "import sqlalchemy"),
    "storage knows no table and no room of ours": ("storage/breach.py", "import seal.errors"),
    "detection and planning are pure: records in, records out": ("inspections/detection/breach.py", "import sqlalchemy"),
    "the log is pure: no files, no network, no clock, no chance": ("transparency/breach.py", "import time"),
}


def test_every_contract_sees_its_breach(tmp_path: Path) -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    assert {each["name"] for each in contracts} == set(BREACHES)
    for package in tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["root_packages"]:
        for source in (ROOT / package).rglob("*.py"):
            copy = tmp_path / source.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(source.read_bytes())
    (tmp_path / "khatm.py").write_text("")
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    for file, line in BREACHES.values():
        (tmp_path / file).write_text(f"{line}\n")
    lint = "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports_command as lint; lint()"
    ran = subprocess.run(
        [sys.executable, "-c", lint, "--no-cache"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    told = re.sub(r"\s+", " ", ran.stdout)  # long names are broken over lines at the terminal's width
    broken = {name for name in BREACHES if f" {name} BROKEN" in told}
    assert broken == set(BREACHES), ran.stdout + ran.stderr
