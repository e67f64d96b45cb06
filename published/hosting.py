"""The published files for hosts that run nothing of ours: a folder whose paths are the addresses, and how nginx, S3 and CDNs serve it.

Types, caching and CORS are those of the one table (addresses.py). What never changes is put in place first, then what leads to it, then
the index: whoever reads meanwhile finds everything that is named.
"""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from . import addresses, folder, whole
from .addresses import INDEX, KINDS, Kind

MANIFEST, CDN = "manifest.json", "_headers"
#: Everybody's pages may read them, and nothing else follows from that: there are no cookies, and each file is signed.
OPEN: Final = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}
#: Rules of hosts that know no more than a star at the end (CDN), by the first kind that they are of.
_STARS: Final = ("/.well-known/khatm/proofs/*", "/log/tile/*", "/acts/tile/*")


class Exported(NamedTuple):
    """How many files were put in place anew, and how many were removed."""

    new: int
    gone: int


def export(published: Path, to: Path) -> Exported:
    """Bring a folder of addresses up to the published files. Raises OSError; what is there then is as good as it was."""
    published = published.resolve()
    index = json.dumps(folder.names(published)).encode()  # before the files: it names none that is not there
    new, named = 0, {CDN, MANIFEST, _target(INDEX)}
    listed = list(addresses.files(published))
    for name, _ in listed:
        target = _target(name)
        named.add(target)
        new += _put(published / name, to / target)
    made = {_target(INDEX): index, MANIFEST: manifest([*listed, (INDEX, KINDS[0])]), CDN: for_cdn(listed)}
    changed = {to / name: data for name, data in made.items() if _content(to / name) != data}
    whole.write(changed, mode=0o644)
    gone = [path for path in to.rglob("*") if path.is_file() and path.relative_to(to).as_posix() not in named and _ours(path, to)]
    for path in gone:
        path.unlink(missing_ok=True)
    return Exported(new + len(changed), len(gone))


def _target(name: str) -> str:
    return addresses.path_of(name).lstrip("/")


def _ours(path: Path, to: Path) -> bool:
    """Say whether a file's address is one of ours: nothing else of a host's folder is touched."""
    name = path.relative_to(to).as_posix()
    return addresses.kind_of(name.removeprefix(addresses.WELL_KNOWN[1:])) is not None


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _put(source: Path, target: Path) -> bool:
    """Have a file in its place, whole: as a link of the same disk, else as a copy; say whether it is new there."""
    try:
        if target.exists() and (target.samefile(source) or _content(target) == source.read_bytes()):
            return False
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f"{whole.PREFIX}{target.name}")
        beside.unlink(missing_ok=True)
        os.link(source, beside)
        beside.replace(target)
    except FileNotFoundError:  # replaced or tidied away meanwhile: what took its place is exported the next time
        return False
    except OSError:
        whole.write({target: source.read_bytes()}, mode=0o644)
    return True


def headers_of(kind: Kind) -> dict[str, str]:
    """Return how files of a kind are answered."""
    return {"Content-Type": kind.media_type, "Cache-Control": kind.cache, **OPEN}


def manifest(listed: list[tuple[str, Kind]]) -> bytes:
    """Return all files with their headers, a line each, in the order of uploading: what others lead to comes first."""
    lines = (json.dumps({"path": addresses.path_of(name), **headers_of(kind)}) for name, kind in listed)
    return "".join(f"{line}\n" for line in lines).encode()


def for_cdn(listed: list[tuple[str, Kind]]) -> bytes:
    """Return `_headers`, as Cloudflare Pages and Netlify take it: no rule overlaps another one, for theirs add up."""
    rules = {star: kind for star in _STARS for kind in KINDS if kind.fixed and addresses.kind_of(_like(star)) == kind}
    rules |= {"/log/pack/*": next(kind for kind in KINDS if addresses.kind_of("log/pack/GOV/index") == kind)}
    rules |= {addresses.path_of(name): kind for name, kind in [*listed, (INDEX, KINDS[0])] if not kind.fixed and "/pack/" not in name}
    text = "".join(
        f"{path}\n" + "".join(f"  {name}: {value}\n" for name, value in headers_of(kind).items()) for path, kind in rules.items()
    )
    return text.encode()


def _like(star: str) -> str:
    """Return the name of a file that a rule is for."""
    return f"proofs/{'0' * 64}" if "proofs" in star else f"{star[1:-1]}0/000"


def for_nginx(root: str) -> str:
    """Return the locations of an nginx server that serves a folder of addresses."""
    head = (
        "# Khatm's published files, from the folder that `khatm export` keeps: for any server {}. Made by `khatm export --nginx`.\n"
        "# Nothing of ours runs here. Every file is signed, so any page may read it.\n"
    )
    return head + "".join(_location(kind, root) for kind in KINDS)


def _location(kind: Kind, root: str) -> str:
    prefix = kind.before.replace(".", r"\.")
    added = "".join(f'\n    add_header {name} "{value}";' for name, value in headers_of(kind).items() if name != "Content-Type")
    # `types {}` and no charset: the media type stands as it is. `if` finds what a preflight asks; GET of a file needs none.
    return (
        f'location ~ "^{prefix}(?:{kind.shape})$" {{\n    root {root};\n    types {{ }}\n    default_type "{kind.media_type}";'
        f"{added}\n    limit_except GET {{ deny all; }}\n    access_log off;\n}}\n"
    )


def for_s3(bucket: str, to: str) -> Iterator[str]:
    """Yield commands of the AWS command line that bring a bucket up to a folder of addresses, in their order.

    What changes is copied each time: `sync` would leave out a list of the same size that is older here than what lies there is by the
    store's clock, and a revocation would wait until that list is signed anew.
    """
    for kind in sorted(KINDS, key=lambda each: (not each.fixed, each.seconds == 0)):
        how = ["sync", to, f"s3://{bucket}"] if kind.fixed else ["cp", "--recursive", to, f"s3://{bucket}"]
        words = ["aws", "s3", *how, "--exclude", "*"]
        for glob in _globs(kind):
            words += ["--include", glob]
        if kind.shape.startswith("log/pack") and kind.fixed:
            words += ["--exclude", "log/pack/*/index"]
        yield shlex.join([*words, "--only-show-errors", "--content-type", kind.media_type, "--cache-control", kind.cache])


def _globs(kind: Kind) -> list[str]:
    """Return the paths of a kind as patterns of fnmatch, which know no more than stars and sets."""
    known = ".well-known/khatm/"
    by_example = {
        "index": [f"{known}index"],
        "trust-list": [f"{known}trust-list", f"{known}roots/trust-list"],
        "roots/1": [f"{known}roots/[1-9]*"],
        f"proofs/{'0' * 64}": [f"{known}proofs/*"],
        "status/1": ["status/[1-9]*"],
        "log/checkpoint": ["log/checkpoint", "acts/checkpoint"],
        "log/pack/GOV/index": ["log/pack/*/index"],
        "log/pack/GOV/0": ["log/pack/*"],
        "log/tile/0/000": ["log/tile/*", "acts/tile/*"],
    }
    return next(globs for example, globs in by_example.items() if addresses.kind_of(example) == kind)
