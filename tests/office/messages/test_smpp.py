"""SMPP with a message centre that others wrote: what arrives there, what its receipts mean, and every way to lose it."""

import datetime
import ipaddress
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from office.messages import smpp as smpp_module
from office.messages import smpp_ids
from office.messages.providers import Heard, PostponedError, Receipt, RefusedError, UnreachableError, Unread
from office.messages.smpp import Smpp
from office.messages.smpp_ids import Forms
from tests import clock
from tests.office.messages import smsc
from tests.office.messages.posting import ARABIC, number, piece
from tests.office.messages.smsc import Smsc
from tests.processes import PATIENCE_SECONDS

DELIVERED = Receipt("m1", "delivered", "")


class Esme:
    """Our side, bound, with the receipts that it heard."""

    def __init__(self, centre: Smsc, **account: object) -> None:
        self.centre, self.smpp = centre, Smpp(centre.account(**account))
        self.receipts: list[Receipt] = []
        self.unread: list[str] = []
        self.open()

    def open(self) -> None:
        self.smpp.open(self.take)

    def take(self, heard: Heard) -> None:
        if isinstance(heard, Unread):
            self.unread.append(heard.reason)
        else:
            self.receipts.append(heard)

    def hear(self, count: int = 1) -> list[Receipt]:
        """Listen until the centre has so many acknowledgements."""
        self.centre.wait("acknowledged", count=count, meanwhile=lambda: self.smpp.listen(0.05))
        return self.receipts


@pytest.fixture
def esme(centre: Smsc) -> Iterator[Esme]:
    bound = Esme(centre)
    yield bound
    bound.smpp.close()


def test_an_arabic_message_arrives_as_it_is_with_a_receipt_asked_for(esme: Esme) -> None:
    assert esme.centre.wait("bound")["version"] == 0x34
    assert esme.smpp.submit(piece()) == "m1"
    told = esme.centre.wait("submitted")
    assert told["text"] == ARABIC
    assert (told["coding"], told["class"], told["registered"], told["udh"], told["payload"]) == (8, 0, 1, "", False)
    assert (told["from"], told["from_ton"]) == ("KHATM", 5)
    assert ("+" + told["to"], told["to_ton"], told["to_npi"]) == (number(), 1, 1)
    assert esme.hear() == [DELIVERED]
    assert esme.centre.heard("acknowledged") == [{"event": "acknowledged", "id": "m1", "status": 0}]


def test_latin_goes_in_the_default_alphabet(esme: Esme) -> None:
    esme.smpp.submit(piece("Code: 12@34 {€}", alphabet="gsm"))
    told = esme.centre.wait("submitted")
    assert (told["coding"], told["text"]) == (0, "Code: 12@34 {€}")


def test_parts_carry_the_header_that_joins_them(esme: Esme) -> None:
    for which in (1, 2):
        esme.smpp.submit(piece("م" * 67, number=which, total=2, reference=0xA5))
    told = [esme.centre.wait("submitted", count=which) for which in (1, 2)]
    assert [(part["class"], part["text"]) for part in told] == [(0x40, "م" * 67)] * 2
    assert [part["udh"][-10:] for part in told] == ["0003a50201", "0003a50202"]


def test_a_centre_that_joins_by_itself_gets_a_long_text_whole(centre: Smsc) -> None:
    esme = Esme(centre, long="payload")
    assert esme.smpp.joins
    esme.smpp.submit(piece("م" * 300))
    esme.smpp.submit(piece(ARABIC))
    long, short = (centre.wait("submitted", count=which) for which in (1, 2))
    assert (long["payload"], long["text"], long["class"]) == (True, "م" * 300, 0)
    assert (short["payload"], short["text"]) == (False, ARABIC)
    esme.smpp.close()


@pytest.mark.parametrize(("seconds", "told"), [(None, 2 * 86_400), (300, 300), (5, 60), (90_061, 90_060)])
def test_the_network_does_not_try_longer_than_it_is_of_use(esme: Esme, seconds: int | None, told: int) -> None:
    esme.smpp.submit(piece(seconds=seconds))
    assert told - 20 < esme.centre.wait("submitted")["valid_seconds"] <= told


# Answers


@pytest.mark.parametrize("status", [0x0B, 0x0A, 0x01])
def test_what_the_centre_will_never_take_is_refused(esme: Esme, status: int) -> None:
    esme.centre.do("answers", list=[{"status": status}])
    with pytest.raises(RefusedError) as refused:
        esme.smpp.submit(piece())
    assert not isinstance(refused.value, PostponedError)
    assert refused.value.code == f"smpp_{status:#04x}"


@pytest.mark.parametrize("status", [0x58, 0x14, 0x08, 0x45, 0x04FF])
def test_what_it_does_not_take_now_is_postponed_and_the_connection_stays(esme: Esme, status: int) -> None:
    esme.centre.do("answers", list=[{"status": status}])
    with pytest.raises(PostponedError) as postponed:
        esme.smpp.submit(piece())
    assert postponed.value.code == f"smpp_{status:#04x}"
    assert esme.smpp.submit(piece()) == "m2"
    assert len(esme.centre.heard("bound")) == 1


def test_an_answer_with_more_than_was_expected_is_understood(esme: Esme) -> None:
    esme.centre.do("answers", list=[{"tlv": True}])
    assert esme.smpp.submit(piece()) == "m1"


# Receipts


@pytest.mark.parametrize(("kind", "count"), [("delivered", 1), ("early", 1), ("text", 1), ("again", 2)])
def test_a_delivery_is_heard_in_whatever_form_it_is_told(esme: Esme, kind: str, count: int) -> None:
    esme.centre.do("receipts", kind=kind)
    assert esme.smpp.submit(piece()) == "m1"
    assert esme.hear(count) == [DELIVERED] * count


def test_a_failure_is_heard_with_the_network_s_code(esme: Esme) -> None:
    esme.centre.do("receipts", kind="failed")
    esme.smpp.submit(piece())
    assert esme.hear() == [Receipt("m1", "failed", "027")]


@pytest.mark.parametrize(("stat", "outcome"), [("EXPIRED", "failed"), ("REJECTD", "failed"), ("ACCEPTD", None)])
def test_only_what_is_final_is_a_receipt(esme: Esme, stat: str, outcome: str | None) -> None:
    esme.centre.do("deliver", id="m9", stat=stat)
    assert [receipt.outcome for receipt in esme.hear()] == ([outcome] if outcome else [])


# As centres and their documentation write them: key in capitals, blanks and line breaks between, words written out, errors of any length.
LITERALS = {
    "SMPP 3.4, Appendix B": (
        "id:m7 sub:001 dlvrd:001 submit date:0908312310 done date:0908312311 stat:DELIVRD err:000 Text:Hello",
        "delivered",
        "",
    ),
    "seconds in the dates": (
        "id:m7 sub:001 dlvrd:001 submit date:190608165232 done date:190608165237 stat:DELIVRD err:0 text:",
        "delivered",
        "",
    ),
    "blanks after the colons": (
        "id: m7 sub: 001 dlvrd: 001 submit date: 2611240900 done date: 2611240901 stat: DELIVRD err: 000",
        "delivered",
        "",
    ),
    "written out, no error": (
        "id:m7 sub:001 dlvrd:001 submit date:2403211200 done date:2403211201 stat:DELIVERED err:000",
        "delivered",
        "",
    ),
    "written out, four digits": (
        "id:m7 sub:001 dlvrd:000 submit_date:2403211200 done_date:2403211201 stat:UNDELIVERABLE err:1077",
        "failed",
        "1077",
    ),
    "four noughts": ("id:m7 sub:1 dlvrd:1 submit date:2403211200 done date:2403211201 stat:DELIVRD err:0000 text:none", "delivered", ""),
    "mixed capitals": (
        "ID:m7 Sub:001 Dlvrd:001 Submit Date:2607181200 Done Date:2607181201 Stat:Delivered Err:00A Text:OK",
        "delivered",
        "00A",
    ),
    "line by line": ("id:m7\nsub:001\ndlvrd:000\nsubmit date:1007291049\ndone\ndate:1007291049\nstat:REJECTED\nerr:0027", "failed", "0027"),
    "a text that quotes another": (
        "id:m7 sub:001 dlvrd:000 submit date:1 done date:1 stat:EXPIRED err:075 text:id:m1 stat:DELIVRD",
        "failed",
        "075",
    ),
}


@pytest.mark.parametrize("alphabet", ["latin-1", "utf-16-be"])
@pytest.mark.parametrize("which", LITERALS)
def test_receipts_are_understood_as_centres_write_them(esme: Esme, which: str, alphabet: str) -> None:
    text, outcome, error = LITERALS[which]
    esme.centre.do("literal", octets=text.encode(alphabet).hex(), coding=0 if alphabet == "latin-1" else 8)
    assert [(heard.provider_id, heard.outcome, heard.error) for heard in esme.hear()] == [("m7", outcome, error)]
    assert esme.unread == []


@pytest.mark.parametrize(
    ("octets", "more"),
    [
        ("id:m7 stat:DELIVRD err:000".encode("utf-16-be"), {"coding": 0}),  # and nobody says so
        ("id:m7 stat:DELIVRD err:000".encode("utf-16"), {"coding": 8}),  # little-endian, with its mark
        ("id:m7 stat:DELIVRD err:000".encode("utf-16-le"), {"coding": 8}),
        (bytes.fromhex("0500035a0101") + b"id:m7 stat:DELIVRD err:000", {"esm_class": 0x44}),
        (b"id:m7 stat:SOMETHING err:000", {"message_state": 2}),
        (b"", {"message_state": 2, "receipted_message_id": "m7"}),
    ],
)
def test_receipts_are_understood_in_whatever_alphabet_they_come(esme: Esme, octets: bytes, more: dict[str, object]) -> None:
    esme.centre.do("literal", octets=octets.hex(), **more)
    assert [heard.provider_id for heard in esme.hear()] == ["m7"]


@pytest.mark.parametrize(
    ("text", "more", "reason"),
    [
        ("id:m7 stat:SOMETHING err:000", {}, "state"),
        ("id:m7 stat: err:000", {}, "state"),
        ("تم تسليم رسالتك", {"coding": 8}, "state"),
        ("id:m7 stat:DELIVRD", {"message_state": 77}, "state"),
        ("id: sub:001 stat:DELIVRD err:000", {}, "name"),
        ("id:m7 stat:DELIVRD", {"receipted_message_id": "m8"}, "name"),
    ],
)
def test_what_is_not_understood_is_acknowledged_and_counted(
    esme: Esme, text: str, more: dict[str, object], reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    esme.centre.do("literal", octets=text.encode("utf-16-be" if more.get("coding") else "latin-1").hex(), **more)
    assert esme.hear() == []
    assert esme.unread == [reason]
    assert esme.centre.heard("acknowledged")[0]["status"] == 0
    assert len(caplog.records) == 1 and "m7" not in caplog.text and "تم" not in caplog.text


@pytest.mark.parametrize("stat", ["ENROUTE", "ACCEPTED", "UNKNOWN"])
def test_what_is_on_its_way_is_understood_and_nothing_yet(esme: Esme, stat: str) -> None:
    esme.centre.do("literal", octets=f"id:m7 stat:{stat} err:000".encode().hex())
    assert esme.hear() == [] == esme.unread


def test_what_a_citizen_writes_back_is_taken_for_no_receipt(esme: Esme) -> None:
    esme.centre.do("write_back")
    assert esme.hear() == []


def test_a_receipt_that_could_not_be_kept_is_not_acknowledged_and_comes_again(centre: Smsc) -> None:
    smpp = Smpp(centre.account())

    def full_disk(_: Heard) -> None:
        raise OSError

    smpp.open(full_disk)
    centre.do("deliver", id="m1", stat="DELIVRD")
    with pytest.raises(OSError):
        smpp.listen(5)
    assert centre.heard("acknowledged") == []
    smpp.close()
    centre.wait("closed")
    again = Esme(centre)
    assert again.hear() == [DELIVERED]
    again.smpp.close()


# Names of messages

# How a centre says one number in its answer, in a receipt's text and in its TLV, and the settings that fit it.
CENTRES = {
    "hexadecimal, receipts decimal": ("hex", "decimal", "none", Forms("hex", "decimal", "hex")),
    "the same, with the TLV as the answer": ("hex", "decimal", "hex", Forms("hex", "decimal", "hex")),
    "the same, with the TLV as the text": ("HEX", "zeros", "zeros", Forms("hex", "decimal", "decimal")),
    "decimal, receipts hexadecimal": ("decimal", "HEX", "none", Forms("decimal", "hex", "hex")),
    "zeros in the answer": ("zeros", "decimal", "decimal", Forms("decimal", "decimal", "decimal")),
    "zeros in the receipt": ("decimal", "zeros", "zeros", Forms("decimal", "decimal", "decimal")),
    "capitals and zeros": ("hex", "HEX", "HEX", Forms("hex", "hex", "hex")),
    "only in the TLV": ("name", "none", "name", Forms()),
    "only in the text": ("name", "name", "none", Forms()),
    "a number only in the TLV": ("hex", "none", "hex", Forms("hex", "decimal", "hex")),
}


@pytest.mark.parametrize("which", CENTRES)
def test_a_receipt_finds_its_message_however_the_centre_writes_numbers(centre: Smsc, which: str) -> None:
    answer, text, tlv, forms = CENTRES[which]
    centre.do("ids", **{"from": 0x9F, "answer": answer, "text": text, "tlv": tlv})
    esme = Esme(centre, ids=forms)
    named = [esme.smpp.submit(piece(key=f"k-{count}")) for count in range(3)]
    heard = esme.hear(3)
    assert [receipt.provider_id for receipt in heard] == named
    assert len(set(named)) == 3
    esme.smpp.close()


@pytest.mark.parametrize(
    ("forms", "text", "tlv"),
    [
        (Forms(), "10", "16"),  # hexadecimal and decimal? Whoever knows the centre has to say so
        (Forms(), "0010", "10"),
        (Forms("hex", "decimal", "hex"), "16", "16"),
        (Forms("hex", "decimal", "hex"), "1f", ""),
        (Forms("decimal", "decimal", "decimal"), "", "a0"),
        (Forms("decimal", "hex", "hex"), "", "0x10"),
        (Forms("hex", "hex", "hex"), "m1", "m1"),
        (Forms("decimal", "decimal", "decimal"), "-5", ""),
        (Forms("decimal", "decimal", "decimal"), "1_0", ""),
        (Forms("hex", "hex", "hex"), "a" * 65, ""),
        (Forms(), "a" * 65, ""),
        (Forms(), "", ""),
    ],
)
def test_a_name_that_cannot_be_told_is_acknowledged_and_nobody_s(centre: Smsc, forms: Forms, text: str, tlv: str) -> None:
    esme = Esme(centre, ids=forms)
    centre.do("deliver", id=text, tlv=tlv, stat="DELIVRD")
    assert esme.hear() == []
    assert centre.heard("acknowledged")[0]["status"] == 0
    esme.smpp.close()


def test_an_answer_of_another_form_than_was_set_is_kept_where_no_receipt_finds_it(centre: Smsc) -> None:
    centre.do("ids", **{"from": 1, "answer": "name", "text": "name", "tlv": "name"})
    esme = Esme(centre, ids=Forms("hex", "hex", "hex"))
    assert esme.smpp.submit(piece()) == "=m1"
    assert esme.hear() == []
    esme.smpp.close()


@given(number=st.integers(0, 10**64 - 1), other=st.integers(0, 10**64 - 1))
def test_numbers_are_the_same_in_every_form_and_only_the_same(number: int, other: int) -> None:
    written = [("decimal", str(number)), ("decimal", str(number).zfill(64)), ("hex", f"{number:x}"), ("hex", f"{number:X}".zfill(64))]
    kept = {smpp_ids.canonical(name, form) for form, name in written}  # type: ignore[arg-type]
    assert len(kept) == 1
    assert 0 < len(str(*kept)) <= 65
    assert (smpp_ids.canonical(str(other), "decimal") in kept) == (number == other)


# Losing it


def test_a_wrong_password_is_said_so(centre: Smsc) -> None:
    with pytest.raises(UnreachableError, match="smpp_0x0e"):
        Esme(centre, password="other")


def test_nobody_there(centre: Smsc) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(UnreachableError, match="smpp_unreachable"):
            Esme(centre, port=unused.getsockname()[1])


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_line_that_breaks_is_noticed_and_can_be_opened_again(esme: Esme, when: str) -> None:
    esme.centre.do("receipts", kind="none").do("answers", list=[{"hang_up": when}])
    if when == "before":
        with pytest.raises(UnreachableError, match="smpp_lost"):
            esme.smpp.submit(piece())
    else:
        assert esme.smpp.submit(piece()) == "m1"
        esme.centre.wait("closed")
        with pytest.raises(UnreachableError, match="smpp_lost"):
            esme.smpp.listen(5)
    with pytest.raises(UnreachableError, match="smpp_unbound"):
        esme.smpp.submit(piece())
    esme.open()
    assert esme.smpp.submit(piece()) == "m2"


def test_a_centre_that_does_not_answer_is_left(esme: Esme, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smpp_module, "ANSWER_SECONDS", 0.2)
    esme.centre.do("answers", list=[{"silent": True}])
    with pytest.raises(UnreachableError, match="smpp_no_answer"):
        esme.smpp.submit(piece())
    esme.centre.wait("closed")


def test_a_centre_that_sends_us_away_is_answered(esme: Esme) -> None:
    esme.centre.do("unbind")
    with pytest.raises(UnreachableError, match="smpp_unbound"):
        esme.smpp.listen(5)
    esme.centre.wait("left")


def test_both_sides_ask_whether_the_other_is_there(esme: Esme, monkeypatch: pytest.MonkeyPatch) -> None:
    esme.centre.do("enquire")
    esme.centre.wait("answered", meanwhile=lambda: esme.smpp.listen(0.05))
    monkeypatch.setattr(smpp_module, "ENQUIRE_SECONDS", 0.05)
    esme.centre.wait("enquired", count=2, meanwhile=lambda: esme.smpp.listen(0.3))


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        ("ffffffff" + "00000005" + "00000000" * 2, "smpp_broken"),  # four gigabytes
        ("00000003", "smpp_broken"),
        ("00000010" + "0000ffff" + "00000000" * 2, "smpp_broken"),  # no such command
        ("00000023" + "00000005" + "00000000" * 2 + "00" * 17 + "0427", "smpp_broken"),  # a deliver_sm that ends within a TLV
        ("00000020" + "00000005", "smpp_lost"),  # begins and never ends
    ],
)
def test_a_stream_that_is_no_smpp_is_left(esme: Esme, octets: str, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert esme.smpp._client is not None
    esme.smpp._client._socket.settimeout(0.2 if code == "smpp_lost" else PATIENCE_SECONDS)
    esme.centre.do("write", hex=octets)
    with pytest.raises(UnreachableError, match=code):
        esme.smpp.listen(5)


# TLS


def certificate(name: str) -> tuple[str, str]:
    """A key and a certificate for `name`, made now, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "smsc")])
    now = clock.moment()
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(name))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return private.decode(), made.public_bytes(serialization.Encoding.PEM).decode()


@pytest.mark.parametrize(("name", "trusted"), [("127.0.0.1", True), ("127.0.0.1", False), ("127.0.0.2", True)])
def test_over_tls_only_with_the_centre_that_was_named(tmp_path: Path, name: str, trusted: bool) -> None:
    key, cert = certificate(name)
    authority = tmp_path / "cert.pem"
    authority.write_text(cert)
    context = ssl.create_default_context(cafile=str(authority) if trusted else None)
    with smsc.running(key=key, cert=cert) as centre:
        smpp = Smpp(centre.account(tls=True), tls=context)
        if name == "127.0.0.1" and trusted:
            heard: list[Receipt] = []
            smpp.open(heard.append)
            assert smpp.submit(piece()) == "m1"
            centre.wait("acknowledged", meanwhile=lambda: smpp.listen(0.05))
            assert heard == [DELIVERED]
            smpp.close()
        else:
            with pytest.raises(UnreachableError, match="smpp_unreachable"):
                smpp.open(print)
            assert centre.heard("bound") == []
