"""The rules of the folder of signed files are the same in JavaScript: what is taken, what is refused, what is remembered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from published import Memory, load, write
from published.watch import _kept
from seal import trust
from seal.errors import ListError
from tests.seal.test_vectors import WORLDS
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
CASES: dict[str, tuple[dict[str, bytes], dict[str, Any]]] = {
    "everything": (USUAL, {}),
    "no trust list": ({name: data for name, data in USUAL.items() if name != "trust-list"}, {}),
    "a broken trust list": ({**USUAL, "trust-list": b"\0"}, {}),
    "an older trust list": (USUAL, {"trustSequence": 13}),
    "the same as seen": (USUAL, {"trustSequence": 12, "statusIat": {URI: SIGNED}}),
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
    memory = {"trustSequence": 0, "statusIat": {}, **seen}
    request = {"ask": "published", "files": {name: data.hex() for name, data in files.items()}, "root": WORLDS["root"], "memory": memory}
    assert ask([request]) == [_loaded(tmp_path, memory)]


def _loaded(folder: Path, seen: dict[str, Any]) -> Answer:
    memory = Memory()
    memory.trust_sequence, memory.status_iat = seen["trustSequence"], dict(seen["statusIat"])
    try:
        loaded = load(folder, root=fixed.root(), memory=memory)
    except ListError as error:
        return {"code": error.code}
    return {
        "sequence": loaded.trust.sequence,
        "uris": sorted(loaded.status.lists),
        "faults": loaded.faults,
        "memory": {"trustSequence": memory.trust_sequence, "statusIat": memory.status_iat},
    }


OTHER_STATUS_KEY = trust.sign(
    fixed.trust_list(sequence=14, keys={key.kid: key for key in fixed.KEYS if key.kid != b"\x63"}), fixed.ROOT_KID, fixed.signer("root")
)
AFTER: dict[str, dict[str, bytes]] = {
    "nothing new": USUAL,
    "a list is gone": {"trust-list": USUAL["trust-list"], "status/2": USUAL["status/2"]},
    "all lists are gone": {"trust-list": USUAL["trust-list"]},
    "a newer trust list": {"trust-list": octets(TRUST, "long"), "status/1": octets(STATUS, "other")},
    "another status key": {"trust-list": OTHER_STATUS_KEY, "status/1": fixed.sign_status(fixed.STATUS["main"][0], b"\x0a")},
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
    assert len(kept.status.lists) == (1 if name == "another status key" else 2)
