"""Node.js, as .ci/node finds it."""

from __future__ import annotations

import json
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


def bundle(app: Path, entry: str, folder: Path) -> Path:
    """Bundle a module of the phone app as its build does, for Node: JSON and data inside. Raises NodeUnavailable."""
    node, made = with_package(app, "esbuild"), folder / f"{Path(entry).stem}.mjs"
    esbuild = (app / "node_modules/esbuild/lib/main.js").as_uri()
    options = {"entryPoints": [entry], "bundle": True, "format": "esm", "charset": "utf8", "outfile": str(made)}
    options |= {"loader": {".bin": "binary"}, "target": ["es2022"], "nodePaths": [str(app / "node_modules")]}
    build = f'import {{ build }} from "{esbuild}"; await build({json.dumps(options)});'
    subprocess.run([node, "--input-type=module", "-e", build], cwd=app, check=True, capture_output=True, timeout=60)
    return made
