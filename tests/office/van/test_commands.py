"""`khatm van` as a clerk types it: enrol, pack, file, and what each refuses; and the server in a process of its own."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

from click.testing import CliRunner

from khatm import main
from office.laptop import enrolment, vault
from tests.conftest import ROOT
from tests.office.desk.house import served
from tests.office.van.centre import PASSPHRASE, Centre
from tests.ports import free_port
from tests.processes import PATIENCE_SECONDS, start


def khatm(*words: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["van", *map(str, words)])
    return done.exit_code, done.output


def test_a_clerk_enrols_a_laptop_and_files_with_commands(centre: Centre, tmp_path: Path) -> None:
    centre.account("reem", ("MN1", "clerk"))
    manager = centre.staff("mona", ("MN1", "manager"))
    page = manager.post("/centre/van/laptops", 200, holder="reem", authority="MN1", name="سيارة")
    code = re.findall(r'id="code"><bdi dir="ltr">([0-9A-Z-]+)<', page.text)[0]
    folder, secret, weak = tmp_path / "laptop", tmp_path / "passphrase", tmp_path / "weak"
    secret.write_text(PASSPHRASE), weak.write_text("123456")
    at = ("--now", datetime.fromtimestamp(centre.now, UTC).isoformat())
    own = ("--to", folder, "--passphrase-file", secret)
    assert khatm("pack", *own)[0] == 2, "nothing is enrolled"
    with served(centre) as address:
        status, said = khatm("enrol", address, "--code", code, "--to", folder, "--passphrase-file", weak, *at)
        assert status == 2 and "passphrase_weak" in said and not (folder / vault.KEY).exists()
        status, said = khatm("enrol", "http://office.example", "--code", code, *own, *at)
        assert status == 2 and "laptop_address" in said
        status, said = khatm("enrol", address, "--code", code.lower(), *own, *at)
        assert status == 0 and "MN1, reem" in said and "until 2026-12-08" in said, said
        assert "laptop_enrolled" in khatm("enrol", address, "--code", code, *own, *at)[1]
    counter = centre.counter(folder)
    counter.slip()
    status, said = khatm("file", *own, *at)
    assert status == 2 and "laptop_no_office" in said
    counter.lock()
    with centre.reached(folder):
        status, said = khatm("file", *own, *at)
        assert (status, said.strip()) == (0, "sent 1, filed 0")
        centre.file_all(centre.clerk_at_desk())
        assert khatm("file", *own, *at)[1].strip() == "sent 0, filed 1"
        late = datetime.fromtimestamp(centre.now - 4_000, UTC).isoformat()
        assert "laptop_clock_wrong" in khatm("file", *own, "--now", late)[1]
        assert khatm("pack", *own)[0] == 0
    status, said = khatm("pack", "--to", folder, "--passphrase-file", weak)
    assert status == 2 and "laptop_passphrase_wrong" in said
    with vault.alone(folder):
        assert "laptop_in_use" in khatm("pack", *own)[1]


def test_the_served_counter_answers_this_machine_alone(centre: Centre) -> None:
    folder, port = centre.hand_out(), free_port()
    words = [sys.executable, "-c", "from khatm import main; main()", "van", "serve", "--to", folder, "--port", str(port)]
    program = start(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                with urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
                    page = answer.read().decode()
                break
            except (URLError, ConnectionError):
                assert program.poll() is None and time.monotonic() < until, program.communicate()
                time.sleep(0.2)
        assert 'name="passphrase"' in page and "reem" not in page
        elsewhere = Request(f"http://127.0.0.1:{port}/", headers={"Host": "evil.example"})
        try:
            urlopen(elsewhere, timeout=10)
            raise AssertionError("another host's name was answered")
        except URLError as error:
            assert getattr(error, "code", 0) == 421
        with socket.socket() as outside:
            outside.settimeout(2)
            assert outside.connect_ex((socket.gethostbyname("localhost"), port)) == 0
        assert "laptop_in_use" in khatm("pack", "--to", folder, "--passphrase-fd", "0")[1]
    finally:
        program.terminate()
        program.communicate(timeout=PATIENCE_SECONDS)
    assert enrolment.load(vault.open_(folder, PASSPHRASE.encode())).holder == "reem"
