"""Every license is sealed exactly once: twice the same file, files that overlap, near twins, two issuers at once, kill -9."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain, takewhile
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from acts import bodies
from acts.tables import acts
from issuer import bulk
from issuer.bulk import Batches
from issuer.errors import IssuerError
from issuer.intake.errors import IntakeError
from issuer.intake.rows import Entry
from issuer.register import sealing, signer_pool, waiting
from issuer.register.issuing import Result, Source, issue
from issuer.register.signer_pool import InProcess, Order, shared
from issuer.register.tables import held, licenses, seals, status_lists
from seal import claims, cose, days, leaves, status
from seal.site import Point, Site
from tests import by_hand
from tests.issuer.offices import SECONDS, Office, entry, rows, seconds
from tests.issuer.soundness import assert_sound


@pytest.fixture
def pool(each_office: Office) -> InProcess:
    return InProcess(each_office.clerk().sealer)


def take(register: Engine, pool: InProcess, *entries: Entry, source: bytes = b"f", now: int = SECONDS) -> list[Result]:
    return issue(register, entries, pool=pool, source=Source(source * 32), now=now)


def kinds(results: Sequence[Result]) -> list[str]:
    return [result.kind for result in results]


def test_the_same_file_twice_and_files_that_overlap(register: Engine, pool: InProcess) -> None:
    one, two, three = (entry(line, trade_name=name) for line, name in ((2, "مخبز"), (3, "مقهى البحر"), (4, "صيدلية الشفاء")))
    first = take(register, pool, one, two)
    assert kinds(first) == ["issued", "issued"]
    again = take(register, pool, one, two)
    assert kinds(again) == ["already", "already"]
    assert [result.number for result in again] == [result.number for result in first]
    other = take(register, pool, one._replace(line=7), three, source=b"g")
    assert kinds(other) == ["issued", "already"]
    assert other[1].number == first[0].number
    assert_sound(register, 3)


def test_repeated_rows_are_duplicates_in_one_batch_and_across_batches(register: Engine, pool: InProcess) -> None:
    results = take(register, pool, entry(2), entry(3), entry(9, trade_name="مقهى البحر"))
    assert [(result.kind, result.other_line) for result in results] == [("issued", 0), ("duplicate", 2), ("issued", 0)]
    later = take(register, pool, entry(4001), entry(4002))
    assert [(result.kind, result.other_line) for result in later] == [("duplicate", 2), ("duplicate", 4001)]
    rerun = take(register, pool, entry(2), entry(3))
    assert kinds(rerun) == ["already", "duplicate"]
    assert_sound(register, 2)


def test_a_source_id_is_the_license_and_what_else_changes_is_told(register: Engine, pool: InProcess) -> None:
    (first,) = take(register, pool, entry(source_id="17"))
    (changed,) = take(register, pool, entry(source_id="17", trade_name="اسم آخر تماما"), source=b"g")
    assert (changed.kind, changed.number, changed.fields) == ("changed", first.number, ("trade_name",))
    assert kinds(take(register, pool, entry(source_id="18", trade_name="محل ورد"))) == ["issued"]


TWIN = "مخبز الامل"  # the bakery's name without its hamza


def test_a_near_twin_waits_and_names_the_license_that_it_looks_like(register: Engine, pool: InProcess) -> None:
    (first,) = take(register, pool, entry())
    (twin,) = take(register, pool, entry(trade_name=TWIN), source=b"g")
    assert (twin.kind, twin.number) == ("held", first.number)
    assert take(register, pool, entry(trade_name=TWIN), source=b"g") == [twin], "it is held once"
    with register.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(held)) == 1
    assert_sound(register, 1)


def test_twins_within_one_batch_get_the_number_of_their_twin(register: Engine, pool: InProcess) -> None:
    results = take(register, pool, entry(2, trade_name="محل ورد"), entry(3), entry(4, trade_name=TWIN), entry(5, trade_name="محل وردة"))
    assert kinds(results) == ["issued", "issued", "held", "held"]
    assert results[2].number == results[1].number
    assert results[3].number == results[0].number
    with register.connect() as connection:
        assert connection.scalars(select(held.c.twin).order_by(held.c.line)).all() == [results[1].number, results[0].number]
    assert_sound(register, 2)


ACROSS_THE_LINE = Site(Point(31.27499, 30.00499), 30)  # metres away, in another cell of the grid
FAR = Site(Point(31.27500, 30.00535), 30)  # 33 m east


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"trade_name": TWIN}, "held"),
        ({"trade_name": "مخبزالأمل"}, "changed"),
        ({"trade_name": "مخبزالأملل"}, "held"),
        ({"trade_name": "مخبز الأملل"}, "held"),
        ({"holder": "سامى فؤاد حسن"}, "held"),
        ({"site": ACROSS_THE_LINE}, "held"),
        ({"trade_name": TWIN, "site": ACROSS_THE_LINE}, "held"),
        ({"site": FAR}, "issued"),
        ({"type": "occupancy", "last_day": days.day_of(SECONDS)}, "issued"),
        ({"trade_name": "مخبز الأمل 2"}, "issued"),
        ({"trade_name": "مخبز العمل الجديد"}, "issued"),
    ],
)
def test_what_a_near_twin_is(register: Engine, pool: InProcess, changes: dict[str, object], kind: str) -> None:
    take(register, pool, entry())
    assert kinds(take(register, pool, entry(3, **changes))) == [kind]


def test_a_license_for_another_time_is_no_twin(register: Engine, pool: InProcess) -> None:
    first, last = days.day_of(seconds("2026-01-01T12:00Z")), days.day_of(seconds("2026-06-30T12:00Z"))
    take(register, pool, entry(type="occupancy", first_day=first, last_day=last))
    after = days.day_of(seconds("2026-07-01T12:00Z"))
    later = entry(3, type="occupancy", first_day=after, last_day=days.day_of(seconds("2026-12-01T12:00Z")))
    assert kinds(take(register, pool, later)) == ["renewed"]
    overlapping = entry(4, type="occupancy", first_day=last, last_day=last, trade_name=TWIN)
    assert kinds(take(register, pool, overlapping)) == ["held"]


def test_a_held_row_is_accepted_once_or_dismissed_for_good(register: Engine, pool: InProcess, each_office: Office) -> None:
    clerk = each_office.clerk()
    sealer, rules = clerk.sealer, clerk.rules
    take(register, pool, entry(2), entry(3, trade_name=TWIN), entry(4, trade_name="مخبز الأمل!"))
    with register.connect() as connection:
        first, second = connection.scalars(select(held.c.id).order_by(held.c.line)).all()
    number = waiting.accept(register, first, sealer=sealer, rules=rules, now=SECONDS)
    decisions = (
        lambda id_: waiting.accept(register, id_, sealer=sealer, rules=rules, now=SECONDS),
        lambda id_: waiting.dismiss(register, id_),
    )
    for decide in decisions:
        for id_ in (first, 99):
            with pytest.raises(IssuerError, match="held_unknown"):
                decide(id_)
    waiting.dismiss(register, second)
    results = take(register, pool, entry(2), entry(3, trade_name=TWIN), entry(4, trade_name="مخبز الأمل!"))
    assert kinds(results) == ["already", "already", "dismissed"]
    assert results[1].number == number
    assert_sound(register, 2)


def test_an_accepted_row_is_the_license_that_was_held(register: Engine, pool: InProcess, each_office: Office) -> None:
    building = entry(
        3,
        type="building",
        trade_name=TWIN,
        site=Site(Point(31.2750, 30.0050), 0, ((-100, -100), (100, -100), (100, 100), (-100, 100))),
        details={"floors": 7},
        last_day=days.day_of(SECONDS + 86_400),
    )
    take(register, pool, building._replace(license=building.license._replace(trade_name="مخبز الأمل"), line=2), building)
    with register.connect() as connection:
        (waits,) = connection.scalars(select(held.c.id)).all()
    number = waiting.accept(register, waits, sealer=each_office.clerk().sealer, rules=each_office.clerk().rules, now=SECONDS)
    with register.connect() as connection:
        token = connection.scalar(select(seals.c.token).join(licenses).where(licenses.c.number == number))
    sealed = claims.from_bytes(cose.from_bytes(token).payload).license
    assert sealed == building.license._replace(site=building.license.site._replace(point=claims.rounded(building.license.site.point)))


def test_serials_count_by_the_year_in_cairo(register: Engine, pool: InProcess) -> None:
    moments = ("2026-12-31T21:59:59Z", "2026-12-31T22:00:00Z", "2026-12-31T22:00:00Z", "2027-06-01T00:00:00Z")
    numbers = [
        take(register, pool, entry(2, source_id=str(at), trade_name=f"محل رقم {at}"), now=seconds(moment))[0].number
        for at, moment in enumerate(moments)
    ]
    assert [number.split("-")[2:4] for number in numbers] == [
        ["2026", "0000001"],
        ["2027", "0000001"],
        ["2027", "0000002"],
        ["2027", "0000003"],
    ]


def test_a_year_s_numbers_can_be_used_up(register: Engine, pool: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "SERIAL_MAX", 2)
    take(register, pool, entry(2), entry(3, trade_name="محل ورد"))
    with pytest.raises(IssuerError, match="serials_exhausted"):
        take(register, pool, entry(4, trade_name="مقهى البحر"))
    assert_sound(register, 2)


def test_a_full_status_list_is_followed_by_the_next(each_office: Office, register: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status, "ENTRIES", 32)
    pool = InProcess(each_office.clerk().sealer)
    results = take(register, pool, *(entry(line, trade_name=f"محل رقم {line}") for line in range(2, 72)))
    assert_sound(register, 70)
    with register.connect() as connection:
        columns = status_lists.c.number, status_lists.c.used
        assert list(map(tuple, connection.execute(select(*columns).order_by(*columns)))) == [(1, 32), (2, 32), (3, 6)]
    each_office.run("license", "revoke", results[40].number, "--reason", "test")
    each_office.run("publish")
    assert sorted(path.name for path in (each_office.folder / "published/status").iterdir()) == ["1", "2", "3"]
    lists = each_office.lists().status.lists
    entries = [entries_.at(index) for entries_ in lists.values() for index in range(32)]
    assert Counter(entries) == {status.VALID: 69, status.INVALID: 27}


def test_places_are_given_one_after_another(each_office: Office, register: Engine, pool: InProcess) -> None:
    results = take(register, pool, *(entry(line, trade_name=f"محل رقم {line}") for line in range(2, 66)))
    assert positions(register) == list(range(64))
    with pytest.raises(IssuerError, match="authority_without_key"):
        take(register, pool, entry(2, authority="ZZZ", trade_name="محل ورد"))
    each_office.run("license", "replace", results[0].number, "--reason", "spelling", "--holder", "سامي فؤاد", "--out", each_office.folder)
    assert positions(register) == list(range(65)), "what was refused leaves no gap"


def positions(register: Engine) -> list[int]:
    """The log's positions of the seals, in the order in which they were made."""
    with register.connect() as connection:
        return [leaves.position_of(*row) for row in connection.execute(select(seals.c.list, seals.c.idx).order_by(seals.c.id))]


def test_an_authority_without_a_key_stops_the_batch_and_leaves_nothing(register: Engine, pool: InProcess) -> None:
    with pytest.raises(IssuerError, match="authority_without_key"):
        take(register, pool, entry(2), entry(3, authority="ZZZ", trade_name="محل ورد"))
    with register.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(status_lists)) == 0
    assert_sound(register, 0)


def test_a_bench_of_two_seals_in_order_and_tells_what_the_child_refused(office: Office) -> None:
    sealer = office.clerk().sealer
    orders = [
        Order(entry(trade_name=f"محل رقم {n}").license, (26 << 24 | n + 1).to_bytes(4, "big"), SECONDS, sealing.Slot(1, n))
        for n in range(200)
    ]
    with shared(sealer) as pool:
        sealed = list(chain.from_iterable(part.sealed for part in pool.parts(orders)))
        assert [(each.cti, each.slot) for each in sealed] == [(order.cti, order.slot) for order in orders]
        assert [claims.from_bytes(cose.from_bytes(each.token).payload).trade_name for each in sealed] == [
            order.license.trade_name for order in orders
        ]
        stranger = orders[150]._replace(license=orders[150].license._replace(authority="ZZZ"))
        with pytest.raises(IssuerError) as refused:
            list(pool.parts([*orders[:150], stranger, *orders[151:]]))
        assert (refused.value.code, refused.value.detail) == ("authority_without_key", "ZZZ")
        broken = orders[150]._replace(license=orders[150].license._replace(holder=""))
        with pytest.raises(IssuerError, match="holder_missing"):
            list(pool.parts([*orders[:150], broken, *orders[151:]]))
        parts = pool.parts([*orders, *orders])
        assert next(parts).sealed[0].cti == orders[0].cti
        parts.close()  # whoever kept the seals gave up
        again = list(chain.from_iterable(part.sealed for part in pool.parts(orders[1:])))
        assert [each.cti for each in again] == [order.cti for order in orders[1:]], "the child goes on, and nothing of before is left"


def orders_of(count: int) -> list[Order]:
    return [
        Order(
            entry(trade_name=f"محل رقم {n}").license,
            (26 << 24 | n + 1).to_bytes(4, "big"),
            SECONDS,
            sealing.Slot(1, n),
            (b"row", n, None, 0.5),
        )
        for n in range(count)
    ]


def test_whoever_seals_makes_the_digests_of_the_act_with_its_salt_and_none_without_one(office: Office) -> None:
    sealer, orders = office.clerk().sealer, orders_of(600)
    with shared(sealer) as pool:
        for each, some in ((pool, orders), (pool, orders[:20]), (InProcess(sealer), orders[:20])):
            for salt in (b"a" * bodies.SALT, b"b" * bodies.SALT):
                parts = list(each.parts(some, salt=salt))
                tokens = [sealed.token for part in parts for sealed in part.sealed]
                wanted = [bodies.digest_of_row(salt, (*order.beside, token)) for order, token in zip(some, tokens, strict=True)]
                assert b"".join(part.digests for part in parts) == b"".join(wanted)
            assert {part.digests for part in each.parts(some)} == {b""}


def test_the_child_is_not_kept_waiting_while_licenses_are_written(office: Office) -> None:
    """The pipe holds some 200 KB: of 3,000 seals a third, so whoever only reads them in the end has a child that stands still."""
    orders = orders_of(3_000)
    with shared(office.clerk().sealer) as pool:

        def besides() -> Iterator[None]:
            deadline = time.monotonic() + 120
            while len(pool._there) < 3_000 // signer_pool._PART:  # type: ignore[attr-defined]
                assert time.monotonic() < deadline, "the child waits for room"
                time.sleep(0.01)
                yield

        sealed = list(chain.from_iterable(part.sealed for part in pool.parts(orders, besides)))
    assert [each.cti for each in sealed] == [order.cti for order in orders]


def test_what_stops_the_child_is_told_while_licenses_are_written_and_the_next_batch_is_whole(office: Office) -> None:
    orders = orders_of(600)
    stranger = orders[300]._replace(license=orders[300].license._replace(authority="ZZZ"))
    with shared(office.clerk().sealer) as pool:

        def besides() -> Iterator[None]:
            for _ in range(12_000):
                time.sleep(0.01)
                yield

        with pytest.raises(IssuerError, match="authority_without_key"):
            list(pool.parts([*orders[:300], stranger, *orders[301:]], besides))
        again = list(chain.from_iterable(part.sealed for part in pool.parts(orders)))
    assert [each.cti for each in again] == [order.cti for order in orders]


def test_a_transaction_has_as_many_rows_as_others_can_wait_for() -> None:
    assert bulk.rows_after(4_000, 0.5) == 8_000
    assert bulk.rows_after(8_000, 0.5) == 8_000, "never more"
    assert bulk.rows_after(4_000, 0.0) == 8_000
    assert bulk.rows_after(8_000, 2.0) == 4_000
    assert bulk.rows_after(1_000, 0.1) == 2_000, "one that was quick tells little"
    assert bulk.rows_after(4_000, 60.0) == 500, "never fewer"
    batches = Batches(iter(range(30)), 10)
    taken = []
    for batch, size in zip(batches, (4, 12, 12, 12), strict=False):
        batches.read_ahead()  # as much as the batch before had
        batches.size = size
        taken.append(batch)
    assert [len(each) for each in taken] == [10, 4, 12, 4], "who waited too long waits no longer for rows that are read already"
    assert list(chain.from_iterable(taken)) == list(range(30))


def test_a_transaction_is_no_smaller_for_outputs_that_nobody_waits_for(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures take long, on a clock of their own here: while they are made, others can write."""
    late, asked = [0.0], list[float]()
    clock, after, write = time.monotonic, bulk.rows_after, bulk.BulkIssuer._write_outputs

    def written(self: bulk.BulkIssuer, *words: Any) -> int:
        late[0] += 1_000
        return write(self, *words)

    def noted(rows_: int, seconds_: float) -> int:
        asked.append(seconds_)
        return after(rows_, seconds_)

    monkeypatch.setattr(bulk, "time", SimpleNamespace(monotonic=lambda: clock() + late[0]))
    monkeypatch.setattr(bulk.BulkIssuer, "_write_outputs", written)
    monkeypatch.setattr(bulk, "rows_after", noted)
    monkeypatch.setattr(bulk, "BATCH", 30)
    assert "60 issued" in office.run("issue", office.write("some.csv", rows(60)), "--no-output").output
    assert len(asked) == 2
    assert max(asked) < 1_000


def test_each_license_of_many_batches_is_what_its_act_says_whoever_sealed_it(each_office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """One row is changed past the programs, so that the digest of its column holds no more and each row is held to its own digest."""
    monkeypatch.setattr(bulk, "BATCH", 300)
    monkeypatch.setattr(signer_pool, "_HERE", 0.3)  # both of them seal
    file = each_office.write("many.csv", [*rows(700), *rows(1)])
    assert "700 issued" in each_office.run("issue", file, "--no-output").output
    assert "0 issued, 700 issued before" in each_office.run("issue", file, "--no-output").output
    with each_office.locations.engine() as register:
        assert_sound(register, 700)
        with register.connect() as connection:
            told = [bodies.read(body) for body in connection.scalars(select(acts.c.body).order_by(acts.c.id))]
            salts = connection.scalars(select(acts.c.salt)).all()
        by_hand.run(register, "UPDATE license SET line = line + 1 WHERE id = 650")
    batches = [each for body in told for each in body.rows if isinstance(each, bodies.Batch)]
    assert [len(each.keys) for each in batches] == [300, 300, 100]
    assert len(set(salts)) == len(salts), "each act has a salt of its own"
    assert "1 findings" in each_office.run("audit", "verify", now=None, exit_code=1).output


def test_rows_read_ahead_are_none_lost_and_a_damage_comes_after_what_was_good() -> None:
    def damaged() -> Iterator[Entry]:
        yield from (entry(line) for line in range(5))
        raise IntakeError("file_unreadable", "damaged")

    batches = Batches(damaged(), 2)
    taken = []
    with pytest.raises(IntakeError, match="file_unreadable"):
        for batch in batches:
            batches.read_ahead()
            batches.read_ahead()
            taken += [each.line for each in batch]
    assert taken == [0, 1, 2, 3]
    smaller = Batches(damaged(), 5)
    sizes = []
    with pytest.raises(IntakeError, match="file_unreadable"):
        for batch in smaller:
            sizes.append(len(batch))
            smaller.size = 2
    assert sizes == [5]
    smaller = Batches(damaged(), 1)
    smaller.size = 5
    smaller.read_ahead()
    smaller.size = 2
    with pytest.raises(IntakeError, match="file_unreadable"):
        for batch in smaller:
            taken += [each.line for each in batch]
    assert taken == [0, 1, 2, 3, 0, 1, 2, 3], "the good ones, in whole batches"
    assert batches.read_ahead() is False, "nothing is read behind a damage"
    large = Batches(iter(range(1_500)), 600)
    steps = [len(list(takewhile(bool, iter(large.read_ahead, None)))) for _ in large]
    assert steps[0] == 2, "in steps: so that seals are taken between them"
    assert list(Batches(iter(range(1_500)), 600)) == [list(range(600)), list(range(600, 1_200)), list(range(1_200, 1_500))]
    whole = Batches((entry(line) for line in range(5)), 2)
    assert [[each.line for each in batch] for batch in whole] == [[0, 1], [2, 3], [4]]
