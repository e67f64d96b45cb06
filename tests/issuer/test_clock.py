"""The register's clock: whatever the machines' clocks say, no list calls a valid seal revoked, and each calls a revoked one so.

A model drives a real register through any order of sealing, revoking, suspending, replacing and publishing by machines whose clocks differ
and jump; every seal is judged by `seal.verify` with every list ever published.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from sqlalchemy import Engine, delete, func, select, text

from issuer.errors import IssuerError
from issuer.register import history
from issuer.register.issuing import Source, issue
from issuer.register.publishing import files
from issuer.register.sealing import Sealer
from issuer.register.signer_pool import InProcess
from issuer.register.tables import licenses, publications, seals
from issuer.register.times import TOLERANCE_SECONDS
from office.database import DATABASE, open_register
from seal import claims, cose, status, trust, wire
from seal.status import StatusList
from seal.trust import TrustList
from seal.verify import verify
from tests.issuer.offices import HOST, SECONDS, Office, entry
from tests.share import share

SKEWS = st.integers(-2 * TOLERANCE_SECONDS, 2 * TOLERANCE_SECONDS) | st.integers(-2, 2)


class Made(NamedTuple):
    """A seal, and before which publication it was issued and lost its worth (None: never)."""

    text: str
    number: str
    issued_before: int
    ended_before: int | None


class Desk:
    """One register with many machines' clocks, and what was published from it."""

    def __init__(self, engine: Engine, sealer: Sealer, trust_: TrustList, signing: tuple[bytes, cose.Signer]) -> None:
        self.engine, self.sealer, self.trust, self.signing = engine, sealer, trust_, signing
        self.now = SECONDS
        self.made: list[Made] = []
        self.lists: list[StatusList] = []
        self.named = 0

    def issue(self, skew: int) -> None:
        self.named += 1
        row = entry(trade_name=f"محل رقم {self.named}", source_id=str(self.named))
        try:
            (result,) = issue(self.engine, [row], pool=InProcess(self.sealer), source=Source(b"f" * 32), now=self.now + skew)
        except IssuerError as error:
            assert error.code == "clock_behind"
            return
        self.made.append(Made(self._text(result.number), result.number, len(self.lists), None))

    def _text(self, number: str) -> str:
        return wire.write(history.show(self.engine, number).message, HOST)

    def end(self, place: int, skew: int) -> None:
        made = self.made[place]
        history.change(self.engine, made.number, "revoked", reason="test", now=self.now + skew)
        self.made[place] = made._replace(ended_before=len(self.lists))

    def replace(self, place: int, skew: int, rules: object) -> None:
        made = self.made[place]
        self.named += 1
        try:
            changes = {"holder": f"صاحب رقم {self.named}"}
            history.replace(self.engine, made.number, changes, sealer=self.sealer, rules=rules, reason="test", now=self.now + skew)
        except IssuerError as error:
            assert error.code == "clock_behind"
            return
        self.made[place] = made._replace(ended_before=len(self.lists))
        self.made.append(Made(self._text(made.number), made.number, len(self.lists), None))

    def publish(self, skew: int) -> None:
        kid, signer = self.signing
        try:
            made = files(self.engine, trust=self.trust, host=HOST, kid=kid, signer=signer, now=self.now + skew)
        except IssuerError as error:
            assert error.code == "clock_behind"
            return
        self.lists.append(status.verify(made["status/1"], trust=self.trust))

    def judge(self) -> None:
        """Hold every seal against every list."""
        for at, list_ in enumerate(self.lists):
            lists = status.collect([list_])
            for made in self.made:
                finding = verify(
                    made.text, trust=self.trust, status=lists, hosts=self.trust.hosts, now=trust.moment(list_.iat + 60)
                ).finding("status")
                if made.ended_before is not None and made.ended_before <= at and made.issued_before <= at:
                    assert finding.code in ("revoked", "superseded"), (at, made)
                elif made.issued_before <= at:
                    assert finding.code == "status_ok", (at, made)
                elif made.ended_before is None:
                    assert (finding.outcome, finding.code) == ("unknown", "status_not_yet_listed"), (at, made)
                else:  # sealed and ended after this list: never valid by it
                    assert finding.outcome != "passed"
        times = [list_.iat for list_ in self.lists]
        assert times == sorted(set(times)), "two lists are never of the same second"


@pytest.fixture(scope="module")
def machine(made_keys: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[type[RuleBasedStateMachine]]:
    office = Office(made_keys, "")
    clerk = office.clerk()
    custody = office.locations.custody()
    (kid,) = custody.kids("status")
    signing = kid, custody.signer(kid, office.locations.passphrase())
    engine = open_register(str(tmp_path_factory.mktemp("clock") / "register.sqlite"))

    class Machine(RuleBasedStateMachine):
        @initialize()
        def empty(self) -> None:
            with engine.begin() as connection:
                for chain in reversed(DATABASE.chains):
                    for table in reversed(chain.metadata.sorted_tables):
                        connection.execute(delete(table))
            self.desk = Desk(engine, clerk.sealer, clerk.trust, signing)

        @rule(skew=SKEWS)
        def issue(self, skew: int) -> None:
            self.desk.issue(skew)

        @rule(skew=SKEWS)
        def publish(self, skew: int) -> None:
            self.desk.publish(skew)

        @rule(seconds=st.integers(0, 5) | st.integers(0, 1200))
        def pass_time(self, seconds: int) -> None:
            self.desk.now += seconds

        @precondition(lambda self: any(made.ended_before is None for made in self.desk.made))
        @rule(data=st.data(), skew=SKEWS, verb=st.sampled_from(["revoke", "replace"]))
        def end(self, data: st.DataObject, skew: int, verb: str) -> None:
            running = [place for place, made in enumerate(self.desk.made) if made.ended_before is None]
            place = data.draw(st.sampled_from(running))
            if verb == "revoke":
                self.desk.end(place, skew)
            else:
                self.desk.replace(place, skew, clerk.rules)

        def teardown(self) -> None:
            if hasattr(self, "desk"):
                self.desk.judge()

    yield Machine
    engine.dispose()


@pytest.mark.invented
def test_no_list_ever_wrongs_a_seal_whatever_the_clocks_say(machine: type[RuleBasedStateMachine], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status, "ENTRIES", 256)  # a list is shuffled for every example
    quick = settings(max_examples=share(60), stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(machine, settings=quick)


def test_a_clock_that_is_far_behind_is_refused_and_a_little_behind_is_put_right(each_office: Office, register: Engine) -> None:
    clerk = each_office.clerk()
    pool, source = InProcess(clerk.sealer), Source(b"f" * 32)
    each_office.run("publish")
    issue(register, [entry(2)], pool=pool, source=source, now=SECONDS - TOLERANCE_SECONDS)
    with register.connect() as connection:
        assert connection.scalar(select(seals.c.iat)) == SECONDS == connection.scalar(select(publications.c.iat))
    with pytest.raises(IssuerError, match="clock_behind"):
        issue(register, [entry(3, trade_name="محل ورد")], pool=pool, source=source, now=SECONDS - TOLERANCE_SECONDS - 1)
    each_office.run("publish")
    with register.connect() as connection:
        assert connection.scalars(select(publications.c.iat).order_by(publications.c.iat)).all() == [SECONDS, SECONDS + 1]
        assert connection.scalar(select(func.count()).select_from(licenses)) == 1
        assert connection.scalar(text("SELECT 1")) == 1


def test_a_command_with_a_clock_that_is_behind_says_so(office: Office) -> None:
    office.run("issue", office.write("none.csv", []), "--no-output")
    office.run("publish")
    assert "clock_behind" in office.run("publish", now="2026-11-24T11:00:00Z", exit_code=2).output


def test_a_seal_made_in_the_second_of_a_publication_is_not_called_revoked(each_office: Office, register: Engine) -> None:
    clerk = each_office.clerk()
    each_office.run("publish")
    (result,) = issue(register, [entry()], pool=InProcess(clerk.sealer), source=Source(b"f" * 32), now=SECONDS)
    message = history.show(register, result.number).message
    assert claims.from_bytes(message.payload).iat == SECONDS
    assert each_office.verdict(wire.write(message, HOST)).finding("status").code == "status_not_yet_listed"
    each_office.run("publish")
    assert each_office.verdict(wire.write(message, HOST)).finding("status").code == "status_ok"


def test_a_publisher_whose_clock_is_before_its_key_says_that_the_clock_is_behind(office: Office) -> None:
    """Not that a key is missing: whoever reads that makes another one, and nothing gets better."""
    office.run("issue", office.write("none.csv", []), "--no-output")
    office.run("publish")
    told = office.run("publish", now="2024-01-01T11:00:00Z", exit_code=2).output
    assert "clock_behind" in told and "no_published_key" not in told
