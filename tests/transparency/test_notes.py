"""Keys, notes, checkpoints: what is taken, what is refused, and that each has one form only."""

from __future__ import annotations

import pytest

from tests.transparency import logs
from tests.transparency.logs import ORIGIN, TIME, named, stored
from transparency import base64, checkpoints, keys, notes, signing, tree
from transparency.checkpoints import Checkpoint
from transparency.errors import NoteError
from transparency.keys import COSIGNATURE, ED25519, ML_DSA_44
from transparency.notes import LINES_MAX, NOTE_MAX, Note, SignatureLine

#: Keys of other people's logs and witnesses, as they publish them.
VKEYS = [
    "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx",
    "TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6",
    "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2",
    logs.vectors("ml_dsa.json")["checkpoint"]["vkey"],
    logs.vectors("ml_dsa.json")["subtree"]["vkey"],
]
SPACES = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2005\u200a\u2028\u2029\u202f\u205f\u3000"
#: The example of C2SP signed-note and that of tlog-cosignature.
VERSE = (
    "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n"
    "— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n"
)
COSIGNED = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
)
LINE = "— a AAAAAAA=\n"


@pytest.mark.parametrize("text", VKEYS)
def test_foreign_keys_are_read_and_written(text: str) -> None:
    assert keys.parse(text).vkey() == text


@pytest.mark.parametrize(
    "text",
    [
        *("", "+", "a+b", "bananas.sigstore.dev+12344556", "rekor.sigstore.dev+12345678+THIS_IS_NOT_BASE64!"),
        *("rekor.sigstore.dev+12345678+AwEB", VKEYS[1].replace("7997405c", "00000000"), VKEYS[1].replace("7997405c", "7997405C")),
        *(VKEYS[1].replace("TEST", ""), VKEYS[1].replace("TEST", "TE ST"), VKEYS[1] + "=", VKEYS[1] + "\n", VKEYS[1][:-4], VKEYS[3] * 3),
        VKEYS[2].replace("BOvN", "BuvN"),
    ],
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(NoteError, match="log_key_malformed"):
        keys.parse(text)


@pytest.mark.parametrize("name", ["", "a+b", "x" * 256, "ا" * 128, "half\ud800", *(f"a{space}b" for space in SPACES)])
def test_names_have_no_spaces(name: str) -> None:
    with pytest.raises(NoteError, match="log_key_malformed"):
        keys.note_key(name, ED25519, bytes(32))


@pytest.mark.parametrize("name", ["سجل.example/سجل", "a\x7fb", "x" * 255])
def test_other_names_are_taken(name: str) -> None:
    assert keys.parse(keys.note_key(name, ED25519, bytes(32)).vkey()).name == name


@pytest.mark.parametrize(("kind", "size"), [(ED25519, 31), (COSIGNATURE, 33), (ML_DSA_44, 32), (ML_DSA_44, 1311), (2, 32), (0xFF, 32)])
def test_keys_have_the_length_of_their_kind(kind: int, size: int) -> None:
    with pytest.raises(NoteError, match="log_key_malformed"):
        keys.note_key("a", kind, bytes(size))


@pytest.mark.parametrize("text", [VERSE, COSIGNED, f"\n\n{LINE}", f"a\n\n\n{LINE}", f"ختم\n\n{LINE}{LINE}"])
def test_notes_are_read_and_written(text: str) -> None:
    note = notes.parse(text.encode())
    assert note.to_bytes() == text.encode()
    assert note.text.endswith("\n")


def test_a_foreign_cosignature_carries_its_time() -> None:
    note = notes.parse(COSIGNED.encode())
    assert checkpoints.parse(note.text).size == 20_852_163
    assert int.from_bytes(note.lines[1].signature[:8], "big") == 1_679_315_147


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "\n",
            "a",
            "a\n",
            "a\n\n",
            "a\n\n\n",
            f"a\n{LINE}",
            f"a\n\n{LINE[:-1]}",
            f"a\n\n{LINE}\n",
            f"a\n\n{LINE}b\n",
            f"a\r\n\n{LINE}",
        ),
        *(f"a\0\n\n{LINE}", f"a\t\n\n{LINE}", f"a\x1b\n\n{LINE}", f"a\n\n-{LINE[1:]}", f"a\n\n—{LINE[2:]}", "a\n\n— a b AAAAAAA=\n"),
        *("a\n\n— a AAAAAA==\n", "a\n\n— a AAAAAAB=\n", "a\n\n— a AAAAAAA\n", "a\n\n— a  AAAAAAA=\n", "a\n\n— a AAAA AAA=\n"),
        *(
            "a\n\n— a+b AAAAAAA=\n",
            "a\n\n— a\u3000b AAAAAAA=\n",
            "a\n\n— AAAAAAA=\n",
            "a\n\n—  AAAAAAA=\n",
            "a\n\n" + LINE * (LINES_MAX + 1),
        ),
    ],
)
def test_what_is_no_note_is_refused(text: str) -> None:
    with pytest.raises(NoteError, match="note_malformed"):
        notes.parse(text.encode())


def test_octets_that_are_no_text_are_refused() -> None:
    for data in (b"\xff\n\n" + LINE.encode(), b"\xed\xa0\x80\n\n" + LINE.encode(), LINE.encode()[:2]):
        with pytest.raises(NoteError, match="note_malformed"):
            notes.parse(data)


def test_a_note_is_bounded() -> None:
    lines = b"\n" + LINE.encode()
    assert notes.parse(b"a" * (NOTE_MAX - len(lines) - 1) + b"\n" + lines)
    with pytest.raises(NoteError, match="note_too_long"):
        notes.parse(b"a" * (NOTE_MAX - len(lines)) + b"\n" + lines)


def test_64_signatures_of_ml_dsa_44_fit_into_a_note() -> None:
    line = SignatureLine("x" * 255, bytes(4), bytes(8 + 2420))
    note = Note("a\n", tuple(SignatureLine(f"{line.name[:200]}{n}", line.key_id, line.signature) for n in range(LINES_MAX)))
    assert len(note.to_bytes()) < NOTE_MAX


def test_a_note_that_could_not_be_read_is_not_written() -> None:
    for note in (Note("a", ()), Note("a\n", ()), Note("a\n", (SignatureLine("a b", bytes(4), b"s"),)), Note("a\0\n", notes_lines())):
        with pytest.raises(NoteError, match="note_malformed"):
            note.to_bytes()


def notes_lines() -> tuple[SignatureLine, ...]:
    return notes.parse(f"a\n\n{LINE}".encode()).lines


def test_signatures_are_added_once() -> None:
    note = notes.parse(COSIGNED.encode())
    short = Note(note.text, note.lines[:1])
    assert short.signed_also(note.lines[1:]) == short.signed_also(note.lines) == note


@pytest.mark.parametrize("size", [0, 1, 255, 256, 300])
def test_checkpoints_are_read_and_written(size: int) -> None:
    checkpoint = stored(size).checkpoint()
    assert checkpoints.parse(checkpoint.to_text()) == checkpoint
    data = signing.sign_checkpoint(checkpoint, logs.log_signers(), timestamp=TIME)
    assert checkpoints.parse(notes.parse(data).text) == checkpoint


ROOT = base64.encode(bytes(range(32)))
EMPTY = base64.encode(tree.EMPTY_ROOT)


@pytest.mark.parametrize("origin", ["a", "a" * 255, "é" * 127 + "a", "example log+origin", "خ"])
def test_origins_are_up_to_255_octets(origin: str) -> None:
    assert checkpoints.parse(f"{origin}\n1\n{ROOT}\nextension\n").origin == origin


@pytest.mark.parametrize(
    "text",
    [
        *("", "a\n1\n", f"a\n1\n{ROOT}", f"\n1\n{ROOT}\n", f"a\n01\n{ROOT}\n", f"a\n-1\n{ROOT}\n", f"a\n+1\n{ROOT}\n", f"a\n1 \n{ROOT}\n"),
        *(
            f"a\n٣\n{ROOT}\n",
            f"a\n9007199254740992\n{ROOT}\n",
            f"a\n{'9' * 5000}\n{ROOT}\n",
            f"a\n1\n{ROOT[:-4]}\n",
            f"a\n1\n{ROOT[:-1]}\n",
        ),
        *(f"a\n1\n{ROOT} \n", f"a\n1\n{ROOT[:-2]}9=\n", f"a\n1\n{ROOT}\n\n", f"a\n1\n{ROOT}\nb\n\nc\n", f"a\n1\n{ROOT}\n" + "x\n" * 17),
        *(f"{'a' * 256}\n1\n{ROOT}\n", f"{'é' * 128}\n1\n{ROOT}\n", f"a\n1\n{ROOT}\n{'x' * 4097}\n", f"half\ud800\n1\n{ROOT}\n"),
        *(f"a\n0\n{ROOT}\n", f"a\n1\n{EMPTY}\n"),
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteError, match="checkpoint_malformed"):
        checkpoints.parse(text)


@pytest.mark.parametrize(
    "wrong",
    [
        *(Checkpoint("a\nb", 1, bytes(32)), Checkpoint("", 1, bytes(32)), Checkpoint("a", -1, bytes(32)), Checkpoint("a", 1, bytes(31))),
        *(Checkpoint("a", 0, bytes(32)), Checkpoint("a", 1, bytes(32), ("",)), Checkpoint("a", 1, bytes(32), ("b\nc",))),
    ],
)
def test_a_checkpoint_that_could_not_be_read_is_not_signed(wrong: Checkpoint) -> None:
    with pytest.raises(NoteError, match="checkpoint_malformed"):
        signing.sign_checkpoint(wrong, [named(ORIGIN, ED25519)], timestamp=TIME)
