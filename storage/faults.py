"""What an error of a database means, told by its code: its text is in the server's language, and may quote what somebody typed.

PostgreSQL: appendix A of its manual, SQLSTATE. SQLite: result codes (sqlite.org/rescode.html); the lowest octet is the kind.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from .errors import StorageError, disk

#: What a database raises by the way of SQLAlchemy, its pool when every connection of this process is in use, and SQLite itself.
DATABASE_ERRORS = (DBAPIError, PoolTimeoutError, sqlite3.Error)
_STATES = {
    "55P03": "database_locked",  # lock_not_available: lock_timeout
    "40P01": "database_locked",  # deadlock_detected
    "40001": "database_locked",  # serialization_failure
    "57014": "database_locked",  # query_canceled: statement_timeout, so somebody or something else keeps the server busy
    "53100": "disk_full",
    "58030": "disk",  # io_error
    "42501": "permission",  # insufficient_privilege: whoever signed in is not the tables' owner
    "53300": "database_unreachable",  # too_many_connections
    "25006": "database_unreachable",  # read_only_sql_transaction: a standby, nothing to write on
    "3D000": "database_unreachable",  # invalid_catalog_name
    "57P01": "database_unreachable",  # admin_shutdown
    "57P02": "database_unreachable",  # crash_shutdown
    "57P03": "database_unreachable",  # cannot_connect_now
    "57P05": "database_unreachable",  # idle_session_timeout
    "25P03": "database_unreachable",  # idle_in_transaction_session_timeout
}
_CLASSES = {"08": "database_unreachable", "28": "database_unreachable"}  # connection exceptions; who we are is refused
_RESULTS = {
    sqlite3.SQLITE_BUSY: "database_locked",
    sqlite3.SQLITE_LOCKED: "database_locked",
    sqlite3.SQLITE_PROTOCOL: "database_locked",  # many began at once
    sqlite3.SQLITE_FULL: "disk_full",
    sqlite3.SQLITE_IOERR: "disk",
    sqlite3.SQLITE_CANTOPEN: "database_unreachable",
    sqlite3.SQLITE_PERM: "database_unreachable",
    sqlite3.SQLITE_READONLY: "database_unreachable",  # a file or folder that we may not write
}
#: What may come of rights or of a disk that is read-only: SQLite does not say which, and the file does.
_OF_THE_FILE, _RIGHTS = ("disk", "database_unreachable"), ("permission", "read_only")
#: Of an error of SQLite the file that it is about, which the error itself does not name.
_PATHS: WeakKeyDictionary[BaseException, Path] = WeakKeyDictionary()
#: Extended codes that say more than their kind: the file that readers share cannot be made as long as it has to be.
_EXTENDED = {sqlite3.SQLITE_IOERR_SHMSIZE: "disk_full"}


def refusal(error: Exception) -> StorageError:
    """Return what a database error means for the person at the desk; what no code tells is `database_unreadable`, with the error's kind."""
    if isinstance(error, PoolTimeoutError):  # every connection of this process is in use
        return StorageError("database_locked")
    cause = error if isinstance(error, sqlite3.Error) else getattr(error, "orig", None)
    if isinstance(cause, sqlite3.Error):
        path = _PATHS.get(cause)
        code = of_sqlite(cause, path)
        if path and code in _RIGHTS:  # whoever mends them has to know where
            return StorageError(code, str(path))
    else:
        code = _of_state(getattr(cause, "sqlstate", None), lost=isinstance(error, OperationalError))
    return StorageError(code) if code else StorageError("database_unreadable", type(error).__name__)


def for_visitors(code: str) -> str:
    """Return what is said of a database error to somebody who cannot mend it: rights of files and tables are told in the log."""
    return "database_unreachable" if code in _RIGHTS else code


def of_sqlite(error: sqlite3.Error, path: Path | None = None) -> str | None:
    """Return the code of what SQLite said, None where it says nothing that passes or that somebody could mend outside of the file.

    `path`: the file, whose rights are looked at where SQLite only says that it could not open, read or write it.
    """
    told = getattr(error, "sqlite_errorcode", 0)
    code = _EXTENDED.get(told) or _RESULTS.get(told & 0xFF)
    return (path and code in _OF_THE_FILE and rights(path)) or code


def rights(path: Path) -> str:
    """Return `read_only` or `permission` if this program may not write a file, what SQLite puts beside it, or its folder; else "".

    It asks and opens nothing: whoever opens a file of SQLite's and closes it lets go of every lock that this process has on it.
    """
    try:
        for place in (path.parent, *(path.with_name(path.name + more) for more in ("", "-wal", "-shm", "-journal"))):
            if not place.exists():
                continue
            if os.statvfs(place).f_flag & os.ST_RDONLY:
                return "read_only"
            if not os.access(place, os.R_OK | os.W_OK | (os.X_OK if place.is_dir() else 0), effective_ids=True):
                return "permission"
    except OSError as error:
        return disk(error)
    return ""


def tell_path(engine: Engine, path: Path) -> None:
    """Let what SQLite refuses over an engine be known by its file."""

    def keep(context: ExceptionContext) -> None:
        if isinstance(context.original_exception, sqlite3.Error):
            _PATHS[context.original_exception] = path

    event.listen(engine, "handle_error", keep)


def sqlstate(error: Exception) -> str:
    """Return the SQLSTATE of a database error, or SQLite's name of its result code; "" where no server said one."""
    cause = getattr(error, "orig", error)
    return str(getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None) or "")


def named(error: Exception) -> str:
    """Return what a log may say of a database error: its kind, and its code. Never its text, which may quote values."""
    return f"{type(getattr(error, 'orig', None) or error).__name__} {sqlstate(error)}".rstrip()


def _of_state(state: str | None, *, lost: bool) -> str | None:
    """Return the code of a SQLSTATE; without one no server answered, if what failed is the connection."""
    if state is None:
        return "database_unreachable" if lost else None
    return _STATES.get(state) or _CLASSES.get(state[:2])
