"""`--now`: one way to read a moment, for every command that takes it."""

from __future__ import annotations

from datetime import UTC, datetime

import click
import pytest
from click.testing import CliRunner

import khatm
from tests import clock
from tests.house.commands_doc import inner
from web.moments import Moment, now_option


@click.command()
@now_option
def acting(now: int) -> None:
    click.echo(now)


def commands(command: click.Command) -> list[click.Command]:
    below = [one for _, one in inner(command)] if isinstance(command, click.Group) else []
    return [command, *(each for one in below for each in commands(one))]


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [("2026-11-24T11:00:00+02:00", 1795510800), ("2026-11-24 09:00Z", 1795510800), ("20261124T090000.999Z", 1795510800)],
)
def test_a_moment_with_its_zone_is_read(typed: str, seconds: int) -> None:
    assert CliRunner().invoke(acting, ["--now", typed]).output == f"{seconds}\n"
    assert datetime.fromtimestamp(seconds, UTC) == datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "typed",
    [
        *("", "yesterday", "2026-11-24", "2026-11-24T12:00", "1999-12-31T23:59Z", "2256-01-01T00:00Z"),
        *("0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00"),
    ],
)
def test_anything_else_ends_in_a_sentence(typed: str) -> None:
    ended = CliRunner().invoke(acting, ["--now", typed])
    assert ended.exit_code == 2
    assert "--now" in ended.output
    assert "الوقت" in ended.output


def test_without_it_the_clock_counts() -> None:
    before = clock.seconds() - 1
    assert before <= int(CliRunner().invoke(acting).output) <= clock.seconds()


def test_every_command_reads_it_so() -> None:
    options = [each for command in commands(khatm.main) for each in command.params if each.name == "now"]
    assert len(options) > 15
    assert all(isinstance(each.type, Moment) for each in options)
