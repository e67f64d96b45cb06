"""What inspections refuse, as people are told it: a sentence in both languages, never a traceback."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from accounts.errors import AccountError
from seal.errors import ListError
from storage.errors import KhatmError, disk
from storage.faults import DATABASE_ERRORS, refusal
from web.staying import RefusedError

from .errors import SENTENCES

_Made = TypeVar("_Made")


def refusing(work: Callable[[], _Made]) -> _Made:
    """Run `work`. Raises RefusedError for what inspections, their accounts, lists, database and disk refuse."""
    try:
        return work()
    except KhatmError as error:
        raise refused(error.code, error.detail) from error
    except (AccountError, ListError) as error:
        raise refused(error.code) from error
    except DATABASE_ERRORS as error:
        found = refusal(error)
        raise refused(found.code, found.detail) from error
    except BrokenPipeError:
        raise  # the reader went away: click ends quietly
    except FileNotFoundError as error:
        raise refused("path_missing", str(error.filename or "")) from error
    except OSError as error:
        raise refused(disk(error), ": ".join(str(part) for part in (error.filename, error.strerror) if part)) from error


def refused(code: str, detail: str = "") -> RefusedError:
    """Return the refusal for a code of ours."""
    return RefusedError(code, SENTENCES.both(code, detail))
