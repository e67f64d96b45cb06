"""Sealing many licenses at once on two cores: most of each batch in a child process that holds the same keys, the rest here.

Signing and packing are much of the work of issuing. While the child seals, the parent puts into the register what needs no seal, and reads
the next rows; of the seals it takes as many on as it would wait for else. The child is forked before the register is opened (forked.py).
Of keys in tokens each has sessions of its own (keys/modules.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import NamedTuple, Protocol

from issuer.errors import IssuerError
from issuer.forked import forked
from keys.errors import CustodyError
from seal.errors import SealError
from seal.license import License

from .positions import Logged
from .sealing import Sealed, Sealer, Slot, seal

_WORTH_SHARING = 64  # licenses; fewer are sealed here, without a trip to the child
_HERE, _HERE_MOST, _STEP = 0.0, 0.5, 0.05  # of a batch: at first, at most, and how much more or less it is next time
_WAITED = 0.005  # seconds; who waited longer for the child takes more on next time


def _nothing() -> None:
    pass


class Order(NamedTuple):
    """One license to seal at `iat` (seconds since 1970 UTC)."""

    license: License
    cti: bytes
    iat: int
    slot: Slot


class SignerPool(Protocol):
    """Whatever seals orders."""

    @property
    def prefix(self) -> str:
        """What stands before license numbers."""

    def logged(self) -> Logged:
        """Return what is under the stored checkpoints. Raises IssuerError, OSError."""

    def seal(self, orders: Sequence[Order], besides: Callable[[], None] = _nothing) -> list[Sealed]:
        """Return the seals in the order of `orders`. Work `besides` has to be done by then too, and is while others seal.

        Raises what `sealing.seal` raises, CustodyError where a token fails, and what `besides` raises.
        """

    def meanwhile(self, work: Callable[[], None]) -> None:
        """Name work that may be done early, while others seal. It must not raise."""


class InProcess:
    """Seals in this process."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    @property
    def prefix(self) -> str:
        """What stands before license numbers."""
        return self._sealer.prefix

    def logged(self) -> Logged:
        """Return what is under the stored checkpoints."""
        return self._sealer.logged()

    def seal(self, orders: Sequence[Order], besides: Callable[[], None] = _nothing) -> list[Sealed]:
        """Return the seals in the order of `orders`."""
        sealed = _seal(self._sealer, orders)
        besides()
        return sealed

    def meanwhile(self, work: Callable[[], None]) -> None:
        """Nobody else seals, so there is no meanwhile."""


class Shared:
    """Seals most of every batch in the child at the other end of `pipe`."""

    def __init__(self, sealer: Sealer, pipe: Connection) -> None:
        self._sealer = sealer
        self._pipe = pipe
        self._here = _HERE
        self._meanwhile: Callable[[], None] = _nothing

    @property
    def prefix(self) -> str:
        """What stands before license numbers."""
        return self._sealer.prefix

    def logged(self) -> Logged:
        """Return what is under the stored checkpoints."""
        return self._sealer.logged()

    def meanwhile(self, work: Callable[[], None]) -> None:
        """Do `work` early, whenever the child seals."""
        self._meanwhile = work

    def seal(self, orders: Sequence[Order], besides: Callable[[], None] = _nothing) -> list[Sealed]:
        """Return the seals in the order of `orders`."""
        if len(orders) < _WORTH_SHARING:
            sealed = _seal(self._sealer, orders)
            besides()
            return sealed
        middle = round(len(orders) * self._here)
        self._send(orders[middle:])
        besides()
        here = _seal(self._sealer, orders[:middle])
        self._meanwhile()
        return [*here, *self._received()]

    def _send(self, orders: Sequence[Order]) -> None:
        try:
            self._pipe.send(orders)
        except OSError as error:
            raise IssuerError("sealing_stopped") from error

    def _received(self) -> list[Sealed]:
        """Return what the child sealed. Whoever had to wait for the other takes more on next time."""
        try:
            was_ready = self._pipe.poll(_WAITED)
            there: list[Sealed] | IssuerError | CustodyError = self._pipe.recv()
        except (EOFError, OSError) as error:
            raise IssuerError("sealing_stopped") from error
        self._here = max(0.0, self._here - _STEP) if was_ready else min(_HERE_MOST, self._here + _STEP)
        if isinstance(there, IssuerError | CustodyError):
            raise there
        return there


def _seal(sealer: Sealer, orders: Sequence[Order]) -> list[Sealed]:
    return [seal(sealer, license_, cti=cti, iat=iat, slot=slot) for license_, cti, iat, slot in orders]


@contextmanager
def shared(sealer: Sealer) -> Iterator[SignerPool]:
    """Open a pool on two cores. Call it before the register is opened; where processes cannot fork, it seals alone."""
    with forked(lambda orders: _sealed_or_why_not(sealer, orders)) as pipe:
        yield InProcess(sealer) if pipe is None else Shared(sealer, pipe)


def _sealed_or_why_not(sealer: Sealer, orders: Sequence[Order]) -> list[Sealed] | IssuerError | CustodyError:
    try:
        return _seal(sealer, orders)
    except SealError as error:
        return IssuerError(error.code, error.detail)
    except (IssuerError, CustodyError) as error:  # a key may be in a token, which fails or is taken away
        return error
