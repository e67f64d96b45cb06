"""Messages for tests: to numbers that are made up as they are needed, for a number in a file might be somebody's."""

from __future__ import annotations

from random import Random

from sqlalchemy import Engine, select

from office.messages import outbox
from office.messages.outbox import Message
from office.messages.providers import Piece, Provider
from office.messages.sender import Sender
from office.messages.tables import messages
from tests.issuer.offices import SECONDS

ARABIC = "صدر ترخيصك رقم ALX-MN1-26-0000001."
LONG = "صدر ترخيصك ورمز التحقق للحفظ والطباعة في البوابة. " * 4  # 200 units of UCS-2: three parts


def number(which: int = 0) -> str:
    """A mobile number that nobody typed: +20, 10 and eight digits."""
    return "+20" + str(10_0000_0000 + which * 7_919 + 1_234_567)


def piece(text: str = ARABIC, *, key: str = "k-1", **more: object) -> Piece:
    """A message of one piece."""
    usual = Piece(key, number(), text, "ucs2", 1, 1, 7, None)
    return usual._replace(**more)  # type: ignore[arg-type]


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, now: int = SECONDS) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


def sender(engine: Engine, provider: Provider, clock: Clock, *, seed: int = 1) -> Sender:
    """A sender that draws the same chances in every run."""
    return Sender(engine, provider, clock=clock, chance=Random(seed))


def put(engine: Engine, *events: str, text: str = ARABIC, now: int = SECONDS, urgent: bool = False, expires: int | None = None) -> None:
    """Put a message for each event into the outbox, each to a number of its own."""
    with engine.begin() as connection:
        for place, event in enumerate(events):
            outbox.enqueue(connection, event=event, to=number(place), text=text, now=now, urgent=urgent, expires=expires)


def message(engine: Engine, event: str) -> Message:
    """The message for an event."""
    with engine.connect().execution_options(reading=True) as connection:
        found = outbox.of_event(connection, event)
    assert found is not None
    return found


def states(engine: Engine) -> dict[str, str]:
    """Event to state, of all messages."""
    with engine.connect().execution_options(reading=True) as connection:
        return {row.event: row.state for row in connection.execute(select(messages.c.event, messages.c.state))}
