"""The phone app: built files from a configured folder, the root that it pins at its installation, what it must know of the map file.

The folder is read once, when the service starts; a request is looked up by name and never becomes a path. What the build packed ahead
(`name.br`, `name.gz`) is sent as it is.
"""

from __future__ import annotations

import mimetypes
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from flask import Blueprint, Response, redirect, request
from flask.typing import ResponseReturnValue
from pydantic_core import to_json

import published
from maps import Underlay
from seal import trust
from seal.errors import ListError
from seal.roots import RootDocument
from seal.trust import Root

from .contact import Contact
from .problems import ProblemError

PREFIX = "/app/"
HASHED_SECONDS = 365 * 86_400
PACKED = {"br": ".br", "gzip": ".gz"}  # best first
TYPES = {".webmanifest": "application/manifest+json", ".woff2": "font/woff2", ".wasm": "application/wasm", ".js": "text/javascript"}
_HASHED = re.compile(r".+-[A-Z0-9]{8}\.[a-z0-9]+")  # esbuild's names: another content has another name


class BuiltFile(NamedTuple):
    """One file of the app: its forms by content coding ("" is plain), its media type and ETag, and whether its name holds its hash."""

    forms: Mapping[str, bytes]
    media_type: str
    etag: str
    hashed: bool


def built(folder: Path) -> dict[str, BuiltFile]:
    """Return the files of a built app by name. Raises OSError if the folder cannot be read, ValueError if no app is in it."""
    plain = [path for path in sorted(folder.iterdir()) if path.is_file() and path.suffix not in PACKED.values() and path.name[0] != "."]
    files = {path.name: _built_file(path) for path in plain}
    if "index.html" not in files:
        raise ValueError(f"no built phone app in {folder}")
    return files


def _built_file(path: Path) -> BuiltFile:
    data = path.read_bytes()
    forms = {"": data}
    for coding, suffix in PACKED.items():
        packed = path.with_name(path.name + suffix)
        if packed.is_file():
            forms[coding] = packed.read_bytes()
    kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return BuiltFile(forms, kind, sha256(data).hexdigest()[:32], bool(_HASHED.fullmatch(path.name)))


def blueprint(
    folder: Path, *, root: Path, streets: Underlay, contact: Callable[[], Contact | None], portal: Callable[[], str]
) -> Blueprint:
    """Return the routes of the app in `folder`. Raises OSError or ValueError without one: a misspelt setting is told at the start."""
    phone = Blueprint("phone", __name__)
    files, map_ = built(folder), streets.described()

    @phone.get("/app")
    def bare() -> ResponseReturnValue:
        return redirect(PREFIX, 308)

    @phone.get(PREFIX)
    def opened() -> Response:
        return _send(files["index.html"])

    @phone.get(f"{PREFIX}<name>")
    def file(name: str) -> Response:
        if name not in files:
            raise ProblemError("not_found")
        return _send(files[name])

    @phone.get(f"{PREFIX}root.json")
    def pinned() -> Response:
        return _fresh(to_json(_public(root)), "application/json")

    @phone.get(f"{PREFIX}map.json")
    def described() -> Response:
        return _fresh(to_json(map_), "application/json")

    @phone.get(f"{PREFIX}contact.json")
    def reported_to() -> Response:
        whom = contact()
        return _fresh(to_json(whom and whom._asdict()), "application/json")

    @phone.get(f"{PREFIX}portal.json")
    def asked_at() -> Response:
        return _fresh(to_json({"portal": portal()}), "application/json")

    return phone


def _public(root: Path) -> dict[str, object]:
    """Return the root as phones take it: a document in Base 64, or a JWK (RFC 7517), member by member: what else is there stays."""
    try:
        pinned = published.read_root(root)
        if isinstance(pinned, RootDocument):
            return {"document": b64encode(root.read_bytes()).decode()}
    except (ListError, OSError) as error:
        raise ProblemError("lists_missing") from error
    if not isinstance(pinned, Root):
        raise TypeError("a root of a kind that no phone knows")
    x, y = (urlsafe_b64encode(part).rstrip(b"=").decode() for part in trust.coordinates(pinned.public_key))
    return {"kty": "EC", "crv": "P-256", "kid": pinned.kid.hex(), "x": x, "y": y, "floor_sequence": pinned.floor_sequence}


def _fresh(data: bytes, media_type: str) -> Response:
    response = Response(data, mimetype=media_type)
    response.cache_control.no_cache = True
    return response


def _send(file: BuiltFile) -> Response:
    """Return the file in the best form that the browser takes; 304 if it has it."""
    coding = next((name for name in PACKED if name in file.forms and request.accept_encodings[name] > 0), "")
    response = Response(file.forms[coding], mimetype=file.media_type)
    if coding:
        response.content_encoding = coding
    response.vary.add("Accept-Encoding")
    response.set_etag(f"{file.etag}-{coding}" if coding else file.etag)
    if file.hashed:
        response.cache_control.public = True
        response.cache_control.max_age = HASHED_SECONDS
        response.cache_control.immutable = True
    else:
        response.cache_control.no_cache = True  # a new build is seen at the next visit
    response.make_conditional(request)
    return response
