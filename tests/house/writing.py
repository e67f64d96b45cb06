"""Which calls of a module put a file in its place: opened to be written, moved there, or saved to a path by a library."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

_MAKES = {"write_text", "write_bytes", "touch", "NamedTemporaryFile", "mkstemp"}
_MOVES = {"os.replace", "os.rename", "os.link", "shutil.copy", "shutil.copy2", "shutil.copyfile", "shutil.copytree", "shutil.move"}
_OPENS = {"open", "fdopen", "FileIO"}
_SAVES = {"save", "dump", "tofile", "imwrite"}
_MODE = re.compile(r"[wxa][bt+]*|r[bt]*\+[bt]*")


def lines(tree: ast.Module) -> dict[int, str]:
    """Return the calls by their lines."""
    memory = set(_in_memory(tree))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    writing = [node for node in calls if _makes(node) or _opens(node, memory) or _moves(node) or _saves(node, memory)]
    return {node.lineno: ast.unparse(node.func) for node in writing}


def _in_memory(tree: ast.Module) -> Iterator[str]:
    """Yield the names that a module gives to files which are none."""
    for node in ast.walk(tree):
        named = [(node.targets[0], node.value)] if isinstance(node, ast.Assign) else []
        named += [(node.optional_vars, node.context_expr)] if isinstance(node, ast.withitem) and node.optional_vars else []
        yield from (ast.unparse(name) for name, made in named if isinstance(made, ast.Call) and _last(made) == "BytesIO")


def _last(node: ast.Call) -> str:
    return ast.unparse(node.func).rsplit(".", 1)[-1]


def _to(node: ast.Call, memory: set[str]) -> bool:
    """Say whether a call's first argument is a file in memory."""
    return bool(node.args) and ast.unparse(node.args[0]) in memory


def _makes(node: ast.Call) -> bool:
    return _last(node) in _MAKES


def _opens(node: ast.Call, memory: set[str]) -> bool:
    if ast.unparse(node.func) == "os.open":
        return re.search(r"O_(WRONLY|RDWR|CREAT)", ast.unparse(node)) is not None
    given = [*node.args, *(each.value for each in node.keywords)]
    modes = [each.value for each in given if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    return _last(node) in _OPENS and any(map(_MODE.fullmatch, modes)) and not _to(node, memory)


def _moves(node: ast.Call) -> bool:
    """Text is replaced by two arguments, parts of a moment by named ones; a path takes another's place by one."""
    by_path = _last(node) in ("replace", "rename") and isinstance(node.func, ast.Attribute) and len(node.args) == 1 and not node.keywords
    return by_path or ast.unparse(node.func) in _MOVES


def _saves(node: ast.Call, memory: set[str]) -> bool:
    return _last(node) in _SAVES and bool(node.args) and not _to(node, memory)
