"""Sealing many licenses at once on two cores: most of each batch in a child process that holds the same keys, the rest here.

Signing and packing are much of the work of issuing, and Python threads would take turns at it. While the child seals, the parent reads the
next rows. The child is forked before the register is opened, has no other end of its pipe than its own, and so ends by itself when the
parent dies, however it dies. Of keys in tokens each has sessions of its own (keys/modules.py).
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import NamedTuple, Protocol

from issuer.errors import IssuerError
from keys.errors import CustodyError
from seal.errors import SealError
from seal.license import License

from .positions import Logged
from .sealing import Sealed, Sealer, Slot, seal

_WORTH_SHARING = 64  # licenses; fewer are sealed here, without a trip to the child
_HERE = 0.25  # of a batch; reading the next rows takes the parent about as long as the rest of the difference


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

    def seal(self, orders: Sequence[Order]) -> list[Sealed]:
        """Return the seals in the order of `orders`. Raises what `sealing.seal` raises, and CustodyError where a token fails."""

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

    def seal(self, orders: Sequence[Order]) -> list[Sealed]:
        """Return the seals in the order of `orders`."""
        return _seal(self._sealer, orders)

    def meanwhile(self, work: Callable[[], None]) -> None:
        """Nobody else seals, so there is no meanwhile."""


class Shared:
    """Seals most of every batch in the child at the other end of `pipe`."""

    def __init__(self, sealer: Sealer, pipe: Connection) -> None:
        self._sealer = sealer
        self._pipe = pipe
        self._meanwhile: Callable[[], None] = lambda: None

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

    def seal(self, orders: Sequence[Order]) -> list[Sealed]:
        """Return the seals in the order of `orders`."""
        if len(orders) < _WORTH_SHARING:
            return _seal(self._sealer, orders)
        middle = round(len(orders) * _HERE)
        try:
            self._pipe.send(orders[middle:])
            here = _seal(self._sealer, orders[:middle])
            self._meanwhile()
            there = self._pipe.recv()
        except (EOFError, OSError) as error:
            raise IssuerError("sealing_stopped") from error
        if isinstance(there, IssuerError | CustodyError):
            raise there
        return [*here, *there]


def _seal(sealer: Sealer, orders: Sequence[Order]) -> list[Sealed]:
    return [seal(sealer, license_, cti=cti, iat=iat, slot=slot) for license_, cti, iat, slot in orders]


@contextmanager
def shared(sealer: Sealer) -> Iterator[SignerPool]:
    """Open a pool on two cores. Call it before the register is opened; where processes cannot fork, it seals alone."""
    if "fork" not in multiprocessing.get_all_start_methods():
        yield InProcess(sealer)
        return
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    child = context.Process(target=_work, args=(sealer, theirs, ours), daemon=True)
    with _interrupts_held():
        child.start()
    theirs.close()
    try:
        yield Shared(sealer, ours)
    finally:
        ours.close()
        child.join()


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back while a child is made: in the child, before it ignores it, it would break what Python does after a fork."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(sealer: Sealer, pipe: Connection, other_end: Connection) -> None:
    """Seal what comes through the pipe until it closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, whose end is ours; it stays blocked here too
    other_end.close()
    try:
        while True:
            orders = pipe.recv()
            pipe.send(_sealed_or_why_not(sealer, orders))
    except (EOFError, OSError):
        os._exit(0)  # nothing of the parent's is to be finalised here


def _sealed_or_why_not(sealer: Sealer, orders: Sequence[Order]) -> list[Sealed] | IssuerError | CustodyError:
    try:
        return _seal(sealer, orders)
    except SealError as error:
        return IssuerError(error.code, error.detail)
    except (IssuerError, CustodyError) as error:  # a key may be in a token, which fails or is taken away
        return error
