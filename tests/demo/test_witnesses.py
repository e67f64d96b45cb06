"""Two witnesses as separate processes, with folders and keys of their own: a policy of 2 of 2 and of 1 of 2, and one is stopped."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from demo import witnesses
from demo.witnesses import NAMES, MadeWitness
from tests.processes import PATIENCE_SECONDS
from tests.transparency.logs import ORIGIN, TIME
from tests.witness.played import LOG, MAIN, OTHER
from transparency import heads
from transparency.errors import NoteSignatureError
from transparency.heads import Policy
from web.witnesses import Witnesses
from witness import folder as folders
from witness import status

QUIET = {"GUNICORN_CMD_ARGS": "--log-level warning --access-logfile " + os.devnull}
FIRST, SECOND = NAMES


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[MadeWitness, ...]:
    return witnesses.make(tmp_path_factory.mktemp("witnesses"), [LOG])


@pytest.fixture
def running() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def test_one_of_two_is_stopped(made: tuple[MadeWitness, ...], running: ExitStack) -> None:
    environment = dict(os.environ) | QUIET  # noqa: TID251
    two = Policy(ORIGIN, LOG.keys, tuple(key for each in made for key in each.keys), 2)
    one = replace(two, threshold=1)
    asking = Witnesses(two, {each.name: each.address for each in made}, seconds=PATIENCE_SECONDS)
    assert made[0].keys != made[1].keys and made[0].folder != made[1].folder

    _, process = (running.enter_context(witnesses.serving(each, environment)) for each in made)
    whole = asking.cosign(MAIN.note(10), old={}, prove=lambda old: MAIN.path(old, 10))
    assert whole.met and heads.verify(whole.note, two).witnesses == {FIRST, SECOND}

    process.terminate()
    process.wait(PATIENCE_SECONDS)
    some = asking.cosign(MAIN.note(20), old={FIRST: 10, SECOND: 10}, prove=lambda old: MAIN.path(old, 20))
    assert [(each.witness, each.code) for each in some.told] == [(FIRST, "cosigned"), (SECOND, "witness_unreachable")]
    assert not some.met and heads.verify(some.note, one).witnesses == {FIRST}
    with pytest.raises(NoteSignatureError, match="log_unwitnessed"):
        heads.verify(some.note, two)

    running.enter_context(witnesses.serving(made[1], environment))
    again = asking.cosign(MAIN.note(30), old={FIRST: 20, SECOND: 20}, prove=lambda old: MAIN.path(old, 30))
    assert again.met and heads.verify(again.note, two).witnesses == {FIRST, SECOND}, "it went on from what it had"

    forked = asking.cosign(OTHER.note(40, timestamp=TIME + 60), old={}, prove=lambda old: OTHER.path(old, 40))
    assert [each.code for each in forked.told] == ["witness_disagrees"] * 2 and not forked.met
    restored = asking.cosign(MAIN.note(20), old={}, prove=lambda old: MAIN.path(old, 20))
    assert [(each.code, each.size) for each in restored.told] == [("witness_ahead", 30)] * 2
    for each in made:
        assert [log.cosigned and log.cosigned.checkpoint.size for log in status.read(each.folder)] == [30]
        assert folders.identity(each.folder).name == each.name
