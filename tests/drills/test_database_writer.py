"""Somebody has rights on the database and goes past the programs. Whatever they write, `khatm audit verify` names the row, and
`khatm publish` refuses to sign anything more.

Each attack is what its name says, in SQL. What is not caught is said at the end.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from sqlalchemy import select

import khatm
from acts import bodies, genesis, publishing
from acts.bodies import Body, Change
from acts.tables import acts
from office.payments.drawers import counting
from storage.locks import lock_writers
from tests import by_hand
from tests.altered import altered
from tests.drills.town import refused
from tests.office.applications.workplace import NOW, Workplace, shop
from transparency import bundles
from transparency.builder import TreeBuilder
from transparency.checkpoints import Checkpoint
from transparency.tiles import WIDTH, Bundle
from transparency.tree import leaf_hash

Finding = tuple[str, str, tuple[Any, ...], tuple[str, ...]]  # kind, table, key, columns


def verify(here: Workplace, *more: str, exit_code: int | None = None) -> list[Finding]:
    """What `khatm audit verify` finds; the publisher names the same rows, and refuses."""
    found = audited(here, *more, exit_code=exit_code)
    if found and all(table != "act" for _, table, _, _ in found):
        said = refused(here)
        for kind, table, key, _ in found[:5]:
            assert f"{table} {' '.join(map(str, key))}" in said and kind in said
    return found


def audited(here: Workplace, *more: str, exit_code: int | None = None) -> list[Finding]:
    """What `khatm audit verify` finds."""
    where = here.engine.url.render_as_string(hide_password=False)
    ran = CliRunner().invoke(khatm.main, ["audit", "verify", "--register", where, "--published", str(here.folder), "--json", *more])
    told = [json.loads(line) for line in ran.stdout.splitlines()]
    assert ran.exit_code == (exit_code if exit_code is not None else 1 if told[:-1] else 0), ran.output
    assert told[-1]["findings"] == len(told) - 1
    return [(each["finding"], each["table"], tuple(each["key"]), tuple(each["columns"])) for each in told[:-1]]


def ids(here: Workplace, query: str) -> list[Any]:
    """The first column of what a question of one's own gets."""
    return [row[0] for row in by_hand.run(here.engine, query)[0]]


def test_nothing_is_found_where_only_programs_wrote(town: Workplace) -> None:
    assert verify(town) == []
    with town.engine.connect() as connection:
        assert len(connection.scalars(select(acts.c.id)).all()) > 10


def test_a_license_is_un_revoked(town: Workplace) -> None:
    (seal,) = ids(town, "SELECT id FROM seal WHERE status = 1")
    by_hand.run(town.engine, f"UPDATE seal SET status = 0 WHERE id = {seal}")
    assert verify(town) == [("changed", "seal", (seal,), ("status",))]


def test_a_payment_is_minted(town: Workplace) -> None:
    number = town.submitted("shop.first", shop(trade_name="جديد", latitude="31.2900"))
    (bill,) = ids(town, f"SELECT id FROM bill WHERE subject = '{number}'")
    mint = (
        "INSERT INTO payment (id, bill_id, authority, method, piastres, settles, by, at) "
        f"SELECT 900, id, authority, 'cash', piastres, TRUE, 'staff:3', {NOW} FROM bill WHERE id = {bill}"
    )
    by_hand.run(town.engine, mint, f"UPDATE bill SET state = 'paid', closed_at = {NOW} WHERE id = {bill}")
    assert set(verify(town)) == {("changed", "bill", (bill,), ("state", "closed_at")), ("slipped_in", "payment", (900,), ())}


def test_history_is_deleted(town: Workplace) -> None:
    (event,) = ids(town, "SELECT id FROM event")
    case = max(ids(town, "SELECT id FROM application_event"))
    by_hand.run(town.engine, "DELETE FROM event_actor", "DELETE FROM event", f"DELETE FROM application_event WHERE id = {case}")
    assert set(verify(town)) == {
        *(("removed", table, (event,), ()) for table in ("event", "event_actor")),
        ("removed", "application_event", (case,), ()),
    }


def test_a_paid_bill_is_changed(town: Workplace) -> None:
    bill = ids(town, "SELECT id FROM bill WHERE state = 'paid'")[0]
    by_hand.run(town.engine, f"UPDATE bill_line SET piastres = 1 WHERE bill_id = {bill} AND place = 0")
    by_hand.run(town.engine, f"UPDATE bill SET piastres = 1 WHERE id = {bill}")
    assert set(verify(town)) == {("changed", "bill", (bill,), ("piastres",)), ("changed", "bill_line", (bill, 0), ("piastres",))}


def test_a_receipt_number_is_forged(town: Workplace) -> None:
    payment = ids(town, "SELECT id FROM payment")[0]
    by_hand.run(town.engine, f"UPDATE payment SET receipt_serial = 77 WHERE id = {payment}", "UPDATE receipt_counter SET used = 1")
    (counter,) = by_hand.run(town.engine, "SELECT authority, year FROM receipt_counter")[0]
    assert set(verify(town)) == {
        ("changed", "payment", (payment,), ("receipt_serial",)),
        ("changed", "receipt_counter", tuple(counter), ("used",)),
    }


def test_a_drawer_s_count_is_changed_and_a_payment_slipped_into_it(town: Workplace) -> None:
    float_, told = {1_000: 5}, {"authority": "MN1", "cashier": "tarek", "name": "طارق"}
    with town.engine.begin() as connection:
        drawer = counting.open_(connection, float_=float_, now=NOW, **told)  # type: ignore[arg-type]
        tally = counting.count(connection, drawer, cash=float_ | {500: 1}, card=0, by="tarek", now=NOW).id
    assert verify(town) == []
    (payment, *_) = ids(town, "SELECT id FROM payment")
    by_hand.run(
        town.engine,
        f"UPDATE drawer_piece SET many = 4 WHERE tally_id = {tally} AND denomination = 1000",
        f"UPDATE drawer_tally SET cash = cash - 1000 WHERE id = {tally}",
        f"UPDATE drawer SET state = 'open', counted_at = NULL WHERE id = {drawer}",
        f"INSERT INTO drawer_entry (id, drawer_id, payment_id, method, piastres) VALUES (900, {drawer}, {payment}, 'cash', 1000)",
    )
    assert set(verify(town)) == {
        ("changed", "drawer_piece", (tally, 1_000), ("many",)),
        ("changed", "drawer_tally", (tally,), ("cash",)),
        ("changed", "drawer", (drawer,), ("state", "counted_at")),
        ("slipped_in", "drawer_entry", (900,), ()),
    }


def test_an_approval_is_slipped_in(town: Workplace) -> None:
    number = town.submitted("shop.first", shop(trade_name="جديد", latitude="31.2900"))
    (id_,) = ids(town, f"SELECT id FROM application WHERE number = '{number}'")
    by_hand.run(
        town.engine,
        f"UPDATE application SET state = 'approved', approved_by = 'staff:9' WHERE id = {id_}",
        "INSERT INTO application_event (id, application_id, at, action, from_state, to_state, actor, actor_name, reason, detail) "
        f"VALUES (900, {id_}, {NOW}, 'approve', 'under_review', 'approved', 'staff:9', 'x', '', '{{}}')",
    )
    assert set(verify(town)) == {
        ("changed", "application", (id_,), ("state", "approved_by")),
        ("slipped_in", "application_event", (900,), ()),
    }


def test_a_license_says_something_else_than_its_token(town: Workplace) -> None:
    first, second = ids(town, "SELECT id FROM license ORDER BY id")
    by_hand.run(town.engine, f"UPDATE license SET trade_name = 'ملهى', source = identity WHERE id = {first}")
    by_hand.run(town.engine, f"UPDATE seal SET idx = (idx + 1) % 65536 WHERE license_id = {second}")
    (seal,) = ids(town, f"SELECT id FROM seal WHERE license_id = {second}")
    found = verify(town)
    assert found[0][:3] == ("changed", "license", (first,))
    assert {"trade_name", "source"} <= set(found[0][3])
    assert found[1:] == [("changed", "seal", (seal,), ("idx",))]


def test_a_license_is_removed_or_slipped_in_among_those_issued_at_once(town: Workplace) -> None:
    first, second = ids(town, "SELECT id FROM license ORDER BY id")
    columns = "source, line, chain, content, near_head, near_tail, skeleton, type, authority, trade_name, latitude, longitude, first_day"
    identity = "zeroblob(32)" if town.engine.dialect.name == "sqlite" else "decode(repeat('00', 32), 'hex')"
    copied = f"SELECT 900, 'ALX-X', {identity}, {columns} FROM license WHERE id = {first}"
    by_hand.run(town.engine, f"INSERT INTO license (id, number, identity, {columns}) {copied}")
    by_hand.run(town.engine, f"UPDATE seal SET license_id = 900 WHERE license_id = {second}")
    (seal,) = ids(town, "SELECT id FROM seal WHERE license_id = 900")
    assert {(kind, table, key) for kind, table, key, _ in verify(town)} == {
        ("slipped_in", "license", (900,)),
        ("slipped_in", "license", (second,)),  # nothing speaks for it any more: its seal is elsewhere
        (("slipped_in" if seal == -1 else "changed"), "seal", (seal,)),
    }


def test_a_clerk_is_made_an_administrator(town: Workplace) -> None:
    by_hand.run(
        town.engine,
        "INSERT INTO account (id, name, display, totp_step, made_at) VALUES (900, 'mallory', 'M', 0, 0)",
        "INSERT INTO account_role (account_id, authority, role) VALUES (900, '*', 'administrator')",
    )
    assert set(verify(town)) == {
        ("slipped_in", "account", (900,), ()),
        ("slipped_in", "account_role", (900, "*", "administrator"), ()),
    }


def publish(here: Workplace) -> int:
    """Put the acts into a log of their own, as a publisher does; its size."""
    with here.engine.begin() as connection:
        lock_writers(connection)
        entries = publishing.number(connection).entries
        size = len(entries)
    builder = TreeBuilder()
    builder.append(leaf_hash(entry) for entry in entries)
    for start in range(0, size, WIDTH):
        part = entries[start : start + WIDTH]
        path = here.folder / "acts" / Bundle(start // WIDTH, len(part)).path()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bundles.to_bytes(part))
    text = Checkpoint("khatm.example/acts", size, builder.root()).to_text()
    (here.folder / "acts/checkpoint").write_text(f"{text}\n— khatm.example/acts {'A' * 92}\n", "utf-8")
    return size


def _with_body(here: Workplace, change: Callable[[Body], Body]) -> int:
    """Change the body of an act, and all that the table says beside it, so that it agrees with itself; the act's id."""
    with here.engine.connect() as connection:
        row = connection.execute(select(acts).where(acts.c.kind != genesis.BEGUN).order_by(acts.c.id)).first()
    assert row is not None
    body = change(bodies.read(row.body))
    written = bodies.write(body).hex()
    octets = f"x'{written}'" if here.engine.dialect.name == "sqlite" else f"decode('{written}', 'hex')"
    by_hand.run(here.engine, f"UPDATE act SET body = {octets}, actor = '{body.actor}', at = {body.at} WHERE id = {row.id}")
    return int(row.id)


def test_an_act_is_deleted(town: Workplace) -> None:
    size = publish(town)
    assert verify(town) == []
    (newest,) = ids(town, "SELECT max(id) FROM act")
    by_hand.run(town.engine, f"DELETE FROM act WHERE id = {newest}")
    found = verify(town)
    assert ("act_missing", "act", (size - 1,), ()) in found
    assert ("slipped_in", "event", (ids(town, "SELECT id FROM event")[0],), ()) in found


def test_an_act_is_changed(town: Workplace) -> None:
    publish(town)
    blamed = _with_body(town, lambda body: body._replace(actor="account:omar", at=1))
    assert verify(town) == [("act_changed", "act", (blamed,), ())]


def test_an_act_is_changed_before_it_is_in_a_log(town: Workplace) -> None:
    (newest,) = ids(town, "SELECT max(id) FROM act")
    by_hand.run(town.engine, f"UPDATE act SET actor = 'account:omar' WHERE id = {newest}")
    assert verify(town) == [("act_changed", "act", (newest,), ())]


def test_a_log_that_was_tampered_with_is_refused(town: Workplace) -> None:
    publish(town)
    bundle: Path = next(path for path in (town.folder / "acts/tile/entries").rglob("*") if path.is_file())
    bundle.write_bytes(altered(bundle.read_bytes()))
    where = town.engine.url.render_as_string(hide_password=False)
    ran = CliRunner().invoke(khatm.main, ["audit", "verify", "--register", where, "--published", str(town.folder)])
    assert ran.exit_code == 2
    assert "act_log_damaged" in ran.output


def test_what_is_not_caught_yet_is_written_down_here(town: Workplace) -> None:
    """Whoever also writes the act that goes with the row is not named: nobody signs acts. It does stand in the log for all to see."""
    (seal,) = ids(town, "SELECT id FROM seal WHERE status = 1")
    salt = bytes(16)
    change = Change("seal", (seal,), {"status": bodies.digest(salt, "status", 0)})
    row = {"at": 1, "actor": "account:omar", "kind": "x", "salt": salt}
    with town.engine.begin() as connection:
        connection.execute(acts.insert().values(row | {"body": bodies.write(Body(1, "account:omar", "x", (change,)))}))
    by_hand.run(town.engine, f"UPDATE seal SET status = 0 WHERE id = {seal}")
    assert verify(town) == []
