"""Files of settings, as people and editors write them, and what is no such file."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from web import settings_file
from web.addresses import guarded
from web.faults import SENTENCES, SettingsError
from web.settings_file import Address, Line, Table


class Record(Table):
    """A file of a room's."""

    address: Address
    name: Line = "khatm"


GOOD = 'address = "https://a.example/m"\n'


def written(folder: Path, content: bytes) -> Path:
    path = folder / "some.toml"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("content", [GOOD.encode(), b"\xef\xbb\xbf" + GOOD.encode(), GOOD.replace("\n", "\r\n").encode()])
def test_a_file_is_read_once_into_a_record_that_stays(tmp_path: Path, content: bytes) -> None:
    read = settings_file.read(written(tmp_path, content), Record)
    assert (read.address, read.name) == ("https://a.example/m", "khatm")
    with pytest.raises(ValueError, match="frozen"):
        read.name = "other"


@pytest.mark.parametrize(
    ("content", "code", "detail"),
    [
        (GOOD.encode() + b"name = ", "settings_syntax", "some.toml"),
        (GOOD.encode() + b"name\n", "settings_syntax", "some.toml: line 2"),
        (GOOD.encode("utf-16"), "settings_syntax", "some.toml"),
        (GOOD.encode() + 'name = "ختم"'.encode("cp1256"), "settings_syntax", "some.toml"),
        (b"a = " + b"[" * 20_000, "settings_syntax", "some.toml"),
        (b"\0" * 100, "settings_syntax", "some.toml: line 1"),
        (b"#" * 65_537, "settings_too_large", "some.toml: ≤ 65536"),
        (GOOD.encode() + b'name = "' + b"x" * 501 + b'"', "setting_too_long", "some.toml: name: ≤ 500"),
    ],
)
def test_what_is_no_file_of_settings_is_refused(tmp_path: Path, content: bytes, code: str, detail: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings_file.read(written(tmp_path, content), Record)
    assert (refused.value.code, refused.value.detail) == (code, detail)
    assert set(SENTENCES[code]) == {"ar", "en"}


def test_a_pipe_is_refused_and_what_is_missing_keeps_its_own_refusal(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    with pytest.raises(SettingsError, match="settings_unreadable"):
        settings_file.read(tmp_path / "pipe.toml", Record)
    with pytest.raises(FileNotFoundError):
        settings_file.read(tmp_path / "none.toml", Record)


def test_noise_ends_in_a_refusal_with_a_sentence(tmp_path: Path) -> None:
    chance = random.Random(9)
    for _ in range(300):
        noise = bytearray(GOOD.encode() * 3)
        for _ in range(chance.randrange(1, 9)):
            noise[chance.randrange(len(noise))] = chance.randrange(256)
        try:
            settings_file.read(written(tmp_path, bytes(noise)), Record)
        except SettingsError as error:
            assert all(each.code in SENTENCES and each.detail.startswith("some.toml") for each in error.all)


@pytest.mark.parametrize(
    ("address", "good"),
    [
        *((f"https://{host}/m", True) for host in ("a.example", "a.example:8443", "[::1]")),
        *((f"http://{host}/m", True) for host in ("127.0.0.1:8080", "localhost", "[::1]:80", "127.9.9.9")),
        *((f"http://{host}/m", False) for host in ("a.example", "10.0.0.1", "127.0.0.1.a.example", "localhost.a.example", "[::2]")),
        *((f"https://{rest}", False) for rest in ("", "u@a.example/", "u:p@a.example/", "a.example/?k=1", "a.example/#x", "[", "a:port/")),
        ("//a.example", False),
        ("ftp://localhost/", False),
        ("", False),
    ],
)
def test_secrets_go_over_https_or_stay_here(address: str, good: bool) -> None:
    assert guarded(address) is good


@pytest.mark.parametrize(
    ("configuration", "variables", "told"),
    [
        ("verifier.gunicorn_conf", {"KHATM_WORKERS": "two"}, [("setting_not_number", "KHATM_WORKERS")]),
        (
            "verifier.gunicorn_conf",
            {"KHATM_API_TEXTS": "-1", "KHATM_TRUSTED_PROXIES": "x", "KHATM_WORKERS": "0"},
            [("setting_not_number", "KHATM_TRUSTED_PROXIES"), ("setting_out_of_bounds", "KHATM_API_TEXTS: ≥ 0")],
        ),
        (
            "verifier.gunicorn_conf",
            {"KHATM_CONTACT_AR": "غرفة"},
            [("setting_contact", "KHATM_CONTACT_AR, KHATM_CONTACT_EN, KHATM_CONTACT_PHONE, KHATM_CONTACT_LINK")],
        ),
        ("verifier.gunicorn_conf", {"KHATM_PORTAL": "portal.example"}, [("setting_portal", "KHATM_PORTAL")]),
        ("verifier.gunicorn_conf", {"KHATM_SECURITY_CONTACT": "me"}, [("setting_security_contact", "KHATM_SECURITY_CONTACT")]),
        (
            "inspections.web.gunicorn_conf",
            {"KHATM_INSPECTIONS_THREADS": "0"},
            [("setting_out_of_bounds", "KHATM_INSPECTIONS_THREADS: ≥ 1")],
        ),
        ("office.desk.gunicorn_conf", {"KHATM_OFFICE_HTTPS": "false"}, [("setting_not_one_of", "KHATM_OFFICE_HTTPS: 'yes', 'no'")]),
        (
            "office.desk.gunicorn_conf",
            {"KHATM_OFFICE_GATEWAY_SECRET": "nowhere"},
            [("setting_file", "KHATM_OFFICE_GATEWAY_SECRET: nowhere")],
        ),
    ],
)
def test_a_server_that_is_set_up_wrongly_says_so_and_ends(
    configuration: str, variables: dict[str, str], told: list[tuple[str, str]], tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "gunicorn", "-c", f"python:{configuration}", configuration.replace("gunicorn_conf", "wsgi")]
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | variables  # noqa: TID251
    ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 3
    assert ended.stderr.splitlines() == [SENTENCES.both(*each) for each in told]


@pytest.mark.parametrize("configuration", ["verifier.gunicorn_conf", "office.desk.gunicorn_conf", "inspections.web.gunicorn_conf"])
def test_the_services_configurations_begin_with_one(configuration: str) -> None:
    """What the base says holds for all, but for what each says itself."""
    program = (
        f"import {configuration} as c, web.server as base, json; "
        "print(json.dumps([n for n in dir(base) if n[0] != '_' and getattr(c, n, None) != getattr(base, n)]))"
    )
    told = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    own = {"verifier.gunicorn_conf": '["graceful_timeout", "limit_request_fields", "timeout"]'}
    assert told.strip() == own.get(configuration, "[]")
