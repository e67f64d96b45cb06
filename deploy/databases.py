"""Whether the databases of `khatm.conf` are there, asked by the users who will work on them: root's own hand would leave files of its own.

Units make what is not there (`create`), for a first start needs no more. On a machine that a house was brought to, that would be an
empty register, whose receipts count from 1.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from sqlalchemy import Engine, select, text

from accounts.tables import accounts
from inspections.database import open_inspections
from objects import naming, opening
from office.applications.documents import KEPT_MAX
from office.applications.tables import attachments
from office.database import open_register
from storage.database import reading
from storage.errors import KhatmError, StorageError

from .errors import SetupError
from .places import INSPECTIONS, WORKER, House

_NEWEST = 20  # documents that are looked for: where none of them is there, the store did not come
_PROGRAM = (sys.executable, "-c", "from deploy import databases; databases.main()")
_MASK = 0o007  # of the units that write there: what SQLite puts beside a database is its group's too


def look(house: House, said: Mapping[str, str], surroundings: Mapping[str, str]) -> None:
    """Return if both databases are there, at this program's revisions and to be written on, and documents that the register names.

    `said`: the variables of khatm.conf. Raises SetupError `moved_missing`, `moved_read_only`; StorageError.
    """
    asked = {"REGISTER": (WORKER, str(documents(house, said))), "INSPECTIONS": (INSPECTIONS, "")}
    for name, (user, store) in asked.items():
        if not (url := said.get(name, "")):
            raise SetupError("moved_missing", f"{house.settings / 'khatm.conf'}: {name}")
        found = _asked(house, user, {"kind": name, "url": url, "documents": store}, surroundings)
        if found["code"] == "database_missing":
            raise SetupError("moved_missing", f"{name}={url.rpartition('@')[2]}{found['detail']}")
        if found["code"] in ("moved_missing", "moved_read_only"):
            raise SetupError(found["code"], found["detail"])
        if found["code"]:
            raise StorageError(found["code"], f"{name} {found['detail']}".rstrip())


def documents(house: House, said: Mapping[str, str]) -> Path:
    """Return where uploaded documents are kept: the last place that the desk's unit is told counts."""
    place, words = str(house.state / "documents"), shlex.split(said.get("OFFICE_OPTIONS", ""))
    for number, word in enumerate(words):
        name, told, value = word.partition("=")
        if name == "--documents":
            place = value if told else (words[number + 1] if number + 1 < len(words) else place)
    return Path(place)


def _asked(house: House, user: str, question: Mapping[str, str], surroundings: Mapping[str, str]) -> dict[str, str]:
    """Let a user of the system look. Raises SetupError `step_failed`."""
    env = dict(surroundings) | {"HOME": "/tmp"}  # noqa: S108 - nobody of the package's has a home
    done = subprocess.run(
        _PROGRAM,
        input=json.dumps(question),
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env=env,
        umask=_MASK,
        **house.as_user(user),
    )
    if done.returncode:
        raise SetupError("step_failed", done.stderr.strip()[-2000:])
    answer: dict[str, str] = json.loads(done.stdout)
    return answer


def main() -> None:
    """Look at one database, as the user that this process is; the question comes by standard input, for it names places."""
    question = json.loads(sys.stdin.read())
    try:
        code, detail = next(_found(**question), ("", ""))
    except KhatmError as error:
        code, detail = error.code, error.detail
    except OSError as error:
        code, detail = "moved_missing", f"{question['documents'] or question['url']}: {type(error).__name__}"
    sys.stdout.write(json.dumps({"code": code, "detail": detail}))


def _found(kind: str, url: str, documents: str) -> Iterator[tuple[str, str]]:
    """Yield what is not as it must be."""
    engine = open_register(url, create=False) if kind == "REGISTER" else open_inspections(url)
    try:
        with reading(engine) as connection:
            if engine.dialect.name == "postgresql" and connection.scalar(text("SHOW transaction_read_only")) == "on":
                yield "moved_read_only", kind  # a standby that nobody promoted
            if kind == "REGISTER" and connection.scalar(select(accounts.c.name).limit(1)) is None:
                yield "moved_missing", f"{kind}: no account"  # units that were started too early made it
        if kind == "REGISTER":
            yield from _documents(engine, Path(documents))
    finally:
        engine.dispose()


def _documents(engine: Engine, place: Path) -> Iterator[tuple[str, str]]:
    if not place.exists():
        yield "moved_missing", str(place)
        return
    store = opening.open_(place, naming.DOCUMENTS, most=KEPT_MAX)
    with reading(engine) as connection:
        newest = connection.scalars(select(attachments.c.digest).order_by(attachments.c.id.desc()).limit(_NEWEST)).all()
    if newest and not any(map(store.has, newest)):
        yield "moved_missing", f"{place}: none of the {len(newest)} newest documents that the register names"
