"""A process that seals or judges on the second core and stands still keeps nobody waiting for ever: stopped, or in a driver of a token."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

import pytest

from issuer import forked, judging
from issuer.errors import IssuerError
from issuer.register import signer_pool
from tests.issuer.offices import Office, rows
from tests.issuer.soundness import assert_sound
from tests.issuer.test_exactly_once import orders_of

MANY = 700


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long."""
    monkeypatch.setattr(signer_pool, "_SILENT", 1.5)
    monkeypatch.setattr(judging, "_SILENT_SECONDS", 1.5)
    monkeypatch.setattr(forked, "_END_SECONDS", 0.5)


def standing_still() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def _at_once(*_: object) -> Iterator[Any]:
    standing_still()
    yield None


def _in_the_middle(*words: Any, done: Callable[..., Iterator[Any]] = signer_pool._tokens_or_why_not) -> Iterator[Any]:
    for part in done(*words):
        yield part
        standing_still()


def _raving(*_: object) -> Iterator[Any]:
    yield Raves()


class Raves:
    """What nobody can read."""

    def __reduce__(self) -> tuple[Any, ...]:
        return len, (7,)


@pytest.mark.parametrize("body", [_at_once, _in_the_middle, _raving])
def test_a_seal_s_child_that_stands_still_stops_the_run_and_keeps_no_writer_waiting(
    each_office: Office, monkeypatch: pytest.MonkeyPatch, body: Callable[..., Iterator[Any]]
) -> None:
    file = each_office.write("many.csv", rows(MANY))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(signer_pool, "_tokens_or_why_not", body)
        assert "sealing_stopped" in each_office.run("issue", file, "--no-output", exit_code=2).output
    assert not forked.multiprocessing.active_children()
    with each_office.locations.engine() as register:
        assert_sound(register, 0)
    assert f"{MANY} issued" in each_office.run("issue", file, "--no-output").output
    with each_office.locations.engine() as register:
        assert_sound(register, MANY)


def test_a_child_that_takes_no_orders_is_not_waited_for(office: Office) -> None:
    """Orders are more than the pipe holds; and whoever was stopped once is asked for nothing more."""
    orders = orders_of(4_000)
    with signer_pool.shared(office.clerk().sealer) as pool:
        (child,) = forked.multiprocessing.active_children()
        assert child.pid is not None
        os.kill(child.pid, signal.SIGSTOP)
        for _ in range(2):
            with pytest.raises(IssuerError, match="sealing_stopped"):
                list(pool.parts(orders))
            os.kill(child.pid, signal.SIGCONT)
    assert not child.is_alive()


def test_a_slow_token_is_waited_for_as_long_as_it_goes_on(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signer_pool, "_ALIVE", 0.2)
    monkeypatch.setattr(signer_pool, "_AT_ONCE", 2)
    sealer, orders = office.clerk().sealer, orders_of(80)

    def slow(sign: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
        def signed(message: bytes) -> bytes:
            time.sleep(0.06)
            return sign(message)

        return signed

    signers = {name: (kid, slow(sign)) for name, (kid, sign) in sealer.signers.items()}
    with signer_pool.shared(sealer._replace(signers=signers)) as pool:
        begun = time.monotonic()
        sealed = list(chain.from_iterable(part.sealed for part in pool.parts(orders)))
        assert time.monotonic() > begun + signer_pool._SILENT, "one part, for longer than anybody may be silent"
    assert [each.cti for each in sealed] == [order.cti for order in orders]


def test_a_child_that_judges_and_stands_still_stops_the_run(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def told(*_: object) -> None:
        standing_still()

    monkeypatch.setattr(judging._Child, "_told", told)
    file = office.write("many.csv", rows(MANY))
    assert "sealing_stopped" in office.run("issue", file, "--no-output", exit_code=2).output
    assert not forked.multiprocessing.active_children()
