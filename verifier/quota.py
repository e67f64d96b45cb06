"""How much one address may ask of the API in a minute, told by RateLimit headers (draft-ietf-httpapi-ratelimit-headers-10).

Counts are kept in memory that the workers of one gunicorn share (`share`, from its configuration, before it forks), so that a limit means
what it says however many workers there are. Machines do not share them: several behind one proxy allow as many times more.
Nothing is written to a disk, and an address is kept as a keyed hash for a minute: nobody records who checked what.
"""

from __future__ import annotations

import fcntl
import mmap
import secrets
import struct
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import blake2b
from ipaddress import IPv6Address, ip_address
from threading import Lock
from typing import IO, Literal, NamedTuple

Policy = Literal["texts", "pictures"]
POLICIES: tuple[Policy, ...] = ("texts", "pictures")
WINDOW = 60  # seconds

_SLOTS = 1 << 15
_PROBES = 8  # slots that an address may have; where all are taken, the one that asked least makes room
_SLOT = struct.Struct("<QII")  # hash of address and policy, window, count


class Spent(NamedTuple):
    """What an attempt left of a quota: whether it was within it, how much is left, seconds until it is whole again."""

    allowed: bool
    policy: Policy
    remaining: int
    reset: int


class Table:
    """Counts by address and policy. Threads share one; so do processes that were forked from its maker, given a file to take turns by."""

    def __init__(self, turns: IO[bytes] | None = None) -> None:
        self._memory = mmap.mmap(-1, _SLOTS * _SLOT.size)  # shared with children
        self._key = secrets.token_bytes(16)
        self._turns = turns
        self._lock = Lock()  # a lock on a file holds for a process, not for its threads

    def spend(self, policy: Policy, address: str, cost: int, *, quota: int) -> Spent:
        """Count `cost` for an address unless that is more than it has left; then nothing is counted."""
        seconds = int(time.monotonic())  # one clock for all processes of a machine
        window, reset = seconds // WINDOW, WINDOW - seconds % WINDOW
        mark = self._mark(policy, address)
        with self._turn():
            place, count = self._find(mark, window)
            allowed = count + cost <= quota
            if allowed:
                count += cost
                _SLOT.pack_into(self._memory, place, mark, window, count)
        return Spent(allowed, policy, max(0, quota - count), reset)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        with self._lock:
            if self._turns is None:
                yield
                return
            fcntl.lockf(self._turns, fcntl.LOCK_EX)  # let go of when a process dies
            try:
                yield
            finally:
                fcntl.lockf(self._turns, fcntl.LOCK_UN)

    def _mark(self, policy: Policy, address: str) -> int:
        return int.from_bytes(blake2b(f"{policy} {network(address)}".encode(), key=self._key, digest_size=8).digest())

    def _find(self, mark: int, window: int) -> tuple[int, int]:
        """Return the slot of an address, and what it spent in this window."""
        least, place = 1 << 32, 0
        for probe in range(_PROBES):
            here = (mark + probe) % _SLOTS * _SLOT.size
            owner, then, count = _SLOT.unpack_from(self._memory, here)
            if owner == mark:
                return here, count if then == window else 0
            if then != window:
                count = 0
            if count < least:
                least, place = count, here
        return place, 0


def network(address: str) -> str:
    """Return whom an address stands for: itself, or the /64 that a customer is given (RFC 6177). "" where it is none."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return parsed.exploded[:19]
    return str(parsed.ipv4_mapped or parsed) if isinstance(parsed, IPv6Address) else str(parsed)


def exempt(address: str) -> bool:
    """Say whether an address is this machine itself: its own tools, or a proxy that was not declared (KHATM_TRUSTED_PROXIES)."""
    if not address.startswith("127.") and ":" not in address:
        return False  # nearly everybody
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def headers(spent: Spent, quotas: Mapping[Policy, int]) -> dict[str, str]:
    """Return what a client is told: its policies, and what is left of the one it used."""
    policies = ", ".join(f'"{policy}";q={quotas[policy]};w={WINDOW}' for policy in POLICIES if quotas[policy])
    return {"RateLimit-Policy": policies, "RateLimit": f'"{spent.policy}";r={spent.remaining};t={spent.reset}'}


_shared: list[Table] = []


def share() -> None:
    """Make the table that all workers will have in common. Called once, before they are forked."""
    if not _shared:
        _shared.append(Table(tempfile.TemporaryFile()))  # noqa: SIM115 - open as long as the table


def table() -> Table:
    """Return the workers' common table, or one of this process's own."""
    return _shared[0] if _shared else Table()
