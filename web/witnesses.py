"""Asks the witnesses of a log to cosign its checkpoint (C2SP tlog-witness): all at once, each for a bounded time."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic

from transparency.errors import LogError
from transparency.heads import Policy
from transparency.keys import NoteKey
from transparency.witnessing import ANSWER_MAX, PATH, ROUNDS, Answer, Gathered, Prove, Told, ask_witness, gather

from .client import Client, ClientError


class Witnesses:
    """The witnesses of a policy, and where they are.

    `addresses`: of each witness, by the name of its keys, the submission prefix; one without an address is not asked. `seconds` bounds a
    request, and three times that what all of it takes. `authority`: a file of certificates (PEM) to trust instead of the machine's.
    """

    def __init__(self, policy: Policy, addresses: Mapping[str, str], *, seconds: float = 10, authority: Path | None = None) -> None:
        self._policy, self._seconds = policy, seconds
        self._addresses = {name: f"{address.rstrip('/')}/{PATH}" for name, address in addresses.items()}
        self._client = Client(seconds=seconds, most_octets=ANSWER_MAX, authority=authority)

    def cosign(self, data: bytes, *, old: Mapping[str, int], prove: Prove) -> Gathered:
        """Return a signed checkpoint with the cosignatures that were got in time, what each witness told, and whether they are enough.

        `old`: by name the size of the last tree that each gave a cosignature of; `Told.size` of one that cosigned is what to remember.
        `prove` is called by several threads at once. Raises NoteError for what is no checkpoint, and what `prove` raises of LogError and
        OSError.
        """
        asked = {name: self._keys(name) for name in self._addresses}
        answers: SimpleQueue[Told | LogError | OSError] = SimpleQueue()

        def ask(name: str, keys: tuple[NoteKey, ...]) -> None:
            try:
                answers.put(ask_witness(name, keys, data, old=old.get(name, 0), prove=prove, ask=lambda body: self._ask(name, body)))
            except (LogError, OSError) as error:
                answers.put(error)

        for name, keys in asked.items():  # daemons: who answers an octet a second keeps nobody from ending
            Thread(target=ask, args=(name, keys), daemon=True).start()
        told = _in_time(answers, len(asked), monotonic() + ROUNDS * self._seconds)
        return gather(data, self._policy, [told.get(name, Told(name, "witness_unreachable")) for name in asked])

    def _keys(self, name: str) -> tuple[NoteKey, ...]:
        return tuple(key for key in self._policy.witnesses if key.name == name)

    def _ask(self, name: str, body: bytes) -> Answer | None:
        try:
            answer = self._client.request("POST", self._addresses[name], body=body, headers={"Content-Type": "text/plain; charset=utf-8"})
        except ClientError:
            return None
        return Answer(answer.status, answer.headers.get("content-type", "").partition(";")[0].strip().lower(), answer.body)


def _in_time(answers: SimpleQueue[Told | LogError | OSError], count: int, end: float) -> dict[str, Told]:
    """Return what is told until `end` (seconds of the monotonic clock), by name."""
    told: dict[str, Told] = {}
    while len(told) < count and (left := end - monotonic()) > 0:
        try:
            each = answers.get(timeout=left)
        except Empty:
            break
        if not isinstance(each, Told):
            raise each
        told[each.witness] = each
    return told
