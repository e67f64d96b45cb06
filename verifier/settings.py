"""Everything that an operator or a test may set. `wsgi` fills it from the environment, `khatm serve` from options."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from qr.picture import MOST_BYTES, MOST_PIXELS
from web import clock

from .contact import Announced, Contact
from .quota import Policy


@dataclass(frozen=True)
class Settings:
    """How one verifier runs.

    Which host name a request came by never decides a verdict: a request that reached us is on our host, and the page judges
    `https://` + the first accepted host + `/` + the path. `served_hosts` is for operators who want other names refused (421).
    """

    published: Path  # the folder of signed files
    root: Path  # the pinned root, a JWK file
    app: Path | None = None  # the folder of the built phone app, offered under /app/
    map: Path | None = None  # a map file (PMTiles) whose streets lie under the app's drawings
    state: Path | None = None  # where the newest lists seen are remembered, against rollback
    hosts: frozenset[str] = frozenset()  # hosts whose codes are ours, lower-case; empty: those of the trust list
    served_hosts: frozenset[str] = frozenset()  # host names this service answers to; empty: any
    trusted_proxies: int = 0  # how many proxies before us set X-Forwarded-For and -Proto
    contact: Contact | None = None  # whom people report to, as the operator says
    portal: str = ""  # the citizens' portal, https://HOST, that pages of notices lead to
    announced: Announced | None = None  # without these: whom the governorate says, for as long as the lists are its
    security_contacts: tuple[str, ...] = ()  # whom to tell of a weakness, URIs for security.txt; none: no such file
    texts_a_minute: int = 600  # that one address may have judged by the API; 0: any number
    pictures_a_minute: int = 60
    now: Callable[[], datetime] = clock.now
    synchronised: Callable[[], bool | None] = clock.synchronised  # whether this machine's clock is kept, for whoever is on call

    check_seconds: float = 1.0  # look for changed files at most this often
    decoders: int = 0  # processes of their own that read pictures for one worker; 0: its threads read them
    pictures_waiting: int = 8  # pictures that they read or that wait for them: half of a worker's threads are for texts
    turn_seconds: float = 10.0  # how long one waits for its turn there
    decodes: int = 2  # pictures read at once by threads, in one worker
    decode_seconds: float = 2.0  # budget of one picture
    wait_seconds: float = 0.5  # how long a request waits for its turn to read a picture
    most_picture_bytes: int = MOST_BYTES
    most_picture_pixels: int = MOST_PIXELS
    most_text_bytes: int = 16 * 1024  # a JSON request without a picture
    most_batch_bytes: int = 256 * 1024  # of a hundred texts with positions

    @property
    def quotas(self) -> Mapping[Policy, int]:
        """What one address may ask of the API in a minute; 0: any number."""
        return {"texts": self.texts_a_minute, "pictures": self.pictures_a_minute}
