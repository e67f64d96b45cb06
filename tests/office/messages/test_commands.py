"""The commands, settings and the daily report."""

import stat
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, update

from issuer.register.tables import publications
from office.database import DATABASE, open_register
from office.messages import report, settings
from office.messages.commands import messages_, send
from office.messages.console import Console
from office.messages.gateway import Gateway
from office.messages.providers import Unread
from office.messages.sender import Sender
from office.messages.smpp import Smpp
from office.messages.smpp_ids import Forms
from office.messages.tables import messages, parts
from seal import days
from tests import clock
from tests.issuer.offices import SECONDS, seconds
from tests.office.messages.posting import ARABIC, LONG, message, number, put, states
from tests.office.messages.smsc import Smsc
from web.faults import SENTENCES, SettingsError

URL = "register.sqlite"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def kept(folder: Path) -> Engine:
    return open_register(str(folder / URL))


def run(command: object, *words: str, exit_code: int = 0) -> Result:
    result = CliRunner().invoke(command, [*words, "--register", URL], obj=DATABASE)  # type: ignore[arg-type]
    assert result.exit_code == exit_code, result.output
    assert "Traceback" not in result.output
    return result


def test_without_a_provider_nothing_is_printed_and_nothing_counts_as_sent(kept: Engine) -> None:
    put(kept, "a/issued", text=LONG)
    for words in ((), ("--once",), ("--once", "--print", "--gateway", "gateway.toml")):
        told = run(send, *words, exit_code=2).output
        assert "--gateway" in told and LONG not in told
    assert states(kept) == {"a/issued": "waiting"}


def test_asked_for_by_name_messages_are_printed_so_that_one_can_follow_a_link(kept: Engine) -> None:
    put(kept, "a/issued", text=LONG)
    printed = run(send, "--once", "--print").output
    assert LONG in printed
    assert number()[3:] not in printed
    assert "1 sent, 0 to be tried again, 0 given up" in printed
    assert states(kept) == {"a/issued": "delivered"}


def test_what_is_due_is_sent_through_the_provider_that_the_settings_name(kept: Engine, folder: Path, centre: Smsc) -> None:
    put(kept, "a/issued", "b/issued")
    centre.do("answers", list=[{"status": 0x0B}])
    told = run(send, "--once", "--gateway", str(centre.settings(folder))).output
    assert "1 sent, 0 to be tried again, 1 given up" in told
    assert ARABIC not in told
    listed = run(messages_, "list").output
    assert "given_up" in listed
    assert "a/issued" in listed
    assert "smpp_0x0b" in listed
    assert (ARABIC in listed, number()[3:] in listed) == (False, False)
    identity = str(message(kept, "a/issued").id)
    assert "will be sent again" in run(messages_, "resend", identity, "--to", "0" + number(5)[3:]).output
    assert message(kept, "a/issued").recipient == number(5)
    assert "message_not_resendable" in run(messages_, "resend", identity, exit_code=2).output
    assert "mobile_invalid" in run(messages_, "resend", identity, "--to", "12345", exit_code=2).output
    assert "0 messages" in run(messages_, "list").output
    assert "1 sent" in run(send, "--once", "--gateway", "smpp.toml").output


def test_the_sender_says_that_nobody_keeps_the_clock_and_gives_up_what_is_too_old_once_somebody_vouches(
    kept: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.clock.synchronised", lambda: False)
    now = clock.seconds()
    with kept.begin() as connection:
        connection.execute(publications.insert().values(iat=now - 86_400))
    put(kept, "code/1", urgent=True, now=now - 86_400, expires=now - 80_000)
    put(kept, "a/issued", now=now - 100)
    doubted = run(send, "--once", "--print").output
    assert "clock_unconfirmed" in doubted and "1 sent" in doubted
    assert states(kept)["code/1"] == "waiting"
    off = f"{days.EPOCH + timedelta(seconds=now - 3600):%Y-%m-%dT%H:%M:%SZ}"
    assert "clock_confirmed_differs" in run(send, "--once", "--print", "--clock-confirmed", off, exit_code=2).output
    right = f"{days.EPOCH + timedelta(seconds=now):%Y-%m-%dT%H:%M:%SZ}"
    assert "clock_unconfirmed" not in run(send, "--once", "--print", "--clock-confirmed", right).output
    assert states(kept)["code/1"] == "expired"


def test_a_provider_that_cannot_be_reached_is_said_so_and_costs_nothing(kept: Engine, folder: Path, centre: Smsc) -> None:
    put(kept, "a/issued")
    path = centre.settings(folder)
    (folder / "password").write_text("other\n")
    assert "provider_unreachable" in run(send, "--once", "--gateway", str(path), exit_code=2).output
    assert message(kept, "a/issued").attempts == 0


# The report


def test_a_day_of_cairo_is_told_with_what_became_of_its_messages(register: Engine) -> None:
    # Cairo is two hours ahead in winter: 22:00 UTC begins the next day.
    put(register, "before", now=seconds("2026-11-24T21:59:59+00:00"))
    put(register, "first", "lost", "silent", now=seconds("2026-11-24T22:00:00+00:00"))
    put(register, "last", now=seconds("2026-11-25T21:59:59+00:00"))
    put(register, "after", now=seconds("2026-11-25T22:00:00+00:00"))
    with register.begin() as connection:
        for event, state in {"first": "delivered", "lost": "failed", "silent": "sent"}.items():
            changed = {"state": state, "changed_at": seconds("2026-11-24T22:10:00+00:00")}
            connection.execute(update(messages).where(messages.c.event == event).values(changed))
        for which, at in enumerate(("2026-11-24T21:59:59+00:00", "2026-11-24T22:10:00+00:00", "2026-11-25T21:59:59+00:00"), start=1):
            row = {"message_id": 2, "round": 0, "number": which, "provider": "smpp", "provider_id": f"m{which}", "sent_at": seconds(at)}
            connection.execute(parts.insert().values(row))
    with register.connect() as connection:
        told = report.daily(connection, date(2026, 11, 25), now=seconds("2026-11-27T22:09:59+00:00"))
        later = report.daily(connection, date(2026, 11, 25), now=seconds("2026-11-27T22:10:00+00:00"))
    assert told.messages == {"waiting": 1, "sent": 1, "delivered": 1, "failed": 1, "given_up": 0, "expired": 0}
    assert (told.no_receipt, later.no_receipt) == (0, 1)
    assert told.parts == {"smpp": 2}
    assert (told.waiting, told.oldest_seconds) == (3, 3 * 86_400 + 600)


def test_receipts_that_nobody_understood_are_counted_by_day(register: Engine) -> None:
    now = seconds("2026-11-24T22:00:00+00:00")
    sender = Sender(register, Console(print), clock=lambda: now, chance=Random(1))
    for reason in ("state", "name", "state"):
        sender._hear(Unread(reason))  # type: ignore[arg-type]
    with register.connect() as connection:
        told = [report.daily(connection, date(2026, 11, day), now=now).unread for day in (24, 25)]
    assert told == [{}, {"state": 2, "name": 1}]


def test_an_empty_day_is_told_too(register: Engine) -> None:
    with register.connect() as connection:
        told = report.daily(connection, date(2026, 4, 24), now=SECONDS)  # summer time begins: the day has 23 hours
    assert (sum(told.messages.values()), told.parts, told.waiting, told.oldest_seconds) == (0, {}, 0, 0)


def test_the_command_prints_it(kept: Engine) -> None:
    put(kept, "a/issued")
    printed = run(messages_, "report", "--day", "2026-11-24", "--now", "2026-11-24T12:01:00+00:00").output
    assert printed.startswith("2026-11-24\n")
    assert "now waiting: 1, the oldest for 60 s" in printed
    assert "receipts about no message 0" in printed


# Settings


def write(folder: Path, text: str, **files: str) -> Path:
    for name, content in ({"password": "s3cret\n", "token": "tok\n", "secret": "long enough a word\n"} | files).items():
        (folder / name).write_text(content)
    path = folder / "gateway.toml"
    path.write_text(text)
    path.chmod(stat.S_IRUSR)
    return path


SMPP = '[smpp]\nhost = "smsc.example"\nport = 3550\nsystem_id = "khatm"\npassword_file = "password"\nsource = "KHATM"\n'
HTTP = '[http]\nurl = "https://gateway.example/m"\ntoken_file = "token"\nsecret_file = "secret"\nsource = "KHATM"\n'


def test_settings_name_one_provider_with_its_secrets_in_files(folder: Path) -> None:
    smpp = settings.load(write(folder, SMPP), clock=lambda: SECONDS)
    assert isinstance(smpp, Smpp)
    assert (smpp._account.password, smpp._account.tls, smpp.joins) == ("s3cret", True, False)
    assert smpp._account.ids == Forms("text", "text", "text")
    for more, forms in ('receipt_ids = "decimal"', Forms("hex", "decimal", "hex")), ('tlv_ids = "decimal"', Forms("hex", "hex", "decimal")):
        (folder / "gateway.toml").unlink()
        smpp = settings.load(write(folder, f'{SMPP}ids = "hex"\n{more}\n'), clock=lambda: SECONDS)
        assert isinstance(smpp, Smpp)
        assert smpp._account.ids == forms
    (folder / "gateway.toml").unlink()
    http = settings.load(write(folder, HTTP), clock=lambda: SECONDS)
    assert isinstance(http, Gateway)
    assert (http._account.token, http._account.secret) == ("tok", b"long enough a word")


@pytest.mark.parametrize(
    ("text", "files", "code", "where"),
    [
        ("", {}, "setting_one_table", "gateway.toml: [smpp], [http]"),
        ("[smpp", {}, "settings_syntax", "gateway.toml"),
        (SMPP + HTTP, {}, "setting_one_table", "gateway.toml: [smpp], [http]"),
        ("[sms]\n", {}, "setting_unknown", "gateway.toml: sms"),
        ("smpp = 1\n", {}, "setting_not_table", "gateway.toml: smpp"),
        (SMPP + "verbose = true\n", {}, "setting_unknown", "gateway.toml: smpp.verbose"),
        (SMPP.replace('host = "smsc.example"\n', ""), {}, "setting_missing", "gateway.toml: smpp.host"),
        (SMPP.replace("smsc.example", ""), {}, "setting_empty", "gateway.toml: smpp.host"),
        (SMPP.replace("3550", "70000"), {}, "setting_out_of_bounds", "gateway.toml: smpp.port: ≤ 65535"),
        (SMPP.replace("3550", "0"), {}, "setting_out_of_bounds", "gateway.toml: smpp.port: ≥ 1"),
        (SMPP.replace("3550", '"3550"'), {}, "setting_not_number", "gateway.toml: smpp.port"),
        (SMPP.replace("3550", "true"), {}, "setting_not_number", "gateway.toml: smpp.port"),
        (SMPP.replace("3550", "3550.0"), {}, "setting_not_number", "gateway.toml: smpp.port"),
        (SMPP + "tls = 0\n", {}, "setting_not_boolean", "gateway.toml: smpp.tls"),
        (SMPP.replace('"KHATM"', '"MORE THAN ELEVEN"'), {}, "setting_sender", "gateway.toml: smpp.source"),
        (SMPP.replace('"KHATM"', '"خاتم"'), {}, "setting_sender", "gateway.toml: smpp.source"),
        (SMPP + 'long = "sar"\n', {}, "setting_not_one_of", "gateway.toml: smpp.long: 'udh', 'payload'"),
        (SMPP + 'ids = "octal"\n', {}, "setting_not_one_of", "gateway.toml: smpp.ids: 'text', 'decimal', 'hex'"),
        (SMPP + "ids = 16\n", {}, "setting_not_one_of", "gateway.toml: smpp.ids: 'text', 'decimal', 'hex'"),
        (SMPP + 'ids = "hex"\nreceipt_ids = "text"\n', {}, "setting_forms_mixed", "gateway.toml: smpp: ids, receipt_ids, tlv_ids"),
        (SMPP + 'receipt_ids = "decimal"\n', {}, "setting_forms_mixed", "gateway.toml: smpp: ids, receipt_ids, tlv_ids"),
        (SMPP.replace('"khatm"', '"an id of sixteen"'), {}, "setting_too_long", "gateway.toml: smpp.system_id: ≤ 15"),
        (SMPP.replace('"khatm"', '"ختم"'), {}, "setting_not_ascii", "gateway.toml: smpp.system_id"),
        (SMPP.replace('"password"', '"pass\\u0000word"'), {}, "setting_invalid", "gateway.toml: smpp.password_file"),
        (SMPP, {"password": "ninechars\n"}, "setting_secret", "gateway.toml: smpp.password_file: 1–8 ASCII"),
        (SMPP, {"password": ""}, "setting_secret", "gateway.toml: smpp.password_file: 1–8 ASCII"),
        (SMPP, {"password": "one\ntwo\n"}, "setting_secret", "gateway.toml: smpp.password_file: 1–8 ASCII"),
        (SMPP, {"password": "خاتم\n"}, "setting_secret", "gateway.toml: smpp.password_file: 1–8 ASCII"),
        (HTTP.replace("https://", "http://"), {}, "setting_not_address", "gateway.toml: http.url: https://HOST/PATH"),
        (HTTP.replace("https://", "ftp://"), {}, "setting_not_address", "gateway.toml: http.url: https://HOST/PATH"),
        (HTTP.replace("https://", "https://user@"), {}, "setting_not_address", "gateway.toml: http.url: https://HOST/PATH"),
        (HTTP.replace("https://gateway.example", "https://["), {}, "setting_not_address", "gateway.toml: http.url: https://HOST/PATH"),
        (HTTP.replace("/m", "/m?key=1"), {}, "setting_not_address", "gateway.toml: http.url: https://HOST/PATH"),
        (HTTP, {"secret": "short\n"}, "setting_secret", "gateway.toml: http.secret_file: 16–4096"),
    ],
)
def test_settings_that_are_not_right_are_refused_with_file_and_key_and_no_secret_is_shown(
    folder: Path, text: str, files: dict[str, str], code: str, where: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        settings.load(write(folder, text, **files), clock=lambda: SECONDS)
    assert (refused.value.code, refused.value.detail.partition(": line")[0]) == (code, where)
    told = str(refused.value)
    assert not any(secret in told for secret in ("s3cret", "ninechars", "short", "one\n", "tok\n"))


def test_every_fault_is_said_in_both_languages_at_once(kept: Engine, folder: Path) -> None:
    path = write(folder, SMPP.replace("3550", "70000").replace('source = "KHATM"\n', "") + "verbose = true\n")
    told = CliRunner().invoke(send, ["--once", "--gateway", str(path)], obj=DATABASE).output
    faults = {"setting_out_of_bounds": "smpp.port: ≤ 65535", "setting_missing": "smpp.source", "setting_unknown": "smpp.verbose"}
    for code, where in faults.items():
        assert SENTENCES.both(code, f"gateway.toml: {where}") in told


def test_plain_http_is_for_this_machine_alone(folder: Path) -> None:
    for host in ("127.0.0.1:8080", "localhost:8080", "[::1]:8080"):
        path = write(folder, HTTP.replace("https://gateway.example", f"http://{host}"))
        assert isinstance(settings.load(path, clock=lambda: SECONDS), Gateway)
        path.unlink()


def test_a_missing_file_is_a_sentence(kept: Engine) -> None:
    assert "path_missing" in run(send, "--once", "--gateway", "nowhere.toml", exit_code=2).output
