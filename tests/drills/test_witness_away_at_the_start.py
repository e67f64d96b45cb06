"""A publisher's machine starts while the witness, another body's, is away: it waits, and publishes once the witness is back.

It ended with 2 before, by which a unit says that starting again would not help: nobody published until somebody looked.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time

import published
from demo import witnesses
from keys import log_keys, policy
from tests import clock
from tests.issuer.offices import PASSPHRASE, SECONDS, Office, rows
from tests.issuer.test_witnessed import QUIET
from tests.processes import PATIENCE_SECONDS
from transparency import keys
from witness.folder import PinnedLog


def test_it_waits_and_publishes_when_the_witness_is_back(office: Office) -> None:
    custody = office.locations.custody()
    custody.add_log_keys(PASSPHRASE)
    custody.publish_acts(lists_proven=True)
    held = custody.policy["log"]
    terms = (log_keys.terms(held), log_keys.act_terms(held, custody.policy["acts"]))
    (made,) = witnesses.make(
        office.folder / "witnesses", [PinnedLog(each.origin, tuple(map(keys.parse, each.keys))) for each in terms if each], ("one.example",)
    )
    log_keys.set_witnesses(held, add=[key.vkey() for key in made.keys], remove=(), threshold=1)
    custody.save()
    signed = policy.sign_trust_list(custody, PASSPHRASE, now=SECONDS - 600)
    published.write(office.locations.published, {published.TRUST_LIST: signed})
    office.run("issue", office.write("three.csv", rows(3)), "--no-output")
    log = office.folder / "publisher.log"
    words = ("publish", "--follow", "--every", "0.2", "--log-witness", f"{made.name}={made.address}")
    with log.open("wb") as stream:
        publisher: subprocess.Popen[str] = office.start(
            *words, "--clock-confirmed", clock.moment().isoformat(), now=None, stdout=stream, stderr=stream
        )

    def said(what: str) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while what not in log.read_text():
            assert publisher.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.05)

    try:
        said("lists_unproven")
        said("worker_waits")
        assert not list((office.locations.published / "status").glob("*"))
        with witnesses.serving(made, dict(os.environ) | QUIET):  # noqa: TID251
            said("worker_back")
            assert list((office.locations.published / "status").glob("*"))
        publisher.send_signal(signal.SIGTERM)
        assert publisher.wait(PATIENCE_SECONDS) == 0, log.read_text()
    finally:
        publisher.kill()
        publisher.wait()
