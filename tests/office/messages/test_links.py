"""Links and notices: nobody guesses a link, and no word of a message is chosen by whoever might want to mislead."""

import hashlib
import json
from datetime import date

import pytest
from sqlalchemy import Engine, select

from issuer.errors import IssuerError
from issuer.register.issuing import Source, issue
from issuer.register.signer_pool import InProcess
from office.messages import links, notices, outbox, parts
from office.messages import tables as messages_tables
from office.messages.outbox import Message
from tests.issuer.offices import HOST, SECONDS, Office, entry
from tests.office.messages.posting import message, number, states


@pytest.fixture
def license_number(each_office: Office, register: Engine) -> str:
    (result,) = issue(register, [entry()], pool=InProcess(each_office.clerk().sealer), source=Source(b"f" * 32), now=SECONDS)
    return result.number


def found(register: Engine, token: str) -> str | None:
    with register.connect() as connection:
        return links.find(connection, token)


def made(register: Engine, license_number: str) -> str:
    with register.begin() as connection:
        return links.of(connection, license_number, now=SECONDS)


def test_a_link_opens_its_license_and_the_register_does_not_hold_it(register: Engine, license_number: str) -> None:
    tokens = {made(register, license_number) for _ in range(20)}
    assert len(tokens) == 20
    assert {found(register, token) for token in tokens} == {license_number}
    assert all(len(token) == 23 and token.isalnum() and token.isascii() for token in tokens)
    assert len(links._ALPHABET) ** 23 > 2**128
    with register.connect() as connection:
        rows = connection.execute(select(messages_tables.links)).all()
    assert {bytes(row.digest) for row in rows} == {hashlib.sha256(token.encode()).digest() for token in tokens}
    assert not any(token in str(row) for token in tokens for row in rows)


FORGERIES = (
    lambda token: "",
    lambda token: token[:-1],
    lambda token: token + "2",
    lambda token: token.swapcase(),
    lambda token: token[:-1] + ("2" if token[-1] != "2" else "3"),
    lambda token: token + "\n",
    lambda token: " " + token,
    lambda token: token[:-1] + "\0",
    lambda token: "%",
    lambda token: "' OR 1=1 --",
    lambda token: "٢" * 23,
    lambda token: hashlib.sha256(token.encode()).hexdigest(),  # what a thief of the table has
    lambda token: "2" * 1_000_000,
)


def test_anything_else_opens_nothing(register: Engine, license_number: str) -> None:
    token = made(register, license_number)
    assert [found(register, forge(token)) for forge in FORGERIES] == [None] * len(FORGERIES)


def test_when_a_license_changes_hands_the_old_links_die(register: Engine, license_number: str) -> None:
    old = [made(register, license_number) for _ in range(3)]
    with register.begin() as connection:
        assert links.withdraw(connection, license_number, now=SECONDS + 5) == 3
        assert links.withdraw(connection, license_number, now=SECONDS + 6) == 0
    new = made(register, license_number)
    assert [found(register, token) for token in [*old, new]] == [None, None, None, license_number]
    for work in (links.of, links.withdraw):
        with register.begin() as connection, pytest.raises(IssuerError, match="number_unknown"):
            work(connection, "ALX-MN1-2026-0000009-X", now=SECONDS)


# Notices


def issued(register: Engine, license_number: str, **more: object) -> bool:
    usual = {"edition": 0, "to": number(), "host": HOST, "now": SECONDS}
    with register.begin() as connection:
        return notices.issued(connection, license_number, **usual | more)  # type: ignore[arg-type]


def test_an_issued_license_is_told_once_for_each_edition_with_a_link_on_the_official_host(register: Engine, license_number: str) -> None:
    assert issued(register, license_number)
    assert not issued(register, license_number)
    assert issued(register, license_number, edition=1, language="en")
    first, second = (message(register, f"{license_number}/{edition}/issued") for edition in (0, 1))
    assert first.text.startswith("صدر ترخيصك رقم " + license_number)
    assert "Your license" in second.text
    for told in (first, second):
        address = next(line for line in told.text.splitlines() if line.startswith("https://"))
        assert address.startswith(f"https://{HOST}/k/")
        assert found(register, address.rpartition("/")[2]) == license_number
    with register.connect() as connection:
        assert len(connection.execute(select(messages_tables.links)).all()) == 2, "a link that nobody was sent"


def test_what_the_caller_rolls_back_is_not_told(register: Engine, license_number: str) -> None:
    with pytest.raises(RuntimeError), register.begin() as connection:
        notices.issued(connection, license_number, edition=0, to=number(), host=HOST, now=SECONDS)
        raise RuntimeError
    assert states(register) == {}


HOSTS = ["", "evil.example/x", "user@evil.example", "evil.example?", "evil.example#", "https://evil.example", "localhost\n"]


def test_a_host_is_a_host_and_nothing_more(register: Engine, license_number: str) -> None:
    for host in HOSTS:
        with pytest.raises(ValueError, match="a host"):
            issued(register, license_number, host=host)


FACTS = {"number": "APP-MN1-2026-000017-4", "code": "123456", "piastres": 55_005, "day": date(2026, 12, 31), "time": "09:30"}
DOCUMENTS = {"ar": "سند الحيازة، السجل التجاري", "en": "Title to the premises, commercial register"}


@pytest.mark.parametrize("language", ["ar", "en"])
def test_every_notice_can_be_sent_and_holds_what_it_is_about(register: Engine, language: str) -> None:
    for kind in sorted(set(notices.default()) - {"issued", "reissued"}):
        usual = {"event": kind, "to": number(), "now": SECONDS, "language": language, "documents": DOCUMENTS[language]}
        with register.begin() as connection:
            assert notices.enqueue(connection, kind, **usual, **FACTS)  # type: ignore[arg-type]
            assert not notices.enqueue(connection, kind, **usual, **FACTS)  # type: ignore[arg-type]
        holds_what_it_is_about(message(register, kind), kind, language)


def holds_what_it_is_about(told: Message, kind: str, language: str) -> None:
    assert told.parts <= 3
    assert "{" not in told.text
    for name, shown in {"number": FACTS["number"], "code": "123456", "money": "550.05", "day": "2026-12-31"}.items():
        assert (str(shown) in told.text) == (f"{{{name}}}" in notices.default()[kind]["ar"])
    if language == "en":
        assert parts.split(told.text).alphabet == "gsm", "English is sent in half as many parts"


def test_nobody_s_own_words_get_into_a_message(register: Engine) -> None:
    for wrong in ("evil.example", "a/b", "https://x", "مخبز", "A\nB", "A" * 33, "a b", "{link}"):
        with register.begin() as connection, pytest.raises(ValueError, match="letters, digits and dashes"):
            notices.enqueue(connection, "returned", event="e", to=number(), now=SECONDS, number=wrong)
    assert states(register) == {}


def test_a_fact_that_is_missing_is_noticed_before_it_is_sent(register: Engine) -> None:
    with register.begin() as connection, pytest.raises(ValueError, match="payment_due needs money"):
        notices.enqueue(connection, "payment_due", event="e", to=number(), now=SECONDS, number="A-1")
    with register.begin() as connection, pytest.raises(KeyError):
        notices.enqueue(connection, "unheard_of", event="e", to=number(), now=SECONDS)


def test_a_code_goes_first_and_is_of_no_use_later(register: Engine) -> None:
    with register.begin() as connection:
        notices.enqueue(connection, "sign_in_code", event="code/1", to=number(), now=SECONDS, expires=SECONDS + 600, code="004211")
        row = connection.execute(select(messages_tables.messages)).one()
    assert (row.rank, row.expires) == (0, SECONDS + 600)
    assert outbox.EVENT_MAX >= 64


@pytest.mark.parametrize(
    "texts",
    [
        "[]",
        "{",
        '{"x": {"ar": "نص"}}',
        json.dumps({"x": {"ar": "{number}", "en": "text"}}),
        json.dumps({"x": {"ar": "{name}", "en": "{name}"}}),
        json.dumps({"x": {"ar": "https://evil.example", "en": "text"}}),
        json.dumps({"x": {"ar": "{number", "en": "{number"}}),
        json.dumps({"x": {"ar": 1, "en": 2}}),
    ],
)
def test_texts_that_are_not_right_are_refused_as_a_whole(texts: str) -> None:
    with pytest.raises(IssuerError, match="messages_invalid"):
        notices.parse(texts)
