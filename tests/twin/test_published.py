"""The rules of the folder of signed files are the same in JavaScript: what is taken, what is refused, what is remembered."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from published import Memory, load, write
from published.listed import proof_name
from published.order import Known
from published.watch import _kept
from seal import trust
from seal.errors import ListError
from tests.conftest import ROOT
from tests.seal.test_vectors import ORDER, WORLDS
from tests.twin.asking import Answer, Asker
from tests.vectors import fixed

TRUST, STATUS = (WORLDS[name] for name in ("trust", "status"))


def octets(listed: dict[str, Any], name: str) -> bytes:
    return bytes.fromhex(listed[name]["hex"])


USUAL = {
    "trust-list": octets(TRUST, "main"),
    "status/1": octets(STATUS, "main"),
    "status/2": octets(STATUS, "wide"),
}
URI = fixed.URI
SIGNED = fixed.STATUS_SIGNED
NUMBERED = {**USUAL, "status/1": fixed.sign_status(fixed.status_list(SIGNED, number=5))}
CASES: dict[str, tuple[dict[str, bytes], dict[str, Any]]] = {
    "everything": (USUAL, {}),
    "no trust list": ({name: data for name, data in USUAL.items() if name != "trust-list"}, {}),
    "a broken trust list": ({**USUAL, "trust-list": b"\0"}, {}),
    "an older trust list": (USUAL, {"trustSequence": 13}),
    "the same as seen": (USUAL, {"trustSequence": 12, "statusIat": {URI: SIGNED}}),
    "a memory from before there were numbers": (NUMBERED, {"trustSequence": 12, "statusIat": {URI: SIGNED + 1}}),
    "lists with numbers": (NUMBERED, {"numbers": {URI: {"63": {"sequence": 4, "digest": "aa", "forked": False}}}}),
    "a lower number than was seen": (NUMBERED, {"numbers": {URI: {"63": {"sequence": 6, "digest": "aa", "forked": False}}}}),
    "a number that was seen": (NUMBERED, {"numbers": {URI: {"63": {"sequence": 5, "digest": "aa", "forked": False}}}}),
    "another trust list of that number": (USUAL, {"trustSequence": 12, "trustDigest": "aa"}),
    "an older status list": (USUAL, {"statusIat": {URI: SIGNED + 1, fixed.URI_WIDE: 1}}),
    "broken lists": ({**USUAL, "status/1": b""}, {}),
    "lists in each other's place": ({**USUAL, "status/1": USUAL["trust-list"], "known-seals/04": USUAL["status/1"]}, {}),
    "names that are none": ({**USUAL, "status/0": b"", "status/x": b"", "status/10000": b"", "known-seals/XY": b""}, {}),
    "two of one name": ({**USUAL, "status/3": octets(STATUS, "other"), "status/10": octets(STATUS, "main")}, {}),
    "another trust list": ({**USUAL, "trust-list": octets(TRUST, "long")}, {}),
    "a list that is too large": ({**USUAL, "status/1": bytes((8 << 20) + 1)}, {}),
}


@pytest.mark.parametrize("name", CASES)
def test_files_are_taken_alike(ask: Asker, tmp_path: Path, name: str) -> None:
    files, seen = CASES[name]
    write(tmp_path, files)
    memory = {"trustSequence": 0, "statusIat": {}, **seen}  # as a phone of any release has it
    request = {"ask": "published", "files": {name: data.hex() for name, data in files.items()}, "root": WORLDS["root"], "memory": memory}
    assert ask([request]) == [_loaded(tmp_path, memory)]


def _loaded(folder: Path, seen: dict[str, Any]) -> Answer:
    memory = Memory()
    memory.trust_sequence, memory.status_iat = seen["trustSequence"], dict(seen["statusIat"])
    memory.trust_digest = bytes.fromhex(seen.get("trustDigest", ""))
    memory.numbers = {
        uri: {bytes.fromhex(kid): Known(each["sequence"], bytes.fromhex(each["digest"]), each["forked"]) for kid, each in known.items()}
        for uri, known in seen.get("numbers", {}).items()
    }
    try:
        loaded = load(folder, root=fixed.root(), memory=memory)
    except ListError as error:
        return {"code": error.code}
    return {
        "sequence": loaded.trust.sequence,
        "uris": sorted(loaded.status.lists),
        "faults": loaded.faults,
        "memory": {
            **{"trustSequence": memory.trust_sequence, "trustDigest": memory.trust_digest.hex(), "statusIat": memory.status_iat},
            "numbers": {
                uri: {kid.hex(): each._asdict() | {"digest": each.digest.hex()} for kid, each in known.items()}
                for uri, known in memory.numbers.items()
            },
        },
    }


def test_lists_follow_one_another_alike(ask: Asker) -> None:
    requests = [{"ask": "visits", "root": WORLDS["root"], **{name: vector[name] for name in ("visits", "text", "now")}} for vector in ORDER]
    for vector, answer in zip(ORDER, ask(requests), strict=True):
        expected = [
            {
                "faults": {"trust-list": visit["refused"]}
                if visit["refused"]
                else {f"status/{number}": code for number, code in enumerate(visit["codes"], 1) if code},
                "ran_on": visit["ran_on"],
                "begun_anew": visit["begun_anew"],
            }
            for visit in vector["visits"]
        ]
        assert answer == {"said": expected}, vector["name"]


OTHER_STATUS_KEY = trust.sign(
    fixed.trust_list(sequence=14, keys={key.kid: key for key in fixed.KEYS if key.kid != b"\x63"}), fixed.ROOT_KID, fixed.signer("root")
)
PROOFS = json.loads((ROOT / "tests/vectors/proofs.json").read_text("utf-8"))["vectors"]


def proven(vector: dict[str, Any]) -> dict[str, bytes]:
    """The published files of a vector: a trust list, a status list, and its proof if there is one."""
    data = bytes.fromhex(vector["list"])
    proof = {} if vector["proof"] is None else {proof_name(sha256(data).digest()): vector["proof"].encode()}
    return {"trust-list": octets(TRUST, vector["trust"]), "status/1": data, **proof}


def test_proofs_are_taken_or_refused_alike(ask: Asker, tmp_path: Path) -> None:
    requests, expected = [], []
    for place, vector in enumerate(PROOFS):
        files, folder = proven(vector), tmp_path / str(place)
        write(folder, files)
        memory = {"trustSequence": 0, "statusIat": {}}
        held = {name: data.hex() for name, data in files.items()}
        requests.append({"ask": "published", "files": held, "root": WORLDS["root"], "memory": memory})
        found = _loaded(folder, memory)
        assert found.get("faults") == ({"status/1": vector["code"]} if vector["code"] else {}), vector["name"]
        assert found.get("uris") == ([] if vector["code"] else [URI]), vector["name"]
        expected.append(found)
    assert ask(requests) == expected


GOOD, OTHER = proven(PROOFS[0]), proven(next(vector for vector in PROOFS if vector["name"] == "another list"))
AFTER: dict[str, dict[str, bytes]] = {
    "nothing new": USUAL,
    "a list is gone": {"trust-list": USUAL["trust-list"], "status/2": USUAL["status/2"]},
    "all lists are gone": {"trust-list": USUAL["trust-list"]},
    "a newer trust list": {"trust-list": octets(TRUST, "long"), "status/1": octets(STATUS, "other")},
    "another status key": {"trust-list": OTHER_STATUS_KEY, "status/1": fixed.sign_status(fixed.STATUS["main"][0], b"\x0a")},
    "proofs are asked for from now on": GOOD | {"status/1": OTHER["status/1"]},
}


@pytest.mark.parametrize("name", AFTER)
def test_old_lists_are_kept_alike(ask: Asker, tmp_path: Path, name: str) -> None:
    folders = {"before": USUAL, "after": AFTER[name]}
    loaded = []
    for folder, files in folders.items():
        write(tmp_path / folder, files)
        loaded.append(load(tmp_path / folder, root=fixed.root(), memory=Memory()))
    request: dict[str, Any] = {each: {name: data.hex() for name, data in files.items()} for each, files in folders.items()}
    (answer,) = ask([{"ask": "kept", "root": WORLDS["root"], **request}])
    kept = _kept(*loaded)
    assert answer == {
        "sequence": kept.trust.sequence,
        "iats": {uri: entry.iat for uri, entry in kept.status.lists.items()},
        "newest": kept.status.newest,
    }
    assert len(kept.status.lists) == {"another status key": 1, "proofs are asked for from now on": 0}.get(name, 2)


def test_an_older_list_with_a_proof_outlives_a_newer_one_without(ask: Asker, tmp_path: Path) -> None:
    loaded = []
    for folder, files in (("before", GOOD), ("after", OTHER)):
        write(tmp_path / folder, files)
        loaded.append(load(tmp_path / folder, root=fixed.root(), memory=Memory()))
    assert dict(loaded[1].faults) == {"status/1": "status_list_unproven"}
    sent = [{name: data.hex() for name, data in files.items()} for files in (GOOD, OTHER)]
    (answer,) = ask([{"ask": "kept", "root": WORLDS["root"], "before": sent[0], "after": sent[1]}])
    assert answer["iats"] == {uri: entry.iat for uri, entry in _kept(*loaded).status.lists.items()} == {URI: SIGNED}
