"""The log's keys and witnesses: made, signed with, told to readers, ended; and what no reader could go by is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

import published
from keys import policy
from keys.commands import keys
from keys.custody import Custody
from keys.errors import CustodyError
from keys.log_keys import set_witnesses
from seal import trust
from seal.trust import LogTerms, TrustList
from tests.transparency.logs import named
from transparency import heads, notes
from transparency.checkpoints import Checkpoint
from transparency.heads import Policy
from transparency.keys import COSIGNATURE, ED25519, ML_DSA_44, parse
from transparency.signing import sign_checkpoint
from transparency.tree import leaf_hash

PASSPHRASE = b"correct horse battery"
NOW = 1_795_000_000
HEAD = Checkpoint("khatm.example/log", 1, leaf_hash(b""))
WITNESS, OTHER = (named(name, COSIGNATURE).key.vkey() for name in ("w.example/a", "w.example/b"))


@pytest.fixture
def custody(tmp_path: Path) -> Custody:
    made = Custody.create(tmp_path / "keys", PASSPHRASE, policy.start(["khatm.example", "localhost:8000"]))
    made.add_log_keys(PASSPHRASE)
    return made


def read(custody: Custody) -> TrustList:
    """The trust list, as a verifier reads it."""
    data = policy.sign_trust_list(custody, PASSPHRASE, now=NOW)
    return trust.verify(data, root=published.read_root(custody.folder / "root.jwk"))


def terms(custody: Custody) -> LogTerms:
    log = read(custody).log
    assert log
    return log


def reader(log: LogTerms) -> Policy:
    return Policy(log.origin, tuple(map(parse, log.keys)), tuple(map(parse, log.witnesses)), log.threshold)


def test_what_the_keys_sign_readers_of_the_trust_list_take(custody: Custody) -> None:
    log = terms(custody)
    signed = sign_checkpoint(HEAD, Custody(custody.folder).log_signers(PASSPHRASE), timestamp=NOW)
    head = heads.verify(signed, reader(log))
    assert (log.origin, log.witnesses, log.threshold) == ("khatm.example/log", (), 0)
    assert [each.key.kind for each in head.signed] == [ED25519, COSIGNATURE, ML_DSA_44]
    assert head.timestamp == NOW
    for each in reader(log).log:  # and each of them suffices
        alone = Policy(log.origin, (each,))
        assert heads.verify(signed, alone).checkpoint == HEAD


def test_the_private_keys_are_encrypted_and_their_owner_s_alone(custody: Custody) -> None:
    files = list((custody.folder / "log").iterdir())
    assert len(files) == 3 and (custody.folder / "log").stat().st_mode & 0o777 == 0o700
    for path in files:
        assert path.stat().st_mode & 0o777 == 0o600 and b"ENCRYPTED PRIVATE KEY" in path.read_bytes()
    with pytest.raises(CustodyError, match="passphrase_wrong"):
        custody.log_signers(b"another passphrase")
    files[0].chmod(0o640)
    with pytest.raises(CustodyError, match="key_open_to_others"):
        custody.log_signers(PASSPHRASE)


def test_a_house_without_log_keys_publishes_no_log(tmp_path: Path) -> None:
    before = Custody.create(tmp_path / "keys", PASSPHRASE, policy.start(["khatm.example"]))
    assert read(before).log is None
    with pytest.raises(CustodyError, match="no_log_key"):
        before.log_signers(PASSPHRASE)


def test_a_store_without_the_log_s_files_has_no_log_key(custody: Custody) -> None:
    """A worker's folder has the policy, and the keys of licenses only."""
    shutil.rmtree(custody.folder / "log")
    with pytest.raises(CustodyError, match="no_log_key"):
        custody.log_signers(PASSPHRASE)


def test_one_of_the_keys_missing_or_exchanged_is_an_error_and_not_fewer_signatures(custody: Custody) -> None:
    one, other = (key for key in terms(custody).keys if parse(key).kind != ML_DSA_44)
    paths = [custody.folder / "log" / f"{parse(key).key_id().hex()}.pem" for key in (one, other)]
    kept = paths[0].read_bytes()
    paths[0].write_bytes(paths[1].read_bytes())
    with pytest.raises(CustodyError, match="custody_corrupt"):
        custody.log_signers(PASSPHRASE)
    paths[0].unlink()
    with pytest.raises(CustodyError, match="key_unknown"):
        custody.log_signers(PASSPHRASE)
    paths[0].write_bytes(kept)


def test_keys_are_replaced_overlapping(custody: Custody) -> None:
    """New ones beside the old ones first, so that no reader is without; then the old ones end."""
    before = terms(custody).keys
    custody.add_log_keys(PASSPHRASE)
    both = terms(custody).keys
    assert both[:3] == before and len(both) == 6 == len(custody.log_signers(PASSPHRASE))
    for vkey in before:
        ended = CliRunner().invoke(keys, ["log", "retire", "--keys", str(custody.folder), vkey.split("+")[1]])
        assert ended.exit_code == 0, ended.output
    after = Custody(custody.folder)
    assert terms(after).keys == both[3:] == tuple(each.key.vkey() for each in after.log_signers(PASSPHRASE))


def test_the_last_key_stays(custody: Custody) -> None:
    ids = [vkey.split("+")[1] for vkey in terms(custody).keys]
    run = CliRunner()
    ended = [run.invoke(keys, ["log", "retire", "--keys", str(custody.folder), each]) for each in (*ids, "0badcafe")]
    assert [each.exit_code for each in ended] == [0, 0, 2, 2]
    assert "log_key_last" in ended[2].output and "key_unknown" in ended[3].output


def test_the_most_keys(custody: Custody) -> None:
    for _ in range(4):
        custody.add_log_keys(PASSPHRASE)
    assert len(terms(custody).keys) == 15
    with pytest.raises(CustodyError, match="log_keys_exhausted"):
        custody.add_log_keys(PASSPHRASE)


@pytest.mark.parametrize("origin", ["khatm.example", "https://khatm.example/log", "KHATM.EXAMPLE/log", "", "khatm.example/log "])
def test_a_log_s_name_is_a_host_and_a_path(tmp_path: Path, origin: str) -> None:
    made = Custody.create(tmp_path / "keys", PASSPHRASE, policy.start([origin.removesuffix("/log") or "x"]))
    with pytest.raises(CustodyError, match="log_origin_invalid"):
        made.add_log_keys(PASSPHRASE, origin or "/")
    assert "log" not in json.loads((made.folder / "policy.json").read_text("utf-8"))


def test_another_name_is_another_log(custody: Custody) -> None:
    custody.add_log_keys(PASSPHRASE, "khatm.example/log")
    with pytest.raises(CustodyError, match="log_origin_invalid"):
        custody.add_log_keys(PASSPHRASE, "khatm.example/log2")


def test_witnesses_by_command(custody: Custody) -> None:
    run, folder = CliRunner(), ["--keys", str(custody.folder)]
    told = run.invoke(keys, ["log", "witnesses", *folder, "--add", WITNESS, "--add", OTHER, "--add", WITNESS, "--threshold", "2"])
    assert told.exit_code == 0 and "2 of 2 witnesses" in told.output
    log = terms(Custody(custody.folder))
    assert (log.witnesses, log.threshold) == ((WITNESS, OTHER), 2)
    signed = sign_checkpoint(HEAD, custody.log_signers(PASSPHRASE), timestamp=NOW)
    with pytest.raises(Exception, match="log_unwitnessed"):
        heads.verify(signed, reader(log))
    seen = notes.parse(sign_checkpoint(HEAD, [named(name, COSIGNATURE) for name in ("w.example/a", "w.example/b")], timestamp=NOW))
    assert len(heads.verify(notes.parse(signed).signed_also(seen.lines).to_bytes(), reader(log)).witnesses) == 2
    refused = run.invoke(keys, ["log", "witnesses", *folder, "--remove", "w.example/b"])
    assert refused.exit_code == 2 and "witnesses_contradict" in refused.output
    told = run.invoke(keys, ["log", "witnesses", *folder, "--remove", "w.example/b", "--threshold", "1"])
    assert told.exit_code == 0 and "1 of 1" in told.output
    shown = run.invoke(keys, ["log", "list", *folder])
    assert WITNESS in shown.output and all(key in shown.output for key in log.keys)


@pytest.mark.parametrize(
    ("code", "add", "remove", "threshold"),
    [
        ("witnesses_contradict", [WITNESS], [], 2),
        ("witnesses_contradict", [named("khatm.example/log", COSIGNATURE).key.vkey()], [], 0),
        ("witness_invalid", [named("w.example/a", ED25519).key.vkey()], [], 0),
        ("witness_invalid", ["w.example/a+0badcafe+AAAA"], [], 0),
        ("witness_invalid", ["nonsense"], [], 0),
        ("witness_unknown", [], ["w.example/z"], 0),
    ],
)
def test_what_nobody_could_go_by_is_refused(custody: Custody, code: str, add: list[str], remove: list[str], threshold: int) -> None:
    log = custody.policy["log"]
    before = json.dumps(log)
    with pytest.raises(CustodyError, match=code):
        set_witnesses(log, add=add, remove=remove, threshold=threshold)
    assert json.dumps(log) == before


def test_a_new_store_has_the_log_s_keys(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(PASSPHRASE)
    folder = tmp_path / "keys"
    made = CliRunner().invoke(keys, ["init", "--keys", str(folder), "--host", "Khatm.Example", "--passphrase-file", str(secret)])
    assert made.exit_code == 0, made.output
    assert len(Custody(folder).log_signers(PASSPHRASE)) == 3
    assert "khatm.example/log" in made.output
