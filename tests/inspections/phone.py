"""A phone as the server sees one: a key, a chain of what it signed, an outbox that keeps everything until the server confirmed it by hash.

It speaks through `send`, which is a Flask test client's or real HTTP; both give a status and a JSON object.
"""

from __future__ import annotations

import copy
import io
import json
import secrets
from base64 import urlsafe_b64decode
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.asymmetric import ec
from PIL import Image

from seal import cbor, chain, cose, device
from seal.inspection import Inspection, Photograph, digest, sign

API = "/inspections/api/v1"
Answer = tuple[int, dict[str, Any]]
Send = Callable[[str, str, bytes, dict[str, str]], Answer]


class Phone:
    """An installed app. `messages` are all it signed, `outbox` what is not confirmed yet; both in their order."""

    def __init__(self, send: Send, *, now: int, authority: str = "MID") -> None:
        self.send, self.now, self.authority = send, now, authority
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.key = self.private.public_key()
        self.kid = device.kid_of(self.key)
        self.signer = cose.private_signer(self.private)
        self.messages: list[bytes] = []
        self.outbox: list[tuple[bytes, bytes]] = []  # id and message
        self.photographs: dict[bytes, bytes] = {}
        self.token, self.server_key, self.head = "", None, chain.Head(self.kid)

    def copied(self, send: Send) -> Phone:
        """The same phone, as it is now, that speaks to another server."""
        made = copy.copy(self)
        made.send, made.messages, made.outbox, made.photographs = send, list(self.messages), list(self.outbox), dict(self.photographs)
        return made

    def ask(
        self, method: str, path: str, body: bytes | dict[str, Any] = b"", *, kind: str = "application/cose", token: str | None = None
    ) -> Answer:
        if isinstance(body, dict):
            body, kind = json.dumps(body).encode(), "application/json"
        headers = {"Content-Type": kind}
        bearer = self.token if token is None else token
        if bearer:
            headers["Authorization"] = f"Bearer {bearer}"
        return self.send(method, f"{API}{path}", body, headers)

    def enrolment(self, code: str) -> bytes:
        return device.sign_enrolment(device.Enrolment(code.replace("-", ""), self.key, "khatm 1.0", device.PROTOCOL, self.now), self.signer)

    def enrol(self, code: str) -> Answer:
        status, told = self.ask("POST", "/enrol", self.enrolment(code), token="")
        if status == 201:
            self.token = told["token"]
            self.server_key = device.from_cose_key(cbor.parse(octets(told["server_key"])))
            self.heed(told["head"])
        return status, told

    def heed(self, head: str) -> chain.SignedHead:
        """Keep the server's head; it never goes back unseen."""
        assert self.server_key is not None
        signed = chain.open_head(octets(head), self.server_key)
        assert signed.head.device == self.kid
        self.head = signed.head
        return signed

    def sign_in(self, name: str, password: str, code: str) -> Answer:
        return self.ask("POST", "/sign-in", {"name": name, "password": password, "code": code})

    def record(self, *, officer: str = "amal", photographs: int | Sequence[bytes] = 0, **changes: Any) -> tuple[bytes, bytes]:
        """Sign an inspection now, with photographs or so many of noise, and put it in the outbox; return its id and the message."""
        previous = digest(self.messages[-1]) if self.messages else None
        pictures = [noise() for _ in range(photographs)] if isinstance(photographs, int) else photographs
        usual = Inspection(
            id=secrets.token_bytes(16),
            sequence=len(self.messages) + 1,
            previous=previous,
            officer=officer,
            scanned_at=self.now - 20,
            signed_at=self.now,
            app="khatm 1.0",
            kind="unlicensed",
            result="violation",
            no_fix="denied",
            seen_type="shop",
            seen_name="مخبز الأمل",
            photographs=tuple(Photograph(sha256(each).digest(), len(each)) for each in pictures),
        )
        held = usual._replace(**changes)
        message = sign(held, self.kid, self.signer)
        self.messages.append(message)
        self.outbox.append((held.id, message))
        self.photographs |= {sha256(each).digest(): each for each in pictures}
        return held.id, message

    def put(self, name: bytes, message: bytes) -> Answer:
        return self.ask("PUT", f"/inspections/{name.hex()}", message)

    def upload(self, hash_: bytes, data: bytes | None = None) -> Answer:
        return self.ask("PUT", f"/photographs/{hash_.hex()}", self.photographs[hash_] if data is None else data, kind="image/jpeg")

    def contact(self) -> Answer:
        newest = digest(self.messages[-1]).hex() if self.messages else None
        asked = {"app": "khatm 1.0", "unsent": len(self.outbox), "seq": len(self.messages), "digest": newest}
        return self.ask("POST", "/contact", asked)

    def sync(self) -> None:
        """Send what is in the outbox, the oldest first; it leaves when the server has confirmed it and each photograph by hash."""
        for name, message in list(self.outbox):
            status, told = self.put(name, message)
            for missing in told.get("missing", ()):
                self.upload(bytes.fromhex(missing))
            if told.get("missing"):
                status, told = self.put(name, message)
            if status in (200, 201) and bytes.fromhex(told["digest"]) == digest(message) and not told["missing"]:
                self.heed(told["head"])
                self.outbox.remove((name, message))


def octets(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def noise(side: int = 40) -> bytes:
    """A photograph with nothing regular in it, as grain has none: every octet occurs, CR and LF too."""
    pixels = np.random.default_rng(secrets.randbits(64)).integers(0, 256, (side, side, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=90)
    return file.getvalue()
