"""`python -m deploy.release check | sbom | sums`, for `make release` (docs/how-to/release.md); `settle`, for `make deb`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import wraps
from pathlib import Path

import click

from keys import errors as key_errors
from published import whole
from storage.errors import disk

from . import bill, locks, ready, settled, wheels
from .errors import SENTENCES, ReleaseError

HOUSE = Path(__file__).parents[2]
DIST = HOUSE / "dist"


def _told(command: Callable[..., None]) -> Callable[..., None]:
    """Say why it does not go on, and end with 2."""

    @wraps(command)
    def saying(*given: object, **named: object) -> None:
        try:
            command(*given, **named)
        except ReleaseError as error:
            raise click.UsageError(SENTENCES.both(error.code, error.detail)) from error
        except OSError as error:
            raise click.UsageError(SENTENCES.both(disk(error), key_errors.named(error))) from error

    return saying


@click.group()
def main() -> None:
    """Release a version of Khatm."""


@main.command("check")
@_told
def check() -> None:
    """Whether this commit may be released: version, changelog, nothing uncommitted, a free tag."""
    version = ready.check(HOUSE)
    click.echo(SENTENCES.both("ready", version))


@main.command("sbom")
@click.option("--dist", type=click.Path(path_type=Path, file_okay=False), default=DIST, help="Where the wheel is and the bill goes.")
@_told
def sbom(dist: Path) -> None:
    """Write the bill of materials of the wheel, khatm-VERSION.cdx.json."""
    version = ready.version_of(HOUSE)
    path = dist / f"khatm-{version}-py3-none-any.whl"
    if not path.is_file():
        raise ReleaseError("file_missing", path.name)
    wheel = wheels.read(path)
    locked = locks.parse((HOUSE / "requirements/run.txt").read_text("utf-8"))
    app = locks.bundled((HOUSE / "inspector_app/pwa/package-lock.json").read_text("utf-8"), wheel.packages)
    written = dist / f"khatm-{wheel.version}.cdx.json"
    whole.write({written: bill.text(wheel, locked, app).encode()})
    click.echo(str(written))


@main.command("sums")
@click.option("--dist", type=click.Path(path_type=Path, file_okay=False), default=DIST, help="Where the version's files are.")
@_told
def sums(dist: Path) -> None:
    """Write SHA256SUMS of the version's files, as `sha256sum -c` reads it. Wheel and bill must be there."""
    version = ready.version_of(HOUSE)
    needed = {f"khatm-{version}-py3-none-any.whl", f"khatm-{version}.cdx.json"}
    # Its own alone: 1.2.0 is no 1.2.0.1, and what is half-written is hidden.
    found = sorted(needed | {path.name for path in dist.glob(f"khatm_{version}-*") if path.is_file()})
    for name in found:
        if not (dist / name).is_file():
            raise ReleaseError("file_missing", name)
    lines = [f"{_sha256(dist / name)}  {name}\n" for name in found]
    whole.write({dist / "SHA256SUMS": "".join(lines).encode()})
    click.echo("".join(lines), nl=False)


@main.command("settle")
@click.argument("tree", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("home")
@_told
def settle(tree: Path, home: str) -> None:
    """Let the environment TREE/HOME, filled here, be what it would be at /HOME: for `make deb`."""
    settled.settle(tree.absolute(), home)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


if __name__ == "__main__":
    main()
