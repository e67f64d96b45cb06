"""What an authenticator answered is taken only if it is exactly what was asked for."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acts import passkeys
from acts.errors import ApprovalError
from acts.passkeys import Site

from .authenticator import SITE, Authenticator, text

CHALLENGE = bytes(range(32))


def test_a_passkey_is_made_and_signs() -> None:
    mona = Authenticator("mona")
    made = passkeys.enrolled(mona.create(CHALLENGE), challenge=CHALLENGE, site=SITE)
    assert (made.credential, made.counter, made.synced) == (mona.credential, 0, False)
    given_ = passkeys.parse(mona.get(CHALLENGE))
    assert passkeys.verify(given_, challenge=CHALLENGE, passkey=mona.passkey._replace(public_key=made.public_key), site=SITE) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"origin": "https://office.example.evil"},
        {"origin": "http://office.example"},
        {"site": Site("evil.example", SITE.origins)},
        {"flags": 0x01},  # somebody was there, and did not show that it is they
        {"flags": 0x04},
        {"more": {"crossOrigin": True}},
        {"more": {"topOrigin": "https://evil.example"}},
        {"more": {"type": "webauthn.other"}},
    ],
    ids=str,
)
def test_what_was_not_asked_for_is_refused(change: dict[str, object]) -> None:
    mona = Authenticator("mona")
    for name, value in change.items():
        setattr(mona, name, value)
    with pytest.raises(ApprovalError, match="passkey_refused"):
        passkeys.verify(mona.sign(CHALLENGE), challenge=CHALLENGE, passkey=mona.passkey, site=SITE)
    with pytest.raises(ApprovalError, match="passkey_refused"):
        passkeys.enrolled(mona.create(CHALLENGE), challenge=CHALLENGE, site=SITE)


def test_another_challenge_key_or_credential_is_refused() -> None:
    mona, omar = Authenticator("mona"), Authenticator("omar")
    for challenge, passkey in (
        (bytes(32), mona.passkey),
        (CHALLENGE, omar.passkey),
        (CHALLENGE, mona.passkey._replace(public_key=omar.public_key)),
        (CHALLENGE, mona.passkey._replace(public_key=b"\xa0")),
    ):
        with pytest.raises(ApprovalError, match="passkey_refused"):
            passkeys.verify(mona.sign(CHALLENGE), challenge=challenge, passkey=passkey, site=SITE)


@pytest.mark.parametrize("part", ["authenticator_data", "client_data", "signature"])
def test_no_octet_of_an_assertion_may_change(part: str) -> None:
    mona = Authenticator("mona")
    made = mona.sign(CHALLENGE)
    octets = getattr(made, part)
    for place in range(0, len(octets), 7):
        changed = octets[:place] + bytes([octets[place] ^ 0x10]) + octets[place + 1 :]
        with pytest.raises(ApprovalError, match="passkey_refused"):
            passkeys.verify(made._replace(**{part: changed}), challenge=CHALLENGE, passkey=mona.passkey, site=SITE)


@given(
    st.text(max_size=60)
    | st.recursive(
        st.none() | st.text(max_size=5) | st.integers(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(
                    ["id", "rawId", "type", "response", "clientDataJSON", "authenticatorData", "signature", "attestationObject"]
                ),
                inner,
            )
        ),
    ).map(json.dumps)
)
def test_a_strangers_answer_is_refused_and_nothing_else(answer: str) -> None:
    for read in (passkeys.parse, lambda sent: passkeys.enrolled(sent, challenge=CHALLENGE, site=SITE)):
        with pytest.raises(ApprovalError, match="passkey_refused"):
            read(answer)


def test_what_is_too_large_is_not_parsed() -> None:
    mona = Authenticator("mona")
    sent = json.loads(mona.get(CHALLENGE))
    sent["response"]["signature"] = text(bytes(1100))
    for answer in (json.dumps(sent), "[" * 20_000):
        with pytest.raises(ApprovalError, match="passkey_refused"):
            passkeys.parse(answer)


def test_a_counter_goes_on_or_stays_at_nothing() -> None:
    assert passkeys.counts_on(0, 0)
    assert passkeys.counts_on(3, 4)
    assert not passkeys.counts_on(4, 4)
    assert not passkeys.counts_on(4, 0)
