"""The provider that tries things out tells again what nobody took, and keeps no machine busy with it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from demo.provider.messenger import Messenger
from demo.provider.orders import Orders
from tests.ports import free_port


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
