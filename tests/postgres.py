"""A throw-away PostgreSQL server from the programs that the system package brings (see .ci/system-packages)."""

import contextlib
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psycopg

OWNER = "postgres"  # the server refuses to run as root
SUPERUSER = "khatm"
START_SECONDS = 120
#: Nothing of it outlives the run, and no database lives long enough to be swept.
SETTINGS = (
    *("listen_addresses=", "fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off", "jit=off"),
    *("wal_level=minimal", "max_wal_senders=0", "max_wal_size=256MB", "shared_buffers=64MB"),
)
#: One that is killed keeps what it confirmed, as in a real house: the machine does not fall, so what was written need not be on the disk.
KILLED = (*SETTINGS, "synchronous_commit=on")
PREFIX = "khatm-pg-"
MEMORY = Path("/dev/shm")
_MEMORY_WANTED = 2 << 30


class PostgresUnavailable(Exception):
    """There is no server to test on; the text says what is missing."""


def programs() -> Path:
    """The folder of initdb and postgres: the newest of Debian's, which are not on the PATH, else the PATH's own."""
    versions = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if versions:
        return max(versions, key=lambda folder: [int(part) for part in re.findall(r"\d+", str(folder))])
    if on_path := shutil.which("initdb"):
        return Path(on_path).resolve().parent
    raise PostgresUnavailable("no PostgreSQL server programs: run .ci/system-packages test")


def as_owner() -> list[str]:
    """The words before a command that make it run as a user the server accepts, and end with this process."""
    setpriv = ["setpriv", "--pdeathsig", "INT"]
    if os.geteuid() != 0:
        return setpriv
    try:
        pwd.getpwnam(OWNER)
    except KeyError:
        raise PostgresUnavailable(f"root cannot run PostgreSQL and there is no user {OWNER}") from None
    return [*setpriv, "--reuid", OWNER, "--regid", OWNER, "--init-groups"]


def database_url(folder: Path, database: str) -> str:
    # A socket in a folder of our own: no port to race for, and nobody else can connect.
    return f"postgresql+psycopg://{SUPERUSER}@/{database}?host={folder}"


def execute(url: str, statement: str) -> None:
    """Run one statement outside a transaction, as CREATE DATABASE wants it."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(statement.encode())


def wait_until_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            return execute(url, "SELECT 1")
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise PostgresUnavailable(f"PostgreSQL did not start: {log.read_text()[-2000:]}") from error
            time.sleep(0.05)


def _where() -> Path:
    """Where the server's folder is made: in memory, if there is enough. Emptied tables are new files, which cost a disk much more."""
    with contextlib.suppress(OSError):
        for left in MEMORY.glob(f"{PREFIX}*"):
            if _over(left / "data"):
                shutil.rmtree(left, ignore_errors=True)
        if shutil.disk_usage(MEMORY).free > _MEMORY_WANTED:
            return MEMORY
    return Path("/tmp")


def _over(data: Path) -> bool:
    """Whether a server ran there whose run was killed before it could clear up."""
    if not (data / "postmaster.opts").exists():
        return False
    try:
        return not Path("/proc", (data / "postmaster.pid").read_text().split()[0]).exists()
    except FileNotFoundError:
        return True


class Server:
    """A server in a folder of its own, which may be stopped and started again."""

    def __init__(self, folder: Path, settings: Sequence[str] = SETTINGS) -> None:
        self._folder, self._log, self._settings = folder, folder / "log", settings
        self.url = database_url(folder, "postgres")
        where, prefix = programs(), as_owner()  # first what tells that there is none
        if os.geteuid() == 0:
            shutil.chown(folder, OWNER, OWNER)
        initdb = [where / "initdb", "-D", folder / "data", "-U", SUPERUSER, "-A", "trust", "-N", "-E", "UTF8"]
        command = [*prefix, *initdb, "--locale", "C.UTF-8"]
        made = subprocess.run(command, check=False, cwd=folder, capture_output=True, text=True)
        if made.returncode != 0:
            raise PostgresUnavailable(f"initdb failed: {made.stderr.strip()[-2000:]}")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = [word for setting in self._settings for word in ("-c", setting)]
        command = [*as_owner(), programs() / "postgres", "-D", self._folder / "data", "-k", self._folder, *options]
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(command, cwd=self._folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        wait_until_ready(self._process, self.url, self._log)

    def freeze(self, how: signal.Signals) -> None:
        """Let it and its backends hang (SIGSTOP), or go on (SIGCONT)."""
        if self._process is not None:
            children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
            for pid in (self._process.pid, *map(int, children)):
                os.kill(pid, how)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it: SIGINT is a fast shutdown, SIGQUIT an immediate one, as after a crash (terminate would wait for open connections)."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(timeout=START_SECONDS)


@contextlib.contextmanager
def stoppable(prefix: str = "khatm-stops-") -> Iterator[Server]:
    """A running server that may be stopped, killed and started again. It is fast and forgets everything at the end.

    Its folder is not called as the others': one whose server does not run is swept away by other runs.
    """
    # A socket's path is at most 107 bytes long, so not below pytest's own temporary folder.
    with tempfile.TemporaryDirectory(prefix=prefix, dir=_where() if prefix == PREFIX else None) as name:
        server = Server(Path(name), SETTINGS if prefix == PREFIX else KILLED)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextlib.contextmanager
def server() -> Iterator[str]:
    """A running server; yields the URL of its database `postgres`."""
    with stoppable(PREFIX) as running:
        yield running.url


@contextlib.contextmanager
def fresh_database(url: str, name: str) -> Iterator[str]:
    """An empty database of that name on the server; dropped at the end, whoever is still connected."""
    execute(url, f'CREATE DATABASE "{name}"')
    try:
        yield url.replace("/postgres?", f"/{name}?")
    finally:
        execute(url, f'DROP DATABASE "{name}" WITH (FORCE)')
