"""Check 6: revoked, suspended, superseded, or not to be told."""

from __future__ import annotations

from collections.abc import Iterator

from tests.vectors import fixed
from tests.vectors.fixed import DAY, NEVER, REVOKED, STATUS_SIGNED, SUPERSEDED, SUSPENDED, URI_WIDE
from tests.vectors.making import Vector, failed, seal, unknown


def vectors() -> Iterator[Vector]:
    yield Vector("revoked", "entry 1", seal(idx=REVOKED), failed("status", "revoked"))
    yield Vector("suspended", "entry 2", seal(idx=SUSPENDED), failed("status", "suspended"))
    yield Vector("superseded", "entry 3: a newer seal replaced it", seal(idx=SUPERSEDED), failed("status", "superseded"))
    yield from _missing()
    yield from _ages()
    yield from _young()
    yield from _wide()


def _missing() -> Iterator[Vector]:
    missing = unknown("status", "status_list_missing")
    yield Vector("no status list", "never fetched because a seal says so", seal(), missing, status=())
    yield Vector("list of another uri", "lists count for their own uri", seal(uri=URI_WIDE), missing)
    foreign = "https://evil.example/status/1"
    yield Vector("uri of somebody else", "signed by a real key, but no list of ours has that name", seal(uri=foreign), missing)
    yield Vector(
        "two lists of one uri",
        "the newer counts, in whatever order they come",
        seal(idx=REVOKED),
        failed("status", "revoked"),
        status=("main", fixed.status_at("2026-11-20T00:00:00")),
    )


def _ages() -> Iterator[Vector]:
    stale = unknown("status", "status_list_stale")
    week = STATUS_SIGNED + 7 * DAY
    usual, long_ = {"status": ("main",)}, {"status": ("long",)}
    yield Vector("list, the second before its exp", "seven days", seal(), now=week - 1, **usual)  # type: ignore[arg-type]
    yield Vector("list, at its exp", "stale", seal(), stale, now=week, **usual)  # type: ignore[arg-type]
    yield Vector("list of a week, exp later", "seven days to the second are not stale", seal(), now=week, **long_)  # type: ignore[arg-type]
    yield Vector("list of a week and a second, exp later", "stale whatever its exp says", seal(), stale, now=week + 1, **long_)  # type: ignore[arg-type]
    yield Vector(
        "list with a short exp", "its own exp counts where it is earlier", seal(), stale, now=STATUS_SIGNED + 7200, status=("short",)
    )
    for name, index, code in (("revoked", REVOKED, "revoked"), ("superseded", SUPERSEDED, "superseded")):
        yield Vector(f"{name} in a stale list", "final: an old list may say so", seal(idx=index), failed("status", code), now=week)
    yield Vector("suspended in a stale list", "it may have been lifted", seal(idx=SUSPENDED), stale, now=week)


def _young() -> Iterator[Vector]:
    late = unknown("status", "status_not_yet_listed")
    yield Vector(
        "sealed after the list, never given index", "reads invalid because the list is late", seal(idx=NEVER, iat=STATUS_SIGNED + 1), late
    )
    yield Vector(
        "sealed the second the list was signed",
        "the register never lists a seal of its own second",
        seal(idx=NEVER, iat=STATUS_SIGNED),
        late,
    )
    yield Vector(
        "sealed a second before the list",
        "then the list knows: nobody gave this index",
        seal(idx=NEVER, iat=STATUS_SIGNED - 1),
        failed("status", "revoked"),
    )
    yield Vector(
        "young and in a stale list",
        "late, not stale, is what helps the reader",
        seal(idx=NEVER, iat=STATUS_SIGNED + 60),
        late,
        now=STATUS_SIGNED + 7 * DAY,
    )
    yield Vector("index past the end", "1,024 entries: the last is 1023", seal(idx=1024), unknown("status", "status_index_outside"))
    yield Vector("last index of the list", "never given", seal(idx=1023), failed("status", "revoked"))
    yield Vector("index far past the end", "2^20 - 1", seal(idx=(1 << 20) - 1), unknown("status", "status_index_outside"))


def _wide() -> Iterator[Vector]:
    for index, expect in (
        (0, {}),
        (1, failed("status", "revoked")),
        (2, failed("status", "suspended")),
        (3, failed("status", "superseded")),
        (4, unknown("status", "status_reserved")),
        (7, unknown("status", "status_reserved")),
        (8, unknown("status", "status_index_outside")),
    ):
        yield Vector(
            f"four-bit list, entry {index}",
            "lowest bits first; 4 to 15 are reserved",
            seal(idx=index, uri=URI_WIDE),
            expect,
            status=("main", "wide"),
        )
