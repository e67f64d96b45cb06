"""P-256 is broken: somebody has every private key on that curve, the root's too. The log's heads are signed otherwise.

What hangs and is logged can still be proven, by heads that Ed25519 or ML-DSA-44 signed, and nothing new is accepted: a seal that the thief
makes stands in no log. What the root's key still gives the thief today stands at the end.
"""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

import published
from issuer.register import positions
from issuer.register.sealing import Sealer, Slot, seal
from keys import policy
from keys.custody import Custody
from published import Memory
from published.log import load
from seal import cose, leaves, status, wire
from seal import license as licenses
from seal.dating import Dates
from seal.status import StatusList
from seal.trust import LogTerms
from seal.verify import verify
from tests import clock
from tests.issuer import offices
from tests.issuer.offices import HOST, NOW, PASSPHRASE, SECONDS, Office, entry, rows
from transparency import keys, nodes
from transparency.keys import ED25519, ML_DSA_44
from transparency.proofs import leaf_at

THIEF_S = entry(trade_name="مقهى اللص").license
LATER = NOW + timedelta(minutes=5)


class Broken(NamedTuple):
    """An office, and a copy of its key store without the log's keys: every private key on P-256 that there is."""

    office: Office
    stolen: Custody

    @property
    def terms(self) -> LogTerms:
        found = self.office.locations.trust().log
        assert found is not None
        return found


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Broken:
    folder = tmp_path_factory.mktemp("broken")
    offices.make_keys(folder)
    office = Office(folder, str(folder / "register.sqlite"))
    custody = office.locations.custody()
    custody.add_log_keys(PASSPHRASE)
    published.write(office.locations.published, {published.TRUST_LIST: policy.sign_trust_list(custody, PASSPHRASE, now=SECONDS - 600)})
    office.run("issue", office.write("three.csv", rows(3)), "--no-output")
    office.run("publish")
    shutil.copytree(office.locations.keys, folder / "stolen")
    shutil.rmtree(folder / "stolen" / "log")
    shutil.rmtree(folder / "stolen" / "log-store", ignore_errors=True)
    return Broken(office, Custody(folder / "stolen"))


def hanging(broken: Broken) -> dict[int, cose.Sign1]:
    with broken.office.locations.engine() as engine, engine.connect() as connection:
        return dict(positions.sealed(connection, 0, 3))


def thief(broken: Broken) -> Sealer:
    kid = broken.stolen.kids("license", "MN1")[0]
    return Sealer({"MN1": (kid, broken.stolen.signer(kid, PASSPHRASE))}, HOST, "ALX", lambda: 0)


@pytest.mark.parametrize("kind", [ML_DSA_44, ED25519])
def test_what_hangs_is_provable_by_a_signature_that_holds(broken: Broken, kind: int) -> None:
    """Whoever trusts that one key of the log alone (written down on paper, say) proves each seal without any other signature."""
    alone = broken.terms._replace(keys=tuple(vkey for vkey in broken.terms.keys if keys.parse(vkey).kind == kind))
    assert len(alone.keys) == 1
    log, fault = load(broken.office.locations.published, alone, Memory(), Dates(clock.LATER))
    assert log is not None and not fault and log.size == 3
    for place, message in hanging(broken).items():
        assert log.leaf(place) == leaves.leaf_of(leaves.entry_of(message))


def test_the_whole_tree_is_proven_by_its_root(broken: Broken) -> None:
    """The proof is hashes; it does not get weaker with any signature."""
    log = broken.office.lists().log
    assert log is not None
    tree = nodes.from_tiles(3, lambda tile: published.log.read(broken.office.locations.published, tile))
    root = nodes.range_root(tree, 0, 3)
    assert [leaf_at(tree, place, 3, root) for place in range(3)] == [log.leaf(place) for place in range(3)]


@pytest.mark.parametrize("slot", [Slot(1, 0), Slot(1, 3), Slot(1, 60_000)], ids=["somebody's place", "the next", "far"])
@pytest.mark.parametrize("iat", [SECONDS - 30 * 86_400, SECONDS - 5], ids=["dated back", "now"])
def test_nothing_that_the_thief_seals_is_accepted(broken: Broken, slot: Slot, iat: int) -> None:
    forged = seal(thief(broken), THIEF_S, cti=licenses.identifier(2026, 900), iat=iat, slot=slot)
    lists = broken.office.lists()
    found = broken.office.verdict(wire.write(cose.from_bytes(forged.token), HOST), now=LATER, log=lists.log, check_site=False)
    assert found.decision != "valid"
    assert "signature_ok" in {each.code for each in found.findings}, "the signature is as good as any"


def test_a_status_list_of_the_thief_s_makes_none_of_his_seals_good(broken: Broken, tmp_path: Path) -> None:
    """He may sign that every place is in force."""
    folder = copied(broken, tmp_path)
    kid = broken.stolen.kids("status")[0]
    entries = status.pack(bytearray(status.ENTRIES))
    trust = broken.office.locations.trust()
    forged = StatusList(f"https://{HOST}/status/1", SECONDS + 100, SECONDS + 100_000, status.BITS, entries, trust.sequence)
    published.write(folder, {"status/1": status.sign(forged, kid, broken.stolen.signer(kid, PASSPHRASE))})
    token = seal(thief(broken), THIEF_S, cti=licenses.identifier(2026, 900), iat=SECONDS - 5, slot=Slot(1, 3)).token
    lists = loaded(broken, folder)
    text = wire.write(cose.from_bytes(token), HOST)
    hosts = lists.trust.hosts
    found = verify(text, trust=lists.trust, status=lists.status, hosts=hosts, now=LATER, log=lists.log, check_site=False)
    assert {each.code for each in found.findings} >= {"status_ok", "not_in_log"}
    assert found.decision == "invalid"


def copied(broken: Broken, folder: Path) -> Path:
    shutil.copytree(broken.office.locations.published, folder / "published")
    return folder / "published"


def loaded(broken: Broken, folder: Path, memory: Memory | None = None) -> published.Loaded:
    root = published.read_root(broken.office.locations.keys / "root.jwk")
    return published.load(folder, root=root, memory=memory or Memory(), now=clock.LATER)


def test_a_head_of_the_thief_s_needs_a_key_that_he_has_not(broken: Broken, tmp_path: Path) -> None:
    """No key of the log is on P-256, so none is among those that he has."""
    assert {keys.parse(vkey).kind for vkey in broken.terms.keys} == {1, 4, 6}
    with pytest.raises(Exception, match="no_log_key"):
        broken.stolen.log_signers(PASSPHRASE)


def test_what_the_root_s_key_still_gives_him_is_written_down_here(broken: Broken, tmp_path: Path) -> None:
    """A trust list is signed on P-256 alone: with the root's key the thief names a log of his own, and readers take it.

    What stands against it is a second signature, by ML-DSA-44, on the root file and the trust list, pinned beside the root. Until then the
    memory of a verifier is all: it does not go back behind the head that it saw.
    """
    folder, memory = copied(broken, tmp_path), Memory()
    before = loaded(broken, folder, memory)
    his = Custody(shutil.copytree(broken.stolen.folder, tmp_path / "his"))
    his.policy["log"] = None
    his.add_log_keys(PASSPHRASE)
    published.write(folder, {published.TRUST_LIST: policy.sign_trust_list(his, PASSPHRASE, now=SECONDS + 200)})
    taken = loaded(broken, folder, memory)
    assert taken.trust.sequence > before.trust.sequence, "not caught yet"
    assert taken.faults["log/checkpoint"] == "log_wrong_key", "the house's own head is none of his"
    assert taken.log is not None and before.log is not None and taken.log.size == before.log.size, "and what was seen stays"
