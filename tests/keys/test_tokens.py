"""Keys in a token: the real module of SoftHSM, made inside, never outside, opened anew once after a fault, PINs never tried twice."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pkcs11
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass, TokenFlag
from pkcs11.util.ec import encode_named_curve_parameters

from keys import modules, pins, tokens
from keys.errors import CustodyError
from keys.places import Place, Token
from keys.tokens import TokenSigner
from seal import cose
from tests.softhsm import PIN, SoftHsm, softhsm


@pytest.fixture
def hsm(tmp_path: Path) -> Iterator[SoftHsm]:
    with softhsm(tmp_path / "hsm") as made:
        yield made


@pytest.fixture
def token(hsm: SoftHsm) -> Token:
    return hsm.add("khatm")


@pytest.fixture
def place(token: Token) -> Place:
    return tokens.generate(token, "khatm MN1 license 02", pins.read)


class Answers:
    """Says the same PIN to whoever asks, and counts."""

    def __init__(self, text: str, *, typed: bool = False) -> None:
        self.pin, self.asked = pins.Pin(text, typed), 0

    def __call__(self, label: str) -> pins.Pin:
        self.asked += 1
        return self.pin


def raw(token: Token) -> Any:
    """A session of another program's kind, in the same process: logged in, and free to try anything."""
    module = modules.of(token)
    found = module.token(token.label)
    module.session(found, pins.read)
    return found.open(rw=True)


def key_of(session: Any, place: Place) -> Any:
    return next(iter(session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.ID: place.id})))


def refused(code: str, work: Callable[[], object]) -> CustodyError:
    with pytest.raises(CustodyError) as raised:
        work()
    assert raised.value.code == code, raised.value
    return raised.value


def holds(signer: TokenSigner, place: Place, data: bytes = b"what is signed") -> None:
    """What it signs holds for `cryptography` alone, and as our verifier looks at it."""
    signature = signer(data)
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    numbers = ec.EllipticCurvePublicNumbers(int.from_bytes(place.x, "big"), int.from_bytes(place.y, "big"), ec.SECP256R1())
    numbers.public_key().verify(encode_dss_signature(r, s), data, ec.ECDSA(SHA256()))
    header = cose.protected(b"\x02", alg=cose.ESP256)
    sealed = cose.sign(header, data, cose.low_signer(signer))
    assert not cose.is_high(sealed.signature)
    cose.verify(sealed, place.public())


def test_what_a_key_in_a_token_signs_holds(place: Place) -> None:
    signer = TokenSigner(place, pins.read)
    for number in range(20):  # high and low s, and numbers with leading zeros now and then
        holds(signer, place, number.to_bytes(200, "big"))


def test_a_key_never_leaves_its_token(place: Place, token: Token) -> None:
    session = raw(token)
    key = key_of(session, place)
    wanted = {"SENSITIVE": True, "EXTRACTABLE": False, "ALWAYS_SENSITIVE": True, "NEVER_EXTRACTABLE": True, "LOCAL": True, "DERIVE": False}
    assert {name: key[getattr(Attribute, name)] for name in wanted} == wanted
    with pytest.raises(pkcs11.AttributeSensitive):
        _ = key[Attribute.VALUE]
    wrapping = session.generate_key(KeyType.AES, 256, store=False, capabilities=pkcs11.MechanismFlag.WRAP | pkcs11.MechanismFlag.UNWRAP)
    with pytest.raises(pkcs11.KeyUnextractable):
        wrapping.wrap_key(key, mechanism=Mechanism.AES_KEY_WRAP)
    for attribute, value in ((Attribute.EXTRACTABLE, True), (Attribute.SENSITIVE, False)):
        with pytest.raises(pkcs11.PKCS11Error):
            key[attribute] = value
    assert tokens.keys_in(token, pins.read) == [tokens.Seen(place.id, "khatm MN1 license 02", kept=True)]


def made_by_others(token: Token, key_id: bytes, **private: bool) -> Place:
    """A key that another program made in the token, and a place that names it."""
    session = raw(token)
    curve = {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
    template = {getattr(Attribute, name): value for name, value in private.items()}
    parameters = session.create_domain_parameters(KeyType.EC, curve, local=True)
    public, _ = parameters.generate_keypair(id=key_id, label="another's", store=True, private_template=template)
    point = public[Attribute.EC_POINT][-64:]
    return Place(token.module, token.label, modules.serial_of(session.token), key_id, point[:32], point[32:])


@pytest.mark.parametrize("private", [{"EXTRACTABLE": True}, {"SENSITIVE": False}])
def test_a_key_that_could_leave_is_not_used(token: Token, private: dict[str, bool]) -> None:
    place = made_by_others(token, b"open", **private)
    refused("token_key_extractable", lambda: TokenSigner(place, pins.read))
    assert not tokens.keys_in(token, pins.read)[0].kept
    for name, value in private.items():  # closed afterwards, it is the key of whoever took it out before
        key_of(raw(token), place)[getattr(Attribute, name)] = not value
    refused("token_key_extractable", lambda: TokenSigner(place, pins.read))


def test_a_key_that_was_brought_in_is_not_used(token: Token) -> None:
    session, known = raw(token), ec.generate_private_key(ec.SECP256R1())
    session.create_object(
        {
            Attribute.CLASS: ObjectClass.PRIVATE_KEY,
            Attribute.KEY_TYPE: KeyType.EC,
            Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1"),
            Attribute.VALUE: known.private_numbers().private_value.to_bytes(32, "big"),
            Attribute.ID: b"brought",
            Attribute.TOKEN: True,
            Attribute.PRIVATE: True,
            Attribute.SENSITIVE: True,
            Attribute.EXTRACTABLE: False,
            Attribute.SIGN: True,
        }
    )
    numbers = known.public_key().public_numbers()
    x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
    place = Place(token.module, token.label, modules.serial_of(session.token), b"brought", x, y)
    refused("token_key_extractable", lambda: TokenSigner(place, pins.read))


def test_one_that_could_leave_is_destroyed_as_soon_as_it_is_made(token: Token, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(tokens._MADE, Attribute.EXTRACTABLE, True)  # as a token would that does not heed what it is told
    refused("token_key_extractable", lambda: tokens.generate(token, "x", pins.read))
    assert tokens.keys_in(token, pins.read) == []


def test_one_that_cannot_sign_is_destroyed_too(token: Token, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(tokens._MADE, Attribute.SIGN, False)
    refused("token_failed", lambda: tokens.generate(token, "x", pins.read))
    assert tokens.keys_in(token, pins.read) == []


def test_another_key_or_none_is_told(place: Place, token: Token) -> None:
    other = tokens.generate(token, "other", pins.read)
    refused("token_key_other", lambda: TokenSigner(place._replace(x=other.x, y=other.y), pins.read))
    refused("token_key_missing", lambda: TokenSigner(place._replace(id=b"nobody's"), pins.read))
    made_by_others(token, place.id)
    refused("token_key_other", lambda: TokenSigner(place, pins.read))
    key_of(raw(token), other).destroy()
    refused("token_key_missing", lambda: TokenSigner(other, pins.read))


def in_children(work: Callable[[], bytes], count: int = 1) -> list[bytes]:
    """What `work` returns in each of the children that are forked now."""
    pipes = []
    for _ in range(count):
        reading, writing = os.pipe()
        if not os.fork():
            told = b"failed"
            try:
                told = work()
            except BaseException as error:  # noqa: BLE001 - whatever it is, this process ends here
                told = repr(error).encode()
            finally:
                os.write(writing, told)
                os._exit(0)
        os.close(writing)
        pipes.append(reading)
    found = [Path(f"/dev/fd/{pipe}").read_bytes() for pipe in pipes]
    for pipe in pipes:
        os.close(pipe)
        os.wait()
    return found


def test_after_a_fork_each_process_has_sessions_of_its_own(place: Place, token: Token) -> None:
    answers, module = Answers(PIN), modules.of(token)
    signer = TokenSigner(place, answers)
    holds(signer, place)

    def both() -> bytes:
        assert not module._sessions and not module._library.initialized, "what was begun before a fork is broken after it"
        holds(signer, place)
        return signer(b"the child's") + answers.asked.to_bytes(1, "big")

    (told,) = in_children(both)
    assert len(told) == 65, told
    holds(signer, place)
    assert told[-1] == answers.asked == 0 or (told[-1], answers.asked) == (1, 1), "asked once, for both"
    sealed = cose.Sign1(b"", b"", told[:64])
    r, s = (int.from_bytes(half, "big") for half in (sealed.signature[:32], sealed.signature[32:]))
    place.public().verify(encode_dss_signature(r, s), b"the child's", ec.ECDSA(SHA256()))


def test_processes_that_start_at_once_take_turns(place: Place, token: Token) -> None:
    """Whoever looks into a token of SoftHSM while another logs in sees none: three out of four such starts failed."""
    module = modules.of(token)

    def starts() -> bytes:
        looks = 0
        for _ in range(12):
            begun = module.begun
            holds(TokenSigner(place, pins.read), place)
            looks += module.begun - begun
            module.end()
        return looks.to_bytes(1, "big")

    assert in_children(starts, 3) == [b"\0"] * 3, "each at its first look"


def test_a_turn_that_never_ends_keeps_nobody_out(place: Place, token: Token, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modules, "_TURN_TRIES", 3)
    modules.of(token).end()
    with Path(token.module).resolve().open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        holds(TokenSigner(place, pins.read), place)


def test_threads_take_turns(place: Place, token: Token) -> None:
    second = tokens.generate(token, "second", pins.read)
    signers = [(TokenSigner(each, pins.read), each) for each in (place, second)]
    with ThreadPoolExecutor(8) as pool:
        for _ in pool.map(lambda number: holds(*signers[number % 2], str(number).encode()), range(80)):
            pass


def closed(token: Token) -> None:
    for session in modules.of(token)._sessions.values():
        session.close()  # and logged out


def ended(token: Token) -> None:
    modules.of(token)._library.finalize()  # by other code of this process, or a driver that was restarted


def destroyed_handles(token: Token) -> None:
    session = next(iter(modules.of(token)._sessions.values()))
    session.token.slot.get_token().open().close()
    modules.of(token)._library.reinitialize()


@pytest.mark.parametrize("fault", [closed, ended, destroyed_handles])
def test_after_a_fault_it_is_opened_anew_once(place: Place, token: Token, fault: Callable[[Token], None]) -> None:
    answers = Answers(PIN)
    signer = TokenSigner(place, answers)
    begun, asked = modules.of(token).begun, answers.asked
    fault(token)
    holds(signer, place)
    assert (modules.of(token).begun, answers.asked) == (begun + 1, asked), "once, and nobody was asked"


def test_a_fault_that_stays_is_told_and_leaves_nothing_open(place: Place, token: Token, hsm: SoftHsm, tmp_path: Path) -> None:
    signer = TokenSigner(place, pins.read)
    for each in hsm.tokens().iterdir():
        shutil.move(each, tmp_path / each.name)  # as if it was taken out
    modules.of(token).end()
    refused("token_missing", lambda: signer(b"x"))
    hsm.tokens().rmdir()  # not even the module starts
    modules.of(token).end()
    refused("token_module", lambda: signer(b"x"))
    hsm.tokens().mkdir()
    for each in tmp_path.iterdir():
        if each != hsm.folder:
            shutil.move(each, hsm.tokens())
    holds(signer, place)


class Watched:
    """Counts the PINs that a token is tried with; may have it show flags, or refuse, as SoftHSM never does."""

    def __init__(self, look: Callable[..., Any], flags: int, error: type[Exception] | None) -> None:
        self._look, self._flags, self._error = look, flags, error
        self.tried = 0

    def look(self, *words: Any) -> Watched:
        self._token = self._look(*words)
        self.flags = TokenFlag(self._token.flags | self._flags)
        return self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._token, name)

    def open(self, **words: Any) -> Any:
        self.tried += 1
        if self._error:
            raise self._error
        return self._token.open(**words)


def watched(monkeypatch: pytest.MonkeyPatch, token: Token, *, flags: int = 0, error: type[Exception] | None = None) -> Watched:
    module = modules.of(token)
    seen = Watched(module.token, flags, error)
    monkeypatch.setattr(module, "token", seen.look)
    return seen


def test_a_wrong_pin_is_tried_once(place: Place, token: Token, hsm: SoftHsm, monkeypatch: pytest.MonkeyPatch) -> None:
    hsm.restart()
    seen = watched(monkeypatch, token)
    wrong = Answers("1234-of-another")
    for _ in range(3):
        refused("pin_wrong", lambda: TokenSigner(place, wrong))
    assert seen.tried == 1, "a service that goes on does not lock the token"
    holds(TokenSigner(place, Answers(PIN)), place)
    assert seen.tried == 2


def test_a_pin_that_was_changed_meanwhile_is_told_once_and_asked_for_again(
    place: Place, token: Token, hsm: SoftHsm, monkeypatch: pytest.MonkeyPatch
) -> None:
    signer = TokenSigner(place, pins.read)
    module = modules.of(token)
    with module.token(token.label).open(rw=True) as session:
        session.set_pin(PIN, "5-other-horses")
    module.end()
    seen = watched(monkeypatch, token)
    refused("pin_wrong", lambda: signer(b"x"))
    refused("pin_wrong", lambda: signer(b"x"))
    assert seen.tried == 1, "the file still has the old one"
    (hsm.folder / "token.pin").write_text("5-other-horses\n")
    holds(signer, place)
    assert seen.tried == 2


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (pkcs11.PinIncorrect, "pin_wrong"),
        (pkcs11.PinInvalid, "pin_wrong"),
        (pkcs11.PinLenRange, "pin_wrong"),
        (pkcs11.PinLocked, "pin_locked"),
        (pkcs11.PinExpired, "pin_expired"),
        (pkcs11.UserPinNotInitialized, "pin_unset"),
    ],
)
def test_each_refusal_of_a_pin_has_its_own_words(
    place: Place, token: Token, hsm: SoftHsm, monkeypatch: pytest.MonkeyPatch, error: type[Exception], code: str
) -> None:
    hsm.restart()
    seen = watched(monkeypatch, token, error=error)
    refused(code, lambda: TokenSigner(place, Answers(PIN)))
    assert seen.tried == 1


def test_the_last_try_is_a_person_s(place: Place, token: Token, hsm: SoftHsm, monkeypatch: pytest.MonkeyPatch) -> None:
    hsm.restart()
    seen = watched(monkeypatch, token, flags=TokenFlag.USER_PIN_FINAL_TRY)
    refused("pin_final", lambda: TokenSigner(place, Answers(PIN)))
    assert seen.tried == 0
    holds(TokenSigner(place, Answers(PIN, typed=True)), place)


def test_a_locked_token_is_not_tried(place: Place, token: Token, hsm: SoftHsm, monkeypatch: pytest.MonkeyPatch) -> None:
    hsm.restart()
    answers = Answers(PIN)
    seen = watched(monkeypatch, token, flags=TokenFlag.USER_PIN_LOCKED)
    refused("pin_locked", lambda: TokenSigner(place, answers))
    assert (seen.tried, answers.asked) == (0, 0), "nor is anybody asked"


def test_a_module_or_token_that_is_not_there_is_named(place: Place, hsm: SoftHsm, tmp_path: Path) -> None:
    text = tmp_path / "libtext.so"
    text.write_text("no library")
    for path in (tmp_path / "nothing.so", text, tmp_path):
        error = refused("token_module", lambda path=path: tokens.generate(Token(str(path), "khatm"), "x", pins.read))  # type: ignore[misc]
        assert str(path) in error.detail
    refused("token_missing", lambda: tokens.generate(Token(hsm.module, "nobody's"), "x", pins.read))
    refused("token_missing", lambda: TokenSigner(place._replace(serial="another's"), pins.read))
    hsm.add("khatm")
    hsm.restart()
    refused("token_ambiguous", lambda: tokens.generate(Token(hsm.module, "khatm"), "x", pins.read))
    holds(TokenSigner(place, pins.read), place)  # a place names the serial number too


def test_two_names_of_one_module_are_one_module(place: Place, token: Token, tmp_path: Path) -> None:
    link = tmp_path / "linked.so"
    link.symlink_to(token.module)
    signers = [TokenSigner(each, pins.read) for each in (place, place._replace(module=str(link)))]
    for signer in (*signers, *signers):
        holds(signer, place)
