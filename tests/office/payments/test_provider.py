"""The provider that tries things out tells again what nobody took, and keeps no machine busy with it."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from threading import Event

import pytest

from demo.provider.messenger import Messenger
from demo.provider.orders import Orders
from tests.ports import free_port
from tests.processes import PATIENCE_SECONDS


def test_what_nobody_takes_waits_twice_as_long_each_time_and_a_minute_at_most(tmp_path: Path) -> None:
    now, waited = 1_000, []
    orders = Orders(tmp_path / "books.sqlite")
    orders.enqueue({"told": "nobody"}, now)
    messenger = Messenger(orders, f"http://127.0.0.1:{free_port()}/", lambda: now)
    for _ in range(8):
        messenger.send_due()
        assert orders.due(now) == [], "not again at once"
        with sqlite3.connect(tmp_path / "books.sqlite") as books:
            ((due,),) = books.execute("SELECT due FROM messages")
        waited.append(due - now)
        now = due
    assert waited == [2, 4, 8, 16, 32, 64, 64, 64]
    assert orders.unsent() == 1


def test_a_message_is_sent_at_once_and_nothing_is_looked_for_where_none_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    orders, sent, looked = Orders(tmp_path / "books.sqlite"), Event(), list[int]()
    due = orders.due
    monkeypatch.setattr(orders, "due", lambda now: looked.append(now) or due(now))
    messenger = Messenger(orders, "", lambda: 1_000)
    monkeypatch.setattr(messenger, "_send", lambda _: sent.set() or True)
    messenger.start()
    orders.enqueue({"told": "somebody"}, 1_000)
    assert sent.wait(PATIENCE_SECONDS)
    while orders.unsent():
        Event().wait(0.01)
    Event().wait(0.5)
    assert len(looked) <= 3, "at its start, for the message, and perhaps once more"
