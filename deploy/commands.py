"""`khatm setup`: from an installed package to a running office. An edge: it asks, reads the clock and starts what runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import click

from governorate import folder as governorate_folder
from governorate import identity
from governorate.errors import GovernorateError
from issuer.refusing import said
from keys import errors as key_errors
from keys import strength
from keys.errors import CustodyError
from keys.passphrase import passphrase_options, read_passphrase
from seal.errors import ListError
from storage.errors import KhatmError, disk
from web import clock

from . import answers, by_hand, databases, following, moving, parting, starting
from .errors import SENTENCES, SetupError
from .places import House
from .steps import STEPS, Setup, Step

_Answer = TypeVar("_Answer")


def _refuse(code: str, detail: str = "") -> click.UsageError:
    return click.UsageError(SENTENCES.both(code, detail))


def _asked(option: str, question: str, given: Any, default: str | None, parse: Callable[[Any], _Answer]) -> _Answer:
    """Return an answer: the option's, else what somebody types, as often as it takes. Scripts must give the option."""
    if given:
        return parse(given)
    if not sys.stdin.isatty():
        if default is not None:
            return parse(default)
        raise click.UsageError(f"Missing option '{option}'.")
    while True:
        try:
            return parse(click.prompt(question, default=default))
        except SetupError as error:
            click.echo(SENTENCES.both(error.code, error.detail), err=True)


def _people(given: tuple[str, ...]) -> tuple[answers.Person, ...]:
    """Return the administrators: the options', else typed one after the other."""
    if given or not sys.stdin.isatty():
        return answers.people(given)
    typed = [click.prompt(f"Administrator {number}: NAME=Name as others read it") for number in (1, 2)]
    return answers.people(tuple(typed))


@click.command("setup")
@click.option("--host", help="The host of the codes, printed on each license: never to be given up.")
@click.option("--office-host", help="The host of the portal and the centre.")
@click.option("--register", help="SQLite file or postgresql:// URL.")
@click.option("--inspections", help="The same for inspections' own database.")
@click.option("--keys", "folder", type=click.Path(path_type=Path), help="Where the key store is made, to be carried away afterwards.")
@click.option("--administrator", "people", multiple=True, metavar="NAME=DISPLAY", help="An administrator to invite; two at least.")
@passphrase_options
@click.option("--beneath", type=click.Path(path_type=Path), default=Path("/"), help="Set it up beneath this folder.  [default: /]")
@click.option("--one-user", is_flag=True, help="All of it as whoever runs this: to try it out, without the package.")
@click.option("--follow", metavar="URL", help="A machine that only verifies: no keys, no databases; it follows this host.")
@click.option("--pinned", type=click.Path(path_type=Path), help="With --follow: the root document that the office handed over.")
@click.option("--root-code", help="With --follow: the code by which the office announced it, of 20 digits.")
@click.option("--part", is_flag=True, help="A house that is set up: give each program its keys anew, from --keys; after a ceremony.")
@click.option(
    "--moved", is_flag=True, help="A house that was copied or restored onto this machine: start its units, now and with the machine."
)
@click.option("--start/--no-start", default=True, help="Start the units of systemd at the end.  [default: start]")
def setup(
    host: str | None,
    office_host: str | None,
    register: str | None,
    inspections: str | None,
    folder: Path | None,
    people: tuple[str, ...],
    passphrase_file: Path | None,
    passphrase_fd: int | None,
    beneath: Path,
    one_user: bool,
    follow: str | None,
    pinned: Path | None,
    root_code: str | None,
    part: bool,
    moved: bool,
    start: bool,
) -> None:
    """Make this machine a license office: keys, register, people, settings. Asks for what no option says.

    A run that was ended goes on where it was: run it again with the same answers.
    """
    try:
        house = House(beneath.absolute(), one_user)
        house.check()
        if follow is not None:
            _follow(house, follow, pinned, root_code, host, start=start)
            return
        if part:
            _part(house, _asked("--keys", "Key store", folder, None, partial(Path)), passphrase_file, passphrase_fd, start=start)
            return
        if moved:
            _moved(house, start=start)
            return
        held = identity.default()
        given = answers.Answers(
            host=_asked("--host", "Host of the codes", host, next(iter(held.hosts), None), answers.host),
            office=_asked("--office-host", "Host of portal and centre", office_host, None, answers.host),
            register=_asked("--register", "Register", register, str(house.state / "register/register.sqlite"), answers.database),
            inspections=_asked(
                "--inspections", "Inspections", inspections, str(house.state / "inspections/inspections.sqlite"), answers.database
            ),
            keys=_asked("--keys", "Key store", folder, str(Path.home() / "khatm-keys"), partial(Path)).absolute(),
            administrators=_people(people),
            governorate=_chosen(),
        )
        secret = read_passphrase(passphrase_file, passphrase_fd, confirm=True, what="Passphrase of the key store")
        strength.check_passphrase(secret)
        surroundings = os.environ  # noqa: TID251 - an edge
        made = Setup(house, given, secret, clock.seconds(), surroundings)
        _work(made, STEPS)
        for line in starting.next_steps(made):
            click.echo(line)
        if start and starting.possible(house):
            click.echo("    " + starting.start())
    except SetupError as error:
        raise _refuse(error.code, error.detail) from error
    except CustodyError as error:
        raise click.UsageError(key_errors.told(error.code, error.detail)) from error
    except KhatmError as error:
        raise click.UsageError(said(error.code, error.detail)) from error
    except (GovernorateError, ListError) as error:
        raise _refuse("refused", str(error)) from error
    except OSError as error:
        raise _refuse(disk(error), key_errors.named(error)) from error


def _follow(house: House, url: str, pinned: Path | None, code: str | None, host: str | None, *, start: bool) -> None:
    """Make a machine that only verifies."""
    base = following.url(url)
    root = _asked("--pinned", "Root document of the office", pinned, None, Path)
    _asked("--root-code", "Its code, as the office announced it", code, None, partial(following.same_code, root))
    name = _asked("--host", "Host of the codes", host, urlsplit(base).hostname, answers.host)
    given = answers.Answers(name, "", "", "", root, (), _chosen())
    made = Setup(house, given, b"", clock.seconds(), os.environ)  # noqa: TID251 - an edge
    _work(made, following.steps(following.Followed(base, root)))
    if start and starting.possible(house):
        click.echo("    " + starting.start(following.UNITS))
    click.echo(f"Put the certificate where {house.verifier_site} names it, link it into sites-enabled, reload nginx.")


def _part(house: House, folder: Path, passphrase_file: Path | None, passphrase_fd: int | None, *, start: bool) -> None:
    """Give the programs of a house that is set up their keys anew."""
    parting.look(house, folder)
    secret = read_passphrase(passphrase_file, passphrase_fd, confirm=False, what="Passphrase of the key store")
    given = answers.Answers("", "", "", "", folder.absolute(), (), _chosen())
    _work(Setup(house, given, secret, clock.seconds(), os.environ), parting.STEPS)  # noqa: TID251 - an edge
    if start and starting.possible(house):
        starting.again(parting.UNITS)
        click.echo("    systemctl status 'khatm-*'")


def _moved(house: House, *, start: bool) -> None:
    """Let a house that was brought here run here."""
    moving.look(house)
    for line in moving.owned(house):
        click.echo(f"    {line}")
    settings = by_hand.settings(house)
    told = {name: value for name, value in settings.items() if name.startswith("KHATM_") and value}
    databases.look(house, settings, dict(os.environ) | told)  # noqa: TID251 - an edge
    click.echo("    register, inspections and documents are there")
    if start and starting.possible(house):
        click.echo("    " + starting.start())
        starting.stayed(parting.UNITS)


def _chosen() -> Path | None:
    """Return the governorate's folder, unless it is the one that comes with the program."""
    chosen = governorate_folder.chosen()
    return None if chosen == governorate_folder.shipped() else chosen


def _work(made: Setup, steps: tuple[Step, ...]) -> None:
    began = clock.seconds()
    for number, step in enumerate(steps, start=1):
        if step.done(made):
            click.echo(f"{number}/{len(steps)} {step.name}: there already")
            continue
        click.echo(f"{number}/{len(steps)} {step.name} …")
        for line in step.do(made):
            click.echo(f"    {line}")
    click.echo(SENTENCES.both("done", f"{clock.seconds() - began} s"))
