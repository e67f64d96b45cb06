"""What a log and its witness say to each other: the body of a request, and what is made of every answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from tests.transparency import logs
from tests.transparency.logs import ORIGIN, TIME, log_signers, named, signer, stored
from transparency import base64, heads, notes, signing, witnessing
from transparency.errors import NoteError, NoteSignatureError
from transparency.heads import Policy
from transparency.keys import COSIGNATURE, ML_DSA_44
from transparency.nodes import consistency_path
from transparency.notes import NOTE_MAX
from transparency.signing import NoteSigner
from transparency.witnessing import SIZE_TYPE, Answer, Submission, Told, ask_witness, cosignatures, gather

#: The example of C2SP tlog-witness.
EXAMPLE = """old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
"""
W1, W2 = "witness.example/w1", "witness.example/w2"
BOTH = (named(W1, COSIGNATURE), named(W1, ML_DSA_44))
KEYS = tuple(each.key for each in BOTH)
SIZE = 300
NOTE = signing.sign_checkpoint(stored(SIZE).checkpoint(), log_signers(), timestamp=TIME)
TEXT = notes.parse(NOTE).text


def lines(*signers: NoteSigner, timestamp: int = TIME + 5, text: str = TEXT) -> bytes:
    """The body of a witness's answer."""
    return "".join(f"{signing.signature_line(each, text, timestamp=timestamp)}\n" for each in signers).encode()


def prove(old: int) -> Sequence[bytes]:
    return consistency_path(stored(SIZE).nodes(), old, SIZE)


# --- the request


def test_the_example_of_the_specification() -> None:
    found = witnessing.parse(EXAMPLE.encode())
    assert (found.old, len(found.path), base64.encode(found.path[0])) == (20852014, 4, "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=")
    assert found.to_bytes() == EXAMPLE.encode()
    assert len(notes.parse(found.note).lines) == 2


@pytest.mark.parametrize("count", [0, 1, 63])
def test_a_request_is_read_as_it_was_written(count: int) -> None:
    submission = Submission(7, tuple(bytes([number]) * 32 for number in range(count)), NOTE)
    assert witnessing.parse(submission.to_bytes()) == submission


def test_the_longest_request_fits_what_is_taken() -> None:
    longest = Submission((1 << 53) - 1, (bytes(32),) * 63, bytes(NOTE_MAX))
    assert len(longest.to_bytes()) <= witnessing.REQUEST_MAX
    with pytest.raises(NoteError, match="note_too_long"):
        witnessing.parse(replace(longest, note=b"").to_bytes() + bytes(NOTE_MAX + 1))


HASH = base64.encode(bytes(32))


@pytest.mark.parametrize(
    "head",
    [
        *("", "old", "old ", "old  7", "old 07", "old -1", "old +7", "old 7 ", "Old 7", "old 7\r", "old ٧", "old\t7"),
        "old 9007199254740992",
        *(f"old 7\n{each}" for each in (HASH[:-1], HASH + "=", HASH + " ", " " + HASH, base64.encode(bytes(31)), base64.encode(bytes(33)))),
        *(f"old 7\n{each}" for each in ("é", "x", HASH[:-2] + "B=", HASH + "\r", HASH.replace("A", "-"))),
        "old 7\n" + "\n".join([HASH] * 64),
    ],
)
def test_every_other_request_is_refused(head: str) -> None:
    with pytest.raises(NoteError, match="witness_request_malformed"):
        witnessing.parse(head.encode() + b"\n\n" + NOTE)


def test_a_request_without_an_end_of_its_head_is_refused() -> None:
    for data in (b"", b"old 7", b"old 7\n", b"\n\n"):
        with pytest.raises(NoteError, match="witness_request_malformed"):
            witnessing.parse(data)
    with pytest.raises(NoteError, match="witness_request_malformed"):
        Submission(-1, (), NOTE).to_bytes()


@pytest.mark.parametrize(
    ("body", "size"),
    [(b"0\n", 0), (b"50\n", 50), *((each, None) for each in (b"50", b"050\n", b"50\n\n", b"", b"\n", b"x\n", b"-1\n"))],
)
def test_sizes_of_answers(body: bytes, size: int | None) -> None:
    assert witnessing.size_of(body) == size


# --- answers


def told(*answers: Answer | None, old: int = 0) -> tuple[Told, list[Submission]]:
    """What becomes of a witness that answers so, and what it was asked."""
    asked: list[Submission] = []
    left = list(answers)

    def ask(body: bytes) -> Answer | None:
        asked.append(witnessing.parse(body))
        return left.pop(0)

    return ask_witness(W1, KEYS, NOTE, old=old, prove=prove, ask=ask), asked


OK: Callable[[], Answer] = lambda: Answer(200, "text/plain", lines(*BOTH))  # noqa: E731


def conflict(size: int) -> Answer:
    return Answer(409, SIZE_TYPE, f"{size}\n".encode())


@pytest.mark.parametrize("old", [0, 1, 77, SIZE])
def test_a_witness_that_cosigns(old: int) -> None:
    found, asked = told(OK(), old=old)
    assert (found.code, found.size, len(found.lines), found.invalid) == ("cosigned", SIZE, 2, 0)
    assert [(each.old, each.path, each.note) for each in asked] == [(old, tuple(prove(old)) if 0 < old < SIZE else (), NOTE)]


@pytest.mark.parametrize(("old", "known"), [(0, 77), (77, 0), (10, SIZE), (SIZE, 10)])
def test_a_witness_that_knows_another_size_is_asked_again_from_there(old: int, known: int) -> None:
    found, asked = told(conflict(known), OK(), old=old)
    assert found.code == "cosigned" and [each.old for each in asked] == [old, known]
    assert found.forgot == (known < old), "then its state is an old one"
    assert asked[1].path == (tuple(prove(known)) if 0 < known < SIZE else ())


def test_a_witness_that_knows_a_larger_tree_is_an_alarm() -> None:
    assert told(conflict(SIZE + 1))[0] == Told(W1, "witness_ahead", size=SIZE + 1)
    assert told(old=SIZE + 1) == (Told(W1, "witness_ahead", size=SIZE + 1), []), "we knew"


def test_a_witness_that_never_settles_is_left() -> None:
    found, asked = told(conflict(1), conflict(2), conflict(3))
    assert (found.code, found.size, len(asked)) == ("witness_busy", 3, witnessing.ROUNDS)


NO_COSIGNATURES = (
    *(b"", b"ok\n", b"\n\n", lines(*BOTH)[:-1], b"\xff\n"),
    lines(signer(W1, COSIGNATURE)),  # of a key that we do not know
    lines(*BOTH, timestamp=0),
    lines(*BOTH, text=stored(7).checkpoint().to_text()),
)


@pytest.mark.parametrize(
    ("answer", "code", "status"),
    [
        (None, "witness_unreachable", None),
        (conflict(77), "witness_disagrees", 409),  # the size that we said
        (Answer(409, "text/plain", b"roots differ\n"), "witness_disagrees", 409),  # as version 1 has it
        (Answer(409, SIZE_TYPE, b"x\n"), "witness_disagrees", 409),
        (Answer(422, "text/plain", b""), "witness_disagrees", 422),
        *((Answer(status, "text/plain", b"5\n"), "witness_refused", status) for status in (301, 400, 403, 404, 429, 500, 204)),
        *((Answer(200, "text/plain", body), "witness_signature_invalid", None) for body in NO_COSIGNATURES),
    ],
)
def test_every_other_answer_gives_nothing(answer: Answer | None, code: str, status: int | None) -> None:
    found, _ = told(answer, old=77)
    assert (found.code, found.status, found.lines) == (code, status, ())


def test_what_holds_is_taken_and_what_does_not_is_counted() -> None:
    good, other = lines(BOTH[0]), lines(BOTH[1], text=stored(7).checkpoint().to_text())
    stranger = lines(named("stranger.example", COSIGNATURE))
    found, invalid = cosignatures(stranger + other + good + lines(BOTH[0], timestamp=TIME + 9), TEXT, KEYS)
    assert [(line.key_id, invalid) for line in found] == [(KEYS[0].key_id(), 1)], "one of each key"


# --- the policy


POLICY = Policy(ORIGIN, tuple(each.key for each in log_signers()), (*KEYS, named(W2, ML_DSA_44).key), 2)


def cosigned(name: str, *signers: NoteSigner, timestamp: int = TIME + 5) -> Told:
    body = lines(*signers, timestamp=timestamp)
    return Told(name, "cosigned", cosignatures(body, TEXT, [each.key for each in signers])[0], SIZE)


def test_two_of_two() -> None:
    whole = gather(NOTE, POLICY, [cosigned(W1, *BOTH), cosigned(W2, named(W2, ML_DSA_44))])
    assert (whole.met, whole.witnesses) == (True, {W1, W2})
    assert heads.verify(whole.note, POLICY).witnesses == {W1, W2}


def test_one_of_two_is_enough_for_one_and_not_for_two() -> None:
    some = gather(NOTE, POLICY, [cosigned(W1, *BOTH), Told(W2, "witness_unreachable")])
    assert (some.met, some.witnesses) == (False, {W1})
    with pytest.raises(NoteSignatureError, match="log_unwitnessed"):
        heads.verify(some.note, POLICY)
    assert gather(NOTE, replace(POLICY, threshold=1), some.told).met
    assert heads.verify(some.note, replace(POLICY, threshold=1)).witnesses == {W1}


def test_nobody_outside_the_policy_counts() -> None:
    stranger = named("stranger.example", COSIGNATURE)
    assert not gather(NOTE, replace(POLICY, threshold=1), [cosigned("stranger.example", stranger)]).met


def test_a_newer_cosignature_takes_the_place_of_an_older_one() -> None:
    """Two signatures of one key would be refused by whoever verifies."""
    first = gather(NOTE, POLICY, [cosigned(W1, *BOTH), cosigned(W2, named(W2, ML_DSA_44))])
    again = gather(first.note, POLICY, [cosigned(W1, *BOTH, timestamp=TIME + 60), Told(W2, "witness_unreachable")])
    head = heads.verify(again.note, POLICY)
    assert sorted(each.timestamp for each in head.signed) == [0, TIME, TIME, TIME + 5, TIME + 60, TIME + 60]
    assert len(logs.log_signers()) == 3
