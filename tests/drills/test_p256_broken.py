"""P-256 is broken: somebody has every private key on that curve, those of the root's holders too. Heads and root are signed otherwise too.

What hangs and is logged can still be proven, by heads that Ed25519 or ML-DSA-44 signed, and nothing new is accepted: a seal that the thief
makes stands in no log, and a trust list or a root document of his lacks the signatures of ML-DSA-44. Readers that still pin one key on
P-256 take his list; what to do stands at the end.
"""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

import published
from issuer.register import positions
from issuer.register.sealing import Sealer, Slot, seal
from keys import policy, root_documents, root_keys, root_signing
from keys.custody import Custody
from keys.root_keys import RootSigner
from published import Memory
from published.log import load
from seal import cose, cosign, leaves, roots, status, trust, wire
from seal import license as licenses
from seal.dating import Dates
from seal.errors import ListError
from seal.roots import RootDocument
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
    """An office, and a copy of its key store without what is not on P-256: every private key on P-256 that there is."""

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
    root_documents.for_one_person(custody.folder, PASSPHRASE, prefix="ALX", now=SECONDS - 700)
    published.write(office.locations.published, policy.trust_list_files(custody, PASSPHRASE, now=SECONDS - 600))
    office.run("issue", office.write("three.csv", rows(3)), "--no-output")
    office.run("publish")
    shutil.copytree(office.locations.keys, folder / "stolen")
    shutil.rmtree(folder / "stolen" / "log")
    shutil.rmtree(folder / "stolen" / "log-store", ignore_errors=True)
    for key in (folder / "stolen").rglob("root-ml-dsa.pem"):
        key.unlink()
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
    sealed = seal(thief(broken), THIEF_S, cti=licenses.identifier(2026, 900), iat=iat, slot=slot)
    lists = broken.office.lists()
    found = broken.office.verdict(wire.write(cose.from_bytes(sealed.token), HOST), now=LATER, log=lists.log, check_site=False)
    assert found.decision != "valid"
    assert "signature_ok" in {each.code for each in found.findings}, "the signature is as good as any"


def test_a_status_list_of_the_thief_s_makes_none_of_his_seals_good(broken: Broken, tmp_path: Path) -> None:
    """He may sign that every place is in force."""
    folder = copied(broken, tmp_path)
    kid = broken.stolen.kids("status")[0]
    entries = status.pack(bytearray(status.ENTRIES))
    sequence = broken.office.locations.trust().sequence
    listed = StatusList(f"https://{HOST}/status/1", SECONDS + 100, SECONDS + 100_000, status.BITS, entries, sequence)
    published.write(folder, {"status/1": status.sign(listed, kid, broken.stolen.signer(kid, PASSPHRASE))})
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
    """What a verifier takes that pins the root document."""
    root = published.read_root(broken.office.locations.keys / "root.cose")
    return published.load(folder, root=root, memory=memory or Memory(), now=clock.LATER)


def test_a_head_of_the_thief_s_needs_a_key_that_he_has_not(broken: Broken, tmp_path: Path) -> None:
    """No key of the log is on P-256, so none is among those that he has."""
    assert {keys.parse(vkey).kind for vkey in broken.terms.keys} == {1, 4, 6}
    with pytest.raises(Exception, match="no_log_key"):
        broken.stolen.log_signers(PASSPHRASE)


def thief_holders(broken: Broken) -> list[RootSigner]:
    """All three holders as the thief can be them: their keys on P-256, and keys of ML-DSA-44 of his own under their names."""
    below = sorted((broken.stolen.folder / "holders").iterdir())
    made = []
    for folder in (broken.stolen.folder, *below):
        ml = MLDSA44PrivateKey.generate()
        made.append(RootSigner(root_keys.public(folder), cose.low_signer(root_signing.signer(folder, PASSPHRASE)), ml.sign))
    return made


def forged(broken: Broken, typ: str, payload: bytes) -> bytes:
    message = cosign.begin(typ, payload)
    for each in thief_holders(broken):
        message = each.add(message)
    return message.to_bytes()


def his_trust_list(broken: Broken) -> bytes:
    """The payload of a list with the thief's key for every authority, and a log of his own."""
    trusted = broken.office.locations.trust()
    return trust.to_bytes(trusted._replace(sequence=trusted.sequence + 1, issued_at=SECONDS + 200, log=None, acts=None, lists_proven=False))


def test_a_trust_list_of_the_thief_s_is_none(broken: Broken, tmp_path: Path) -> None:
    """Every holder's signature on P-256 is as good as any; none counts without its signature of ML-DSA-44."""
    folder, memory = copied(broken, tmp_path), Memory()
    before = loaded(broken, folder, memory)
    his = forged(broken, trust.TYP, his_trust_list(broken))
    for data in (his, without_ml(his, trust.TYP)):
        published.write(folder, {"roots/trust-list": data})
        with pytest.raises(ListError, match="trust_list_wrong_root"):
            loaded(broken, folder, memory)
    assert before.trust.log is not None


def without_ml(data: bytes, typ: str) -> bytes:
    message = cosign.from_bytes(data, typ)
    return message._replace(signatures=message.signatures[::2]).to_bytes()


def test_a_root_document_of_the_thief_s_leads_nobody_away(broken: Broken, tmp_path: Path) -> None:
    """Nor can he name holders of his own, who would then sign what he likes."""
    folder, memory = copied(broken, tmp_path), Memory()
    held = loaded(broken, folder, memory)
    pinned = published.read_root(broken.office.locations.keys / "root.cose")
    assert isinstance(pinned, RootDocument)
    own = root_keys.make(tmp_path / "thief", PASSPHRASE)
    payload = roots.to_bytes(pinned._replace(version=2, threshold=1, keys=(own,)))
    mine = root_keys.signer(tmp_path / "thief", PASSPHRASE)
    document = mine.add(cosign.from_bytes(forged(broken, roots.TYP, payload), roots.TYP)).to_bytes()
    signed = mine.add(cosign.begin(trust.TYP, his_trust_list(broken))).to_bytes()
    published.write(folder, {"roots/2": document})
    taken = loaded(broken, folder, memory)
    assert (taken.trust.sequence, taken.faults["roots/2"]) == (held.trust.sequence, "root_not_handed_over")
    published.write(folder, {"roots/trust-list": signed})
    with pytest.raises(ListError, match="trust_list_wrong_root"):
        loaded(broken, folder, memory)


def test_what_to_do_is_to_pin_the_root_document(broken: Broken, tmp_path: Path) -> None:
    """Who still pins one key on P-256 takes the thief's list; the memory of a verifier, and the root document in the key's place, are what
    stands against it: `KHATM_ROOT=root.cose`. Phones took it by themselves.
    """
    folder, memory = copied(broken, tmp_path), Memory()
    by_key = published.read_root(broken.office.locations.keys / "root.jwk")
    before = published.load(folder, root=by_key, memory=memory, now=clock.LATER)
    his = Custody(shutil.copytree(broken.stolen.folder, tmp_path / "his"))
    single = root_signing.first_key(his.folder)
    assert single is not None
    listed = trust.sign(trust.from_bytes(his_trust_list(broken)), single.kid, root_signing.signer(his.folder, PASSPHRASE))
    published.write(folder, {published.TRUST_LIST: listed})
    assert published.load(folder, root=by_key, memory=memory, now=clock.LATER).trust.sequence > before.trust.sequence
    assert loaded(broken, folder).trust.sequence == before.trust.sequence, "and this one never looked at it"
