"""Where questions are answered: pages and API ask here, so that both give the same verdicts."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from threading import BoundedSemaphore
from typing import Any

from published import Loaded, Watch, ages
from seal import days, finding
from seal.catalogue import Language
from seal.site import Fix
from web.apart import Apart, BusyError, LostError

from . import answers, decoding, quota, words
from .answers import Judged
from .contact import Announced, Contact
from .problems import ProblemError
from .settings import Settings

RETRY_AFTER = 5  # seconds
_LOSING_SECONDS = 15.0  # of one picture, whatever it is: HEIC and PDF may take twelve (qr/confined.py)
_LOG = logging.getLogger(__name__)


class VerifierContext:
    """Judges texts and reads pictures. One per worker; threads share it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.lists = Watch(
            settings.published,
            root=settings.root,
            now=lambda: days.seconds_of(settings.now()),
            state=settings.state,
            check_seconds=settings.check_seconds,
        )
        self.quota = quota.table()
        self._told: Mapping[str, str] = {}  # what was wrong with the files when somebody was told last
        self._decodes = BoundedSemaphore(settings.decodes)
        self.decoders = _decoders(settings) if settings.decoders else None

    def now(self) -> datetime:
        """Return the time by which to judge."""
        return self.settings.now()

    def loaded(self) -> Loaded:
        """Return the lists. Raises ProblemError `lists_missing`: without a trust list there is no verdict to give."""
        state = self.lists.current()
        if state.faults is not self._told:
            self._tell(state.faults)
        if state.loaded is None:
            raise ProblemError("lists_missing", retry_after=RETRY_AFTER)
        return state.loaded

    def _tell(self, faults: Mapping[str, str]) -> None:
        """Tell whoever runs this what is newly wrong with the files, once."""
        for name, code in sorted(faults.items() - self._told.items()):
            _LOG.warning("%s: %s: %s", name, code, words.say(code, "en"))
        self._told = faults

    def hosts(self, loaded: Loaded) -> frozenset[str]:
        """Return the hosts whose codes are ours."""
        return self.settings.hosts or loaded.trust.hosts

    def text_of_path(self, path: str, loaded: Loaded) -> str:
        """Return the code that a stock camera opened, from the path it asked for (see Settings on host names)."""
        return f"https://{min(self.hosts(loaded), default='')}/{path}"

    def numbers(self) -> dict[str, float]:
        """Return how old the lists are, for a monitor."""
        return ages.numbers(self.lists.current(), now=days.seconds_of(self.now()))

    def watched(self) -> Mapping[str, Callable[[], float]]:
        """Return what a monitor is told of this process when a request ends."""
        return {} if self.decoders is None else {"khatm_pictures_waiting": self.decoders.count}

    def find(self, text: str) -> tuple[str, ...]:
        """Return the codes in what somebody sent as text; nothing if it is blank. Raises ProblemError `lists_missing`."""
        loaded = self.loaded()
        return finding.find(text, self.hosts(loaded), loaded.trust.governorate.prefix)

    def governorate(self, language: Language) -> str:
        """Return whose licenses these are, as the trust list says it; "" as long as there is none."""
        loaded = self.lists.current().loaded
        return loaded.trust.governorate.name[language] if loaded else ""

    def contact(self) -> Contact | None:
        """Return whom people report to, None if nobody is named, or only by another governorate than the trust list's."""
        said = self._announced()
        return self.settings.contact or (said.contact if said else None)

    def portal(self) -> str:
        """Return where citizens ask what became of a notice, `https://HOST`; "" if none is named, or only by another governorate."""
        said = self._announced()
        return self.settings.portal or (said.portal if said else "")

    def _announced(self) -> Announced | None:
        loaded, said = self.lists.current().loaded, self.settings.announced
        ours = loaded is not None and said is not None and loaded.trust.governorate.prefix == said.prefix
        return said if ours else None

    def judge(self, texts: Iterable[str], *, now: datetime, fix: Fix | None = None, check_site: bool = True) -> list[Judged]:
        """Return a verdict for each text. Raises ProblemError `lists_missing`."""
        loaded = self.loaded()
        return [answers.judge(text, lists=loaded, hosts=self.hosts(loaded), now=now, fix=fix, check_site=check_site) for text in texts]

    def answer(self, texts: Iterable[str], *, now: datetime, fix: Fix | None, check_site: bool) -> dict[str, Any]:
        """Return what programs are told of the texts. Raises ProblemError `lists_missing`, or `nothing_given` without any."""
        judged = self.judge(texts, now=now, fix=fix, check_site=check_site)
        if not judged:
            raise ProblemError("nothing_given")
        return answers.answer(judged, lists=self.loaded(), now=now)

    def read(self, data: bytes) -> tuple[str, ...]:
        """Return the codes in an uploaded picture: seals if it shows any, else slips, else the others.

        Raises ProblemError `busy` (too many wait, no turn, or over the budget), `no_code`, or the picture's own code.
        """
        settings = self.settings
        words = data, settings.most_picture_bytes, settings.most_picture_pixels, settings.decode_seconds
        code, texts = self._read_here(words) if self.decoders is None else self._read_apart(self.decoders, words)
        if code:
            raise ProblemError(code, retry_after=RETRY_AFTER if code == "busy" else None)
        return texts

    def _read_apart(self, decoders: Apart, words: tuple[bytes, int, int, float]) -> tuple[str, tuple[str, ...]]:
        try:
            code, texts = decoders.do(*words)
        except BusyError:
            return "busy", ()
        except LostError:
            return "picture_costly", ()
        return code, texts

    def _read_here(self, words: tuple[bytes, int, int, float]) -> tuple[str, tuple[str, ...]]:
        if not self._decodes.acquire(timeout=self.settings.wait_seconds):
            return "busy", ()
        try:
            return decoding.read(*words)
        finally:
            self._decodes.release()


def _decoders(settings: Settings) -> Apart:
    """Return the processes that read pictures: texts are judged by threads of this one meanwhile."""
    return Apart(
        decoding.WORK,
        processes=settings.decoders,
        waiting=settings.pictures_waiting,
        seconds=settings.decode_seconds + _LOSING_SECONDS,
        turn_seconds=settings.turn_seconds,
    )
