"""What enforcement does by itself, round by round: seal, hand over, fetch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from random import Random

from sqlalchemy import Engine

from issuer.clock_guard import STATED, ClockGuard
from issuer.errors import IssuerError
from issuer.locations import Locations
from office.services import catalogue
from storage.faults import DATABASE_ERRORS, refusal

from . import licensing, objections, proposals, sealing
from .errors import UnreachableError
from .sealing import Paper
from .service import Service
from .signing import NoticeSigner, signer

_REFRESH_SECONDS = 3_600  # keys end and trust lists change while the worker runs
BUSY = ("database_locked", "database_unreachable")  # tried again in the next round


class Worker:
    """Holds the unlocked notice keys of the newest trust list. Several may run at once, and each may be killed at any moment."""

    def __init__(
        self,
        locations: Locations,
        service: Service,
        paper: Callable[[NoticeSigner], Paper],
        chance: Random,
        guard: ClockGuard = STATED,
    ) -> None:
        self._guard = guard
        self._rooms, self._service, self._paper, self._chance = locations, service, paper, chance
        self._passphrase = locations.passphrase()
        self._until, self._sequence = 0, 0
        self._signer: NoticeSigner | None = None
        self._refused: dict[str, str] = {}

    def round(self, engine: Engine, now: int) -> Counter[str]:
        """Do once what is due at `now` (seconds since 1970 UTC), and say how often what.

        What citizens and managers did goes first: it needs no key and no date; whoever objected is told next, which needs no key.
        Raises IssuerError, StorageError, CustodyError, ListError.
        """
        done = Counter[str]()
        try:
            for step in self._steps(engine, now):
                done += step
        except UnreachableError as error:
            done[error.code] += 1
        except DATABASE_ERRORS as error:
            told = refusal(error)
            if told.code not in BUSY:
                raise told from error
            done[told.code] += 1
        return done

    def _steps(self, engine: Engine, now: int) -> Iterator[Counter[str]]:
        service, chance = self._service, self._chance
        yield objections.hand_over(engine, service, now=now, chance=chance)
        yield proposals.hand_over(engine, service, now=now, chance=chance)
        yield proposals.fetch(engine, service, now=now)
        yield licensing.hand_over(engine, service, catalogue.default().services, now=now)
        doubted = self._doubted(engine, now)
        yield doubted or objections.tell(engine, service, now=now)
        held = self._ready(now)
        if not doubted:
            yield sealing.run(engine, service, held, self._paper(held), now=now, refused=self._refused)
        yield sealing.hand_over(engine, service, now=now, chance=chance)

    def _doubted(self, engine: Engine, now: int) -> Counter[str]:
        """Return why the clock must date nothing, counted; nothing where it may."""
        try:
            self._guard.require(self._rooms, engine, now=now)
        except IssuerError as error:
            return Counter({error.code: 1})
        return Counter()

    def _ready(self, now: int) -> NoticeSigner:
        """Return the keys by the trust list in force."""
        trust = self._rooms.trust()
        if self._signer is None or trust.sequence != self._sequence or now >= self._until:
            self._signer = signer(self._rooms.custody(), trust, self._passphrase, now=now)
            self._sequence, self._until = trust.sequence, now + _REFRESH_SECONDS
        return self._signer
