"""What the service says when its own machine fails it: a code in both languages, and never a cosignature."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from tests import clock
from tests.transparency.logs import ORIGIN
from tests.witness.played import MAIN, made
from witness import folder as folders
from witness import record
from witness.app import create_app
from witness.errors import StateError

BODY = MAIN.submission(0, 5).to_bytes()


@pytest.mark.parametrize(
    ("number", "code"), [(errno.ENOSPC, "disk_full"), (errno.EACCES, "permission"), (errno.EROFS, "read_only"), (errno.EIO, "disk")]
)
def test_a_disk_that_fails_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: str) -> None:
    client = create_app(made(tmp_path / "w"), clock.moment).test_client()

    def fails(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(record, "write", fails)
        answer = client.post("/add-checkpoint", data=BODY)
    assert answer.status_code == 500 and answer.text.startswith(f"{code}: ") and " / " in answer.text
    assert client.post("/add-checkpoint", data=BODY).status_code == 200


def test_a_state_that_breaks_meanwhile_stops_everything(tmp_path: Path) -> None:
    witness = made(tmp_path / "w")
    client = create_app(witness, clock.moment).test_client()
    path = folders.place_of(tmp_path / "w", ORIGIN) / folders.COSIGNED
    assert (client.post("/add-checkpoint", data=BODY).status_code, client.get("/health/ready").status_code) == (200, 200)
    path.unlink()
    for answer in (client.post("/add-checkpoint", data=BODY), client.get(f"/{folders.hash_of(ORIGIN)}/checkpoint")):
        assert answer.status_code == 500 and answer.text.startswith("state_missing: ")
    assert client.get("/health/ready").json == {"status": "state_missing", "warnings": []}
    with pytest.raises(StateError, match="state_missing"):
        create_app(witness, clock.moment)


def test_a_log_that_is_pinned_meanwhile_needs_no_new_start(tmp_path: Path) -> None:
    witness = made(tmp_path / "w")
    place = folders.place_of(tmp_path / "w", ORIGIN)
    pinned = (place / folders.LOG).read_bytes()
    (place / folders.LOG).unlink()
    client = create_app(witness, clock.moment).test_client()
    assert client.post("/add-checkpoint", data=BODY).status_code == 404
    (place / folders.LOG).write_bytes(pinned)
    assert client.post("/add-checkpoint", data=BODY).status_code == 200
