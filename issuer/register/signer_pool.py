"""Sealing many licenses at once on two cores: most of each batch in a child process that holds the same keys, the rest here.

Signing and packing are much of the work of issuing. While the child seals, the parent puts into the register what needs no seal, reads
the next rows, and keeps the seals that are there already; of the seals it takes as many on as it would wait for else. The child is forked
before the register is opened (forked.py).
Of keys in tokens each has sessions of its own (keys/modules.py).
"""

from __future__ import annotations

import marshal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from typing import NamedTuple, Protocol

from issuer.errors import IssuerError
from issuer.forked import forked
from keys.errors import CustodyError
from seal.errors import SealError
from seal.license import License

from .plain import license_of, of_license
from .positions import Logged
from .sealing import Sealed, Sealer, Slot, seal

_WORTH_SHARING = 64  # licenses; fewer are sealed here, without a trip to the child
_PART = 250  # licenses whose seals the child hands over at once: so few that the pipe holds them while the parent is busy
_HERE, _HERE_MOST, _STEP = 0.0, 0.5, 0.05  # of a batch: at first, at most, and how much more or less it is next time
_VERSION = 2  # of marshal's format, as in issuer/kept.py
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

    def parts(self, orders: Sequence[Order], besides: Callable[[], None] = _nothing) -> Iterator[list[Sealed]]:
        """Yield the seals in the order of `orders`, part by part. Work `besides` is done before the first, while others seal.

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

    def parts(self, orders: Sequence[Order], besides: Callable[[], None] = _nothing) -> Iterator[list[Sealed]]:
        """Yield all seals at once: who seals needs nobody's waiting."""
        sealed = _seal(self._sealer, orders)
        besides()
        yield sealed

    def meanwhile(self, work: Callable[[], None]) -> None:
        """Nobody else seals, so there is no meanwhile."""


class Shared:
    """Seals most of every batch in the child at the other end of `pipe`."""

    def __init__(self, sealer: Sealer, pipe: Connection) -> None:
        self._sealer = sealer
        self._pipe = pipe
        self._here = _HERE
        self._meanwhile: Callable[[], None] = _nothing
        self._awaited = 0  # parts that the child hands over yet

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

    def parts(self, orders: Sequence[Order], besides: Callable[[], None] = _nothing) -> Iterator[list[Sealed]]:
        """Yield the seals in the order of `orders`, part by part."""
        if len(orders) < _WORTH_SHARING:
            sealed = _seal(self._sealer, orders)
            besides()
            yield sealed
            return
        middle = round(len(orders) * self._here)
        self._send(orders[middle:])
        besides()
        if middle:
            yield _seal(self._sealer, orders[:middle])
        self._meanwhile()
        waited = False
        for start in range(middle, len(orders), _PART):
            waited |= not self._is_ready()
            yield [self._with_token(*each) for each in zip(orders[start : start + _PART], self._received(), strict=True)]
        # Whoever had to wait for the other takes more on next time.
        self._here = min(_HERE_MOST, self._here + _STEP) if waited else max(0.0, self._here - _STEP)

    def _send(self, orders: Sequence[Order]) -> None:
        while self._awaited:  # of a batch that came to nothing here
            with suppress(IssuerError, CustodyError):
                self._received()
        try:
            self._pipe.send(marshal.dumps([(of_license(each.license), each.cti, each.iat, *each.slot) for each in orders], _VERSION))
        except OSError as error:
            raise IssuerError("sealing_stopped") from error
        self._awaited = -(-len(orders) // _PART)

    def _is_ready(self) -> bool:
        try:
            return self._pipe.poll(_WAITED)
        except OSError as error:
            raise IssuerError("sealing_stopped") from error

    def _with_token(self, order: Order, token: bytes) -> Sealed:
        kid, _ = self._sealer.signers[order.license.authority]
        return Sealed(order.cti, kid, order.iat, order.slot, token)

    def _received(self) -> list[bytes]:
        """Return the tokens of the next part. Raises what stopped the child at this batch."""
        try:
            there: list[bytes] | IssuerError | CustodyError = self._pipe.recv()
        except (EOFError, OSError) as error:
            self._awaited = 0
            raise IssuerError("sealing_stopped") from error
        if isinstance(there, IssuerError | CustodyError):
            self._awaited = 0
            raise there
        self._awaited -= 1
        return there


def _seal(sealer: Sealer, orders: Sequence[Order]) -> list[Sealed]:
    return [seal(sealer, license_, cti=cti, iat=iat, slot=slot) for license_, cti, iat, slot in orders]


@contextmanager
def shared(sealer: Sealer) -> Iterator[SignerPool]:
    """Open a pool on two cores. Call it before the register is opened; where processes cannot fork, it seals alone."""
    with forked(lambda orders: _tokens_or_why_not(sealer, orders)) as pipe:
        yield InProcess(sealer) if pipe is None else Shared(sealer, pipe)


def _tokens_or_why_not(sealer: Sealer, octets: bytes) -> Iterator[list[bytes] | IssuerError | CustodyError]:
    """Yield the tokens of some orders, part by part; in the place of the first part that cannot be sealed the reason, and then nothing."""
    orders = marshal.loads(octets)  # noqa: S302 - the parent wrote it
    try:
        for start in range(0, len(orders), _PART):
            yield [
                seal(sealer, license_of(plain), cti=cti, iat=iat, slot=Slot(number, index)).token
                for plain, cti, iat, number, index in orders[start : start + _PART]
            ]
    except SealError as error:
        yield IssuerError(error.code, error.detail)
    except (IssuerError, CustodyError) as error:  # a key may be in a token, which fails or is taken away
        yield error
