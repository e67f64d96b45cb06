"""Who signed a head: the log with its three signatures, witnesses by a policy, and other programs' ML-DSA-44."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace

import pytest

from tests.transparency import logs
from tests.transparency.logs import ORIGIN, TIME, log_signers, named, signer, stored
from transparency import heads, keys, notes, signing, tree
from transparency.checkpoints import Checkpoint
from transparency.cosignatures import Subtree, message_v1, subtree_message
from transparency.errors import NoteError, NoteSignatureError
from transparency.heads import Policy
from transparency.keys import COSIGNATURE, ED25519, ML_DSA_44
from transparency.notes import SignatureLine
from transparency.signing import NoteSigner

WITNESSES = tuple(named(f"witness.example/w{number}", kind) for number, kind in ((1, COSIGNATURE), (1, ML_DSA_44), (2, ML_DSA_44)))
LOG_KEYS = tuple(each.key for each in log_signers())
POLICY = Policy(ORIGIN, LOG_KEYS, tuple(each.key for each in WITNESSES), 2)


def signed(*signers: NoteSigner, checkpoint: Checkpoint | None = None, timestamp: int = TIME) -> bytes:
    return signing.sign_checkpoint(checkpoint or stored(300).checkpoint(), signers, timestamp=timestamp)


def witnessed(data: bytes, *witnesses: NoteSigner, timestamp: int = TIME + 5) -> bytes:
    """What a publisher stores after the witnesses answered."""
    note = notes.parse(data)
    return note.signed_also(signing.signature_line(each, note.text, timestamp=timestamp) for each in witnesses).to_bytes()


@pytest.mark.parametrize("size", [0, 1, 300])
def test_a_head_with_everything(size: int) -> None:
    checkpoint = stored(size).checkpoint()
    head = heads.verify(witnessed(signed(*log_signers(), checkpoint=checkpoint), *WITNESSES), POLICY)
    assert (head.checkpoint, head.timestamp) == (checkpoint, TIME)
    assert head.witnesses == {"witness.example/w1", "witness.example/w2"}
    assert [each.timestamp for each in head.signed] == [0, TIME, TIME, TIME + 5, TIME + 5, TIME + 5]


@pytest.mark.parametrize("own", log_signers(), ids=["Ed25519", "cosignature", "ML-DSA-44"])
def test_one_signature_of_the_log_is_enough(own: NoteSigner) -> None:
    head = heads.verify(signed(own), Policy(ORIGIN, LOG_KEYS))
    assert [each.key for each in head.signed] == [own.key]


def test_after_elliptic_curves_a_policy_names_the_other_key_only() -> None:
    later = Policy(ORIGIN, LOG_KEYS[2:])
    assert heads.verify(signed(*log_signers()), later).timestamp == TIME
    with pytest.raises(NoteSignatureError, match="log_unsigned"):
        heads.verify(signed(*log_signers()[:2]), later)


def test_two_keys_of_one_witness_count_once() -> None:
    with pytest.raises(NoteSignatureError, match="log_unwitnessed"):
        heads.verify(witnessed(signed(*log_signers()), *WITNESSES[:2]), POLICY)
    with pytest.raises(NoteSignatureError, match="log_unwitnessed"):
        heads.verify(signed(*log_signers()), POLICY)


def test_a_policy_counts_what_it_says() -> None:
    """A cosignature of Ed25519 does not commit to its name: under two names one witness would be two."""
    twice = [keys.note_key(f"witness.example/{name}", COSIGNATURE, WITNESSES[0].key.public) for name in "ab"]
    own = keys.note_key("another", COSIGNATURE, LOG_KEYS[1].public)
    for witnesses, threshold in ((twice, 1), ([LOG_KEYS[1]], 1), ([own], 1), ([], 1), (POLICY.witnesses, 3), (POLICY.witnesses, -1)):
        with pytest.raises(NoteError, match="log_policy_malformed"):
            Policy(ORIGIN, LOG_KEYS, tuple(witnesses), threshold)


def test_witnesses_do_not_make_a_head_of_the_log_s() -> None:
    with pytest.raises(NoteSignatureError, match="log_unsigned"):
        heads.verify(signed(*WITNESSES), POLICY)


def test_another_log_s_head_is_refused() -> None:
    other = replace(stored(300).checkpoint(), origin="other.example/log")
    with pytest.raises(NoteSignatureError, match="log_wrong_origin"):
        heads.verify(signed(*log_signers(), checkpoint=other), POLICY)


def test_unknown_signatures_are_ignored_and_known_ones_are_not() -> None:
    stranger = [signer(ORIGIN, ED25519), signer("witness.example/w1", COSIGNATURE)]
    assert heads.verify(signed(*stranger, *log_signers()), Policy(ORIGIN, LOG_KEYS)).timestamp == TIME
    note = notes.parse(signed(*log_signers()))
    wrong = SignatureLine(ORIGIN, LOG_KEYS[0].key_id(), note.lines[0].signature[::-1])
    with pytest.raises(NoteSignatureError, match="log_signature_invalid"):
        heads.verify(replace(note, lines=(wrong, *note.lines[1:])).to_bytes(), POLICY)


def test_a_second_signature_of_one_key_is_refused() -> None:
    note = notes.parse(signed(*log_signers()))
    again = signing.signature_line(log_signers()[1], note.text, timestamp=TIME + 1)
    with pytest.raises(NoteSignatureError, match="log_signature_invalid"):
        heads.verify(note.signed_also([again]).to_bytes(), Policy(ORIGIN, LOG_KEYS))


def test_every_changed_octet_of_a_signature_is_refused() -> None:
    """Key ids make a line another's; all other octets, the timestamp among them, are signed."""
    note = notes.parse(signed(*log_signers()))
    for number, line in enumerate(note.lines):
        places = range(len(line.signature)) if len(line.signature) < 100 else [*range(12), 700, 2_427]
        for place in places:
            octets = bytearray(line.signature)
            octets[place] ^= 1 << place % 8
            lines = [*note.lines]
            lines[number] = replace(line, signature=bytes(octets))
            with pytest.raises(NoteSignatureError, match="log_signature_invalid"):
                heads.verify_note(replace(note, lines=tuple(lines)), LOG_KEYS)


def test_every_changed_character_of_the_text_is_noticed() -> None:
    data = signed(*log_signers())
    text = notes.parse(data).text.encode()
    for place in range(len(text)):
        changed = bytearray(data)
        changed[place] ^= 1
        with pytest.raises((NoteError, NoteSignatureError)):
            heads.verify(bytes(changed), Policy(ORIGIN, LOG_KEYS))


def test_signatures_of_another_length_are_refused() -> None:
    note = notes.parse(signed(*log_signers()))
    for number, line in enumerate(note.lines):
        for octets in (line.signature[:-1], line.signature + b"\0", b"\xff" + line.signature[1:]):
            lines = [*note.lines]
            lines[number] = replace(line, signature=octets)
            with pytest.raises(NoteSignatureError, match="log_signature_invalid"):
                heads.verify_note(replace(note, lines=tuple(lines)), LOG_KEYS)


def test_extension_lines_are_signed_by_ed25519_and_not_by_ml_dsa() -> None:
    extended = replace(stored(3).checkpoint(), extensions=("more", "lines"))
    head = heads.verify(signed(*log_signers()[:2], checkpoint=extended), Policy(ORIGIN, LOG_KEYS))
    assert head.checkpoint == extended
    with pytest.raises(NoteError, match="checkpoint_malformed"):
        signed(*log_signers(), checkpoint=extended)
    plain = notes.parse(signed(log_signers()[2], checkpoint=stored(3).checkpoint()))
    with pytest.raises(NoteError, match="checkpoint_malformed"):
        heads.verify(replace(plain, text=extended.to_text()).to_bytes(), Policy(ORIGIN, LOG_KEYS))


def test_cosigners_sign_checkpoints_only() -> None:
    for each in WITNESSES:
        with pytest.raises(NoteError, match="checkpoint_malformed"):
            signing.signature_line(each, "a verse\n", timestamp=TIME)
    line = signing.signature_line(log_signers()[0], "a verse\n", timestamp=TIME)
    assert heads.verify_note(notes.Note("a verse\n", (line,)), LOG_KEYS)


@pytest.mark.parametrize("timestamp", [-1, tree.SIZE_MAX + 1])
def test_a_time_beyond_measure_is_not_signed(timestamp: int) -> None:
    with pytest.raises(NoteError, match="note_malformed"):
        signed(log_signers()[1], timestamp=timestamp)


@pytest.mark.parametrize("own", log_signers(), ids=["Ed25519", "cosignature", "ML-DSA-44"])
def test_a_signer_of_another_kind_is_noticed_before_anything_is_stored(own: NoteSigner) -> None:
    for wrong in (lambda message: b"", lambda message: bytes(65)):
        with pytest.raises(NoteError, match="note_malformed"):
            signed(replace(own, sign=wrong))


def test_the_messages_are_those_of_the_specification() -> None:
    body = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    assert message_v1(body, 1_679_315_147) == b"cosignature/v1\ntime 1679315147\n" + body.encode()
    subtree = Subtree("log", 8, 13, bytes(range(32)))
    written = b"subtree/v1\n\0\x01w" + bytes(8) + b"\x03log" + (8).to_bytes(8, "big") + (13).to_bytes(8, "big") + bytes(range(32))
    assert subtree_message("w", 0, subtree) == written


VALID = [(0, 1), (4, 8), (8, 13), (0, 13), (2, 4), (6, 8), (0, 1 << 52)]
INVALID = [(2, 6), (5, 13), (1, 7), (7, 9), (5, 3), (-1, 3), (0, tree.SIZE_MAX + 1)]


@pytest.mark.parametrize(("start", "end"), VALID)
def test_parts_of_a_log_are_signed(start: int, end: int) -> None:
    subtree = Subtree(ORIGIN, start, end, bytes(range(32)))
    line = signing.sign_subtree(WITNESSES[1], subtree)
    assert heads.verify_subtree(line, WITNESSES[1].key, subtree) == 0
    for wrong in (replace(subtree, origin="other"), replace(subtree, root=bytes(32)), replace(subtree, start=end, end=end + 1)):
        with pytest.raises(NoteSignatureError, match="log_signature_invalid"):
            heads.verify_subtree(line, WITNESSES[1].key, wrong)
    with pytest.raises(NoteSignatureError, match="log_unsigned"):
        heads.verify_subtree(line, WITNESSES[2].key, subtree)


@pytest.mark.parametrize(("start", "end"), INVALID)
def test_what_is_no_part_of_a_tree_is_not_signed(start: int, end: int) -> None:
    with pytest.raises(NoteError, match="subtree_malformed"):
        signing.sign_subtree(WITNESSES[1], Subtree(ORIGIN, start, end, bytes(range(32))))


def test_what_else_of_subtrees_is_refused() -> None:
    subtree = Subtree(ORIGIN, 8, 16, bytes(range(32)))
    assert signing.sign_subtree(WITNESSES[1], Subtree(ORIGIN, 5, 5, tree.EMPTY_ROOT))
    for wrong in (replace(subtree, end=8), replace(subtree, root=b""), replace(subtree, origin=""), replace(subtree, origin="x" * 256)):
        with pytest.raises(NoteError, match="subtree_malformed"):
            signing.sign_subtree(WITNESSES[1], wrong)
    with pytest.raises(NoteError, match="subtree_malformed"):
        signing.sign_subtree(WITNESSES[1], subtree, timestamp=TIME)
    with pytest.raises(NoteError, match="subtree_malformed"):
        signing.sign_subtree(WITNESSES[0], subtree)
    line = signing.sign_subtree(WITNESSES[1], subtree)
    with pytest.raises(NoteError, match="subtree_malformed"):
        heads.verify_subtree(line, WITNESSES[0].key, subtree)


def test_a_checkpoint_s_cosignature_is_one_of_the_whole_tree() -> None:
    checkpoint = stored(300).checkpoint()
    line = notes.parse(signed(log_signers()[2])).lines[0]
    assert heads.verify_subtree(line, LOG_KEYS[2], Subtree(ORIGIN, 0, 300, checkpoint.root)) == TIME


def test_a_foreign_subtree_s_cosignature() -> None:
    vector = logs.vectors("ml_dsa.json")["subtree"]
    subtree = Subtree(vector["origin"], vector["start"], vector["end"], b64decode(vector["root"]))
    key, line = keys.parse(vector["vkey"]), notes.parse_line(vector["line"])
    assert heads.verify_subtree(line, key, subtree) == vector["timestamp"]
    with pytest.raises(NoteSignatureError, match="log_signature_invalid"):
        heads.verify_subtree(line, key, replace(subtree, end=12))


def test_a_foreign_checkpoint_signed_with_ml_dsa_44() -> None:
    vector = logs.vectors("ml_dsa.json")["checkpoint"]
    key = keys.parse(vector["vkey"])
    head = heads.verify(vector["note"].encode(), Policy(key.name, (key,)))
    assert (head.checkpoint.size, head.timestamp) == (1, 0)
    with pytest.raises(NoteSignatureError, match="log_signature_invalid"):
        heads.verify(vector["note"].replace("\n1\n", "\n2\n").encode(), Policy(key.name, (key,)))
