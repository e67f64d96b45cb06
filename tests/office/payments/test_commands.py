"""`khatm office payments`: what the worker, the cashier and the manager see."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from issuer.register.tables import publications
from issuer.sentences import say
from office.database import DATABASE
from office.payments import commands, notifications, refunds
from office.payments.ledger import Charge
from office.payments.tables import charges
from office.payments.tables import refunds as refund_rows
from seal import days
from tests.office.payments.office import Paying, datetime_of, now, settled, show, told
from web.life import Life, Sign
from web.staying import Stay


def run(paying: Paying, *words: str | int | Path, exit_code: int = 0, later: int = 0) -> str:
    clocked = "--now" if {"waiting", "check"}.isdisjoint(map(str, words)) else ""
    when = [clocked, datetime_of(now() + later)] if clocked else []
    result = CliRunner().invoke(commands.group(settled), [*map(str, words), "--register", paying.url, *when], obj=DATABASE)
    assert result.exit_code == exit_code, result.output
    return result.output


def pay(paying: Paying, subject: str, **wish: object) -> Charge:
    charge = paying.charged(subject)
    paying.simulator.till("pay", order=charge.reference, quiet=True, **wish)
    return charge


def test_the_worker_asks_and_gives_back(paying: Paying) -> None:
    settings = paying.simulator.settings
    charge = pay(paying, "A-1")
    assert run(paying, "poll", "--provider", settings) == ""
    assert run(paying, "poll", "--provider", settings, later=120) == "1 settled\n"
    assert told(paying.engine) == [charge.bill_id]
    payment = show(paying.engine, charge.bill_id).payments[0].id
    with paying.engine.begin() as connection:
        refunds.ask(connection, payment, key="one", amount=550, reason="withdrawn", by="9", now=now())
    assert run(paying, "refunds", "run", "--provider", settings) == "1 done\n"
    assert run(paying, "check") == "0 disagreements\n"


def test_by_a_clock_that_nobody_keeps_nothing_is_withdrawn_and_nothing_goes_back(paying: Paying, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock that is weeks ahead every charge is over and every lease has run out: money would be refused, or go back twice."""
    settings, group = paying.simulator.settings, commands.group(settled)
    monkeypatch.setattr("web.clock.synchronised", lambda: False)
    charge = paying.charged("A-1")
    with paying.engine.begin() as connection:
        connection.execute(publications.insert().values(iat=now() - 30 * 86_400))
        connection.execute(charges.update().values(created_at=now() - 20 * 86_400, expires_at=now() - 10 * 86_400, poll_at=now() - 1))
    asked = ["poll", "--provider", str(settings), "--register", paying.url]
    for words in (asked, ["refunds", "run", *asked[1:]]):
        doubted = CliRunner().invoke(group, words, obj=DATABASE)
        assert doubted.exit_code == 2 and "clock_unconfirmed" in doubted.output, doubted.output
    assert paying.simulator.order(charge.reference)["status"] == "NEW"
    vouched = CliRunner().invoke(group, [*asked, "--clock-confirmed", datetime_of(now())], obj=DATABASE)
    assert vouched.exit_code == 0, vouched.output
    assert paying.simulator.order(charge.reference)["status"] == "CANCELED"


def test_a_poller_waits_for_its_clock_tells_it_once_and_counts_no_round_till_then(paying: Paying, monkeypatch: pytest.MonkeyPatch) -> None:
    lives, pauses = list[Life](), list[int]()

    def tell(_: Sign, life: Life) -> None:
        lives.append(life)
        if life.succeeded:
            raise SystemExit(0)

    def wait(failures: int, *_: object) -> float:
        pauses.append(failures)
        monkeypatch.setattr("web.clock.synchronised", lambda: failures >= 3)
        return 0.0

    monkeypatch.setattr("web.clock.synchronised", lambda: False)
    monkeypatch.setattr("web.staying.wait", wait)
    monkeypatch.setattr(Sign, "tell", tell)
    monkeypatch.setattr(Stay, "heed", lambda _: None)
    with paying.engine.begin() as connection:
        connection.execute(publications.insert().values(iat=now() - 30 * 86_400))
    words = ["poll", "--every", "1", "--provider", str(paying.simulator.settings), "--register", paying.url]
    said = CliRunner().invoke(commands.group(settled), words, obj=DATABASE)
    assert said.exit_code == 0, said.output
    assert pauses == [1, 2, 3]
    assert [(life.fault, bool(life.succeeded)) for life in lives] == [("clock_unconfirmed", False)] * 3 + [("", True)]
    assert said.output.count("clock_unconfirmed: ") == 1 and "worker_back" in said.output


def test_a_day_s_money_and_what_waits(paying: Paying, tmp_path: Path) -> None:
    settings = paying.simulator.settings
    charge = pay(paying, "A-1", piastres=100)
    body = paying.simulator.body(charge.reference)
    notifications.receive(paying.engine, paying.provider, body, settled=settled, now=now())
    told_of = run(paying, "waiting")
    assert f"{charge.reference}  1.00 EGP  wrong_amount" in told_of
    assert "1 notices, 0 refunds" in told_of
    number = told_of.split()[1]
    decided = run(paying, "decide", number, "refund", "--by", "9", "--note", "at a till")
    assert decided.startswith(f"notice {number}: ") and all(say("notice_decided_refund", language) in decided for language in ("ar", "en"))
    assert "notice_decided" in run(paying, "decide", number, "dismiss", "--by", "9", "--note", "again", exit_code=2)
    assert run(paying, "refunds", "run", "--provider", settings) == "1 done\n"
    assert "1.00" in run(paying, "report")
    assert "0 lines" in run(paying, "report", "--authority", "mn1")
    today = days.day_of(now()).isoformat()
    file = tmp_path / "day.csv"
    head, *rows = paying.simulator.settlement(today).decode().splitlines()
    ours = [row for row in rows if charge.reference in row]
    number, rest = ours[0].split(",", 1)
    stranger = f"{number}987,{rest.replace(charge.reference, charge.reference[:-1] + 'Z')}"
    file.write_text("\n".join([head, *ours, stranger]))
    agreed = run(paying, "reconcile", file, "--provider", settings, "--day", today, exit_code=1)
    assert "missing_here" in agreed, "somebody else's payment"
    file.write_text("\n".join([head, *ours]))
    assert f"{today}: 2 agree" in run(paying, "reconcile", file, "--provider", settings, "--day", today)
    assert "settlement_day" in run(paying, "reconcile", file, "--provider", settings, exit_code=2), "yesterday's, unless told otherwise"


def test_what_was_decided_is_said_in_both_languages(paying: Paying) -> None:
    """Who typed a wrong number sees which one was settled."""
    charge = pay(paying, "A-1", piastres=100)
    notifications.receive(paying.engine, paying.provider, paying.simulator.body(charge.reference), settled=settled, now=now())
    number = run(paying, "waiting").split()[1]
    said = run(paying, "decide", number, "dismiss", "--by", "9", "--note", "seen")
    assert said == f"notice {number}: {say('notice_decided_dismiss', 'en')} / {say('notice_decided_dismiss', 'ar')}\n"
    assert run(paying, "waiting") == "0 notices, 0 refunds\n"


@pytest.mark.parametrize("decision", ["done", "again"])
def test_what_became_of_a_refund_is_said_in_both_languages(paying: Paying, decision: str) -> None:
    charge = pay(paying, "A-1")
    run(paying, "poll", "--provider", paying.simulator.settings, later=120)
    payment = show(paying.engine, charge.bill_id).payments[0].id
    with paying.engine.begin() as connection:
        made = refunds.ask(connection, payment, key="one", amount=550, reason="withdrawn", by="9", now=now())
        connection.execute(refund_rows.update().values(state="unclear", next_at=None))
    said = run(paying, "refunds", "decide", made, decision, "--by", "9")
    assert said == f"refund {made}: {say(f'refund_decided_{decision}', 'en')} / {say(f'refund_decided_{decision}', 'ar')}\n"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("report", "--day", "tomorrow"), "YYYY-MM-DD"),
        (("refunds", "decide", "1", "done", "--by", "9"), "refund_unknown"),
        (("decide", "1", "refund", "--by", "9", "--note", "x"), "notice_unknown"),
        (("poll", "--provider", "nowhere.toml"), "path_missing"),
    ],
)
def test_what_is_refused_is_a_sentence(paying: Paying, words: tuple[str, ...], code: str) -> None:
    told_of = run(paying, *words, exit_code=2)
    assert code in told_of
    assert "Traceback" not in told_of
