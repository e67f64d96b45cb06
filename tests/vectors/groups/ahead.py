"""What is dated ahead of the clock: not there yet by one signer's word, and by two independent signers' a clock that is behind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

from published.listed import proof_name
from seal import trust
from seal.status import StatusList
from tests.vectors import fixed
from tests.vectors.fixed import DAY, NOW, ROOT_KID, STATUS_SIGNED, URI_WIDE, YEAR
from tests.vectors.groups import proofs

LATE = NOW + 601  # ten minutes and a second ahead of the usual clock
WIDE = fixed.sign_status(fixed.STATUS["wide"][0])


@dataclass
class AheadVector:
    """Published files that a verifier without a memory meets at `now`.

    `faults` by file are what it must say, or `code` that there is no trust list to go by. `held`: the trust list that it went by before.
    """

    name: str
    why: str
    files: Mapping[str, bytes]
    faults: Mapping[str, str]
    now: int = NOW
    held: bytes | None = None
    code: str | None = None


def status_at(iat: int, kid: bytes = b"\x63", **changes: object) -> bytes:
    """The usual status list, signed at a time."""
    usual = fixed.STATUS["main"][0]._asdict()
    return fixed.sign_status(StatusList(**usual | {"iat": iat, "exp": iat + 7 * DAY} | changes), kid)


def trust_at(issued_at: int) -> bytes:
    """The next trust list, signed at a time."""
    made = fixed.trust_list(sequence=13, issued_at=issued_at, next_update=issued_at + 30 * DAY)
    return trust.sign(made, ROOT_KID, fixed.signer("root"))


def proven(signed: int, *witnessed: int) -> dict[str, bytes]:
    """A status list signed at a time, with its proof: when the publisher signed its head, and when each witness did."""
    data = status_at(signed)
    made = proofs.proof(proofs.act(data, at=signed), times=(signed, *witnessed)).to_bytes()
    return {"trust-list": fixed.signed_trust("proven"), "status/1": data, proof_name(sha256(data).digest()): made}


def vectors() -> Iterator[AheadVector]:
    main = fixed.signed_trust("main")
    files = {"trust-list": main, "status/2": WIDE}
    ignored, behind = {"status/1": "status_list_ahead"}, {"clock": "clock_disagrees"}
    alone = partial(AheadVector, faults=ignored)
    yield AheadVector("ten minutes ahead", "clocks differ: 600 seconds are let pass", files | {"status/1": status_at(LATE - 1)}, {})
    yield alone("ten minutes and a second ahead", "one signer's: not there yet, the others count", files | {"status/1": status_at(LATE)})
    yield alone("a year ahead", "the publisher's clock was fast", files | {"status/1": status_at(NOW + YEAR)})
    yield AheadVector(
        "two lists by two status keys",
        "one publisher dates both",
        files | {"status/1": status_at(LATE), "status/2": status_at(LATE, b"\x0a", uri=URI_WIDE)},
        ignored | {"status/2": "status_list_ahead"},
    )
    newer, usual = trust_at(LATE), files | {"status/1": status_at(STATUS_SIGNED)}
    hour = {name: data for name, data in usual.items() if name != "status/2"}
    yield AheadVector(
        "a trust list ahead, the first one", "there is no other to go by", usual | {"trust-list": newer}, {}, code="trust_list_ahead"
    )
    yield AheadVector(
        "a trust list ahead, and one of before",
        "that one goes on, and lists are taken under it",
        usual | {"trust-list": newer},
        {"trust-list": "trust_list_ahead"},
        held=main,
    )
    yield AheadVector(
        "a trust list and a status list ahead",
        "root and publisher are two: everything is used, nothing learnt",
        files | {"trust-list": newer, "status/1": status_at(LATE)},
        behind,
    )
    yield AheadVector("this clock is a year behind", "everything is ahead of it", usual, behind, now=NOW - YEAR)
    yield alone("this clock is an hour behind", "the trust list is older than that: one signer's word", hour, now=STATUS_SIGNED - 1200)
    yield alone("the publisher's clock is a year fast, its witnesses' are right", "one signer", proven(NOW + YEAR, NOW, NOW))
    yield AheadVector("a witness says so too", "publisher and witness are two", proven(LATE, LATE, NOW), behind)
    yield AheadVector("two witnesses say so", "and the publisher does not", proven(STATUS_SIGNED, LATE, LATE), behind)
    yield AheadVector("one witness says so", "its clock is fast", proven(STATUS_SIGNED, LATE, NOW), {})
