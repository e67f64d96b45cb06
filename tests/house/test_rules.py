"""The house rules of CONTRIBUTING.md that no linter knows. Each rule is a function tried on a breach as well."""

import ast
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import grimp
import pytest

from tests.conftest import ROOT

PACKAGES = (
    *("seal", "qr", "published", "storage", "governorate", "transparency", "acts", "keys", "accounts", "web", "maps", "objects"),
    *("issuer", "office", "inspections", "witness", "verifier", "inspector_app", "demo", "deploy"),
)
TOP_LEVEL = {
    *PACKAGES,
    *("khatm.py", "tests", "docs", "bench", "requirements"),
    *("pyproject.toml", "README.md", "Makefile", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "LICENSE"),
}
CODE = {".py", ".js", ".mjs", ".ts", ".css", ".html", ".sql", ".sh"}
LINES = 400
# path: why this one may be longer
LONGER: dict[str, str] = {}

NO_NAMES = {"util", "utils", "helper", "helpers", "manager", "managers", "common", "misc"}
NO_FILES = {".pem", ".key", ".p12", ".pfx", ".jks", ".sqlite", ".db"}
EXAMPLE_DOMAINS = re.compile(r"@(?:[\w-]+\.)*(?:example|test|invalid|localhost)(?:\.(?:com|org|net))?$", re.IGNORECASE)
# Breaches, each with its name. Written so that this file does not match itself.
PRIVATE_KEY = re.compile(r"-{5}BEGIN [A-Z ]*PRIVATE KEY-{5}\s*(?:\\n|[\"'\s])*[A-Za-z0-9+/]{40}")
PRIVATE_JWK = re.compile(r"[\"']d[\"']\s*:\s*[\"'][A-Za-z0-9_-]{43}[\"']")
# A file's name is no address. Looked for at the start of a word alone: from every letter of a long hexadecimal text it took 20 s.
EMAIL = re.compile(r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.(?!json\b)[A-Za-z]{2,}\b")
# Egypt: a mobile is 01[0125] and eight digits, also as +20; a national number is century, birthday, governorate and
# five digits.
PHONE = re.compile(r"(?<![\w.])(?:01[0125]|\+201[0125])[ -]?\d{4}[ -]?\d{4}(?![\w.])")
BIRTHDAY = r"\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
NATIONAL_NUMBER = re.compile(rf"(?<![\w.])[23]{BIRTHDAY}(?:0[1-4]|[12]\d|3[1-5]|88)\d{{5}}(?![\w.])")
ARABIC_DIGIT = re.compile("[٠-٩]")
#: Without one of these words in it a module need not be taken apart.
BLINDLY = re.compile(r"\bexcept[\s\\]*:|\b(?:Base)?Exception\b")
MACHINE_PATH = re.compile(r"(?<![\w.:/])/(?:work|root|home|Users)/\w")


def tracked() -> list[Path]:
    """Every file of the project, as git has it; without git, every file that is not hidden, built or installed."""
    listed = ""
    if shutil.which("git"):
        listed = subprocess.run(["git", "ls-files", "-z"], check=False, cwd=ROOT, capture_output=True, text=True).stdout
    if listed:
        paths = [ROOT / name for name in listed.split("\0") if name]
    else:
        skipped = re.compile(r"\.(?!ci$|gitignore$)|(?:var|build|dist|node_modules|__pycache__|.*\.egg-info)$")
        paths = [path for path in ROOT.rglob("*") if not any(map(skipped.match, path.relative_to(ROOT).parts))]
    return sorted(path for path in paths if path.is_file())


FILES = tracked()
NAMES = [path.relative_to(ROOT).as_posix() for path in FILES]
MODULES = [name for name in NAMES if name.endswith(".py") and (name.split("/")[0] in PACKAGES or name == "khatm.py")]


@cache
def text_of(name: str) -> str:
    """The file's text; empty for pictures, fonts and other bytes."""
    content = (ROOT / name).read_bytes()
    return "" if b"\0" in content[:1024] else content.decode("utf-8", errors="replace")


def foreign(names: list[str]) -> set[str]:
    """Top-level entries that the house does not name."""
    return {top for top in (name.split("/")[0] for name in names) if top not in TOP_LEVEL and not top.startswith(".")}


def personal(text: str) -> Iterator[str]:
    """Addresses and numbers that may belong to somebody."""
    for found in EMAIL.findall(text) if "@" in text else ():
        if not EXAMPLE_DOMAINS.search(found):
            yield found
    # Arabic digits are digits too: str.translate brings both to one form.
    latin = text.translate({0x0660 + digit: str(digit) for digit in range(10)}) if ARABIC_DIGIT.search(text) else text
    for pattern in (PHONE, NATIONAL_NUMBER):
        yield from (match.group() for match in pattern.finditer(latin))


def secrets(text: str) -> list[str]:
    return [pattern.pattern for pattern in (PRIVATE_KEY, PRIVATE_JWK) if pattern.search(text)]


def blind_handlers(source: str) -> list[int]:
    """Lines of `except:`, `except Exception` and `except BaseException`, in a tuple too."""

    def blind(caught: ast.expr | None) -> bool:
        if caught is None:
            return True
        names = caught.elts if isinstance(caught, ast.Tuple) else [caught]
        return any(isinstance(name, ast.Name) and name.id in {"Exception", "BaseException"} for name in names)

    nodes = ast.walk(ast.parse(source)) if BLINDLY.search(source) else ()
    return [node.lineno for node in nodes if isinstance(node, ast.ExceptHandler) and blind(node.type)]


def vague(name: str) -> bool:
    """Whether a file or one of its folders has a name that says nothing."""
    words = {word.lower() for part in Path(name).with_suffix("").parts for word in re.split(r"[_-]", part)}
    return bool(words & NO_NAMES)


def test_git_or_the_folder_lists_the_project() -> None:
    assert {"pyproject.toml", "Makefile", "tests/house/test_rules.py"} <= set(NAMES)
    assert not [name for name in NAMES if name.startswith((".venv", "var/"))]


def test_the_top_level_is_the_house() -> None:
    assert not foreign(NAMES)
    assert foreign(["seal/x.py", ".ci/run", "scripts/x.py", "notes.txt"]) == {"scripts", "notes.txt"}


def test_files_stay_short() -> None:
    code = [name for name in NAMES if Path(name).suffix in CODE and not name.startswith("tests/")]
    lines = {name: text_of(name).count("\n") for name in code}
    assert {name: count for name, count in lines.items() if count > LINES and name not in LONGER} == {}
    assert {name for name in LONGER if lines.get(name, 0) <= LINES} == set(), "no longer long: take it off the list"


def test_modules_have_names_of_the_field() -> None:
    assert [name for name in NAMES if Path(name).suffix in CODE and vague(name)] == []
    assert vague("seal/utils.py")
    assert vague("keys/key_manager.py")
    assert vague("helpers/wire.js")
    assert not vague("seal/wire.py")


#: The loop of every worker: a fault of ours in one round must not end a process that stays (ADR 88). The verifier's way beside Flask, which
#: lets Flask tell of a fault of ours (ADR 104). Reading what a process says that raves may raise anything (112, 113).
BLIND = {"web/staying.py": 1, "verifier/straight.py": 1, "issuer/log/abreast.py": 1, "issuer/register/signer_pool.py": 1}


def test_nothing_is_caught_blindly() -> None:
    found = {name: len(lines) for name in MODULES if (lines := blind_handlers(text_of(name)))}
    assert found == BLIND
    breaches = ["except (KeyError, Exception):", "except:", "except BaseException as error:"]
    assert [blind_handlers(f"try:\n  x\n{breach}\n  pass") for breach in breaches] == [[3]] * 3
    assert blind_handlers("try:\n  x\nexcept OSError:\n  pass") == []


def test_no_key_is_in_the_repository() -> None:
    assert [name for name in NAMES if Path(name).suffix in NO_FILES] == []
    assert {name: found for name in NAMES if (found := secrets(text_of(name)))} == {}
    assert secrets("-" * 5 + "BEGIN EC PRIVATE KEY" + "-" * 5 + "\n" + "MHcC" * 12)
    assert secrets('{"d": "' + "Ab0_" * 10 + 'xyz"}')
    assert not secrets("assert head == '-----BEGIN ENCRYPTED PRIVATE KEY-----'")


def test_no_personal_data_is_in_the_repository() -> None:
    assert {name: found for name in NAMES if (found := list(personal(text_of(name))))} == {}


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("write to someone" + "@" + "alexandria.gov.eg", 1),
        ("inspector@example.org and a@shop.test", 0),
        ("size1-sub-@1.json", 0),
        ("someone" + "@" + "json.org", 1),
        ("010" + "12345678", 1),
        ("+2012" + " 3456 7890", 1),
        ("٠١٠" + "١٢٣٤٥٦٧٨", 1),
        ("298" + "0115" + "02" + "12345", 1),
        ("31.20010123456789, 0x01012345678f", 0),
    ],
)
def test_personal_data_is_recognised(text: str, count: int) -> None:
    assert len(list(personal(text))) == count


def test_no_file_names_somebody_s_machine() -> None:
    found = {name: paths for name in NAMES if (paths := MACHINE_PATH.findall(text_of(name)))}
    assert found == {}
    assert MACHINE_PATH.search("open('/" + "home/mona/licenses.csv')")
    assert not MACHINE_PATH.search("https://example.org/home/page")


# Who may read the clock (web/clock.py alone) and the environment: edge modules, each by name. A new one is a decision, taken here.
EDGES = {
    "web/life.py",
    "web/measured.py",
    *("web/clock.py", "khatm.py", "governorate/folder.py"),
    *("demo/commands.py", "inspections/commands.py", "inspector_app/commands.py", "office/desk/serving.py"),
    *("witness/commands.py", "deploy/commands.py", "deploy/by_hand.py"),
    "office/backup/databases.py",  # hands it on to PostgreSQL's own programs
}


def test_only_edges_read_clock_and_environment() -> None:
    allowance = re.compile(r"#\s*(?:ruff:\s*)?noqa:[^#\n]*TID251")
    readers = {name for name in MODULES if allowance.search(text_of(name))}
    assert readers - EDGES == set(), "not an edge: take `now` or the setting as a keyword argument"
    assert EDGES - readers == set(), "no longer an edge: take it off the list"


def test_no_rule_is_switched_off_wholesale() -> None:
    everything = re.compile(r"#\s*noqa(?!:)|#\s*ruff:\s*noqa(?!:)|#\s*type:\s*ignore(?!\[)|#\s*mypy:\s*ignore-errors")
    assert {name for name in NAMES if name.endswith(".py") and everything.search(text_of(name))} == set()


def circles(imported: dict[str, set[str]]) -> set[str]:
    """Modules of a circle of imports, or between two: what is left where all that import none and all that none imports are taken away."""
    left = set(imported)
    while True:
        needed = {other for module in left for other in imported[module]}
        ends = {module for module in left if module not in needed or not imported[module] & left}
        if not ends:
            return left
        left -= ends


def test_no_module_imports_itself_by_way_of_others() -> None:
    """A circle makes what can be imported depend on what was imported before."""
    graph = grimp.build_graph(*PACKAGES, exclude_type_checking_imports=True, cache_dir=None)
    assert circles({module: graph.find_modules_directly_imported_by(module) for module in graph.modules}) == set()


def test_a_circle_is_seen() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set()}) == {"b", "c"}
