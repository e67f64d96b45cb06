"""Rows and JSON stay where they are read: beyond, rooms work on records, the office on one value for who acts, when, by which rules."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
#: They speak JSON with somebody else, or make a text of their own of it; none of them reads a column.
SPEAK_JSON = {
    *("office/laptop/calling.py", "office/laptop/enrolment.py"),  # an office's answers, and what it said of the laptop, in a sealed file
    "office/applicants/keyring.py",  # a file of keys
    "office/applicants/sealed.py",  # what is encrypted into a column of octets
    "office/applications/listing.py",  # where the next page begins
    "office/backup/archive.py",  # what a backup says of itself
    "office/desk/approval_commands.py",  # what goes to the root
    "office/doctor/commands.py",  # what a monitor reads
    "office/enforcement/service.py",
    "office/messages/gateway.py",
    "office/messages/notices.py",
    "office/payments/billed.py",  # what the digest is of
    "office/payments/fawry.py",
    "office/payments/fawry_messages.py",
    "office/privacy/columns.py",  # a file that comes along
    *("office/privacy/copying.py", "office/privacy/notifying.py"),  # what is handed out
    "office/wallets/apple.py",  # what a pass says
    "office/wallets/google.py",
    "office/wallets/settings.py",  # a service account's key, as its maker writes it
}
#: Those with tables of their own.
ROOMS = ("accounts", "issuer", "inspections", "office", "storage")
FOUR = {"connection", "office", "actor", "now"}


def modules(*rooms: str) -> Iterator[tuple[str, ast.Module]]:
    for path in (path for room in rooms for path in sorted((HOUSE / room).rglob("*.py"))):
        yield path.relative_to(HOUSE).as_posix(), ast.parse(path.read_text("utf-8"))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    return (each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef))


def arguments(function: ast.FunctionDef) -> list[ast.arg]:
    given = function.args
    return [*given.posonlyargs, *given.args, *given.kwonlyargs]


def imports(tree: ast.AST, module: str, name: str) -> bool:
    return any(
        isinstance(each, ast.ImportFrom) and each.module == module and name in {alias.name for alias in each.names}
        for each in ast.walk(tree)
    )


def passes_a_row_on(tree: ast.Module) -> list[str]:
    """The public functions that take or return a database row, but for those that make a record of one."""
    if not imports(tree, "sqlalchemy", "Row"):
        return []
    found = []
    for function in functions(tree):
        said = [each.annotation for each in arguments(function)] + [function.returns]
        rows = [name for each in said if each is not None for name in ast.walk(each) if isinstance(name, ast.Name) and name.id == "Row"]
        if rows and not function.name.startswith("_") and function.name not in ("of", "line_of"):
            found.append(function.name)
    return found


def repeats_the_four(tree: ast.Module) -> list[str]:
    return [each.name for each in functions(tree) if {argument.arg for argument in arguments(each)} >= FOUR]


def test_no_row_leaves_the_module_that_reads_it() -> None:
    assert {path: found for path, tree in modules(*ROOMS) if (found := passes_a_row_on(tree))} == {}


def test_no_module_reads_the_json_of_a_column() -> None:
    speaking = {
        path
        for path, tree in modules("office")
        if any(isinstance(each, ast.Import) and "json" in {alias.name for alias in each.names} for each in ast.walk(tree))
    }
    assert speaking == SPEAK_JSON


def test_who_acts_and_when_is_said_in_one_value() -> None:
    assert {path: found for path, tree in modules("office") if (found := repeats_the_four(tree))} == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("from sqlalchemy import Row\ndef find(a: int) -> Row[Any]: ...", ["find"]),
        ("from sqlalchemy import Row\ndef seen(payment: Row[Any] | None) -> None: ...", ["seen"]),
        ("from sqlalchemy import Row\ndef _bill(row: Row[Any]) -> Bill: ...\ndef of(row: Row[Any]) -> Bill: ...", []),
        ("from issuer.intake.row import Row\ndef read(row: Row) -> int: ...", []),
    ],
)
def test_a_row_that_is_passed_on_is_found(text: str, found: list[str]) -> None:
    assert passes_a_row_on(ast.parse(text)) == found


def test_the_four_are_found_in_whatever_order() -> None:
    text = "def a(connection, office, number, *, now, actor): ...\ndef b(connection, office, *, actor): ..."
    assert repeats_the_four(ast.parse(text)) == ["a"]
