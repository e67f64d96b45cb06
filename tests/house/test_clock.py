"""A clock, a day or a time zone is never taken from the surroundings: not by the product, and not by its tests.

A day is Cairo's (seal/days.py, seal/js/days.js). What the rules here let pass is named, with the reason.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache

import pytest

from tests.house.test_rules import MODULES, NAMES, text_of

# Reads the clock, or makes a day or a time of the clock or of the machine's time zone.
READERS = {"now", "today", "utcnow", "fromtimestamp", "utcfromtimestamp", "localtime", "gmtime", "ctime", "strftime", "time"}
TIMES = re.compile(r"\.(?:date|now|today|utcnow|(?:utc)?fromtimestamp|localtime|gmtime|ctime|strftime|time)\(")
MODULES_OF_TIME = {"datetime", "date", "time"}
# module: why a `.date()` there is right
DAYS = {
    "seal/days.py": "the one place where a moment becomes a day of Cairo",
    "web/writing.py": "of a time in Cairo",
    "office/messages/commands.py": "a day that somebody typed",
    "inspections/commands.py": "a day that somebody typed",
    "issuer/intake/workbooks.py": "of a cell, which has no zone",
    "tests/week/timetable.py": "of a moment in Cairo, whose timers systemd would start by it",
    "tests/seal/test_vectors.py": "of a time in Cairo, by another way than the product's",
}
# Days of a JavaScript Date: its UTC day, or the day of the phone's time zone.
JS_DAY = re.compile(
    r"toISOString\(\)\.(?:slice|substr|split)|\.get(?:Date|Day|Month|FullYear|Hours|TimezoneOffset)\(|toDateString|"
    r"toLocale(?:Date|Time)?String\((?![^)]*timeZone)"
)
JS_DAYS = {"seal/js/days.js": "shifted to Cairo before", "inspector_app/pwa/src/csv.js": "shifted to Cairo before"}
# Databases know a clock and a zone of their own.
SQL_DAY = re.compile(r"CURRENT_(?:DATE|TIME)|\bfunc\.(?:now|date|strftime|julianday|extract)\b|(?<![.\w])(?:julianday|date_trunc)\(")
SQL = ("issuer/", "office/", "accounts/", "demo/")

PYTHON = [name for name in NAMES if name.endswith(".py")]
SCRIPTS = [name for name in NAMES if name.endswith((".js", ".mjs")) and not name.startswith("tests/")]


def calls(source: str) -> Iterator[tuple[ast.Call, ast.Attribute]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node, node.func


def last_name(node: ast.expr) -> str:
    """`datetime` of `datetime` and of `datetime.datetime`."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


@cache
def source_of(name: str) -> str:
    """The text of a module that may hold a breach; parsing all of them would take longer than reading them."""
    text = text_of(name)
    return text if TIMES.search(text) else ""


def readers(source: str) -> list[int]:
    """Lines that read the clock, or count on the machine's time zone."""
    found = [(call, function) for call, function in calls(source) if last_name(function.value) in MODULES_OF_TIME]
    return [call.lineno for call, function in found if function.attr in READERS and not zoned(call, function)]


def zoned(call: ast.Call, function: ast.Attribute) -> bool:
    """Whether it is `fromtimestamp(seconds, zone)`, which takes nothing from the machine."""
    return function.attr == "fromtimestamp" and len(call.args) + len(call.keywords) == 2


def days_taken(source: str) -> list[int]:
    """Lines with `.date()`: the day of whatever zone the moment happens to have."""
    return [call.lineno for call, function in calls(source) if function.attr == "date" and not call.args and not call.keywords]


def day_scripts(text: str) -> list[str]:
    """Days of a JavaScript Date; a call may stand on several lines."""
    whole = re.sub(r"\s+", " ", text)
    return [match.group() for match in JS_DAY.finditer(whole) if "timeZone" not in whole[match.start() : match.start() + 200]]


def test_only_one_place_of_the_tests_reads_the_clock() -> None:
    tests = [name for name in PYTHON if name.startswith("tests/") and name != "tests/clock.py"]
    assert {name: found for name in tests if (found := readers(source_of(name)))} == {}, "ask tests/clock.py"
    assert readers(text_of("tests/clock.py")) != []


def test_only_one_place_of_the_product_reads_the_clock() -> None:
    assert {name for name in MODULES if readers(source_of(name))} == {"web/clock.py"}, "ask web/clock.py, and only at an edge"


@pytest.mark.parametrize(
    "line",
    [
        *("datetime.now(UTC)", "datetime.datetime.now()", "datetime.utcnow()", "date.today()"),
        *("date.fromtimestamp(1)", "time.time()", "time.localtime()"),
    ],
)
def test_reading_the_clock_is_recognised(line: str) -> None:
    assert readers(line) == [1]
    assert readers("datetime.fromtimestamp(1, UTC); clock.today(); workplace.now(); time.monotonic()") == []


def test_a_day_is_cairo_s() -> None:
    assert {name for name in PYTHON if days_taken(source_of(name))} == set(DAYS)
    assert days_taken("x = datetime.fromtimestamp(1, UTC).date()\ny = func.date(x)") == [1]


def test_a_day_is_cairo_s_in_the_phone_and_the_pages_too() -> None:
    assert len(SCRIPTS) > 20
    assert {name for name in SCRIPTS if day_scripts(text_of(name))} == set(JS_DAYS)
    breaches = ["new Date(at).toISOString().slice(0, 10)", "today.getDate()", "at.toLocaleDateString('ar')", "at.toLocaleString()"]
    assert all(map(day_scripts, breaches))
    assert day_scripts('at.toLocaleDateString("ar", {\n  day: "numeric",\n  timeZone: "UTC",\n})') == []


def test_no_day_is_the_database_s() -> None:
    tables = [name for name in PYTHON if name.startswith(SQL)]
    assert {name: found for name in tables if (found := SQL_DAY.findall(text_of(name)))} == {}
    assert all(map(SQL_DAY.search, ["server_default=func.now()", "SELECT CURRENT_DATE", "date_trunc('day', at)"]))
