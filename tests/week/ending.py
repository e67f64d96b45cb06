"""The end of the week: what the house's own commands say, and a backup that is restored into a second register and compared."""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Engine, inspect, text

from tests import postgres, processes
from tests.week.city import City
from tests.week.machine import UnitFailedError
from tests.week.street import engine


def keep(city: City) -> None:
    """Leave what the week wrote where it outlasts its server and its disk: `kept/` in its folder, with a dump of each database."""
    kept = city.folder / "kept"
    kept.mkdir(exist_ok=True)
    if city.postgres is not None:
        for name in ("register", "inspections"):
            words = [postgres.programs() / "pg_dump", "--format=custom", f"--file={kept / f'{name}.dump'}", getattr(city, name)]
            with contextlib.suppress(subprocess.TimeoutExpired):
                subprocess.run(list(map(str, words)), check=False, timeout=processes.PATIENCE_SECONDS)
    shutil.copytree(city.office.folder, kept / "office", dirs_exist_ok=True, symlinks=True)


def commands(city: City) -> dict[str, str]:
    """What each of the house's own checks found, "" for nothing."""
    where = ["--register", city.register, "--published", str(city.published)]
    publisher = [*where, "--keys", str(city.etc / "keys/publisher"), "--log-store", str(city.office.folder / "var/lib/khatm/log-store")]
    asked = {
        "`khatm audit verify`": ["audit", "verify", *publisher],
        "`khatm database check`": ["database", "check", "--register", city.register],
        "`khatm inspections database check`": ["inspections", "database", "check", "--database", city.inspections],
        "`khatm office payments check`": ["office", "payments", "check", *where, "--keys", str(city.etc / "keys/web")],
        "`khatm privacy retention`": ["privacy", "retention", "--register", city.register],
    }
    found = {}
    for name, words in asked.items():
        try:
            city.office.khatm(*words)
            found[name] = ""
        except UnitFailedError as error:
            found[name] = " ".join(str(error).split())[:300]
    return found | {"`khatm doctor`: now": _doctor(city, publisher)}


def _doctor(city: City, publisher: list[str]) -> str:
    said = city.office.khatm("doctor", *publisher, "--backups", city.office.folder / "var/backups/khatm", codes=(0, 1, 3))
    return "; ".join(line.strip() for line in said.splitlines() if re.match(r"\s*NOW", line))


def restored(city: City) -> str:
    """Make a backup, restore it into a second register, and compare each table; what differs."""
    file = city.folder / "end.khatm"
    state = city.office.folder / "var/lib/khatm"
    recipient = re.findall(r"age1[0-9a-z]+", (city.etc / "khatm.conf").read_text())[0]
    places = ["--published", state / "published", "--documents", state / "documents", "--files", state / "inspections/files"]
    city.office.khatm(
        "backup",
        "create",
        file,
        "--register",
        city.register,
        "--inspections",
        city.inspections,
        *places,
        "--log-store",
        state / "log-store",
        "--recipient",
        recipient,
    )
    second = city.folder / "second"
    second.mkdir()
    urls = {"register": str(second / "register.sqlite"), "inspections": str(second / "inspections.sqlite")}
    if city.postgres is not None:
        for name in urls:
            postgres.execute(city.postgres.url, f'CREATE DATABASE "second_{name}"')
            urls[name] = city.postgres.url.replace("+psycopg", "").replace("/postgres?", f"/second_{name}?")
    given = [
        "--register",
        urls["register"],
        "--inspections",
        urls["inspections"],
        "--published",
        second / "published",
        "--documents",
        second / "documents",
        "--files",
        second / "files",
        "--log-store",
        second / "log-store",
    ]
    city.office.khatm("backup", "restore", file, "--identity", city.folder / "identity.txt", *given)
    wrong: list[str] = []
    for name, url in urls.items():
        wrong += _differing(engine(getattr(city, name)), engine(url))
    wrong += [f"{name}: other files" for name in ("published", "documents") if _files(state / name) != _files(second / name)]
    return "; ".join(wrong)


def _differing(one: Engine, other: Engine) -> list[str]:
    tables = sorted(inspect(one).get_table_names())
    if tables != sorted(inspect(other).get_table_names()):
        return ["other tables"]
    return [f"table {name}" for name in tables if _digest(one, name) != _digest(other, name)]


def _digest(where: Engine, table: str) -> tuple[int, str]:
    with where.connect() as connection:
        rows = sorted(
            repr([bytes(each) if isinstance(each, memoryview) else each for each in row])
            for row in connection.execute(text(f'SELECT * FROM "{table}"'))
        )
    return len(rows), sha256("\n".join(rows).encode()).hexdigest()


def _files(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}
