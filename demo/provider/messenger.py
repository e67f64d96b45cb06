"""Sends the simulator's notifications, and again until they are answered with 200."""

from __future__ import annotations

import threading
from collections.abc import Callable

from web.client import Client, ClientError

from .orders import Orders

PAUSE_SECONDS = 0.05
AGAIN_SECONDS = 2
LATER_MOST = 5  # doublings of that: a minute, for what nobody took for two


class Messenger:
    """A thread that sends what waits. What was not answered is kept in the books, so that a new process goes on with it."""

    def __init__(self, orders: Orders, address: str, clock: Callable[[], int]) -> None:
        """`address` is the office's page for notifications."""
        self._orders, self._address, self._clock = orders, address, clock
        self._client = Client(seconds=10, most_octets=64 * 1024, keep=False)

    def start(self) -> None:
        """Begin to send, until the process ends."""
        threading.Thread(target=self._run, daemon=True, name="messenger").start()

    def _run(self) -> None:
        while True:
            self._orders.enqueued.clear()
            self.send_due()
            soonest = self._orders.soonest()
            while soonest is None or self._clock() < soonest:
                if self._orders.enqueued.wait(None if soonest is None else PAUSE_SECONDS):
                    break

    def send_due(self) -> None:
        """Send what is due now; what nobody takes waits twice as long each time."""
        for message, body, attempts in self._orders.due(self._clock()):
            later = AGAIN_SECONDS << min(attempts, LATER_MOST)
            self._orders.sent(message, again=None if self._send(body) else self._clock() + later)

    def _send(self, body: str) -> bool:
        """Return whether nobody needs to hear this again; a message that is refused for good (4xx) is not sent again either."""
        try:
            answer = self._client.request("POST", self._address, body=body.encode(), headers={"Content-Type": "application/json"})
        except ClientError:
            return False
        return answer.status == 200 or 400 <= answer.status < 500
