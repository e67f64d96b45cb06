"""The log's twin: the same modules and numbers, the same answers to vectors of other programs, and to inputs that are a little wrong."""

from __future__ import annotations

import random
import re
from base64 import b64decode
from collections import Counter
from collections.abc import Iterable
from importlib import import_module
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.fuzz import log as fuzz
from tests.transparency import logs, naive
from tests.transparency.logs import Stored, foreign, log_signers, stored
from tests.transparency.test_notes import COSIGNED, SPACES, VERSE
from tests.transparency.test_receipts import UNSUPPORTED, WRONG
from tests.transparency.test_tiles import NO_PATHS, PATHS, SAMPLE_KEY
from tests.twin.asking import Answer, Asker, Request
from tests.twin.test_twin import NUMBER, PAIRS
from transparency import keys, nodes, tiles
from transparency.heads import Policy
from transparency.signatures import ed25519_holds, ml_dsa_44_holds

PYTHON, SCRIPT = ROOT / "transparency", ROOT / "transparency/js"
ONLY_PYTHON = {"signing": "no key of the log is on a phone", "witnessing": "who publishes a log asks its witnesses"}
MODULES = sorted(path.stem for path in SCRIPT.glob("*.js"))


def test_every_module_has_its_twin() -> None:
    assert sorted(path.stem for path in PYTHON.glob("*.py") if path.stem not in {"__init__", *ONLY_PYTHON}) == MODULES


def test_numbers_are_the_same() -> None:
    seen = 0
    for name in MODULES:
        source, module = (SCRIPT / f"{name}.js").read_text("utf-8"), import_module(f"transparency.{name}")
        found = {key: eval(value) for key, value in NUMBER.findall(source)}
        for names, values in PAIRS.findall(source):
            found |= dict(zip(names.split(", "), map(int, values.split(", ")), strict=True))
        for key, value in found.items():
            assert getattr(module, key, getattr(module, f"_{key}", None)) == value, f"{name}.{key}"
            seen += 1
    assert seen > 30


def test_the_errors_are_the_same_tree() -> None:
    python, script = (PYTHON / "errors.py").read_text("utf-8"), (SCRIPT / "errors.js").read_text("utf-8")
    tree = re.compile(r"[├└│].*$", re.MULTILINE)
    assert tree.findall(python) == tree.findall(script)
    assert re.findall(r"^class (\w+)\((\w+)\)", python, re.MULTILINE) == re.findall(r"class (\w+) extends (\w+)", script)


def test_codes_are_the_same() -> None:
    """Each module gives the codes that its twin gives; the one that a library's lack is given for has no twin."""
    code = re.compile(r"""Error\(\s*"([a-z0-9_]+)\"""")
    for name in MODULES:
        ours = set(code.findall((PYTHON / f"{name}.py").read_text("utf-8"))) - {"log_algorithm_unsupported"}
        assert ours == set(code.findall((SCRIPT / f"{name}.js").read_text("utf-8"))), name


def test_the_twin_reads_nothing_by_itself() -> None:
    sources = {path.name: path.read_text("utf-8") for path in SCRIPT.glob("*.js")}
    banned = re.compile(r"\b(?:fetch\(|import\(|Date\.now|new Date\(\)|Math\.random|(?:window|document|navigator|process|indexedDB)\.)")
    assert {name: found for name, text in sources.items() if (found := banned.findall(text))} == {}
    libraries = {name for text in sources.values() for name in re.findall(r'from "([^".][^"]*)"', text)}
    assert libraries == {"@noble/hashes/sha2.js", "@noble/curves/ed25519.js"}  # ML-DSA is the core's, which the root needs too


def compare(ask: Asker, requests: list[Request], ours: list[Answer]) -> Counter[str]:
    for request, theirs, our in zip(requests, ask(requests), ours, strict=True):
        assert theirs == our, f"{str(request)[:3000]}\nPython     {our}\nJavaScript {theirs}"
    return Counter(our.get("code", "taken") for our in ours)


def octets(text: str | None) -> str:
    return b64decode(text or "").hex()


def test_foreign_proofs(ask: Asker) -> None:
    asked: list[Request] = []
    wrong: list[bool] = []
    for vector in logs.vectors("merkle_inclusion.json"):
        parts = {"root": octets(vector["root"]), "leaf": octets(vector["leafHash"]), "path": list(map(octets, vector["proof"] or []))}
        asked.append({"ask": "log_inclusion", "size": str(vector["treeSize"]), "index": str(vector["leafIdx"]), **parts})
        wrong.append(vector["wantErr"])
    for vector in logs.vectors("merkle_consistency.json"):
        parts = {"roots": [octets(vector["root1"]), octets(vector["root2"])], "path": list(map(octets, vector["proof"] or []))}
        asked.append({"ask": "log_consistency", "old": str(vector["size1"]), "later": str(vector["size2"]), **parts})
        wrong.append(vector["wantErr"])
    assert [bool(answer) for answer in ask(asked)] == wrong


def given(policy: Policy) -> dict[str, Any]:
    log, witnesses = ([key.vkey() for key in named] for named in (policy.log, policy.witnesses))
    return {"origin": policy.origin, "log": log, "witnesses": witnesses, "threshold": policy.threshold}


ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493


def signatures() -> Iterable[tuple[str, bytes, bytes]]:
    """Kind, public key and signature over b"message": right ones, and others that a library might take."""
    own, cosigner = log_signers()[0], log_signers()[2]
    for kind, signer in (("ed25519", own), ("ml-dsa-44", cosigner)):
        right = signer.sign(b"message")
        yield kind, signer.key.public, right
        yield kind, signer.key.public, signer.sign(b"another")
        yield kind, signer.key.public, right[:-1]
        yield kind, signer.key.public[:-1], right
        yield kind, signer.key.public, b"\xff" * len(right)
        yield kind, b"\xff" * len(signer.key.public), right
        for place in (0, 31, 32, 63, len(right) - 1):
            yield kind, signer.key.public, right[:place] + bytes((right[place] ^ 1,)) + right[place + 1 :]
    right = own.sign(b"message")
    again = int.from_bytes(right[32:], "little") + ED25519_ORDER  # RFC 8032 §5.1.7: S below L
    yield "ed25519", own.key.public, right[:32] + again.to_bytes(32, "little")
    yield "ed25519", bytes((2,)) + bytes(31), right  # no point of the curve


@pytest.mark.parametrize("where", ["ask", "ask_chromium"])
def test_signatures_hold_alike_with_webcrypto_and_without(request: pytest.FixtureRequest, where: str) -> None:
    holds = {"ed25519": ed25519_holds, "ml-dsa-44": ml_dsa_44_holds}
    ask: Asker = request.getfixturevalue(where)
    cases = list(signatures())
    ours = [holds[kind](public, b"message", signature) for kind, public, signature in cases]
    asked = [
        {"ask": "log_holds", "kind": kind, "public": public.hex(), "message": b"message".hex(), "signature": signature.hex(), "bare": bare}
        for bare in (False, True)
        for kind, public, signature in cases
    ]
    assert [answer["holds"] for answer in ask(asked)] == ours * 2
    assert ours.count(True) == 2


@pytest.mark.parametrize("where", ["ask", "ask_chromium"])
def test_foreign_heads_and_cosignatures(request: pytest.FixtureRequest, where: str) -> None:
    """In Node as well as in a browser: they know other algorithms by themselves."""
    ask: Asker = request.getfixturevalue(where)
    sample, vectors = foreign("tlog_sample"), logs.vectors("ml_dsa.json")
    key = {"origin": SAMPLE_KEY.partition("+")[0], "log": [SAMPLE_KEY], "witnesses": [], "threshold": 0}
    whole, part = vectors["checkpoint"], vectors["subtree"]
    asked: list[Request] = [
        {"ask": "log_head", "hex": (sample / f"checkpoint.{size}").read_bytes().hex(), "policy": key} for size in range(16)
    ]
    notes_asked = (whole["note"], whole["note"].replace("\n1\n", "\n2\n"))
    ml_dsa = {**key, "origin": "example.com/mldsa-log", "log": [whole["vkey"]]}
    asked += [{"ask": "log_head", "hex": text.encode().hex(), "policy": ml_dsa} for text in notes_asked]
    names = {name: part[name] for name in ("line", "vkey", "origin", "start", "end")}
    asked += [{"ask": "log_subtree", **names, "end": end, "root": octets(part["root"])} for end in (13, 12, 20)]
    head = {"timestamp": 0, "witnesses": []}
    expected: list[Answer] = [{**head, "signed": [key["origin"]]}] * 16 + [{**head, "signed": [ml_dsa["origin"]]}]
    expected += [{"code": "log_signature_invalid"}, {"timestamp": 0}, {"code": "log_signature_invalid"}, {"code": "subtree_malformed"}]
    assert ask(asked) == expected


def test_policies_that_count_less_than_they_say_are_refused(ask: Asker) -> None:
    right = given(fuzz.policy())
    again = keys.note_key("another", fuzz.policy().witnesses[0].kind, fuzz.policy().witnesses[0].public).vkey()
    changes: list[dict[str, Any]] = [{"witnesses": [*right["witnesses"], again]}, {"witnesses": right["log"][:1]}, {"threshold": 3}]
    data = fuzz.bases()["head"][1].hex()
    answers = ask([{"ask": "log_head", "hex": data, "policy": {**right, **change}} for change in changes])
    assert answers == [{"code": "log_policy_malformed"}] * 3


def test_trees_are_built_alike(ask: Asker) -> None:
    sizes = (0, 1, 255, 256, 300, 513)
    written = [{path: data.hex() for path, data in Stored(size).files.items()} for size in sizes]
    expected = [{"root": naive.mth(0, size).hex(), "tiles": each, "same": True} for size, each in zip(sizes, written, strict=True)]
    assert ask([{"ask": "log_grown", "size": size} for size in sizes]) == expected


def test_tiles_of_large_trees_are_named_alike(ask: Asker) -> None:
    pairs = [(0, 0), (0, 70_000), (300, 66_000), (255, 256), (2**52, 2**52 + 300), (2**53 - 300, 2**53 - 1)]
    asked: list[Request] = [{"ask": "log_tiles", "old": old, "later": later} for old, later in pairs]
    ours = [
        {"tiles": [each.path() for each in tiles.new_tiles(old, later)], "edge": [each.path() for each in tiles.edge(later)]}
        for old, later in pairs
    ]
    compare(ask, asked, ours)


def test_paths_are_made_alike(ask: Asker) -> None:
    asked: list[Request] = []
    expected: list[Answer] = []
    for size in (1, 7, 256, 300):
        indexes, olds, held = sorted({0, size // 2, size - 1}), sorted({1, max(size // 3, 1), size}), stored(size).nodes()
        asked.append({"ask": "log_paths", "size": size, "indexes": indexes, "olds": olds})
        inclusions = [[each.hex() for each in nodes.inclusion_path(held, index, size)] for index in indexes]
        consistencies = [[each.hex() for each in nodes.consistency_path(held, old, size)] for old in olds]
        leaves = [naive.leaf(index).hex() for index in indexes]
        expected.append({"inclusions": inclusions, "consistencies": consistencies, "leaves": leaves})
    compare(ask, asked, expected)


def test_a_wrong_tile_proves_nothing(ask: Asker) -> None:
    assert ask([{"ask": "log_wrong_tile", "size": 300, "index": index} for index in (1, 7)]) == [{"code": "proof_invalid"}] * 2


def asked_of(kind: str, data: bytes) -> Request:
    """What JavaScript is asked about an input of tests/fuzz/log.py."""
    name = f"log_{kind.replace(' ', '_')}"
    match kind:
        case "path" | "vkey" | "checkpoint":
            return {"ask": name, "text": data.decode("utf-8", "surrogateescape")}
        case "head" | "proof file":
            return {"ask": name, "hex": data.hex(), "policy": given(fuzz.policy()), "leaf": naive.leaf(fuzz.INDEX).hex()}
        case "receipt":
            leaf, old = naive.leaf(fuzz.INDEX).hex(), naive.mth(0, fuzz.OLD).hex()
            return {"ask": name, "hex": data.hex(), "leaf": leaf, "old": old, "public": log_signers()[0].key.public.hex()}
        case _:
            return {"ask": name, "hex": data.hex(), "width": 3}


def test_any_input_gets_the_same_answer(ask: Asker) -> None:
    chance = random.Random("log twin")
    inputs = [fuzz.made(chance) for _ in range(3_000)]
    codes = compare(ask, [asked_of(*each) for each in inputs], [fuzz.answer(*each) for each in inputs])
    assert codes["taken"] > 300
    assert len(codes) > 12


def test_what_stands_at_the_edge_gets_the_same_answer(ask: Asker) -> None:
    """The texts and receipts that Python's tests name one by one."""
    inputs = [("path", path.encode()) for path in (*PATHS, *NO_PATHS)] + [("note", text.encode()) for text in (VERSE, COSIGNED)]
    inputs += [("note", f"a\n\n— a{space}b AAAAAAA=\n".encode()) for space in SPACES]
    inputs += [("vkey", SAMPLE_KEY.replace("/", space).encode()) for space in SPACES]
    inputs += [("receipt", data) for data in (*WRONG.values(), *UNSUPPORTED.values())]
    root = SAMPLE_KEY[-44:]
    sizes = ("0", "00", "-0", "9007199254740991", "9007199254740992", "9007199254740993", "1e3", "0x1", "٣", "9" * 400)
    inputs += [("checkpoint", f"a\n{size}\n{root}\n".encode()) for size in sizes]
    compare(ask, [asked_of(*each) for each in inputs], [fuzz.answer(*each) for each in inputs])
