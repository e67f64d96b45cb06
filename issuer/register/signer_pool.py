"""Sealing many licenses at once on two cores: most of each batch in a child process that holds the same keys, the rest here.

Signing and packing are much of the work of issuing. While the child seals, the parent puts into the register what needs no seal, reads
the next rows, and keeps the seals that are there already; of the seals it takes as many on as it would wait for else. Whoever seals makes
the digests too that the act of the transaction holds of them: the salt goes to the child with the orders (docs/adr/0112). The child is
forked before the register is opened (forked.py).
Of keys in tokens each has sessions of its own (keys/modules.py).
"""

from __future__ import annotations

import marshal
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from typing import NamedTuple, Protocol

from acts import bodies
from acts.bodies import Value
from issuer.errors import IssuerError
from issuer.forked import forked
from keys.errors import CustodyError
from seal.errors import SealError
from seal.license import License

from .plain import Plain, license_of, of_license
from .positions import Logged
from .sealing import Sealed, Sealer, Slot, seal

_WORTH_SHARING = 64  # licenses; fewer are sealed here, without a trip to the child
_PART = 250  # licenses whose seals the child hands over at once: the pipe holds two parts or three, and a child that finds it full waits
_HERE, _HERE_MOST, _STEP = 0.0, 0.5, 0.05  # of a batch: at first, at most, and how much more or less it is next time
_VERSION = 2  # of marshal's format, as in issuer/kept.py
_WAITED = 0.005  # seconds; who waited longer for the child takes more on next time
#: Seconds without an octet from the child, or taken by it, until it counts as stopped: others wait for the register. A token may need a
#: second for each seal, so the child says after some of them that it is there (`_ALIVE` seconds apart, `_AT_ONCE` seals at least).
_SILENT, _ALIVE, _AT_ONCE = 60.0, 5.0, 10


_Told = tuple[list[bytes], bytes]  # tokens of a part, and their digests


def _no_more() -> bool:
    return False


class Order(NamedTuple):
    """One license to seal at `iat` (seconds since 1970 UTC), and what its act holds of it beside the token."""

    license: License
    cti: bytes
    iat: int
    slot: Slot
    beside: tuple[Value, ...] = ()


class Part(NamedTuple):
    """Some seals, and the digests that their act holds of them, one behind the other; none without a salt."""

    sealed: list[Sealed]
    digests: bytes


class SignerPool(Protocol):
    """Whatever seals orders."""

    @property
    def prefix(self) -> str:
        """What stands before license numbers."""

    def logged(self) -> Logged:
        """Return what is under the stored checkpoints. Raises IssuerError, OSError."""

    def parts(self, orders: Sequence[Order], besides: Callable[[], Iterable[object]] = tuple, *, salt: bytes = b"") -> Iterator[Part]:
        """Yield the seals in the order of `orders`, part by part. Work `besides`, in steps of some milliseconds, is done before the first,
        while others seal.

        `salt` is that of the transaction's act, b"" where there is none. Raises what `sealing.seal` raises, CustodyError where a token
        fails, IssuerError `sealing_stopped` where whoever seals ends or stands still, and what `besides` raises.
        """

    def meanwhile(self, work: Callable[[], bool]) -> None:
        """Name work that may be done early, while others seal: a step of it, which says whether there is more. It must not raise."""


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

    def parts(self, orders: Sequence[Order], besides: Callable[[], Iterable[object]] = tuple, *, salt: bytes = b"") -> Iterator[Part]:
        """Yield all seals at once: who seals needs nobody's waiting."""
        part = _seal(self._sealer, orders, salt)
        deque(besides(), maxlen=0)
        yield part

    def meanwhile(self, work: Callable[[], bool]) -> None:
        """Nobody else seals, so there is no meanwhile."""


class Shared:
    """Seals most of every batch in the child at the other end of `pipe`."""

    def __init__(self, sealer: Sealer, pipe: Connection) -> None:
        self._sealer = sealer
        self._pipe = pipe
        self._here = _HERE
        self._meanwhile: Callable[[], bool] = _no_more
        self._awaited = 0  # parts that the child hands over yet
        self._there = deque[_Told]()  # those that were taken from it

    @property
    def prefix(self) -> str:
        """What stands before license numbers."""
        return self._sealer.prefix

    def logged(self) -> Logged:
        """Return what is under the stored checkpoints."""
        return self._sealer.logged()

    def meanwhile(self, work: Callable[[], bool]) -> None:
        """Do `work` early, instead of waiting for the child."""
        self._meanwhile = work

    def parts(self, orders: Sequence[Order], besides: Callable[[], Iterable[object]] = tuple, *, salt: bytes = b"") -> Iterator[Part]:
        """Yield the seals in the order of `orders`, part by part."""
        if len(orders) < _WORTH_SHARING:
            part = _seal(self._sealer, orders, salt)
            deque(besides(), maxlen=0)
            yield part
            return
        middle = round(len(orders) * self._here)
        self._send(orders[middle:], salt)
        for _ in besides():
            self._take_over()
        for start in range(0, middle, _PART):
            yield _seal(self._sealer, orders[start : min(start + _PART, middle)], salt)
            self._take_over()
        waited = False
        for start in range(middle, len(orders), _PART):
            waited |= not self._is_there()
            tokens, digests = self._there.popleft() if self._there else self._received()
            yield Part([self._with_token(*each) for each in zip(orders[start : start + _PART], tokens, strict=True)], digests)
        # Whoever had to wait for the other takes more on next time.
        self._here = min(_HERE_MOST, self._here + _STEP) if waited else max(0.0, self._here - _STEP)

    def _send(self, orders: Sequence[Order], salt: bytes) -> None:
        self._there.clear()
        while self._awaited:  # of a batch that came to nothing here
            with suppress(IssuerError, CustodyError):
                self._received()
        try:
            self._pipe.send(marshal.dumps((salt, [_plain(order) for order in orders]), _VERSION))
        except OSError as error:
            raise self._stopped() from error
        self._awaited = -(-len(orders) // _PART)

    def _take_over(self) -> None:
        """Take what the child has done from the pipe: where it is full, the child waits."""
        while self._awaited and self._polled(0):
            if (told := self._next()) is not None:
                self._there.append(told)

    def _is_there(self) -> bool:
        """Say whether the next part is there, or comes soon. What may be done early is done until then."""
        self._take_over()
        while not self._there and self._meanwhile():
            self._take_over()
        return bool(self._there) or self._polled(_WAITED)

    def _polled(self, seconds: float) -> bool:
        try:
            return self._pipe.poll(seconds)
        except OSError as error:
            raise self._stopped() from error

    def _with_token(self, order: Order, token: bytes) -> Sealed:
        kid, _ = self._sealer.signers[order.license.authority]
        return Sealed(order.cti, kid, order.iat, order.slot, token)

    def _received(self) -> _Told:
        """Return the tokens of the next part, and their digests. Raises what stopped the child at this batch."""
        while (told := self._next()) is None:
            pass
        return told

    def _next(self) -> _Told | None:
        """Return what the child says next: a part, or None, that it is there. Raises what stopped it at this batch."""
        try:
            there: _Told | IssuerError | CustodyError | None = self._pipe.recv()
        except Exception as error:  # a child that ended in the middle of a word, was stopped, or raves
            raise self._stopped() from error
        if isinstance(there, IssuerError | CustodyError):
            self._awaited = 0
            raise there
        if there is not None:
            self._awaited -= 1
        return there

    def _stopped(self) -> IssuerError:
        """Return what is said of a child that is there no more. Nothing else is taken from it: nobody knows where a word begins."""
        self._awaited = 0
        self._pipe.close()
        return IssuerError("sealing_stopped")


def _seal(sealer: Sealer, orders: Sequence[Order], salt: bytes) -> Part:
    sealed = [seal(sealer, license_, cti=cti, iat=iat, slot=slot) for license_, cti, iat, slot, _ in orders]
    return Part(sealed, _digests(salt, orders, [each.token for each in sealed]))


def _digests(salt: bytes, orders: Sequence[Order], tokens: Sequence[bytes]) -> bytes:
    if not salt:
        return b""
    return b"".join([bodies.digest_of_row(salt, (*order.beside, token)) for order, token in zip(orders, tokens, strict=True)])


def _plain(order: Order) -> Plain:
    license_, cti, iat, (number, index), beside = order
    return of_license(license_), cti, iat, number, index, beside


def _order_of(plain: Plain) -> Order:
    license_, cti, iat, number, index, beside = plain
    return Order(license_of(license_), cti, iat, Slot(number, index), beside)


@contextmanager
def shared(sealer: Sealer) -> Iterator[SignerPool]:
    """Open a pool on two cores. Call it before the register is opened; where processes cannot fork, it seals alone."""
    with forked(lambda orders: _tokens_or_why_not(sealer, orders), silent=_SILENT) as pipe:
        yield InProcess(sealer) if pipe is None else Shared(sealer, pipe)


def _tokens_or_why_not(sealer: Sealer, octets: bytes) -> Iterator[_Told | IssuerError | CustodyError | None]:
    """Yield the tokens of some orders, part by part; in the place of the first part that cannot be sealed the reason, and then nothing.

    Where a part takes long, None says that some of it is done.
    """
    salt, plain = marshal.loads(octets)  # noqa: S302 - the parent wrote it
    try:
        for start in range(0, len(plain), _PART):
            tokens, digests, spoken = list[bytes](), list[bytes](), time.monotonic()
            end = min(start + _PART, len(plain))
            for some in range(start, end, _AT_ONCE):
                part = _seal(sealer, [_order_of(each) for each in plain[some : min(some + _AT_ONCE, end)]], salt)
                tokens += [each.token for each in part.sealed]
                digests.append(part.digests)
                if time.monotonic() >= spoken + _ALIVE:
                    yield None
                    spoken = time.monotonic()
            yield tokens, b"".join(digests)
    except SealError as error:
        yield IssuerError(error.code, error.detail)
    except (IssuerError, CustodyError) as error:  # a key may be in a token, which fails or is taken away
        yield error
