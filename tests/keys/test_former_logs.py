"""A new log in the place of another one: names that nobody had, keys of its own, and the old ones until a trust list says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from keys import former_logs, log_keys, merging, next_list, parts, policy
from keys.custody import Custody
from keys.errors import CustodyError
from tests.keys.test_log_keys import PASSPHRASE
from tests.witness.played import signers

NOW = 1_800_000_000


@pytest.fixture
def custody(tmp_path: Path) -> Custody:
    made = Custody.create(tmp_path / "keys", PASSPHRASE, policy.start(["khatm.example"]))
    made.add(PASSPHRASE, policy.status_entry(policy.governorate(made), now=NOW))
    made.add_log_keys(PASSPHRASE)
    made.publish_acts(lists_proven=True)
    log_keys.set_witnesses(made.policy["log"], add=[each.key.vkey() for each in signers()], remove=(), threshold=1)
    made.save()
    return made


def names(custody: Custody) -> tuple[str, str]:
    return custody.policy["log"]["origin"], custody.policy["acts"]["origin"]


def vkeys(custody: Custody) -> list[str]:
    return [entry["vkey"] for entry in custody.policy["log"]["keys"]]


def test_names_go_on_in_order_and_none_is_had_twice(custody: Custody) -> None:
    custody.begin_log(PASSPHRASE)
    assert names(custody) == ("khatm.example/log-2", "khatm.example/acts-2")
    custody.begin_log(PASSPHRASE)
    assert names(custody) == ("khatm.example/log-3", "khatm.example/acts-3")
    assert names(Custody(custody.folder)) == names(custody), "kept"
    before = dict(custody.policy)
    taken = ("khatm.example/log", "khatm.example/acts-2", "khatm.example/log-3", signers()[0].key.name, "Khatm.example/log", "../../etc")
    for origin in taken:
        with pytest.raises(CustodyError, match="log_origin_invalid"):
            custody.begin_log(PASSPHRASE, origin)
    with pytest.raises(CustodyError, match="log_origin_invalid"):
        custody.begin_log(PASSPHRASE, "khatm.example/one", "khatm.example/one")
    assert custody.policy == before


def test_a_house_without_a_log_has_none_to_replace(tmp_path: Path) -> None:
    custody = Custody.create(tmp_path / "keys", PASSPHRASE, policy.start(["khatm.example"]))
    with pytest.raises(CustodyError, match="no_log_key"):
        custody.begin_log(PASSPHRASE)


def test_the_list_names_the_new_log_with_the_witnesses_of_before(custody: Custody) -> None:
    old = next_list.next_trust_list(custody, now=NOW, sequence=1)
    custody.begin_log(PASSPHRASE)
    new = next_list.next_trust_list(custody, now=NOW, sequence=2)
    assert new.log and new.acts and old.log and old.acts
    assert (new.log.origin, new.acts.origin, new.lists_proven) == (*names(custody), True)
    assert (new.log.witnesses, new.log.threshold) == (old.log.witnesses, 1)
    assert not {*new.log.keys, *new.acts.keys} & {*old.log.keys, *old.acts.keys}


def test_the_keys_of_before_sign_until_the_list_names_the_new_ones(custody: Custody) -> None:
    old = vkeys(custody)
    custody.begin_log(PASSPHRASE)
    assert [each.key.vkey() for each in custody.log_signers(PASSPHRASE, old)] == old
    assert [each.key.vkey() for each in custody.log_signers(PASSPHRASE, vkeys(custody))] == vkeys(custody)
    with pytest.raises(CustodyError, match="log_key_unlisted"):
        custody.log_signers(PASSPHRASE, [])


def test_only_those_of_before_are_gone_on_with(custody: Custody) -> None:
    """So that no list of before leads a publisher back."""
    for _ in range(2):
        custody.begin_log(PASSPHRASE)
    held = custody.policy
    assert former_logs.before(held, "khatm.example/log") == frozenset()
    assert former_logs.before(held, "khatm.example/log-2") == {"khatm.example/log", "khatm.example/acts"}
    assert len(former_logs.before(held, "khatm.example/log-3")) == len(former_logs.before(held, "khatm.example/else")) == 4


def test_the_publisher_s_folder_gets_the_new_keys(custody: Custody, tmp_path: Path) -> None:
    custody.begin_log(PASSPHRASE)
    parts.part(custody, "publisher", tmp_path / "publisher", old=PASSPHRASE, new=PASSPHRASE)
    own = Custody(tmp_path / "publisher")
    assert len(own.log_signers(PASSPHRASE, vkeys(custody))) == 3
    assert former_logs.before(own.policy, names(own)[0])


def test_a_list_that_does_not_know_of_it_yet_takes_it_not_away(custody: Custody) -> None:
    old = next_list.next_trust_list(custody, now=NOW, sequence=7)
    custody.begin_log(PASSPHRASE)
    after = merging.merged(custody.policy, old)
    assert (after["log"], after["acts"]) == (custody.policy["log"], custody.policy["acts"])


def test_one_that_another_machine_began_is_learnt(custody: Custody) -> None:
    here = dict(custody.policy)
    custody.begin_log(PASSPHRASE)
    new = next_list.next_trust_list(custody, now=NOW, sequence=7)
    after = merging.merged(here, new)
    assert (after["log"]["origin"], after["acts"]["origin"]) == names(custody)
    assert [entry["vkey"] for entry in after["log"]["keys"]] == vkeys(custody)
    log_keys.check(after["log"])
    assert former_logs.before(after, names(custody)[0]) == {"khatm.example/log", "khatm.example/acts"}
