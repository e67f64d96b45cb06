"""What a provider of messages is to the sender: something that takes a piece and calls it by a name of its own, or says why not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple, Protocol

from .parts import Alphabet

WHOLE = 0  # number of a piece that is a text of several parts, all of it


class Piece(NamedTuple):
    """What is handed over at once: a whole message, or one of its parts for providers that join nothing themselves.

    `key` is the same each time the same piece is handed over, and no other's. `to` is E.164. `number` of `total` counts from 1, but see
    `WHOLE`. `reference` (one octet) is the same for all pieces of a message. `seconds` is how long it is of use, None if for ever.
    """

    key: str
    to: str
    text: str
    alphabet: Alphabet
    number: int
    total: int
    reference: int
    seconds: int | None


class Receipt(NamedTuple):
    """What the network says about a piece that it took as `provider_id`. `error` is the network's own code, or empty."""

    provider_id: str
    outcome: Literal["delivered", "failed"]
    error: str


class Unread(NamedTuple):
    """A receipt that is not understood: of no `state` that is known, or about nothing that has a `name`. It is counted, and not kept."""

    reason: Literal["state", "name"]


Heard = Receipt | Unread


class RefusedError(Exception):
    """The provider will never take this piece. `code` is short and holds nothing personal."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class PostponedError(RefusedError):
    """The provider does not take this piece now. `seconds` is how long it asked to wait, 0 if it did not say."""

    def __init__(self, code: str, seconds: int = 0) -> None:
        super().__init__(code)
        self.seconds = seconds


class UnreachableError(Exception):
    """Nobody answers, or not in time: whether the piece in question was taken is not known. `code` as above."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Provider(Protocol):
    """A way to send. Not for use by several threads."""

    @property
    def name(self) -> str:
        """At most 16 characters; ids and receipts are kept under it."""

    @property
    def joins(self) -> bool:
        """Whether it takes a long message whole."""

    def open(self, receipt: Callable[[Heard], None]) -> None:
        """Connect, unless connected. `receipt` keeps what the network says; it is acknowledged only after that. Raises UnreachableError."""

    def submit(self, piece: Piece) -> str:
        """Hand over a piece and return what the provider calls it (1 to 65 characters).

        Raises RefusedError, PostponedError, UnreachableError.
        """

    def listen(self, seconds: float) -> None:
        """Wait for receipts, at most so long, and keep the connection alive. Raises UnreachableError."""

    def close(self) -> None:
        """Take leave. Never raises."""
