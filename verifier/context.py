"""Where questions are answered: pages and API ask here, so that both give the same verdicts."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from threading import BoundedSemaphore
from typing import Any

import numpy as np
import numpy.typing as npt

from published import Loaded, Watch
from qr import picture
from qr.errors import OutOfTimeError, PictureError
from qr.read import read_all
from seal import days, finding, slips, wire
from seal.catalogue import Language
from seal.site import Fix

from . import answers, quota, words
from .answers import Judged
from .contact import Announced, Contact
from .problems import ProblemError
from .settings import Settings

RETRY_AFTER = 5  # seconds
_LOG = logging.getLogger(__name__)


def _ours(text: str) -> bool:
    """Say whether a picture need not be searched on: it shows a seal, or a slip."""
    return wire.ours(text) or slips.letter_of(text) is not None


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

        Raises ProblemError `busy` (no turn, or over the budget), `no_code`, or the picture's own code.
        """
        if not self._decodes.acquire(timeout=self.settings.wait_seconds):
            raise ProblemError("busy", retry_after=RETRY_AFTER)
        try:
            found = read_all(self._pictures(data), ours=_ours, budget=self._budget)
        except PictureError as error:
            raise ProblemError(error.code) from error
        except OutOfTimeError as error:
            raise ProblemError("busy", retry_after=RETRY_AFTER) from error
        finally:
            self._decodes.release()
        if not found:
            raise ProblemError("no_code")
        return tuple(filter(wire.ours, found)) or tuple(filter(slips.letter_of, found)) or found

    def _pictures(self, data: bytes) -> tuple[npt.NDArray[np.uint8], ...]:
        return picture.parse(data, most_bytes=self.settings.most_picture_bytes, most_pixels=self.settings.most_picture_pixels)

    def _budget(self) -> Callable[[], bool]:
        """Return a deadline from now on: decoding has bounds of its own."""
        end = time.monotonic() + self.settings.decode_seconds
        return lambda: time.monotonic() > end
