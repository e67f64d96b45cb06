"""A message gateway to test against, as a process of its own: `python -m tests.office.messages.gateway_process TOKEN SECRET`.

It checks what a real one would (token, signature, key), answers a key that it knows as it did before, and prints what it got as one JSON
object a line. What it is told, one JSON object a line, are its next answers: {"status": N, "body": "…", "headers": {…}, "silent": bool};
"silent" takes the message and closes the line without a word.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN, SECRET = sys.argv[1], sys.argv[2]
answers: list[dict[str, Any]] = []
taken: dict[str, str] = {}
lock = threading.Lock()


def tell(**what: Any) -> None:
    with lock:
        print(json.dumps(what), flush=True)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        expected = hmac.new(SECRET.encode(), self.headers["X-Timestamp"].encode() + b"." + body, hashlib.sha256).hexdigest()
        if self.headers["Authorization"] != f"Bearer {TOKEN}" or self.headers["X-Signature"] != expected:
            return self.answer(401, "{}", {})
        request = json.loads(body)
        assert self.headers["Idempotency-Key"] == request["key"]
        told = answers.pop(0) if answers else {}
        if told.get("status", 200) == 200 and "body" not in told:
            again = request["key"] in taken
            named = taken.setdefault(request["key"], f"g{len(taken) + 1}")
            tell(event="submitted", id=named, again=again, path=self.path, **request)
            if told.get("silent"):
                self.close_connection = True
                return None
            return self.answer(200, json.dumps({"id": named}), {})
        tell(event="refused", **request)
        return self.answer(told.get("status", 200), told.get("body", "{}"), told.get("headers", {}))

    def answer(self, status: int, body: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    tell(event="listening", port=server.server_port)
    for line in sys.stdin:
        answers.append(json.loads(line))
        tell(event="done")


if __name__ == "__main__":
    main()
