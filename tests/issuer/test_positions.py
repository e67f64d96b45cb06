"""Positions of the log: a register from before them keeps every code that hangs, and goes on behind its lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from issuer.register import positions
from issuer.register.issuing import Source, issue
from issuer.register.signer_pool import InProcess
from seal import claims, cose, leaves, wire
from seal.errors import FormatError
from seal.logs import Held
from seal.status import ENTRIES
from seal.trust import LogTerms
from seal.verdict import Verdict
from seal.verify import verify
from tests.issuer import from_before
from tests.issuer.offices import HOST, NOW, SECONDS, Office, entry
from tests.vectors import fixed

SOURCE = Source(b"n" * 32)


def test_codes_of_before_keep_their_verdict_and_new_ones_begin_behind_them(each_office: Office) -> None:
    texts = from_before.lay(each_office, 40)
    assert "database_older" in each_office.run("publish", exit_code=2).output
    assert "Places in status lists are given one after another" in each_office.run("database", "upgrade", now=None, keys=False).output
    each_office.run("publish")
    before = {number: each_office.verdict(text).findings for number, text in texts.items()}
    assert {each_office.verdict(text).seal for text in texts.values()} == {"genuine"}
    revoked, *others = texts
    each_office.run("license", "revoke", revoked, "--reason", "closed")
    with each_office.locations.engine() as engine:
        (new,) = issue(engine, [entry(trade_name="مخبز ورد")], pool=InProcess(each_office.clerk().sealer), source=SOURCE, now=SECONDS)
        with engine.connect() as connection:
            assert positions.following(connection) == ENTRIES + 1
            slots = [(message, position) for position, message in positions.sealed(connection, 0, ENTRIES + 1)]
    each_office.run("publish")
    assert {finding.code for finding in each_office.verdict(texts[revoked]).findings} >= {"revoked"}
    assert {number: each_office.verdict(texts[number]).findings for number in others} == {number: before[number] for number in others}
    assert [position for _, position in slots] == sorted(position for _, position in slots)
    message, position = slots[-1]
    held = claims.from_bytes(message.payload)
    assert (held.number_in("ALX"), held.uri, held.idx, position) == (new.number, f"https://{HOST}/status/2", 0, ENTRIES)
    assert {wire.write(message, HOST) for message, _ in slots[:-1]} == set(texts.values())


def test_codes_of_both_versions_hang_at_once(each_office: Office) -> None:
    """What hangs is printed as it was and read as it was; what is new, and what replaces it, is of version 2; both get the log's check."""
    texts = from_before.lay(each_office, 6)
    each_office.run("database", "upgrade", now=None, keys=False)
    moved, kept, *_ = texts
    each_office.run("license", "replace", moved, "--reason", "moved", "--holder", "سامي فؤاد", "--out", each_office.folder / "out")
    with each_office.locations.engine() as engine:
        (new,) = issue(engine, [entry(trade_name="مخبز ورد")], pool=InProcess(each_office.clerk().sealer), source=SOURCE, now=SECONDS)
        with engine.connect() as connection:
            hanging = {wire.write(message, HOST): message for _, message in positions.sealed(connection, 0, ENTRIES + 2)}
            entries = list(positions.entries(connection, 0, positions.following(connection)))
    each_office.run("publish")
    assert set(texts.values()) < hanging.keys()
    assert Counter(wire.parse(text).version for text in hanging) == {"1": 6, "2": 2}
    assert {text: wire.token(text) for text in hanging} == hanging
    judge = judge_of(each_office, entries)
    said = {text: judge(text) for text in hanging}
    assert {verdict.findings[6].code for verdict in said.values()} == {"logged"}
    assert said.pop(texts[moved]).reason.code == "superseded"
    assert {verdict.seal for verdict in said.values()} == {"genuine"}
    assert {new.number, kept, moved} <= {verdict.claims.number_in("ALX") for verdict in said.values() if verdict.claims}
    # The other form of a signature: in version 1 the same seal and the same leaf, in version 2 none.
    forms = [judge(wire.write(other_form(hanging[text]), HOST)) for text in said]
    assert Counter((form.seal, form.findings[6].code) for form in forms) == {("genuine", "logged"): 5, ("not_valid", "not_reached"): 2}
    assert {form.reason.code for form in forms if form.seal == "not_valid"} == {"signature_invalid"}


def judge_of(office: Office, entries: list[bytes]) -> Callable[[str], Verdict]:
    """A verifier that has the published lists and all of a log."""
    lists = office.lists()
    trust = lists.trust._replace(log=LogTerms(f"{HOST}/log", (), (), 0))
    logged = Held(len(entries), SECONDS, False, {place: leaves.leaf_of(entry) for place, entry in enumerate(entries)})
    return lambda text: verify(text, trust=trust, status=lists.status, hosts=trust.hosts, now=NOW, log=logged)


def other_form(message: cose.Sign1) -> cose.Sign1:
    """The same token with n - s."""
    s = fixed.P256_ORDER - int.from_bytes(message.signature[32:], "big")
    return message._replace(signature=message.signature[:32] + s.to_bytes(32, "big"))


def test_of_every_position_there_is_an_entry(each_office: Office) -> None:
    from_before.lay(each_office, 5)
    each_office.run("database", "upgrade", now=None, keys=False)
    with each_office.locations.engine() as engine, engine.connect() as connection:
        entries = list(positions.entries(connection, 0, positions.following(connection)))
        sealed = dict(positions.sealed(connection, 0, ENTRIES))
    assert len(entries) == ENTRIES
    assert {place: entry for place, entry in enumerate(entries) if entry != leaves.VOID} == {
        place: leaves.entry_of(message) for place, message in sealed.items()
    }
    assert len(sealed) == 5
    assert cose.from_bytes(next(iter(sealed.values())).to_bytes()) in sealed.values()


@pytest.mark.parametrize("size", [0, 1, 23, 24, 25, 120, 254, 255, 256, 257, 600])
@pytest.mark.parametrize("header", [b"", b"\xa2\x01\x26\x04\x41\x05", bytes(23), bytes(24)])
def test_an_entry_is_made_of_a_token_as_of_what_it_is_parsed_to(size: int, header: bytes) -> None:
    for signature in (bytes(range(64)), b"\xff" * 64):  # s in the lower half, and in the upper
        message = cose.Sign1(header, (bytes(range(256)) * 3)[:size], signature)
        for token in (message.to_bytes(), message.to_bytes().removeprefix(cose.TAG)):
            assert cose.from_bytes(token) == message
            assert (positions._entries([token]), positions._message(token)) == ([leaves.entry_of(message)], message)


def _entry(token: bytes) -> bytes:
    (made,) = positions._entries([token])
    return made


def damaged() -> Iterator[bytes]:
    """A token with one octet after another changed where its frame is; with octets missing anywhere; with a frame in its header."""
    whole = cose.Sign1(b"\xa2\x01\x28\x04\x41\x05", b"p" * 30, bytes(range(64))).to_bytes()
    for place in (0, 1, 2, 3, 8, 9, 10, 11, -66, -65, -64, -1):
        for value in range(256):
            token = bytearray(whole)
            token[place] = value
            yield bytes(token)
    for start in range(3, len(whole)):
        for end in range(start + 1, len(whole) + 1):
            if len(whole) - end + start >= 67:
                yield whole[:start] + whole[end:]
    yield b"\xd2\x84\x46" + b"\xa2\x01\x58\x40\x41\x05" + b"\xa0\x40" + bytes(60)


def test_a_damaged_token_has_the_entry_of_its_parse_or_none() -> None:
    def told(entry: Callable[[], bytes]) -> bytes | str:
        try:
            return entry()
        except FormatError as error:
            return error.code

    for token in damaged():
        assert told(lambda token=token: leaves.entry_of(positions._message(token))) == told(partial(_entry, token))  # type: ignore[misc]
        assert told(partial(_entry, token)) == told(lambda token=token: leaves.entry_of(cose.from_bytes(token)))  # type: ignore[misc]


def test_a_new_register_begins_with_the_first_position(each_office: Office) -> None:
    with each_office.locations.engine(create=True) as engine:
        with engine.connect() as connection:
            assert positions.following(connection) == 0
        issue(engine, [entry()], pool=InProcess(each_office.clerk().sealer), source=SOURCE, now=SECONDS)
        with engine.connect() as connection:
            assert [position for position, _ in positions.sealed(connection, 0, 10)] == [0]
