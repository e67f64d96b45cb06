"""What apps and databases are used with, made once for each process: nearly each test has an app and an engine of its own.

Compiled templates (Jinja), the functions that write a route's address (Werkzeug) and compiled statements (SQLAlchemy) know nothing of the
app or the database that they were made for, but cost a small test more than all else that it does.
"""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

import flask
import pytest
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket
from sqlalchemy import Dialect, Engine
from sqlalchemy.engine import Compiled
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from office.papers import fonts, press

#: What compiled templates depend on, beside their text, filters and tests.
_MANNERS = ("trim_blocks", "lstrip_blocks", "keep_trailing_newline", "newline_sequence", "optimized", "undefined", "finalize", "is_async")
_PLAIN = (bool, int, str, tuple, type(None))
_STATEMENTS_MOST = 3_000


class Templates(BytecodeCache):
    """Compiled templates, by their file, their text, and the manners of the environment that they are read in."""

    def __init__(self) -> None:
        self._manners: dict[tuple[Any, ...], int] = {}
        self._codes: dict[tuple[str, str], Any] = {}

    def get_bucket(self, environment: Environment, name: str, filename: str | None, source: str) -> Bucket:
        escaped = environment.autoescape(name) if callable(environment.autoescape) else environment.autoescape
        functions = tuple(sorted((environment.filters | environment.tests).items(), key=lambda each: each[0]))
        manners = (escaped, *(getattr(environment, each) for each in _MANNERS), *environment.extensions, functions)
        number = self._manners.setdefault(manners, len(self._manners))
        bucket = Bucket(environment, f"{number}|{name}|{filename}", source)
        self.load_bytecode(bucket)
        return bucket

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._codes[bucket.key, bucket.checksum] = bucket.code


class Statements:
    """One engine's view of the compiled statements that all engines of its kind share: an engine's own are forgotten with it."""

    def __init__(self, shared: LRUCache[Any, Compiled]) -> None:
        self._shared = shared
        self._kinds: dict[Any, tuple[Any, ...]] = {}

    def get(self, key: tuple[Any, ...]) -> Compiled | None:
        return self._shared.get(self._key(*key))

    def __setitem__(self, key: tuple[Any, ...], compiled: Compiled) -> None:
        self._shared[self._key(*key)] = compiled

    def clear(self) -> None:
        """Nothing is this engine's own."""

    def _key(self, dialect: Dialect, *rest: Any) -> tuple[Any, ...]:
        """In place of the engine's dialect what it compiles by: its class, the database's version, and every setting that is plain."""
        version = dialect.server_version_info  # known, as other things are, once there was a connection
        if version not in self._kinds:
            settings = ((name, value) for name, value in vars(dialect).items() if callable(value) or isinstance(value, _PLAIN))
            self._kinds[version] = (type(dialect), *sorted(settings, key=lambda each: each[0]))
        return (self._kinds[version], *rest)


def _writers(make: Callable[[Rule, bool], Any]) -> Callable[[Rule, bool], Any]:
    """As Werkzeug makes what writes the address of a rule; for the same rule again, what was made first."""
    made: dict[tuple[Any, ...], Any] = {}

    def writer(rule: Rule, append_unknown: bool = True) -> Any:
        if rule.defaults:  # written by the converters that the rule has
            return make(rule, append_unknown)
        key = (rule.rule, tuple(rule._trace), append_unknown)
        if key not in made:
            made[key] = make(rule, append_unknown)
        return made[key]

    return writer


def _fonts(file: Path, make: Callable[[], str]) -> Callable[[], str]:
    """As papers' fonts are made; what was made first in this run, by whatever process, is read again from `file`."""

    def made() -> str:
        with file.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not file.exists():
                fresh = file.with_suffix(".fresh")
                fresh.write_text(make(), "utf-8")
                fresh.replace(file)
        return file.read_text("utf-8")

    return made


@contextmanager
def papers(folder: Path) -> Iterator[None]:
    """Make the fonts of papers once in a run, which has this folder: it takes three seconds. A press is told them when it begins."""
    begin = press._begun

    @wraps(begin)
    def begun(rules: str | None, scratch: str) -> ProcessPoolExecutor:
        return begin(fonts.style() if rules is None else rules, scratch)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fonts, "_made", _fonts(folder / "fonts_of_papers.css", fonts._made))
        patch.setattr(press, "_begun", begun)
        yield


@contextmanager
def once() -> Iterator[None]:
    """Make each template, each route's writer and each statement once in this process."""
    statements: LRUCache[Any, Compiled] = LRUCache(_STATEMENTS_MOST)
    begin = Engine.__init__

    def begun(engine: Engine, *words: Any, **options: Any) -> None:
        begin(engine, *words, **options)
        if engine._compiled_cache is not None:
            engine._compiled_cache = Statements(statements)  # type: ignore[assignment]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flask.Flask, "jinja_options", {"bytecode_cache": Templates()})
        patch.setattr(Rule, "_compile_builder", _writers(Rule._compile_builder))
        patch.setattr(Engine, "__init__", begun)
        yield
