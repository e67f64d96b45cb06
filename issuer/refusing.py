"""How commands refuse: with a code and a sentence in both languages, and exit code 2."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from keys.errors import CustodyError, named, told
from seal.errors import ListError, SealError
from storage.errors import KhatmError, disk
from storage.faults import DATABASE_ERRORS, refusal
from web.staying import RefusedError

from .sentences import say


class Refusals(click.Group):
    """Turns what the issuer, the keys and the lists refuse into a sentence and exit code 2."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; print the refusal."""
        return run_refusing(lambda: super(Refusals, self).invoke(ctx))


class RefusingCommand(click.Command):
    """The same for a single command."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; print the refusal."""
        return run_refusing(lambda: super(RefusingCommand, self).invoke(ctx))


def run_refusing(work: Any) -> Any:
    """Run `work`; what is refused ends in a sentence in both languages, never in a traceback."""
    try:
        return work()
    except CustodyError as error:
        raise RefusedError(error.code, told(error.code, error.detail)) from error
    except (KhatmError, ListError, SealError) as error:
        every: Sequence[KhatmError | ListError | SealError] = getattr(error, "all", (error,))  # of a file: all that is wrong in it
        raise RefusedError(error.code, "\n".join(said(each.code, each.detail) for each in every)) from error
    except DATABASE_ERRORS as error:
        refused = refusal(error)
        raise _usage(refused.code, refused.detail) from error
    except BrokenPipeError:
        raise  # the reader went away, as `| head` does: click ends quietly
    except FileNotFoundError as error:
        raise _usage("path_missing", str(error.filename or "")) from error
    except OSError as error:
        raise _usage(disk(error), named(error)) from error


def _usage(code: str, detail: str = "") -> RefusedError:
    return RefusedError(code, said(code, detail))


def said(code: str, detail: str) -> str:
    """Return a code with its sentences in both languages."""
    return f"{code}: {say(code, 'en')} / {say(code, 'ar')}" + (f" ({detail})" if detail else "")
