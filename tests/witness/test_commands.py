"""`khatm witness` as who runs one takes it: making, following, looking; each refusal is a sentence."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import khatm
from tests.transparency.logs import ORIGIN, TIME, named
from tests.witness.played import LOG, MAIN, OTHER, PASSPHRASE, made
from transparency import keys
from transparency.keys import COSIGNATURE, ML_DSA_44
from transparency.witnessing import Submission
from witness import custody
from witness import folder as folders
from witness.cosigning import Witness
from witness.errors import SubmissionError

NAME = "witness.example/alexandria"
VKEYS = [key.vkey() for key in LOG.keys]


def run(*words: str | Path, entered: str | None = None) -> Result:
    return CliRunner().invoke(khatm.main, ["witness", *map(str, words)], input=entered)


@pytest.fixture(autouse=True)
def cheap_passphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(custody, "_N", 16)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "passphrase"
    path.write_bytes(PASSPHRASE + b"\n")
    return path


@pytest.fixture
def folder(tmp_path: Path, secret: Path) -> Path:
    result = run("init", tmp_path / "w", "--name", NAME, "--passphrase-file", secret)
    assert result.exit_code == 0, result.output
    return tmp_path / "w"


def refused(result: Result, code: str) -> None:
    assert result.exit_code == 2 and f"{code}: " in result.output and " / " in result.output, result.output
    assert "Traceback" not in result.output


def test_a_guess_at_a_passphrase_costs_sixty_four_mebibytes() -> None:
    source = Path(custody.__file__).read_text("utf-8")
    assert re.findall(r"^_N, _R, _P = 1 << 16, 8, 1$", source, re.MULTILINE), "RFC 7914: 128 · N · r octets"


def test_a_witness_is_made_once(folder: Path, secret: Path, tmp_path: Path) -> None:
    found = [keys.parse(line) for line in (folder / folders.VKEYS).read_text().splitlines()]
    assert [(key.name, key.kind) for key in found] == [(NAME, COSIGNATURE), (NAME, ML_DSA_44)]
    assert (folder / custody.KEYS).stat().st_mode & 0o777 == 0o600 and folder.stat().st_mode & 0o777 == 0o700
    told = (folder / custody.KEYS).read_bytes()
    refused(run("init", folder, "--name", NAME, "--passphrase-file", secret), "witness_exists")
    assert (folder / custody.KEYS).read_bytes() == told
    by_hand = run("init", tmp_path / "typed", "--name", NAME, entered="correct horse battery\ncorrect horse battery\n")
    assert by_hand.exit_code == 0 and NAME in by_hand.output


def test_what_a_witness_is_not_made_of(tmp_path: Path, secret: Path) -> None:
    weak = tmp_path / "weak"
    weak.write_text("short\n")
    refused(run("init", tmp_path / "a", "--name", NAME, "--passphrase-file", weak), "passphrase_weak")
    refused(run("init", tmp_path / "b", "--name", "with space", "--passphrase-file", secret), "vkey_malformed")
    refused(run("init", tmp_path / "c", "--name", NAME, "--passphrase-file", tmp_path / "none"), "passphrase_missing")
    refused(run("init", secret / "d", "--name", NAME, "--passphrase-file", secret), "disk")
    assert run("init", tmp_path / "a", "--name", NAME, "--passphrase-file", secret).exit_code == 0, "what was refused left nothing behind"


def test_the_keys_open_with_their_passphrase_and_name_alone(folder: Path, secret: Path) -> None:
    assert [each.key for each in folders.signers(folder, PASSPHRASE)] == list(folders.identity(folder).keys)
    wrong = secret.with_name("wrong")
    wrong.write_text("another passphrase\n")
    refused(run("serve", folder, "--passphrase-file", wrong), "passphrase_wrong")
    refused(run("serve", folder, "--passphrase-file", secret.with_name("none")), "passphrase_missing")
    (folder / custody.KEYS).chmod(0o644)
    refused(run("serve", folder, "--passphrase-file", secret), "key_open_to_others")
    (folder / custody.KEYS).chmod(0o600)
    other = (folder / folders.WITNESS).read_text().replace(NAME, "another.example/alexandria")
    (folder / folders.WITNESS).write_text(other)
    refused(run("serve", folder, "--passphrase-file", secret), "state_unreadable")


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"form": "khatm-witness-keys-1", "salt": 1}', '{"form": "khatm-witness-keys-2"}'])
def test_a_broken_file_of_keys_is_said(folder: Path, secret: Path, text: str) -> None:
    (folder / custody.KEYS).write_text(text)
    refused(run("serve", folder, "--passphrase-file", secret), "state_unreadable")


def test_serving_what_is_not_there(tmp_path: Path, secret: Path, folder: Path) -> None:
    refused(run("serve", tmp_path / "none", "--passphrase-file", secret), "witness_missing")
    refused(run("status", tmp_path / "none"), "witness_missing")
    refused(run("follow", tmp_path / "none", "--key", VKEYS[0]), "witness_missing")
    (folder / custody.KEYS).unlink()
    refused(run("serve", folder, "--passphrase-file", secret), "state_missing")


def test_a_log_is_pinned_by_hand(folder: Path, tmp_path: Path) -> None:
    listed = tmp_path / "vkeys"
    listed.write_text("# the log of the governorate\n\n" + "\n".join(VKEYS[1:]) + "\n")
    result = run("follow", folder, "--key", VKEYS[0], "--key-file", listed, "--key", VKEYS[0])
    assert result.exit_code == 0 and all(key.key_id().hex() in result.output for key in LOG.keys), result.output
    assert folders.pinned(folder, ORIGIN) == LOG
    assert "followed already" in run("follow", folder, *(word for key in VKEYS for word in ("--key", key))).output
    refused(run("follow", folder, "--key", VKEYS[0]), "log_followed")
    assert run("follow", folder, "--key", VKEYS[0], "--replace-keys").exit_code == 0
    assert folders.pinned(folder, ORIGIN) == folders.PinnedLog(ORIGIN, LOG.keys[:1])
    assert run("follow", folder, "--origin", "other.example/log", "--key", VKEYS[2]).exit_code == 0
    assert [log.origin for log in folders.followed(folder)] == [ORIGIN, "other.example/log"]


def test_what_is_no_log_is_not_pinned(folder: Path, tmp_path: Path) -> None:
    refused(run("follow", folder, "--key", VKEYS[0][:-1]), "vkey_malformed")
    refused(run("follow", folder, "--key", ""), "vkey_malformed")
    refused(run("follow", folder), "log_keys_wrong")
    refused(run("follow", folder, "--key", VKEYS[0], "--key", named("b.example", ML_DSA_44).key.vkey()), "log_keys_wrong")
    refused(run("follow", folder, "--key", (folder / folders.VKEYS).read_text().splitlines()[0]), "log_is_witness")
    refused(run("follow", folder, "--origin", "", "--key", VKEYS[0]), "log_keys_wrong")
    refused(run("follow", folder, "--key-file", tmp_path / "none"), "path_missing")
    assert list(folders.followed(folder)) == []


def at(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def standing(folder: Path, *words: str, now: int = TIME) -> Result:
    return run("status", folder, "--now", at(now), *words)


def wrong(witness: Witness, submission: Submission) -> None:
    with pytest.raises(SubmissionError):
        witness.add(submission, now=TIME)


def test_how_it_stands(tmp_path: Path, folder: Path) -> None:
    empty = standing(folder)
    assert empty.exit_code == 0 and "no_logs: " in empty.output
    witness = made(tmp_path / "played")
    new = standing(tmp_path / "played")
    assert new.exit_code == 0 and ORIGIN in new.output and "nothing_cosigned: " in new.output
    witness.add(MAIN.submission(0, 30), now=TIME)
    well = standing(tmp_path / "played")
    assert well.exit_code == 0 and re.search(r"size +30\n", well.output) and at(TIME) in well.output
    assert "clock_behind" not in well.output and "clock_behind" in standing(tmp_path / "played", now=TIME - 600).output
    wrong(witness, Submission(30, (), MAIN.note(31)))
    open_ = standing(tmp_path / "played")
    assert open_.exit_code == 3 and "UNPROVEN" in open_.output and "غير مثبت" in open_.output
    wrong(witness, OTHER.submission(20, 25, timestamp=TIME + 9))
    wrong(witness, Submission(30, (), OTHER.note(30)))
    worse = standing(tmp_path / "played")
    assert worse.exit_code == 1 and {"FORK", "ROLLBACK", "UNPROVEN"} <= set(re.findall(r"[A-Z]{4,}", worse.output))


def test_how_it_stands_for_programs(tmp_path: Path) -> None:
    witness = made(tmp_path / "played")
    fresh = json.loads(standing(tmp_path / "played", "--json").output)
    assert [(log["size"], log["cosigned"], log["cases"]) for log in fresh["logs"]] == [(None, None, [])]
    witness.add(MAIN.submission(0, 30), now=TIME)
    wrong(witness, Submission(30, (), OTHER.note(30)))
    result = standing(tmp_path / "played", "--json")
    told = json.loads(result.output)
    (log,) = told["logs"]
    assert result.exit_code == 1 and told["name"] == "witness.example/w1" and [keys.parse(each).kind for each in told["keys"]] == [4, 6]
    assert (log["origin"], log["size"], log["root"], log["cosigned"]) == (ORIGIN, 30, MAIN.checkpoint(30).root.hex(), at(TIME))
    (case,) = log["cases"]
    assert (case["kind"], case["size"], case["seen"]) == ("fork", 30, at(TIME)) and Path(case["folder"], "presented").exists()


def test_a_state_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    made(tmp_path / "played").add(MAIN.submission(0, 30), now=TIME)
    (folders.place_of(tmp_path / "played", ORIGIN) / folders.COSIGNED).write_bytes(b"")
    refused(standing(tmp_path / "played"), "state_unreadable")
