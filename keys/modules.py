"""The modules of PKCS#11 that this process has begun, and the tokens in which it is logged in.

A module is begun once in a process, a login holds for all its sessions, and what was begun before a fork is broken in the child (PKCS#11
v2.40 §2.5.2 and its usage guide §2.7.1). So a fork finds every module ended; parent and child each begin it again when they next need it,
with the PIN that the token took before. python-pkcs11 promises a module one thread at a time: a lock sees to that.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Any

import pkcs11
from pkcs11 import TokenFlag

from .errors import CustodyError
from .pins import Ask, Pin
from .places import Token

_LOOKS = (0.0, 0.1, 0.3)  # seconds before each further look for a token that is not there
_TURN_TRIES, _TURN_PAUSE = 500, 0.01  # five seconds
#: What python-pkcs11 raises; CKR_CRYPTOKI_NOT_INITIALIZED comes as a bare RuntimeError.
FAULTS = RuntimeError
_REFUSED = {
    pkcs11.PinIncorrect: "pin_wrong",
    pkcs11.PinInvalid: "pin_wrong",
    pkcs11.PinLenRange: "pin_wrong",
    pkcs11.PinLocked: "pin_locked",
    pkcs11.PinExpired: "pin_expired",
    pkcs11.UserPinNotInitialized: "pin_unset",
}


class Module:
    """One module in this process. Whoever calls anything of it, or uses a session, holds its `lock`."""

    def __init__(self, path: str) -> None:
        self.lock = Lock()
        self.begun = 0  # grows when all that was open is gone: sessions, and handles of objects
        self._path = path
        self._library: Any = None  # of python-pkcs11, once it is loaded
        self._sessions: dict[str, pkcs11.Session] = {}
        self._pins: dict[str, Pin] = {}  # that tokens took, by their serial numbers
        self._refused: set[tuple[str, str]] = set()

    def end(self) -> None:
        """End all sessions and logins, as after a fault or before a fork."""
        self.begun += 1
        self._sessions.clear()
        if self._library is not None and self._library.initialized:
            with suppress(FAULTS):
                self._library.finalize()

    def token(self, label: str, serial: str | None = None) -> pkcs11.Token:
        """Return a token. Raises CustodyError `token_module`, `token_missing`, `token_ambiguous`; FAULTS."""
        with _turn(self._path):
            found = self._named(label, serial)
            for wait in () if found else _LOOKS:  # it may have been connected since, or another program was just writing to it
                time.sleep(wait)
                self.end()
                if found := self._named(label, serial):
                    break
        if len(found) != 1:
            raise CustodyError("token_ambiguous" if found else "token_missing", f"{label}, {serial}" if serial else label)
        return found[0]

    def _named(self, label: str, serial: str | None) -> list[pkcs11.Token]:
        return [token for token in self._tokens() if token.label == label and serial in (None, serial_of(token))]

    def _tokens(self) -> list[pkcs11.Token]:
        if not Path(self._path).is_file():
            raise CustodyError("token_module", self._path)
        try:
            self._library = pkcs11.lib(self._path)  # begins it, if it was ended
        except FAULTS as error:
            raise CustodyError("token_module", f"{self._path}: {told(error)}") from error
        return list(self._library.get_tokens())

    def session(self, token: pkcs11.Token, ask: Ask) -> pkcs11.Session:
        """Return the session of a token, logged in; a PIN is asked for where none is known to be right.

        Raises CustodyError `pin_*`, what `ask` raises; FAULTS.
        """
        serial = serial_of(token)
        if serial not in self._sessions:
            self._sessions[serial] = self._login(token, serial, ask)
        return self._sessions[serial]

    def _login(self, token: pkcs11.Token, serial: str, ask: Ask) -> pkcs11.Session:
        check_flags(token.flags, token.label)
        pin = self._pins.pop(serial, None) or ask(token.label)
        if (serial, pin.text) in self._refused:
            raise CustodyError("pin_wrong", token.label)
        if TokenFlag.USER_PIN_FINAL_TRY in token.flags and not pin.typed:
            raise CustodyError("pin_final", token.label)
        try:
            with _turn(self._path):  # a login is noted in the token
                session = token.open(user_pin=pin.text)
        except tuple(_REFUSED) as error:
            self._refused.add((serial, pin.text))
            self.end()  # with the session that was opened to try it in
            raise CustodyError(_REFUSED[type(error)], token.label) from error
        self._pins[serial] = pin
        return session


def check_flags(flags: TokenFlag, label: str) -> None:
    """Return if it makes sense to try a PIN. Raises CustodyError `pin_locked`, `pin_unset`."""
    if TokenFlag.USER_PIN_LOCKED in flags:
        raise CustodyError("pin_locked", label)
    if TokenFlag.USER_PIN_INITIALIZED not in flags:
        raise CustodyError("pin_unset", label)


def serial_of(token: pkcs11.Token) -> str:
    """Return a token's serial number as text."""
    return token.serial.decode("ascii", "replace")


def told(error: Exception) -> str:
    """Return what a module answered, in one word; its own texts may say anything."""
    return type(error).__name__


@contextmanager
def _turn(path: str) -> Iterator[None]:
    """Look into a token or log in while no other process of ours does: SoftHSM has no token for whoever looks while another logs in.

    Nobody can keep others out for good by it: after a while they go on all the same.
    """
    descriptor = -1
    with suppress(OSError):  # where files cannot be locked, there are no turns
        descriptor = os.open(path, os.O_RDONLY)
        for _ in range(_TURN_TRIES):
            with suppress(BlockingIOError):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            time.sleep(_TURN_PAUSE)
    try:
        yield
    finally:
        if descriptor >= 0:
            os.close(descriptor)  # which ends the turn


_modules: dict[str, Module] = {}
_making = Lock()


def of(token: Token) -> Module:
    """Return the module of a token, the same one for all names of its file."""
    path = str(Path(token.module).resolve())
    with _making:
        return _modules.setdefault(path, Module(path))


def _before_fork() -> None:
    _making.acquire()
    for module in _modules.values():
        module.lock.acquire()
        module.end()


def _after_fork() -> None:
    for module in _modules.values():
        module.lock.release()
    _making.release()


os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)
