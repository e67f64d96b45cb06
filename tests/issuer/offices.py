"""An office for tests: a key store and published lists of the ten authorities, made at run time, and the commands run in it."""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from click.testing import CliRunner, Result

import khatm
import published
from governorate import authorities
from issuer.intake.rows import Entry
from issuer.locations import Locations
from issuer.operations import SigningContext, signing_context
from issuer.register.sealing import Sealer
from issuer.register.signer_pool import InProcess
from keys import policy
from keys.custody import Custody
from keys.places import Token
from office.database import DATABASE
from published import Loaded, Memory
from seal import days
from seal.license import License
from seal.site import Point, Site
from seal.trust import Governorate
from seal.verdict import Verdict
from seal.verify import verify
from tests import clock, processes
from tests.clock import LATER
from tests.conftest import ROOT

DATA = ROOT / "tests/data"
SAMPLE = DATA / "alexandria_licenses.csv"
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
HOST = "khatm.example"
PASSPHRASE = b"correct horse battery"
KEYS_MADE = SECONDS - 400 * 86_400  # keys are in force long before the tests' days
COLUMNS = (
    *("type", "authority", "trade_name", "activity", "holder", "address", "latitude", "longitude"),
    *("radius_m", "footprint", "width_m", "height_m", "faces", "floors", "valid_from", "valid_until", "source_id"),
)
SITE = Site(Point(31.2750, 30.0050), 30)  # in MN1


#: Commands that date what is sealed or published.
DATING = (
    *(("publish",), ("issue",), ("reissue",), ("license", "replace"), ("license", "held", "accept")),
    *(("office", "work"), ("office", "enforce")),
)


class Office(NamedTuple):
    """Keys, published lists and a register in a folder of the test's own."""

    folder: Path
    register: str

    @property
    def locations(self) -> Locations:
        """What the commands get as `locations`."""
        return Locations(self.register, self.folder / "keys", self.folder / "published", self.folder / "passphrase", None, DATABASE)

    @property
    def options(self) -> list[str]:
        """The same as options of a command."""
        locations = self.locations
        paths = [
            "--keys",
            str(locations.keys),
            "--published",
            str(locations.published),
            "--passphrase-file",
            str(locations.passphrase_file),
        ]
        return ["--register", self.register, *paths]

    def words(self, *words: str | Path, now: str | None = NOW.isoformat(), keys: bool = True) -> list[str]:
        """The words of a command: its own, then where everything is (without `keys`, the register only) and what time it is.

        `now` None: the machine's time, for which a person vouches where something is dated by it; "": nobody does.
        """
        dating = any(words[: len(each)] == each for each in DATING)
        vouched = ["--clock-confirmed", clock.moment().isoformat()] if now is None and dating else []
        when = ["--now", now] if now else vouched
        return [*map(str, words), *_alone(words), *(self.options if keys else self.options[:2]), *when]

    def run(self, *words: str | Path, now: str | None = NOW.isoformat(), keys: bool = True, exit_code: int = 0) -> Result:
        """Run a command in this process and expect its exit code. A traceback fails the test."""
        result = CliRunner().invoke(khatm.main, self.words(*words, now=now, keys=keys))
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
        assert result.exit_code == exit_code, result.output
        return result

    def start(self, *words: str | Path, now: str | None = NOW.isoformat(), **more: Any) -> subprocess.Popen[str]:
        """Start a command as a process of its own."""
        environment = os.environ | {"PYTHONPATH": str(ROOT)}  # noqa: TID251
        command = [sys.executable, "-c", "import khatm; khatm.main()", *self.words(*words, now=now)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL} | more
        return processes.start(command, cwd=self.folder, env=environment, text=True, **pipes)

    def clerk(self, now: int = SECONDS) -> SigningContext:
        """The unlocked keys."""
        return signing_context(self.locations, now=now)

    def lists(self) -> Loaded:
        """The published files as a verifier without a memory loads them."""
        return published.load(
            self.locations.published, root=published.read_root(self.locations.keys / "root.jwk"), memory=Memory(), now=LATER
        )

    def verdict(self, text: str, *, now: datetime = NOW, **more: Any) -> Verdict:
        """What a verifier with the published files says."""
        lists = self.lists()
        return verify(text, trust=lists.trust, status=lists.status, hosts=lists.trust.hosts, now=now, **more)

    def write(self, name: str, rows: Iterable[Mapping[str, str]]) -> Path:
        """Write a CSV file of licenses."""
        path = self.folder / name
        path.write_text(csv_of(rows), "utf-8")
        return path


_OF_TWO = (("license", "replace"), ("license", "reinstate"), ("register", "recover"), ("register", "adopt"), ("audit", "erase"))


def _alone(words: Sequence[str | Path]) -> list[str]:
    """Most offices of tests have no people: there one person may do what elsewhere takes two."""
    seals = words[0] == "issue" and not {"--check", "--template"} & set(map(str, words))
    return ["--alone"] if seals or words[:2] in _OF_TWO else []


def bench_of(sealer: Sealer) -> InProcess:
    """Seals in this process."""
    return InProcess(sealer)


def csv_of(rows: Iterable[Mapping[str, str]]) -> str:
    """The rows as CSV, with every column."""
    written = io.StringIO()
    table = csv.DictWriter(written, COLUMNS, restval="", lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return written.getvalue()


def row(**fields: str) -> dict[str, str]:
    """A bakery in MN1, but for `fields`."""
    return {
        "type": "shop",
        "authority": "MN1",
        "trade_name": "مخبز الأمل",
        "activity": "bakery",
        "holder": "سامي فؤاد حسن",
        "address": "شارع 12، عقار 7",
        "latitude": "31.275000",
        "longitude": "30.005000",
        "radius_m": "30",
        "valid_from": "2026-03-01",
    } | fields


def rows(count: int, *, first: int = 1) -> list[dict[str, str]]:
    """Rows that are nobody's twin: numbered names on a grid in MN1."""
    return [
        row(
            trade_name=f"محل رقم {number}",
            latitude=f"{31.255 + number % 50 * 0.0005:.6f}",
            longitude=f"{29.985 + number // 50 % 50 * 0.0005:.6f}",
        )
        for number in range(first, first + count)
    ]


def entry(line: int = 2, *, source_id: str | None = None, **changes: Any) -> Entry:
    """The same bakery as an entry that intake accepted."""
    usual = License(
        authority="MN1",
        type="shop",
        activity="bakery",
        trade_name="مخبز الأمل",
        holder="سامي فؤاد حسن",
        address="شارع 12، عقار 7",
        site=SITE,
        details={},
        first_day=date(2026, 3, 1),
        last_day=None,
    )
    return Entry(line, source_id, usual._replace(**changes), ())


def make_keys(folder: Path, whose: Governorate | None = None, *, token: Token | None = None) -> None:
    """Make a root, a status key and a key for each authority, in force since `KEYS_MADE`; sign a trust list at `NOW`.

    With a `token` the authorities' keys are made in it.

    Authorities are this process's governorate's, and so are its prefix and name, unless it is to say that it is another's.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "passphrase").write_bytes(PASSPHRASE + b"\n")
    custody = Custody.create(folder / "keys", PASSPHRASE, policy.start([HOST], whose=whose))
    custody.add(PASSPHRASE, policy.status_entry(policy.governorate(custody), now=KEYS_MADE))
    for code, each in authorities.default().items():
        outline = [list(corner) for corner in each.outline]
        entry = policy.authority_entry(custody, code, each.name, outline, types=(), now=KEYS_MADE)
        _ = custody.add_in(token, entry) if token else custody.add(PASSPHRASE, entry)
    data = policy.sign_trust_list(custody, PASSPHRASE, now=SECONDS - 3600)
    published.write(folder / "published", {published.TRUST_LIST: data})


def with_log(folder: Path, *, now: int = SECONDS - 600) -> Office:
    """An office whose key store has keys of a log, which its trust list, signed at `now`, names."""
    make_keys(folder)
    office = Office(folder, str(folder / "register.sqlite"))
    custody = office.locations.custody()
    custody.add_log_keys(PASSPHRASE)
    published.write(office.locations.published, {published.TRUST_LIST: policy.sign_trust_list(custody, PASSPHRASE, now=now)})
    return office


def furnish(folder: Path, keys: Path, register: str) -> Office:
    """Copy a key store and its published lists into `folder`."""
    shutil.copytree(keys, folder, dirs_exist_ok=True)
    return Office(folder, register)


def seconds(text: str) -> int:
    """Seconds since 1970 UTC of an ISO time."""
    return days.seconds_of(datetime.fromisoformat(text))
