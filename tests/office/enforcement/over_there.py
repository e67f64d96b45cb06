"""Inspections' service by its description, for what the office does with answers: what is there, and what is answered instead."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.serving import make_server

from seal import notices

ROOT = "/inspections/api/office/v1"
TOKEN = "office-token-of-the-tests"


def told(serial: int = 1, **changes: Any) -> dict[str, Any]:
    """An approved notice as the service lists it, but for `changes`."""
    usual = {
        "id": serial,
        "number": notices.number("MN1", 2026, serial),
        "authority": "MN1",
        "violation": "pavement_occupied",
        "names": {"ar": "إشغال الرصيف", "en": "Pavement occupied"},
        "basis": {"ar": "مادة نموذجية", "en": "A sample article"},
        "holder": "سامي فؤاد حسن",
        "license": None,
        "occurrence": 1,
        "piastres": 50_000,
        "objection_days": 15,
        "payment_days": 30,
        "latitude": 31.275001,
        "longitude": 30.005002,
        "place": "شارع 12، عقار 7",
        "findings": [{"ar": "بضاعة على الرصيف", "en": "Goods on the pavement", "severity": "serious"}],
        "reported_on": "2026-11-17",
        "approved_at": 1_795_000_000,
        "sample": True,
        "version": 2,
    }
    return usual | changes


class OverThere:
    """What is there, by number; `answers` come before everything else: status and code of the next requests."""

    def __init__(self) -> None:
        self.notices: dict[str, dict[str, Any]] = {}
        self.seals: dict[str, tuple[str, bytes]] = {}
        self.objections: dict[str, dict[str, Any]] = {}
        self.proposals: list[dict[str, Any]] = []
        self.decisions: dict[str, dict[str, Any]] = {}
        self.applications: list[dict[str, Any]] = []
        self.answers: list[tuple[int, str]] = []
        self.refused: dict[str, tuple[int, str]] = {}  # by method and path: status and code, always
        self.asked: list[str] = []
        self.decides = ""  # what becomes of each notice once it is objected to
        self.tells_objections = True
        self.app = Flask(__name__)
        self._route()

    def approve(self, serial: int = 1, **changes: Any) -> str:
        """Let a notice wait for its seal."""
        made = told(serial, **changes) | {"state": "approved", "served_on": None, "objection_until": None, "pay_until": None, "history": []}
        self.notices[made["number"]] = made
        return str(made["number"])

    def serve(self, number: str, until: str = "2026-12-15") -> None:
        """Let a notice be served."""
        self.notices[number] |= {"state": "served", "served_on": "2026-11-24", "objection_until": until, "pay_until": "2027-01-07"}

    def propose(self, id: str, license: str, **changes: Any) -> None:
        usual = {"id": id, "license": license, "authority": "MN1", "action": "suspend", "reason": "مخالفات متكررة", "violation": None}
        self.proposals.append(usual | {"proposed_by": "supervisor", "proposed_at": 1_795_000_000, "state": "proposed"} | changes)

    def _route(self) -> None:
        app = self.app

        @app.before_request
        def first() -> Any:
            self.asked.append(f"{request.method} {request.path}")
            if request.headers.get("Authorization") != f"Bearer {TOKEN}":
                return refusal(401, "token_refused")
            if self.answers:
                return refusal(*self.answers.pop(0))
            if wrong := self.refused.get(self.asked[-1]):
                return refusal(*wrong)
            return None

        @app.get(f"{ROOT}/notices")
        def approved() -> Response:
            """Two on a page, so that there are pages."""
            waiting = [each for each in self.notices.values() if each["state"] == request.args["state"]]
            start = int(request.args.get("after", 0))
            return jsonify({"items": waiting[start : start + 2], "next": str(start + 2) if len(waiting) > start + 2 else None})

        @app.get(f"{ROOT}/notices/<number>")
        def notice(number: str) -> Any:
            if number not in self.notices:
                return refusal(404, "notice_unknown")
            held = self.objections.get(number)
            return jsonify(self.notices[number] | ({"objection": held and held["id"]} if self.tells_objections else {}))

        @app.put(f"{ROOT}/notices/<number>/seal")
        def seal(number: str) -> Any:
            sent = request.get_json()
            if self.seals.get(number, (sent["text"], b""))[0] != sent["text"]:
                return refusal(409, "notice_sealed_otherwise")
            self.seals[number] = sent["text"], b64decode(sent["pdf"])
            self.notices[number]["state"] = "sealed"
            return jsonify({"state": "sealed"})

        @app.post(f"{ROOT}/notices/<number>/objection")
        def objection(number: str) -> Any:
            sent, held = request.get_json(), self.objections.get(number)
            if held is not None:
                return (jsonify({}), 200) if held["id"] == sent["id"] else refusal(409, "objection_made")
            if self.notices[number]["state"] != "served":
                return refusal(409, "notice_not_served")
            self.objections[number] = sent
            self.notices[number]["state"] = self.decides or "objected"
            return jsonify({}), 201

        @app.get(f"{ROOT}/proposals")
        def proposals() -> Response:
            return jsonify({"items": [each for each in self.proposals if each["id"] not in self.decisions], "next": None})

        @app.post(f"{ROOT}/proposals/<id>/decision")
        def decision(id: str) -> Any:
            self.decisions.setdefault(id, request.get_json())
            return jsonify({})

        @app.get(f"{ROOT}/applications")
        def told_to() -> Response:
            since, id = max(((each["since"], each["id"]) for each in self.applications), default=(0, 0))
            return jsonify({"since": since, "id": id})

        @app.post(f"{ROOT}/applications")
        def tell() -> Any:
            self.applications += request.get_json()["items"]
            return jsonify({})


def refusal(status: int, code: str) -> tuple[Response, int]:
    return jsonify({"error": {"code": code, "ar": "رفض", "en": "refused"}}), status


@contextmanager
def listening(app: Any) -> Iterator[str]:
    """The application on a port of its own; gives its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
