"""Twenty connections for thirty seconds on each public address, beside a bare Flask route under the same server.

`python -m bench load [--fast]`: twenty-five minutes; needs wrk. The demo runs as it always does, all of its processes on this machine:
verifier, portal, worker, publisher, database. Each address is asked over twenty connections that stay open, each request from another
address of the network, so that nobody's quota ends. The bare route, a constant answered by Flask under the verifier's own gunicorn
configuration, is asked in the same way before and after each server's turn. wrk shares the cores with what it asks.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import mean
from typing import NamedTuple

import cv2
import numpy as np

from demo import waiting
from demo.starting import KHATM, started
from published import whole
from qr.read import read
from tests.ports import free_port
from tests.verifier.served import gunicorn

CONNECTIONS, SECONDS, FAST_SECONDS = 20, 30, 2
START_SECONDS = 600
_SCRIPT = """
local body = {body}
wrk.method = "{method}"
if body ~= "" then
  local file = io.open(body, "rb")
  wrk.body = file:read("*a")
  file:close()
  wrk.headers["Content-Type"] = "{content_type}"
end
request = function()
  wrk.headers["X-Forwarded-For"] = string.format("203.%d.%d.%d", math.random(0, 255), math.random(0, 255), math.random(1, 254))
  return wrk.format(nil, wrk.path)
end
done = function(summary, latency, requests)
  local errors, ms = summary.errors, function(share) return latency:percentile(share) / 1000 end
  io.write(string.format("figures %.3f %.3f %.3f %d %d %d\\n",
    ms(50), ms(95), ms(99), summary.requests, errors.status, errors.timeout + errors.connect + errors.read))
end
"""


class Asked(NamedTuple):
    """An address and what is sent to it. `body`: a file."""

    path: str
    body: Path | None = None
    content_type: str = ""


def measure(fast: bool = False) -> dict[str, object]:
    """Return, for each address, milliseconds to the answer (p50, p95, p99), requests/s, errors, p50 over the bare one's."""
    seconds = FAST_SECONDS if fast else SECONDS
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)
        port, office = stack.enter_context(_demo(folder))
        bare, _ = stack.enter_context(gunicorn("bench.api:bare", folder / "bare.log", environment={}))
        found: dict[str, object] = {"name": f"{CONNECTIONS} connections for {seconds} s on each public address"}
        for server, at, asked in (
            ("verifier", port, _verifier(folder)),
            ("portal", office, {f"GET {path}": Asked(path) for path in PORTAL}),
        ):
            peers = [_ask(bare, "/", Asked("/"), seconds, folder)]
            figures = {name: _ask(at, name, each, seconds, folder) for name, each in asked.items()}
            peers.append(_ask(bare, "/", Asked("/"), seconds, folder))
            usual = mean(each["p50_ms"] for each in peers)
            found[server] = {
                "a bare Flask route": peers[0],
                **{name: {**each, "p50 beside the bare route's": round(each["p50_ms"] / usual, 2)} for name, each in figures.items()},
            }
    return found


@contextmanager
def _demo(folder: Path) -> Iterator[tuple[int, int]]:
    """Run the demo; gives the ports of verifier and portal."""
    port, office = free_port(), free_port()
    options = [*KHATM, "demo", "--dir", str(folder / "demo"), "--port", str(port), "--office-port", str(office)]
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(folder), "LANG": "C.UTF-8", "KHATM_TRUSTED_PROXIES": "1"}
    waiting.START_SECONDS = START_SECONDS
    with started(options, environment) as process:
        for each in (port, office):
            waiting.until_ready(process, f"http://127.0.0.1:{each}")
        try:
            yield port, office
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def _verifier(folder: Path) -> dict[str, Asked]:
    demo = folder / "demo"
    text = _text_of(next((demo / "licenses").glob("ALX-AGM-*.png")))
    question, picture = folder / "question.json", demo / "photograph.jpg"
    whole.write({question: json.dumps({"text": text}).encode()})
    form, boundary = folder / "form", "khatmbench"
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="text"\r\n\r\n{text}\r\n--{boundary}--\r\n'
    whole.write({form: head.encode()})
    photograph = folder / "photograph"
    begin = f'--{boundary}\r\nContent-Disposition: form-data; name="image"; filename="p.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    whole.write({photograph: begin.encode() + picture.read_bytes() + f"\r\n--{boundary}--\r\n".encode()})
    several = f"multipart/form-data; boundary={boundary}"
    return {
        "GET /": Asked("/"),
        "GET /check": Asked("/check"),
        "GET a license's own address": Asked("/" + text.partition("/")[2].partition("/")[2].partition("/")[2]),
        "POST /api/v1/verify, text": Asked("/api/v1/verify", question, "application/json"),
        "POST /check, text": Asked("/check", form, several),
        "POST /api/v1/verify, a photograph": Asked("/api/v1/verify", photograph, several),
        "GET /docs": Asked("/docs"),
        "GET /openapi.json": Asked("/openapi.json"),
        **{f"GET {path}": Asked(path) for path in (*files(demo / "published"), *app(Path("inspector_app/pwa/dist")), *ALWAYS)},
    }


#: Of the verifier, wherever it is.
ALWAYS = (
    "/robots.txt",
    "/static/page.css",
    "/static/cairo.ttf",
    "/app/tiles/style.json",
    "/app/tiles/live.js",
    "/health/live",
    "/health/ready",
)
#: Rules of the verifier's addresses that are not asked, and why.
LEFT_OUT = {
    "/<slip:path>": "a receipt's or a notice's own address: the same page as a license's, without its status",
    "/.well-known/security.txt": "only where a contact is named; the demo names none",
    "/app/tiles/<version>/<int:zoom>/<int:column>/<int:row>.mvt": "only where there is a map file; `python -m bench maps` has it",
    "/api/v1/verify/batch": "as many verdicts as it has texts: `POST /api/v1/verify` is one of them",
    "/app": "a redirect to /app/",
}
#: The same of the office's addresses that anybody may ask (tests/office/desk/test_access.py).
LEFT_OUT_OF_PORTAL = {
    "POST": "writes, and each mobile, address or code has a limit of its own: whoever asked so often would measure refusals",
    "/k/<token>": "a download is one license's, by a secret of 256 bits; a wrong one is a 404",
    "/k/<token>/license.<form>": "the same",
    "/centre/welcome/<token>": "an invitation, good once",
    "/centre/oidc": "only where a provider of accounts is named",
    "/centre/oidc/back": "the same",
    "/k/static/map/<version>/<int:z>/<int:x>/<int:y>.mvt": "only where there is a map file",
    "/van/api": "an enrolled laptop's, by its token",
}


def files(published: Path) -> Iterator[str]:
    """The address of one published file of each kind that there is, and the index."""
    yield "/.well-known/khatm/index"
    known, elsewhere = "/.well-known/khatm/", "/"
    for pattern, before in (
        ("trust-list", known),
        ("roots/trust-list", known),
        ("roots/[1-9]*", known),
        ("proofs/*", known),
        ("status/[1-9]*", elsewhere),
        ("log/checkpoint", elsewhere),
        ("log/tile/0/**/*", elsewhere),
        ("log/pack/*/index", elsewhere),
        ("acts/checkpoint", elsewhere),
        ("acts/tile/0/**/*", elsewhere),
    ):
        found = sorted(path for path in published.glob(pattern) if path.is_file())
        if found:
            yield before + str(found[0].relative_to(published))


def app(built: Path) -> Iterator[str]:
    """The addresses of the phone app: its page, its largest file, and what it learns of the host."""
    yield "/app/"
    yield f"/app/{max(built.glob('*.wasm'), key=lambda path: path.stat().st_size).name}"
    yield from (f"/app/{name}.json" for name in ("root", "map", "contact", "portal"))


def _text_of(picture: Path) -> str:
    code = cv2.imread(str(picture), cv2.IMREAD_GRAYSCALE)
    assert code is not None
    return read(code.astype(np.uint8), ours=lambda _: True)[0]


PORTAL = (
    *("/", "/sign-in", "/notice", "/slips", "/centre/sign-in", "/hall/MN1"),
    *("/k/static/desk.css", "/k/static/cairo.ttf", "/k/static/map/style.json", "/k/static/map/live.js"),
    *("/robots.txt", "/health/live", "/health/ready"),
)


def _ask(port: int, name: str, asked: Asked, seconds: int, folder: Path) -> dict[str, float]:
    """Let wrk ask; an answer other than 2xx or 3xx is counted, and so is one that never came."""
    wrk = shutil.which("wrk")
    if wrk is None:
        raise SystemExit("bench load needs wrk: apt-get install wrk")
    script = folder / "wrk.lua"
    body = json.dumps(str(asked.body)) if asked.body else '""'
    told = (
        _SCRIPT.replace("{body}", body).replace("{method}", "POST" if asked.body else "GET").replace("{content_type}", asked.content_type)
    )
    whole.write({script: told.encode()})
    command = [
        wrk,
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{seconds}s",
        "--timeout",
        "30s",
        "-s",
        str(script),
        f"http://127.0.0.1:{port}{asked.path}",
    ]
    done = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    line = next(line for line in done.splitlines() if line.startswith("figures "))
    p50, p95, p99, requests, errors, lost = map(float, line.split()[1:])
    print(f"{name}: {p50:.1f} {p95:.1f} {p99:.1f} ms", file=sys.stderr, flush=True)
    return {
        **{"p50_ms": round(p50, 1), "p95_ms": round(p95, 1), "p99_ms": round(p99, 1)},
        **{"requests_per_s": round(requests / seconds, 1), "errors": int(errors), "lost": int(lost)},
    }


if __name__ == "__main__":
    print(json.dumps(measure("--fast" in sys.argv), indent=1))
