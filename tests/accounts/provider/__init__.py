"""A real sign-in provider as a process (oidc-provider of npm, under /tests/accounts/provider), and a browser that goes there and back."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urljoin, urlsplit, urlunsplit

import urllib3

from tests import nodejs
from tests.conftest import unavailable
from tests.ports import free_port

FOLDER = Path(__file__).parent
CLIENT, SECRET = "khatm-inspections", "a secret of sixteen octets or more"
BACK = ("http://localhost/inspections/oidc/back", "http://localhost/centre/oidc/back")


def local(address: str) -> str:
    """What a browser asks our server for."""
    parts = urlsplit(address)
    return urlunsplit(("", "", parts.path, parts.query, ""))


class Running:
    """The provider at work."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self._process, self.issuer = process, f"http://127.0.0.1:{port}"

    def person(self, sub: str, *amr: str, deny: bool = False) -> None:
        """Whom whoever comes is signed in as, and by which methods."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps({"sub": sub, "amr": list(amr), "deny": deny}) + "\n")
        self._process.stdin.flush()
        while (line := self._process.stdout.readline()) != "heard\n":  # it remarks on things too
            assert line, "the provider has ended"

    def settings(self, folder: Path, *, second_factor: tuple[str, ...] = (), secret: str = SECRET) -> Path:
        """A file of settings that names it."""
        folder.mkdir(exist_ok=True)
        (folder / "oidc-secret").write_text(secret + "\n")
        trusted = json.dumps(list(second_factor))
        path = folder / "oidc.toml"
        path.write_text(
            f'[oidc]\nissuer = "{self.issuer}"\nclient_id = "{CLIENT}"\nsecret_file = "oidc-secret"\nsecond_factor = {trusted}\n'
            'name_ar = "حساب المحافظة"\nname_en = "the governorate"\n',
            "utf-8",
        )
        return path

    def visited(self, address: str) -> str:
        """Go where our page leads, follow the provider from page to page, and return the address that it sends back to us."""
        jar: dict[str, str] = {}
        pool = urllib3.PoolManager(retries=False)
        for _ in range(12):
            cookie = "; ".join(f"{name}={value}" for name, value in jar.items())
            answer = pool.request("GET", address, redirect=False, headers={"Cookie": cookie} if cookie else {})
            for line in answer.headers.getlist("Set-Cookie"):
                jar |= {name: held.value for name, held in SimpleCookie(line).items()}
            assert answer.status in (302, 303), (address, answer.status, answer.data[:500])
            address = urljoin(address, answer.headers["Location"])
            if urlsplit(address).port is None:
                return address
        raise AssertionError("the provider leads in circles")


@contextmanager
def running() -> Iterator[Running]:
    """A provider of one's own."""
    try:
        node = nodejs.with_package(FOLDER, "oidc-provider")
    except nodejs.NodeUnavailable as error:
        unavailable(str(error))
    port = free_port()
    told = {"port": port, "client_id": CLIENT, "client_secret": SECRET, "redirect_uris": BACK}
    words = [str(node), "provider.js", json.dumps(told)]
    with subprocess.Popen(words, cwd=FOLDER, text=True, stdin=-1, stdout=-1, stderr=subprocess.DEVNULL) as process:
        try:
            assert process.stdout and process.stdout.readline() == "ready\n"
            yield Running(process, port)
        finally:
            process.kill()
