"""Node.js, as .ci/node finds it."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class NodeUnavailable(Exception):
    """There is no Node.js, or the packages that are to run in it are not installed."""


@cache
def program() -> Path:
    """The path of Node.js. Raises NodeUnavailable."""
    found = subprocess.run([ROOT / ".ci/node"], check=False, capture_output=True, text=True)
    if found.returncode:
        raise NodeUnavailable(found.stderr.strip())
    return Path(found.stdout.strip())


def with_package(folder: Path, name: str) -> Path:
    """The path of Node.js, if a folder has a package installed. Raises NodeUnavailable."""
    node = program()
    if not (folder / "node_modules" / name).is_dir():
        raise NodeUnavailable(f"no {name} in {folder.relative_to(ROOT)}: make environment")
    return node
