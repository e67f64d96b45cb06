"""`khatm as PROGRAM COMMAND …`: a command by hand on a machine of the package, with what its units have.

It runs as that program's user, with that program's keys and passphrase and with this machine's places, as `khatm.conf` and the package have
them. What is typed besides counts more. An edge: it becomes another user and another program.
"""

from __future__ import annotations

import os
import pwd
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click

from .errors import SENTENCES, SetupError
from .places import INSPECTIONS, USERS, WITNESS, House

_ROOM = ("--register", "--published", "--log-store", "--keys")
#: Which of this machine's places the commands below each first word are told, where they have such an option.
PLACES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("issue", "reissue", "license", "publish", "audit", "database", "register"), _ROOM),
    "office": (*_ROOM, "--documents"),
    "privacy": (*_ROOM, "--documents", "--inspections", "--applicants"),
    "doctor": (*_ROOM, "--backups", "--life", "--applicants"),
    "inspections": ("--database", "--files", "--published", "--root"),
    "keys": ("--register", "--published", "--log-store"),  # the key store itself is on a stick, which is typed
    "witness": (),
}
#: Root's own: what reads what belongs to several programs, and the key store, which belongs to none.
ROOT, _OF_ROOT, _KEY_STORE = "root", ("privacy", "keys"), "keys"
PROGRAMS = {**USERS, "inspections": INSPECTIONS, "witness": WITNESS, ROOT: ROOT}
#: The unit that runs a program, for what its files are to be like.
_UNITS = {**{program: f"khatm-{program}" for program in PROGRAMS if program != ROOT}, "web": "khatm-office"}
_MASK = re.compile(r"^UMask=([0-7]{3,4})$", re.MULTILINE)


def settings(house: House) -> dict[str, str]:
    """Return the variables of `khatm.conf`. Raises SetupError `not_set_up`."""
    try:
        lines = (house.settings / "khatm.conf").read_text("utf-8").splitlines()
    except FileNotFoundError as error:
        raise SetupError("not_set_up", str(error.filename)) from error
    return {name: value for name, told, value in (line.partition("=") for line in lines) if told and not name.startswith("#")}


def mask(house: House, program: str) -> int:
    """Return the rights that a program's unit takes from new files; root's own are nobody else's. Raises SetupError `package_missing`."""
    if program == ROOT:
        return 0o077
    unit = house.units / f"{_UNITS[program]}.service"
    try:
        found = _MASK.search(unit.read_text("utf-8"))
    except FileNotFoundError as error:
        raise SetupError("package_missing", str(unit)) from error
    if found is None:
        raise SetupError("package_missing", f"{unit}: UMask")
    return int(found[1], 8)


def allow(program: str, words: Sequence[str]) -> None:
    """Return if a command is a program's, or root's own. Raises SetupError `as_root`, `as_unknown`."""
    if program == ROOT and words[0] not in _OF_ROOT:
        raise SetupError("as_root", " ".join(words[:2]))
    if words[0] not in PLACES or (program != ROOT and words[0] == _KEY_STORE):
        raise SetupError("as_unknown", words[0])


def places(house: House, program: str, said: Mapping[str, str]) -> dict[str, str]:
    """Return each place by the option that names it."""
    state, keys = house.state, house.keys(program if program in USERS else "publisher")
    found: dict[str, str | Path] = {
        "--register": said.get("REGISTER", ""),
        "--database": said.get("INSPECTIONS", ""),
        "--inspections": said.get("INSPECTIONS", "") if program == ROOT else "",  # nobody else reads both databases
        "--published": house.published,
        "--log-store": house.log_store,
        "--keys": keys,
        "--documents": state / "documents",
        "--files": state / "inspections/files",
        "--applicants": house.applicants if program in ("web", ROOT) else "",
        "--root": house.settings / "root.cose",
        "--backups": house.beneath / "var/backups/khatm" if program == "publisher" else "",  # others may not look into it
        "--life": house.beneath / "run/khatm",
    }
    return {option: str(place) for option, place in found.items() if str(place)}


def completed(main: click.Command, words: Sequence[str], told: Mapping[str, str], descriptor: int | None) -> list[str]:
    """Return the words of a command with the places that it has options for, each before what was typed.

    `descriptor`: from which its passphrase is read. A command that there is not is left to say so itself.
    """
    wanted = {option: told[option] for option in PLACES[words[0]] if option in told}
    if descriptor is not None and not any(word.startswith("--passphrase") for word in words):
        wanted["--passphrase-fd"] = str(descriptor)
    group, left, made = main, list(words), list[str]()
    context = click.Context(main, info_name="khatm")
    while isinstance(group, click.Group) and left:
        found = group.get_command(context, left[0])
        if found is None:
            break  # the command itself says so
        found = found.real() if hasattr(found, "real") else found
        group, context = found, click.Context(found, parent=context, info_name=left[0])
        made += [left[0], *_given(found, wanted)]
        following = _after_options(found, context, left[1:])
        made += left[1 : len(left) - len(following)]
        left = following
    return [*made, *left]


def _given(command: click.Command, wanted: Mapping[str, str]) -> Iterator[str]:
    for parameter in command.params:
        for option in parameter.opts:
            if option in wanted and not parameter.multiple:
                yield from (option, wanted[option])


def _after_options(command: click.Command, context: click.Context, words: Sequence[str]) -> list[str]:
    """Return what follows the options of a group; of a command nothing has to be told apart."""
    if not isinstance(command, click.Group):
        return list(words)
    try:
        return list(command.make_parser(context).parse_args(args=list(words))[1])
    except click.UsageError:
        return []  # the command itself says so


@click.command("as", context_settings={"allow_interspersed_args": False})
@click.argument("program", type=click.Choice(list(PROGRAMS)))
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED, metavar="COMMAND...")
@click.pass_context
def as_(context: click.Context, program: str, words: tuple[str, ...]) -> None:
    """Run a command by hand as PROGRAM's user, with its keys and this machine's places: `khatm as publisher doctor`.

    Of `/etc/khatm/khatm.conf` it has register, inspections and variables; what is typed counts more. Only root may.
    """
    house = House(Path("/"), one_user=False)
    try:
        house.check()
        allow(program, words)
        said, files = settings(house), mask(house, program)
        secret = house.passphrase(program)
        descriptor = os.open(secret, os.O_RDONLY) if program != ROOT and secret.exists() else None
        command = completed(context.find_root().command, words, places(house, program, said), descriptor)
    except SetupError as error:
        raise click.UsageError(SENTENCES.both(error.code, error.detail)) from error
    if words[0] == "doctor":
        command += [*(() if program == "web" else ("--desk-apart",)), *said.get("DOCTOR_OPTIONS", "").split()]
    os.umask(files)
    _become(program, command, descriptor, {name: value for name, value in said.items() if name.startswith("KHATM_") and value})


def _become(program: str, command: Sequence[str], descriptor: int | None, variables: Mapping[str, str]) -> None:
    """Become the program's user, then the command; nothing of root's is left but the passphrase's open file."""
    if descriptor is not None:
        os.set_inheritable(descriptor, True)
    user = pwd.getpwnam(PROGRAMS[program])
    os.initgroups(user.pw_name, user.pw_gid)
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    surroundings = dict(os.environ) | {"HOME": "/tmp"} | dict(variables)  # noqa: TID251, S108 - an edge; nobody of the package's has a home
    executable = str(Path(sys.executable).with_name("khatm"))
    os.execve(executable, [executable, *command], surroundings)  # noqa: S606 - no shell is wanted
