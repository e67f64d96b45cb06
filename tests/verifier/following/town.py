"""A publisher's folder with a log, served by our verifier or by a host that does as a test says, and a folder that follows it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from werkzeug.serving import WSGIRequestHandler, make_server

import khatm
import published
from published import Loaded, Memory
from seal import claims, days, status, wire
from seal.leaves import entry_of, leaf_of
from tests.clock import moment
from tests.published.test_log import House
from tests.vectors import logs
from tests.world import STATUS_KID, URI, World
from verifier.app import create_app
from verifier.settings import Settings

Application = Callable[..., Any]
#: What a host may do with an answer: given the path, a status, headers and the body, it returns them as it sends them.
Answering = Callable[[str, str, list[tuple[str, str]], bytes], tuple[str, list[tuple[str, str]], bytes]]


class Numbered(World):
    """A world whose status lists have numbers, as a publisher's have."""

    number = 0

    def publish_status(self, *, iat: int | None = None, again: bool = False) -> None:
        self.number += not again
        signed_at = days.seconds_of(self.now) - 60 if iat is None else iat
        octets = status.pack(self.statuses)
        entry = status.StatusList(URI, signed_at, signed_at + status.STALE_SECONDS, status.BITS, octets, self.trust.sequence, self.number)
        published.write(self.folder, {"status/1": status.sign(entry, STATUS_KID, self.signer(STATUS_KID))})


class Town:
    """A governorate that publishes, `world.folder`, and the follower's folder, `to`."""

    def __init__(self, folder: Path, *, seals: int = 300) -> None:
        self.folder, self.to = folder, folder / "followed"
        self.world = Numbered(folder / "office", now=moment())
        self.world.trust = self.world.trust._replace(log=logs.terms())
        self.house = House(self.world.folder, seals)
        self.time = days.seconds_of(self.world.now) - 100
        self.number = 0
        self.publish()

    def publish(self, seals: int = 0) -> None:
        """Publish anew: another status list, a longer log and its head."""
        self.number += 1
        self.time += 1
        self.house.grow(logs_leaf(self.number, each) for each in range(seals))
        self.house.sign(self.time)
        self.world.trust = self.world.trust._replace(sequence=self.world.trust.sequence + 1)
        self.world.publish()

    def seal(self) -> str:
        """Return the text of a seal that stands in the log, once it is published."""
        text = self.world.seal(self.world.license())
        message = wire.token(text)
        place = claims.from_bytes(message.payload).idx  # on the first list: where it has to stand in the log
        self.house.grow(logs_leaf(0, each) for each in range(self.house.builder.size, place))
        self.house.grow([leaf_of(entry_of(message))])
        return text

    def revoke(self, text: str) -> None:
        self.world.set_status(text, status.INVALID)

    def follow(self, url: str, *more: str) -> Result:
        """`khatm follow URL --once`, as a person runs it."""
        words = ["follow", url, "--to", str(self.to), "--root", str(self.world.root_file), "--once", *more]
        return CliRunner().invoke(khatm.main, words, catch_exceptions=False)

    @property
    def current(self) -> Path:
        return self.to / "current"

    def loaded(self) -> Loaded:
        """What a verifier who begins today makes of what is in place."""
        now = days.seconds_of(moment())
        return published.load(self.current, root=published.read_root(self.world.root_file), memory=Memory(), now=now)


def logs_leaf(number: int, each: int) -> bytes:
    from transparency.tree import leaf_hash

    return leaf_hash(f"{number} {each}".encode())


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_: object, **__: object) -> None:
        """Say nothing."""


class Served:
    """A host: `url`, what was asked of it, and `answering`, which may change what it answers."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self.asked: list[tuple[str, str]] = []  # path, status
        self.answering: Answering | None = None
        self.url = ""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        told: list[Any] = []
        parts = self._application(environ, lambda code, headers, *_: told.append((code, headers)))
        body = b"".join(parts)
        if hasattr(parts, "close"):
            parts.close()
        code, headers = told[0]
        path = environ["PATH_INFO"]
        if self.answering:
            code, headers, body = self.answering(path, code, list(headers), body)
        self.asked.append((path, code[:3]))
        start_response(code, headers)
        return [body]


@contextmanager
def serving(application: Application) -> Iterator[Served]:
    host = Served(application)
    server = make_server("127.0.0.1", 0, host, threaded=True, request_handler=_Quiet)
    host.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield host
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def office(town: Town) -> Iterator[Served]:
    """The town's own verifier, as a host."""
    with serving(create_app(Settings(published=town.world.folder, root=town.world.root_file))) as host:
        yield host
