"""The rules of the folder of signed files are the same in JavaScript: what is taken, what is refused, what is remembered."""

from __future__ import annotations

import json
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from published import Memory, load, write
from published.listed import proof_name
from published.order import Known
from published.watch import _kept
from seal import days, trust
from seal.errors import ListError
from seal.status import StatusLists
from seal.trust import TrustList
from tests.clock import LATER
from tests.conftest import ROOT
from tests.seal.test_vectors import ORDER, WORLDS
from tests.twin.asking import Answer, Asker
from tests.vectors import fixed
from tests.vectors.generate import memory_entry
from tests.vectors.groups.ahead import status_at

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
    held = {name: data.hex() for name, data in files.items()}
    request = {"ask": "published", "files": held, "root": WORLDS["root"], "memory": memory, "now": LATER}
    assert ask([request]) == [_loaded(tmp_path, memory)]


def _loaded(folder: Path, seen: dict[str, Any], *, now: int = LATER, held: TrustList | None = None) -> Answer:
    memory = Memory()
    memory.trust_sequence, memory.status_iat = seen["trustSequence"], dict(seen["statusIat"])
    memory.trust_digest = bytes.fromhex(seen.get("trustDigest", ""))
    memory.numbers = {
        uri: {bytes.fromhex(kid): Known(each["sequence"], bytes.fromhex(each["digest"]), each["forked"]) for kid, each in known.items()}
        for uri, known in seen.get("numbers", {}).items()
    }
    try:
        loaded = load(folder, root=fixed.root(), memory=memory, now=now, held=held)
    except ListError as error:
        return {"code": error.code}
    return {
        "sequence": loaded.trust.sequence,
        "uris": sorted(loaded.status.lists),
        "faults": loaded.faults,
        "memory": memory_entry(memory),
        "dates": _dates(loaded.status),
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


def _dates(lists: StatusLists) -> dict[str, Any]:
    return {"attested": lists.attested, "dated": lists.dated, "ahead": sorted(lists.ahead)}


AHEAD = json.loads((ROOT / "tests/vectors/ahead.json").read_text("utf-8"))["vectors"]


@pytest.mark.parametrize("vector", [pytest.param(vector, id=vector["name"]) for vector in AHEAD])
def test_what_is_dated_ahead_is_not_there_yet_alike(ask: Asker, tmp_path: Path, vector: dict[str, Any]) -> None:
    now = days.seconds_of(datetime.fromisoformat(vector["now"]))
    write(tmp_path, {name: data.encode() if name.startswith("proofs/") else bytes.fromhex(data) for name, data in vector["files"].items()})
    held = None if vector["held"] is None else trust.verify(bytes.fromhex(vector["held"]), root=fixed.root())
    blank = {"trustSequence": 0, "statusIat": {}}
    assert _loaded(tmp_path, blank, now=now, held=held) == vector["expected"]
    sent = {path.relative_to(tmp_path).as_posix(): path.read_bytes().hex() for path in tmp_path.rglob("*") if path.is_file()}
    request = {"ask": "published", "files": sent, "root": WORLDS["root"], "memory": blank, "now": now, "held": vector["held"]}
    assert ask([request]) == [vector["expected"]]


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
        requests.append({"ask": "published", "files": held, "root": WORLDS["root"], "memory": memory, "now": LATER})
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
        loaded.append(load(tmp_path / folder, root=fixed.root(), memory=Memory(), now=LATER))
    request: dict[str, Any] = {each: {name: data.hex() for name, data in files.items()} for each, files in folders.items()}
    (answer,) = ask([{"ask": "kept", "root": WORLDS["root"], "now": [LATER, LATER], **request}])
    kept = _kept(*loaded)
    assert answer == {
        "sequence": kept.trust.sequence,
        "iats": {uri: entry.iat for uri, entry in kept.status.lists.items()},
        "newest": kept.status.newest,
        "dates": _dates(kept.status),
    }
    assert len(kept.status.lists) == {"another status key": 1, "proofs are asked for from now on": 0}.get(name, 2)


def test_an_older_list_with_a_proof_outlives_a_newer_one_without(ask: Asker, tmp_path: Path) -> None:
    loaded = []
    for folder, files in (("before", GOOD), ("after", OTHER)):
        write(tmp_path / folder, files)
        loaded.append(load(tmp_path / folder, root=fixed.root(), memory=Memory(), now=LATER))
    assert dict(loaded[1].faults) == {"status/1": "status_list_unproven"}
    sent = [{name: data.hex() for name, data in files.items()} for files in (GOOD, OTHER)]
    (answer,) = ask([{"ask": "kept", "root": WORLDS["root"], "now": [LATER, LATER], "before": sent[0], "after": sent[1]}])
    assert answer["iats"] == {uri: entry.iat for uri, entry in _kept(*loaded).status.lists.items()} == {URI: SIGNED}


FAST = status_at(SIGNED + fixed.YEAR)
TURNS: dict[str, tuple[dict[str, bytes], dict[str, bytes], list[int], dict[str, int], list[str]]] = {
    "the publisher's clock is a year fast": (USUAL, USUAL | {"status/1": FAST}, [fixed.NOW] * 2, {URI: SIGNED, fixed.URI_WIDE: 1}, []),
    "and there was no list before": (
        {"trust-list": USUAL["trust-list"], "status/2": USUAL["status/2"]},
        USUAL | {"status/1": FAST},
        [fixed.NOW] * 2,
        {fixed.URI_WIDE: 1},
        [URI],
    ),
    "this clock was put back by half an hour": (USUAL, USUAL, [fixed.NOW, fixed.STATUS_SIGNED - 601], {}, []),
}


@pytest.mark.parametrize("name", TURNS)
def test_the_last_good_list_goes_on_alike(ask: Asker, tmp_path: Path, name: str) -> None:
    before, after, nows, iats, ahead = TURNS[name]
    loaded = []
    for number, (files, now) in enumerate(zip((before, after), nows, strict=True)):
        write(tmp_path / str(number), files)
        loaded.append(load(tmp_path / str(number), root=fixed.root(), memory=Memory(), now=now))
    sent = [{name: data.hex() for name, data in files.items()} for files in (before, after)]
    (answer,) = ask([{"ask": "kept", "root": WORLDS["root"], "now": nows, "before": sent[0], "after": sent[1]}])
    kept = _kept(*loaded)
    found = {uri: entry.iat for uri, entry in kept.status.lists.items()}
    assert (answer["iats"], answer["dates"]) == (found, _dates(kept.status))
    if iats:
        assert found.keys() == iats.keys() and found.get(URI, SIGNED) == SIGNED and sorted(kept.status.ahead) == ahead
