"""What a virtual environment that was filled in one folder has to forget, to be the same wherever it was filled and work elsewhere.

Launchers and settings name the folder; where pip found a wheel is written down; RECORD has digests of both (PyPA, "Recording installed
projects").
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from base64 import urlsafe_b64encode
from pathlib import Path

from .errors import ReleaseError

#: What pip writes in place of `#!PYTHON` where that is longer than kernels read, or has blanks.
_LAUNCHER = re.compile(rb"\A#!/bin/sh\n'''exec' [^\n]*\n' '''\n")


def settle(tree: Path, home: str) -> None:
    """Settle the environment in `tree`/`home`, which will lie at /`home`, as if it had been filled there.

    Raises ReleaseError `path_left` for a file that still names the folder; OSError.
    """
    folder, here = tree / home, str(tree).encode()
    for path in (*sorted((folder / "bin").iterdir()), folder / "pyvenv.cfg"):
        if path.is_file() and not path.is_symlink():
            octets = path.read_bytes()
            settled = _LAUNCHER.sub(f"#!/{home}/bin/python\n".encode(), octets).replace(here, b"")
            if settled != octets:
                path.write_bytes(settled)
    for told in sorted(folder.rglob("*.dist-info/direct_url.json")):
        told.unlink()
    for record in sorted(folder.rglob("*.dist-info/RECORD")):
        _write_record(record)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and here in path.read_bytes():
            raise ReleaseError("path_left", str(path.relative_to(tree)))


def _write_record(record: Path) -> None:
    """Write what is there with its digests of now, in one order; what was taken away is not in it any more."""
    site, lines = record.parents[1], list[list[str]]()
    for name, digest, _ in csv.reader(record.read_text("utf-8").splitlines()):
        path = site / name
        if not path.is_file():
            continue
        octets = path.read_bytes()
        lines.append([name, f"sha256={_digest(octets)}", str(len(octets))] if digest else [name, "", ""])
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(sorted(lines))
    record.write_text(written.getvalue(), "utf-8")


def _digest(octets: bytes) -> str:
    return urlsafe_b64encode(hashlib.sha256(octets).digest()).rstrip(b"=").decode()
