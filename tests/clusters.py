"""PostgreSQL servers on loopback ports that replicate to each other, and a PgBouncer before one: real ones, each of a test's own.

PgBouncer's settings are those of docs/how-to/scale-the-database.md, addresses aside; so are those of the servers.
"""

from __future__ import annotations

import configparser
import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from tests import postgres
from tests.ports import free_port

ROOT = Path(__file__).resolve().parent.parent
PAPER = ROOT / "docs/how-to/scale-the-database.md"
PASSWORD = "not-a-secret"
#: What a throw-away server may do without; whether a commit waits for its standby is a test's to say.
QUICK = ("fsync = off", "full_page_writes = off", "jit = off", "shared_buffers = 32MB", "max_wal_size = 256MB")


def block(language: str, nth: int = 0, *, paper: Path = PAPER) -> str:
    """A block of a paper, by its language, without the fences."""
    found = re.findall(rf"(?ms)^```{language}\n(.*?)^```$", paper.read_text("utf-8"))
    return str(found[nth])


class Cluster:
    """A server in a folder of its own, on a port of its own."""

    def __init__(self, folder: Path, *, name: str = "data") -> None:
        self.folder, self.data, self.port = folder, folder / name, free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, database: str = "postgres", user: str = postgres.SUPERUSER) -> str:
        return f"postgresql://{user}:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def make(self, *settings: str) -> None:
        """An empty server that others may follow, with the paper's settings."""
        self.run("initdb", "-D", self.data, "-U", postgres.SUPERUSER, "-A", "trust", "-N", "-E", "UTF8", "--locale", "C.UTF-8")
        self.set(*QUICK, "listen_addresses = '127.0.0.1'", block("conf"), *settings)
        with (self.data / "pg_hba.conf").open("a") as file:
            file.write(block("hba").replace("10.0.0.0/24", "127.0.0.1/32"))

    def follow(self, primary: Cluster, *settings: str) -> None:
        """A standby of another server, made as the paper says."""
        words = block("sh").split("pg_basebackup", 1)[1].split("\n", 1)[0].split()
        flags = [word for word in words if re.fullmatch(r"-[RX]|stream|--checkpoint=fast", word)]
        where = f"host=127.0.0.1 port={primary.port} user=replicator password={PASSWORD}"
        self.run("pg_basebackup", "-d", where, "-D", self.data, "--no-sync", *flags)
        self.set(*settings)

    def set(self, *lines: str) -> None:
        with (self.data / "postgresql.conf").open("a") as file:
            file.write("".join(f"{line}\n" for line in lines))

    def run(self, program: str, *words: str | Path) -> str:
        command = [*postgres.as_owner(), postgres.programs() / program, *words]
        ran = subprocess.run(command, check=False, cwd=self.folder, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr[-2000:]
        return ran.stdout

    def start(self) -> None:
        command = [*postgres.as_owner(), postgres.programs() / "postgres", "-D", self.data, "-k", self.folder, "-p", str(self.port)]
        log = self.folder / f"{self.data.name}.log"
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                list(map(str, command)), cwd=self.folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        postgres.wait_until_ready(self._process, self.url(), log)

    def kill(self) -> None:
        """End it as a machine ends that loses its power: nothing is shut down, connections are gone."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(timeout=60)

    def freeze(self, how: signal.Signals) -> None:
        """Let it and its backends hang (SIGSTOP), or go on (SIGCONT)."""
        if self._process is not None:
            children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
            for pid in (self._process.pid, *map(int, children)):
                os.kill(pid, how)

    def say(self, statement: str, database: str = "postgres") -> str:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            found = connection.execute(statement.encode())
            row = found.fetchone() if found.description else None
        return str(row[0]) if row else ""

    def promote(self) -> None:
        self.say("SELECT pg_promote(true, 60)")

    def caught_up(self, primary: Cluster) -> None:
        """Wait until all that is written there by now is replayed here."""
        at, deadline = primary.say("SELECT pg_current_wal_insert_lsn()"), time.monotonic() + 60
        while self.say(f"SELECT pg_last_wal_replay_lsn() >= '{at}'") != "True":
            assert time.monotonic() < deadline
            time.sleep(0.02)


@contextlib.contextmanager
def folder(prefix: str = "khatm-cluster-") -> Iterator[Path]:
    """A folder that the servers' user may write to, gone at the end."""
    where = postgres.MEMORY if shutil.disk_usage(postgres.MEMORY).free > 3 << 30 else Path("/tmp")
    with tempfile.TemporaryDirectory(prefix=prefix, dir=where) as name:
        if os.geteuid() == 0:
            shutil.chown(name, postgres.OWNER, postgres.OWNER)
        yield Path(name)


@contextlib.contextmanager
def primary(*settings: str) -> Iterator[Cluster]:
    """A running server with the paper's settings and its user for replication."""
    with folder() as name:
        made = Cluster(name)
        made.make(*settings)
        made.start()
        try:
            made.say(f"CREATE ROLE replicator REPLICATION LOGIN PASSWORD '{PASSWORD}'")
            yield made
        finally:
            made.kill()


@contextlib.contextmanager
def standby(leader: Cluster, name: str = "standby", *settings: str) -> Iterator[Cluster]:
    """A running standby of a server, beside it."""
    made = Cluster(leader.folder, name=name)
    made.follow(leader, *settings)
    made.start()
    try:
        yield made
    finally:
        made.kill()


class Pooler:
    """PgBouncer before a server, by the paper's settings."""

    def __init__(self, server: Cluster, **more: str) -> None:
        self.server, self.port = server, free_port()
        self.folder = server.folder / f"pooler-{self.port}"
        self._more, self._process = more, None

    def url(self, database: str) -> str:
        return f"postgresql://{postgres.SUPERUSER}:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")  # noqa: TID251 - Debian keeps it where root looks
        if program is None:
            raise postgres.PostgresUnavailable("no PgBouncer: run .ci/system-packages test")
        self.folder.mkdir(exist_ok=True)
        said = configparser.ConfigParser(interpolation=None)
        said.read_string(block("ini"))
        (database,) = said["databases"]
        said["databases"] = {"*": f"host=127.0.0.1 port={self.server.port}"}
        assert "host=" in database or database == "khatm"
        (self.folder / "users").write_text(f'"{postgres.SUPERUSER}" "{PASSWORD}"\n')
        here = {"listen_addr": "127.0.0.1", "listen_port": str(self.port), "auth_file": str(self.folder / "users"), "unix_socket_dir": ""}
        said["pgbouncer"].update(here | {"logfile": str(self.folder / "log"), "pidfile": str(self.folder / "pid")} | self._more)
        with (self.folder / "ini").open("w") as file:
            said.write(file)
        if os.geteuid() == 0:
            for path in (self.folder, *self.folder.iterdir()):
                shutil.chown(path, postgres.OWNER, postgres.OWNER)
        command = [*postgres.as_owner(), program, "-q", str(self.folder / "ini")]
        self._process = subprocess.Popen(command, cwd=self.folder, stdin=subprocess.DEVNULL)
        postgres.wait_until_ready(self._process, self.url("postgres"), self.folder / "log")

    def kill(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(timeout=60)


@contextlib.contextmanager
def pooler(server: Cluster, **more: str) -> Iterator[Pooler]:
    """A running PgBouncer before a server."""
    made = Pooler(server, **more)
    made.start()
    try:
        yield made
    finally:
        made.kill()
