"""A street whose phones belong to an authority: the verifier, and beside it a small inspections' server that keeps what it was sent.

The server is a stand-in for `inspections/` with the agreed addresses. It is no mock of signatures: everything that comes is opened with the
key of the device that sent it, photographs are held against their hashes, and the head that it gives back is signed.

with Precinct(folder) as precinct:
    code = precinct.office.code()                    # on a supervisor's screen
    precinct.office.stored                           # what the server holds, by the inspection's id
"""

from __future__ import annotations

import json
import secrets
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple, Self
from wsgiref.types import StartResponse, WSGIEnvironment

from cryptography.hazmat.primitives.asymmetric import ec
from PIL import Image
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.routing import Map, Rule
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from seal import cbor, chain, cose, days, device, inspection
from seal.errors import SealError
from tests import clock
from tests.inspector_app.street import APP, Street
from verifier.app import create_app
from verifier.settings import Settings

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
OFFICERS = {"samira": ("Samira Fahmy", "correct horse battery"), "omar": ("Omar Naguib", "wooden boat at noon")}
TOTP = "492039"
CHECKLISTS = [
    {
        "id": "shop_general",
        "version": 3,
        "types": ["shop"],
        "items": [
            {"id": "license_shown", "ar": "الترخيص معلّق في مكان ظاهر", "en": "The license hangs in plain sight"},
            {"id": "exit_free", "ar": "المخرج خالٍ من العوائق", "en": "The exit is free"},
            {"id": "extinguisher", "ar": "مطفأة حريق صالحة", "en": "A working fire extinguisher"},
        ],
    },
    {
        "id": "board",
        "version": 1,
        "types": ["advertisement"],
        "items": [{"id": "fixed", "ar": "اللوحة مثبتة", "en": "The board is fixed"}],
    },
]


class Refusal(Exception):
    """A 4xx answer with a code."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


class Kept(NamedTuple):
    """What the server holds of one inspection."""

    message: bytes
    held: inspection.Inspection
    device: bytes


class Office:
    """The server as a WSGI application, and the office's hands on it. Everything under one lock: one request at a time."""

    authority = "MID"  # whose phones these are

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.codes: dict[str, str] = {}  # code: "new", "used" or "expired"
        self.devices: dict[bytes, ec.EllipticCurvePublicKey] = {}
        self.tokens: dict[str, bytes] = {}
        self.states: dict[bytes, str] = {}
        self.stored: dict[str, Kept] = {}
        self.photographs: dict[str, bytes] = {}
        self.sites: dict[str, bytes] = {}  # signed packs, by what follows /sites
        self.round: dict[str, Any] | None = None  # the day's list, as phones are told it
        self.reorders: dict[str, dict[str, Any]] = {}
        self.requests: list[str] = []
        self.refusing: Callable[[str], str | None] = lambda _path: None  # a code to refuse a path with
        self.failing: Callable[[str], bool] = lambda _path: False  # a 503 after the work was done: the answer is lost
        self.confirming = True  # False: set apart
        self._lock = threading.Lock()
        self._routes = Map(
            [
                Rule("/api/v1/enrol", endpoint=self._enrol, methods=["POST"]),
                Rule("/api/v1/sign-in", endpoint=self._sign_in, methods=["POST"]),
                Rule("/api/v1/sign-out", endpoint=self._sign_out, methods=["POST"]),
                Rule("/api/v1/contact", endpoint=self._contact, methods=["POST"]),
                Rule("/api/v1/inspections/<name>", endpoint=self._submit, methods=["PUT"]),
                Rule("/api/v1/photographs/<name>", endpoint=self._upload, methods=["PUT"]),
                Rule("/api/v1/day", endpoint=self._day),
                Rule("/api/v1/day/reorders/<name>", endpoint=self._reorder, methods=["PUT"]),
                Rule("/api/v1/sites", endpoint=self._sites),
                Rule("/api/v1/sites/<name>", endpoint=self._sites),
            ]
        )

    def code(self, state: str = "new") -> str:
        """A code on the supervisor's screen."""
        bare = "".join(secrets.choice(ALPHABET) for _ in range(10))
        self.codes[bare] = state
        return f"{bare[:5]}-{bare[5:]}"

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        with self._lock:
            self.requests.append(f"{request.method} {request.path}")
            response = self._answer(request)
            if self.failing(request.path):
                response = Response("", 503)
        return response(environ, start)

    def _answer(self, request: Request) -> Response:
        try:
            endpoint, gaps = self._routes.bind_to_environ(request.environ).match()
            if code := self.refusing(request.path):
                raise Refusal(422, code)
            status, told = endpoint(request, **gaps)
            if isinstance(told, bytes):
                return self._file(request, told)
        except Refusal as refusal:
            status, told = refusal.status, {"error": {"code": refusal.code, "ar": "مرفوض", "en": "Refused"}}
        except SealError as error:
            status, told = 422, {"error": {"code": error.code, "ar": "مرفوض", "en": "Refused"}}
        except HTTPException as error:
            status, told = error.code or 500, {"error": {"code": "not_found", "ar": "غير موجود", "en": "Not found"}}
        return Response(json.dumps(told), status, mimetype="application/json")

    def _device(self, request: Request) -> bytes:
        kid = self.tokens.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if kid is None:
            raise Refusal(401, "device_unknown")
        return kid

    def _enrol(self, request: Request) -> tuple[int, dict[str, object]]:
        assert request.content_type == "application/cose"
        wanted = device.open_enrolment(request.get_data())
        state = self.codes.get(wanted.code, "unknown")
        if state != "new":
            raise Refusal(410 if state != "unknown" else 404, f"code_{state}")
        self.codes[wanted.code] = "used"
        kid, token = device.kid_of(wanted.key), secrets.token_urlsafe(32)
        self.devices[kid], self.tokens[token], self.states[kid] = wanted.key, kid, "active"
        told = {"device": kid.hex(), "name": "هاتف 7", "authority": self.authority, "token": token}
        return 201, told | {"server_key": _base64url(cbor.encode(device.cose_key(self.key.public_key()))), "head": self._head(kid)}

    def _sign_in(self, request: Request) -> tuple[int, dict[str, object]]:
        self._device(request)
        typed = request.get_json()
        display, password = OFFICERS.get(typed["name"], ("", None))
        if typed["password"] != password or typed["code"] != TOTP:
            raise Refusal(403, "sign_in_refused")
        return 200, {"officer": typed["name"], "display": display, "until": int(clock.moment().timestamp()) + 12 * 3600}

    def _sign_out(self, request: Request) -> tuple[int, dict[str, object]]:
        self._device(request)
        return 200, {}

    def _contact(self, request: Request) -> tuple[int, dict[str, object]]:
        kid = self._device(request)
        told = request.get_json()
        assert set(told) == {"app", "unsent", "seq", "digest"}
        head = self._chain(kid)
        newest = bytes.fromhex(told["digest"]) if told["digest"] else None
        at = {kept.held.sequence: inspection.digest(kept.message) for kept in self.of(kid)}
        agreed = chain.compare(head.head, told["seq"], newest, at.get)
        told = {"head": self._head(kid), "state": self.states[kid], "chain": agreed, "gaps": list(head.gaps)}
        return 200, told | {"checklists": CHECKLISTS, "types": ["shop", "advertisement"]}

    def _submit(self, request: Request, name: str) -> tuple[int, dict[str, object]]:
        kid = self._device(request)
        data = request.get_data()
        held = inspection.open_inspection(data, lambda named: self.devices[named])
        if held.id.hex() != name:
            raise Refusal(422, "id_differs")
        known = self.stored.get(name)
        if known and known.message != data:
            raise Refusal(409, "id_taken")
        self.stored[name] = Kept(data, held, kid)
        missing = [photograph.digest.hex() for photograph in held.photographs if photograph.digest.hex() not in self.photographs]
        state, reasons = ("confirmed", []) if self.confirming else ("set_apart", ["signed_after_loss"])
        told = {"digest": inspection.digest(data).hex(), "state": state, "reasons": reasons, "missing": missing, "head": self._head(kid)}
        return (200 if known else 201), told

    def _upload(self, request: Request, name: str) -> tuple[int, dict[str, object]]:
        self._device(request)
        data = request.get_data()
        if len(data) > 2_000_000 or sha256(data).hexdigest() != name:
            raise Refusal(422, "photograph_differs")
        with Image.open(BytesIO(data)) as picture:
            assert (picture.format, max(picture.size) <= 1600, picture.getexif()) == ("JPEG", True, {})
        known = name in self.photographs
        self.photographs[name] = data
        return (200 if known else 201), {"sha256": name}

    def _day(self, request: Request) -> tuple[int, dict[str, object]]:
        self._device(request)
        today = days.day_of(int(clock.moment().timestamp())).isoformat()
        if self.round is None:
            return 200, {"day": today, "list": None}
        by_number = {stop["number"]: stop for stop in self.round["stops"]}
        newest = next(reversed(self.reorders.values()), None)
        order = newest["after"] if newest else list(by_number)
        return 200, {"day": today, "list": self.round | {"day": today, "stops": [by_number[number] for number in order]}}

    def _reorder(self, request: Request, name: str) -> tuple[int, dict[str, object]]:
        self._device(request)
        told = request.get_json()
        assert set(told) == {"list", "officer", "at", "before", "after", "reason"} and sorted(told["before"]) == sorted(told["after"])
        known = name in self.reorders
        assert not known or self.reorders[name] == told
        self.reorders[name] = told
        return (200 if known else 201), {"id": name, "state": "kept"}

    def _sites(self, request: Request, name: str = "") -> tuple[int, bytes]:
        self._device(request)
        if name not in self.sites:
            raise Refusal(404, "not_found")
        return 200, self.sites[name]

    def _file(self, request: Request, data: bytes) -> Response:
        response = Response(data, mimetype="application/cose")
        response.set_etag(sha256(data).hexdigest())
        return response.make_conditional(request)

    def of(self, kid: bytes) -> list[Kept]:
        """What a device signed, in the order of its chain."""
        return sorted((kept for kept in self.stored.values() if kept.device == kid), key=lambda kept: kept.held.sequence)

    def _chain(self, kid: bytes) -> chain.SignedHead:
        judged = chain.judge(self.devices[kid], [kept.message for kept in self.of(kid)])
        return chain.SignedHead(judged.head, int(clock.moment().timestamp()), judged.gaps)

    def _head(self, kid: bytes) -> str:
        signed = chain.sign_head(self._chain(kid), device.kid_of(self.key.public_key()), cose.private_signer(self.key))
        return _base64url(signed)

    def whole(self) -> list[inspection.Inspection]:
        """Everything that the only device signed. Asserts that it is one chain without a gap, and each photograph is here."""
        ((kid, key),) = self.devices.items()
        judged = chain.judge(key, [kept.message for kept in self.of(kid)])
        assert set(judged.codes) <= {"linked"}, judged
        assert judged.gaps == ()
        held = [kept.held for kept in self.of(kid)]
        for photograph in (photograph for one in held for photograph in one.photographs):
            assert len(self.photographs[photograph.digest.hex()]) == photograph.size
        return held


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""


class Served(Street):
    """A street with a server of inspections on the same origin, as `inspections` has it; requests to it come without their prefix."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.offer(APP)
        self._server: BaseWSGIServer | None = None

    def offer(self, app: Path) -> None:
        """Offer the phone app in a folder, from the next start on."""
        settings = Settings(published=self.world.folder, root=self.world.root_file, app=app)
        self._together = DispatcherMiddleware(create_app(settings), {"/inspections": self.inspections})

    def inspections(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer a request to the server of inspections."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        self.start()
        return self

    def start(self) -> None:
        """Serve, on the same port as before."""
        self._server = make_server("127.0.0.1", self._port, self._together, threaded=True, request_handler=_Quiet)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """End the service: nothing listens there any more."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
        self._server = None

    def __exit__(self, *_: object) -> None:
        self.stop()


class Precinct(Served):
    """A street with the stand-in."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.office = Office()

    def inspections(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Hand the request to the stand-in."""
        return self.office(environ, start)

    def enrolment(self, code: str) -> str:
        """The text of the QR code on the supervisor's screen."""
        return f"KHATM-ENROL:1:{self.base}:{code}"
