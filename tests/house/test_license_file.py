"""The license of the program is a file, and the one that the package declares."""

import tomllib

from tests.conftest import ROOT


def test_the_declared_license_is_the_file() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["license"]
    name, version = declared.split("-")
    head = " ".join((ROOT / "LICENSE").read_text("utf-8")[:200].split())
    assert head.startswith(f"{name} License Version {version}")
