"""SMPP 3.4: one bound transceiver that submits, waits for each answer, and hears receipts in between.

Source: Short Message Peer to Peer Protocol Specification v3.4, issue 1.2. smpplib writes and reads the PDUs; waiting, answering and
reconnecting is done here, for its own loop loses its place in the stream when a PDU comes slowly, and its splitting cuts characters in two.
"""

from __future__ import annotations

import logging
import select
import socket
import ssl
import struct
import time
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import smpplib.client
from smpplib import consts, exceptions, smpp
from smpplib.command import Param
from smpplib.pdu import extract_command
from smpplib.ptypes import ostr

from . import parts, smpp_ids
from .providers import Heard, Piece, PostponedError, RefusedError, UnreachableError
from .smpp_ids import Forms
from .smpp_receipts import receipt_of

ANSWER_SECONDS = 10  # for a connection and for each answer
ENQUIRE_SECONDS = 30  # of silence, then we ask whether somebody is there
LARGEST_PDU = 70_000  # message_payload has at most 64 KiB (§5.3.2.32)
VALID_SECONDS = 2 * 86_400  # how long the network tries, for what does not expire earlier
_LOG = logging.getLogger("khatm.smpp")
_LOG.setLevel(logging.WARNING)  # below that smpplib writes every PDU, with number and text
# §5.1.3: about the piece itself, so that no later try will do better
_NEVER = frozenset(
    {
        *(consts.SMPP_ESME_RINVMSGLEN, consts.SMPP_ESME_RINVSRCADR, consts.SMPP_ESME_RINVDSTADR, consts.SMPP_ESME_RINVDSTTON),
        *(consts.SMPP_ESME_RINVDSTNPI, consts.SMPP_ESME_RINVSRCTON, consts.SMPP_ESME_RINVSRCNPI, consts.SMPP_ESME_RINVESMCLASS),
        *(consts.SMPP_ESME_RINVEXPIRY, consts.SMPP_ESME_RINVREGDLVFLG),
    }
)
_BROKEN = (exceptions.PDUError, exceptions.UnknownCommandError, struct.error, KeyError, ValueError, IndexError, TypeError, AttributeError)


class Account(NamedTuple):
    """Where to bind and as whom. `source` is up to 11 letters and digits, or a number; `long` is how long texts are submitted.

    `ids` is how the centre writes what it calls a message.
    """

    host: str
    port: int
    system_id: str
    password: str
    source: str
    system_type: str = ""
    long: Literal["udh", "payload"] = "udh"
    tls: bool = True
    ids: Forms = Forms()


class _Lenient(dict[str, Any]):
    """The parameters of a PDU; any other one is octets."""

    def __missing__(self, name: str) -> Param:
        return Param(type=ostr)


class _Client(smpplib.client.Client):  # type: ignore[misc]
    """smpplib's, but over IPv6 and checked TLS too, and with a limit to what it reads."""

    def open(self, context: ssl.SSLContext | None) -> None:
        raw = socket.create_connection((self.host, self.port), self.timeout)
        self._socket = context.wrap_socket(raw, server_hostname=self.host) if context else raw
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.state = consts.SMPP_CLIENT_STATE_OPEN

    def _recv_exact(self, exact_size: int) -> bytes:
        if not 0 < exact_size <= LARGEST_PDU:
            raise exceptions.PDUError("a PDU's length")
        data: bytes = super()._recv_exact(exact_size)
        return data

    def read_pdu(self) -> Any:
        """Read one PDU. A TLV that the specification knows but smpplib does not expect here is no reason to hang up (§3.3)."""
        head = self._recv_exact(4)
        data = head + self._recv_exact(int.from_bytes(head) - 4)
        pdu = smpp.make_pdu(extract_command(data), client=self, allow_unknown_opt_params=True)
        pdu.params = _Lenient(pdu.params)
        pdu.parse(data)
        if not pdu.is_error() and pdu.command in consts.STATE_SETTERS:
            self.state = consts.STATE_SETTERS[pdu.command]
        return pdu

    def waits(self, seconds: float) -> bool:
        """Tell whether something can be read within `seconds`."""
        if isinstance(self._socket, ssl.SSLSocket) and self._socket.pending():
            return True
        return bool(select.select([self._socket], [], [], max(0.0, seconds))[0])


class Smpp:
    """A provider that speaks SMPP. Not bound until `open`."""

    name = "smpp"

    def __init__(self, account: Account, *, tls: ssl.SSLContext | None = None) -> None:
        self._account = account
        self._tls = (tls or ssl.create_default_context()) if account.tls else None
        self._client: _Client | None = None
        self._receipt: Callable[[Heard], None] = lambda _: None
        self._heard = 0.0

    @property
    def joins(self) -> bool:
        """Whether the centre splits long texts itself."""
        return self._account.long == "payload"

    def open(self, receipt: Callable[[Heard], None]) -> None:
        """Bind as a transceiver (§4.1.5). Raises UnreachableError."""
        if self._client is not None:
            return
        self._receipt = receipt
        account = self._account
        client = _Client(account.host, account.port, timeout=ANSWER_SECONDS, logger_name=_LOG.name, allow_unknown_opt_params=True)
        try:
            client.open(self._tls)
            client.bind_transceiver(system_id=account.system_id, password=account.password, system_type=account.system_type)
        except exceptions.PDUError as error:
            _drop(client)
            raise UnreachableError(_code(error.args[1]) if len(error.args) > 1 else "smpp_broken") from error
        except (OSError, exceptions.ConnectionError, *_BROKEN) as error:
            _drop(client)
            raise UnreachableError("smpp_unreachable") from error
        self._client, self._heard = client, time.monotonic()

    def submit(self, piece: Piece) -> str:
        """Submit a piece (§4.4) and return its message_id. Raises RefusedError, PostponedError, UnreachableError."""
        answer = self._ask("submit_sm", **self._fields(piece))
        if answer.command != "submit_sm_resp" or answer.status:
            code = _code(answer.status)
            raise RefusedError(code) if answer.status in _NEVER else PostponedError(code)
        return _name(answer, self._account.ids)

    def listen(self, seconds: float) -> None:
        """Hear receipts for `seconds`; after a silence of `ENQUIRE_SECONDS` ask who is there (§4.11). Raises UnreachableError."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if time.monotonic() - self._heard >= ENQUIRE_SECONDS:
                self._ask("enquire_link")
            elif (pdu := self._read(min(left, ENQUIRE_SECONDS))) is not None:
                self._hear(pdu)

    def close(self) -> None:
        """Unbind (§4.2) and close."""
        client, self._client = self._client, None
        if client is None:
            return
        try:
            client.send_pdu(smpp.make_pdu("unbind", client=client))
        except (OSError, exceptions.ConnectionError, *_BROKEN):
            pass  # it is going anyway
        _drop(client)

    def _fields(self, piece: Piece) -> dict[str, Any]:
        account = self._account
        alphanumeric = not account.source.isdigit()
        octets = parts.encode(piece.text, piece.alphabet)
        joined = piece.total > 1
        fields: dict[str, Any] = {
            "source_addr_ton": consts.SMPP_TON_ALNUM if alphanumeric else consts.SMPP_TON_INTL,
            "source_addr_npi": consts.SMPP_NPI_UNK if alphanumeric else consts.SMPP_NPI_ISDN,
            "source_addr": account.source,
            "dest_addr_ton": consts.SMPP_TON_INTL,
            "dest_addr_npi": consts.SMPP_NPI_ISDN,
            "destination_addr": piece.to.removeprefix("+"),
            "esm_class": consts.SMPP_GSMFEAT_UDHI if joined else consts.SMPP_MSGMODE_DEFAULT,
            "data_coding": consts.SMPP_ENCODING_ISO10646 if piece.alphabet == "ucs2" else consts.SMPP_ENCODING_DEFAULT,
            "registered_delivery": consts.SMPP_SMSC_DELIVERY_RECEIPT_BOTH,
            "validity_period": _period(VALID_SECONDS if piece.seconds is None else piece.seconds),
        }
        if joined:
            octets = parts.header(piece.reference, piece.total, piece.number) + octets
        elif len(octets) > 140:
            return fields | {"short_message": b"", "message_payload": octets}
        return fields | {"short_message": octets}

    def _ask(self, command: str, **fields: Any) -> Any:
        """Send a request and return its answer; what comes in between is heard. Raises UnreachableError."""
        client = self._bound()
        deadline = time.monotonic() + ANSWER_SECONDS
        try:
            request = smpp.make_pdu(command, client=client, **fields)
            client.send_pdu(request)
        except (OSError, exceptions.ConnectionError, exceptions.PDUError) as error:
            raise self._lost("smpp_lost") from error
        while (left := deadline - time.monotonic()) > 0:
            pdu = self._read(left)
            if pdu is not None and pdu.sequence == request.sequence and pdu.is_response():
                return pdu
            if pdu is not None:
                self._hear(pdu)
        raise self._lost("smpp_no_answer")

    def _read(self, seconds: float) -> Any:
        """Return the next PDU, or None if none begins within `seconds`. One that begins must end in time."""
        client = self._bound()
        try:
            if not client.waits(seconds):
                return None
            pdu = client.read_pdu()
        except (OSError, exceptions.ConnectionError) as error:
            raise self._lost("smpp_lost") from error
        except _BROKEN as error:
            raise self._lost("smpp_broken") from error
        self._heard = time.monotonic()
        return pdu

    def _hear(self, pdu: Any) -> None:
        """Answer what the centre asks. A receipt is kept before it is acknowledged: if that fails, the centre brings it again."""
        if pdu.command == "unbind":
            self._answer("unbind_resp", pdu)
            raise self._lost("smpp_unbound")
        if pdu.command == "enquire_link":
            self._answer("enquire_link_resp", pdu)
        elif pdu.command == "deliver_sm":
            if (receipt := receipt_of(pdu, self._account.ids)) is not None:  # what citizens write back is nobody's here, and not kept
                self._receipt(receipt)
            self._answer("deliver_sm_resp", pdu)

    def _answer(self, command: str, pdu: Any) -> None:
        client = self._bound()
        answer = smpp.make_pdu(command, client=client)
        answer.sequence = pdu.sequence
        try:
            client.send_pdu(answer)
        except (OSError, exceptions.ConnectionError, exceptions.PDUError) as error:
            raise self._lost("smpp_lost") from error

    def _bound(self) -> _Client:
        if self._client is None:
            raise UnreachableError("smpp_unbound")
        return self._client

    def _lost(self, code: str) -> UnreachableError:
        client, self._client = self._client, None
        if client is not None:
            _drop(client)
        return UnreachableError(code)


def _drop(client: _Client) -> None:
    client.state = consts.SMPP_CLIENT_STATE_OPEN  # smpplib warns of any other
    client.disconnect()


def _name(answer: Any, forms: Forms) -> str:
    """Return what the centre calls what it took.

    One whose name is not of the form that was set was taken all the same: it is noted, under a name that no receipt has.
    """
    name = (getattr(answer, "message_id", None) or b"").decode("ascii", "replace")
    if smpp_ids.canonical(name, "text") is None:
        raise PostponedError("smpp_no_id")
    if (kept := smpp_ids.canonical(name, forms.answers)) is None:
        _LOG.warning("an answer's id is not %s: see ids in the settings", forms.answers)
        return f"={name}"
    return kept


def _code(status: int) -> str:
    return f"smpp_{status:#04x}"


def _period(seconds: int) -> str:
    """Return a relative time (§7.1.1.2): YYMMDDhhmmss, a tenth, two digits of nothing and R; at least a minute."""
    minutes = max(1, seconds // 60)
    days, rest = divmod(minutes, 24 * 60)
    return f"0000{days:02}{rest // 60:02}{rest % 60:02}00000R"
