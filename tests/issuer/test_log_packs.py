"""The packs that are published beside the log: every seal of each authority and no other, only what is new, whatever was there before."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from issuer import operations
from issuer.log.placed import authority_of
from issuer.register import positions
from issuer.register.sealing import Slot, seal
from published.log import policy_of
from seal import cose, leaves, log_packs
from seal import license as licenses
from seal.log_packs import Packed
from tests.issuer import offices
from tests.issuer.offices import PASSPHRASE, SECONDS, Office, entry, row, rows
from transparency import heads

HOUR = 3600


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """A house with a log, and segments of four seals."""
    monkeypatch.setattr(log_packs, "SEGMENT", 4)
    monkeypatch.setattr("issuer.log.packs.SEGMENT", 4)
    return offices.with_log(tmp_path)


def mixed(count: int, *, first: int) -> list[dict[str, str]]:
    """Rows of which each third is Agami's."""
    made = rows(count, first=first)
    for number, each in enumerate(made):
        if number % 3 == 2:
            each.update(authority="AGM", latitude=f"31.12{number:04}", longitude="29.780000")
    return made


def at(seconds: int) -> str:
    return datetime.fromtimestamp(SECONDS + seconds, UTC).isoformat()


def issued(office: Office, name: str, made: list[dict[str, str]], hour: int = 0) -> None:
    office.run("issue", office.write(name, made), "--no-output", now=at(hour * HOUR))
    office.run("publish", now=at(hour * HOUR + 5))


def pack(office: Office, authority: str) -> tuple[log_packs.LogPack, Packed]:
    """What a phone reads from the published files."""
    folder, lists = office.locations.published / "log/pack" / authority, office.lists()
    held = log_packs.verify((folder / "index").read_bytes(), trust=lists.trust)
    assert lists.trust.log is not None
    head = heads.verify(held.head, policy_of(lists.trust.log))
    segments = [(folder / log_packs.path(number, width)).read_bytes() for number, width in enumerate(held.widths())]
    return held, Packed(authority, head.checkpoint.size, head.timestamp, log_packs.rows(held, segments, size=head.checkpoint.size))


def holds_exactly_its_own(office: Office) -> None:
    """Each authority's pack says of every position what the register has there."""
    with office.locations.engine() as engine, engine.connect() as connection:
        sealed = list(positions.sealed(connection, 0, positions.following(connection)))
    assert {authority_of(message) for _, message in sealed} == {"MN1", "AGM"}
    for authority in ("MN1", "AGM", "WST"):
        held, view = pack(office, authority)
        assert (held.authority, view.size) == (authority, len(sealed))
        for position, message in sealed:
            own, leaf = authority_of(message), leaves.leaf_of(leaves.entry_of(message))
            assert view.holds(position, leaf, own) is (True if own == authority else None)
            assert view.holds(position, bytes(32), authority) is False


def files(office: Office) -> dict[str, bytes]:
    folder = office.locations.published / "log/pack"
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_each_authority_has_its_own_seals_and_no_other(office: Office) -> None:
    issued(office, "a.csv", mixed(7, first=1))
    holds_exactly_its_own(office)
    issued(office, "b.csv", mixed(14, first=50), hour=1)
    holds_exactly_its_own(office)


def test_only_what_is_new_is_written(office: Office) -> None:
    issued(office, "a.csv", mixed(13, first=1))
    before = files(office)
    assert {"MN1/0", "MN1/1", "MN1/2.p/1", "AGM/0", "AGM/index", "MN1/index", "WST/index"} <= set(before)
    issued(office, "b.csv", rows(2, first=90), hour=1)
    after = files(office)
    changed = {name for name in after if before.get(name) != after[name]}
    assert {name for name in changed if not name.endswith("/index")} == {"MN1/2.p/3"}
    issued(office, "c.csv", rows(6, first=120), hour=2)
    issued(office, "d.csv", rows(4, first=140), hour=3)
    assert not [name for name in files(office) if name.startswith("MN1/2.p/")], "full, and so is the next"
    holds_exactly_its_own(office)


@pytest.mark.parametrize("harm", ["gone", "cut", "another", "index of another authority", "nonsense"])
def test_whatever_lies_there_is_made_good(office: Office, harm: str) -> None:
    issued(office, "a.csv", mixed(13, first=1))
    folder = office.locations.published / "log/pack"
    whole = files(office)
    if harm == "gone":
        (folder / "MN1/0").unlink()
    elif harm == "cut":
        (folder / "MN1/2.p/1").write_bytes(b"")
    elif harm == "another":
        (folder / "MN1/1").write_bytes(whole["MN1/0"])
    elif harm == "nonsense":
        (folder / "MN1/index").write_bytes(b"\xff")
    else:
        (folder / "MN1/index").write_bytes(whole["AGM/index"])
    issued(office, "b.csv", rows(1, first=70), hour=1)
    holds_exactly_its_own(office)


def test_a_house_without_a_log_has_no_packs(tmp_path: Path) -> None:
    offices.make_keys(tmp_path)
    house = Office(tmp_path, str(tmp_path / "register.sqlite"))
    house.run("issue", house.write("a.csv", [row()]), "--no-output")
    assert "pack" not in house.run("publish").output
    assert not (house.locations.published / "log").exists()


def test_following_makes_packs_hourly_and_not_with_each_seal(office: Office) -> None:
    issued(office, "a.csv", mixed(3, first=1))
    publisher = operations.Publisher(office.locations, passphrase=PASSPHRASE)
    with office.locations.engine() as engine:
        first = publisher.round(engine, now=SECONDS + 60)
        office.run("issue", office.write("b.csv", rows(1, first=90)), "--no-output", now=at(70))
        second = publisher.round(engine, now=SECONDS + 80)
        third = publisher.round(engine, now=SECONDS + 60 + HOUR)
    assert [sum(name.startswith("pack of") for name in each) for each in (first, second, third)] == [10, 0, 10]


def test_the_authority_stands_first_in_the_claims(office: Office) -> None:
    sealed = seal(office.clerk().sealer, entry().license, cti=licenses.identifier(2026, 1), iat=SECONDS, slot=Slot(1, 0))
    message = cose.from_bytes(sealed.token)
    assert authority_of(message) == entry().license.authority == "MN1"
