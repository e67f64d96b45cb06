"""How many inspections a server takes in: `python -m bench.inspections [DEVICES EACH PHOTOGRAPHS]`, on PostgreSQL and gunicorn.

DEVICES phones with EACH inspections of PHOTOGRAPHS pictures of 300 KB are sent by sixteen clients at once; then everything is compared.
The server's own durability is on; the test's PostgreSQL runs without fsync, so its numbers are those of a disk that does not wait.
"""

from __future__ import annotations

import http.client
import io
import json
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

import numpy as np
from PIL import Image, ImageFilter
from sqlalchemy import func, select

from inspections.devices.tables import device_sign_ins
from inspections.visits.tables import inspections, photographs
from tests import postgres
from tests.inspections.phone import Answer, Phone
from tests.inspections.street import Street
from web import clock

CLIENTS = 16
SIZE = 300_000
PICTURES = 16  # that differ to the eye
COMMENT = 16  # octets


class Client:
    """One connection that is kept, and how long each request on it took."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.took: list[float] = []

    def send(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        begun = time.perf_counter()
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        told = json.loads(answer.read())
        self.took.append(time.perf_counter() - begun)
        return answer.status, told


def picture() -> bytes:
    """A photograph of 1600 by 1200 pixels and about 300 KB: a street out of focus, with grain."""
    chance = np.random.default_rng()
    coarse = Image.fromarray(chance.integers(0, 256, (30, 40, 3), dtype=np.uint8)).resize((1600, 1200), Image.Resampling.BICUBIC)
    grain = chance.normal(0, 9, (1200, 1600, 1)) + np.asarray(coarse.filter(ImageFilter.GaussianBlur(2)), np.float32)
    seen = Image.fromarray(grain.clip(0, 255).astype(np.uint8))
    for quality in range(95, 20, -1):
        file = io.BytesIO()
        seen.save(file, "JPEG", quality=quality)
        if file.tell() <= SIZE:
            return file.getvalue()
    return file.getvalue()


class Album(dict[bytes, bytes]):
    """Photographs by their hashes, each made again when it is looked up: fifty thousand would be 15 GB of memory.

    Each is one of some pictures with a comment of its own (ITU-T T.81 §B.2.4.5): another file, at no cost.
    """

    def __init__(self, pictures: Sequence[bytes]) -> None:
        super().__init__()
        self.pictures = pictures

    def another(self, comment: bytes) -> bytes:
        data = self.pictures[comment[0] % len(self.pictures)]
        return data[:2] + b"\xff\xfe\x00\x12" + comment + data[2:]

    def __ior__(self, more: Mapping[bytes, bytes]) -> Self:  # type: ignore[override,misc]  # a dict takes more than a mapping
        self.update({name: data[6 : 6 + COMMENT] for name, data in more.items()})
        return self

    def __getitem__(self, name: bytes) -> bytes:
        return self.another(super().__getitem__(name))


def main(devices: int, each: int, pictures: int) -> None:
    """Measure, and print what was measured."""
    with postgres.server() as url, postgres.fresh_database(url, "inspections") as database, tempfile.TemporaryDirectory() as folder:
        street = Street(Path(folder), database)
        street.now = clock.seconds()
        street.world.publish_status(iat=street.now - 60)
        phones = _phones(street, devices)
        drawn = [picture() for _ in range(PICTURES)] if pictures else []
        for phone in phones:
            phone.photographs = album = Album(drawn)
            for _ in range(each):
                phone.record(photographs=[album.another(secrets.token_bytes(COMMENT)) for _ in range(pictures)])
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        server = _served(street, port)
        try:
            _measure(street, phones, port, pictures)
        finally:
            server.terminate()
            server.wait(30)
        street.close()


def _phones(street: Street, devices: int) -> list[Phone]:
    """Enrolled phones, on each of which somebody is signed in."""
    amal = street.account("amal", ("MID", "inspector"))
    made = [street.phone(amal, beside=True) for _ in range(devices)]
    with street.engine.begin() as connection:
        signed_in = {"account_id": amal.id, "begun_at": street.now - 60, "until": street.now + 43_200}
        connection.execute(device_sign_ins.insert(), [{"device_id": number + 1, **signed_in} for number in range(devices)])
    return made


def _served(street: Street, port: int) -> subprocess.Popen[bytes]:
    words = ["--database", street.locations.database, "--files", str(street.locations.files), "--bind", f"127.0.0.1:{port}", "--plain-http"]
    lists = ["--published", str(street.world.folder), "--root", str(street.world.root_file)]
    command = [sys.executable, "-c", "import khatm; khatm.main()", "inspections", "serve", *words, *lists]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while server.poll() is None:
        try:
            Client(port).send("GET", "/inspections/health/ready", b"", {})
            return server
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("the server did not start")


def _measure(street: Street, phones: list[Phone], port: int, pictures: int) -> None:
    clients: list[Client] = []

    def sent(mine: list[Phone]) -> None:
        client = Client(port)
        clients.append(client)
        for phone in mine:
            phone.send = client.send
            phone.sync()
        client.connection.close()

    begun = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as at_once:
        list(at_once.map(sent, [phones[start::CLIENTS] for start in range(CLIENTS)]))
    seconds = time.perf_counter() - begun
    signed = sum(len(phone.messages) for phone in phones)
    took = sorted(each for client in clients for each in client.took)
    p99 = statistics.quantiles(took, n=100)[98] * 1000
    with street.engine.connect() as connection:
        here = connection.scalar(select(func.count()).select_from(inspections).where(inspections.c.chain == "linked"))
        files = connection.scalar(select(func.count()).select_from(photographs))
    lost = signed - (here or 0) + signed * pictures - (files or 0) + sum(len(phone.outbox) for phone in phones)
    print(f"{len(phones)} devices, {signed} inspections, {pictures} photographs of {SIZE // 1000} KB each: {seconds:.1f} s")
    print(f"{signed / seconds:.1f} submissions/s; p50 {statistics.median(took) * 1000:.0f} ms, p99 {p99:.0f} ms a request; lost {lost}")


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:4] or ("200", "50", "0")))
