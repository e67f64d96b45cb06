"""Each publication has a number of its own: higher than all before, whoever was killed, raced, or came back from a backup."""

from __future__ import annotations

import os
import shutil
import signal

import pytest
from sqlalchemy import Engine, select

import published
from issuer import operations
from issuer.errors import IssuerError
from issuer.register import numbers
from issuer.register.tables import numberings, publications
from keys import policy
from seal import status
from seal.status import StatusList
from tests.issuer.dying import die_at
from tests.issuer.offices import HOST, PASSPHRASE, SECONDS, Office


def number(office: Office) -> int:
    """The number of the published list."""
    return office.lists().status.lists[f"https://{HOST}/status/1"].sequence


def publish(office: Office, now: int) -> int:
    with office.locations.engine() as engine:
        operations.Publisher(office.locations).round(engine, now=now)
    return number(office)


def given(engine: Engine) -> list[tuple[int, int | None, bytes | None]]:
    with engine.connect() as connection:
        rows = connection.execute(select(publications.c.iat, publications.c.sequence, publications.c.kid).order_by(publications.c.iat))
        return [(row.iat, row.sequence, row.kid) for row in rows]


def test_each_publication_has_the_next_number(each_office: Office, register: Engine) -> None:
    assert [publish(each_office, SECONDS + turn) for turn in range(3)] == [1, 2, 3]
    (kid,) = each_office.locations.custody().kids("status")
    assert given(register) == [(SECONDS + turn, turn + 1, kid) for turn in range(3)]


@pytest.mark.parametrize(
    "function", ["seal.status:sign", "issuer.register.numbers:reserve", "issuer.register.publishing:made", "published:write"]
)
def test_whoever_is_killed_has_used_its_number_up(each_office: Office, register: Engine, function: str) -> None:
    """Killed after signing, before anybody could see it, or later: nothing else is ever signed under that number."""
    publish(each_office, SECONDS)
    register.dispose()
    pid = os.fork()
    if pid == 0:
        try:
            die_at(function, 1, "after" if function != "published:write" else "before")
            publish(each_office, SECONDS + 60)
        finally:
            os._exit(1)
    _, how = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(how) and os.WTERMSIG(how) == signal.SIGKILL
    assert number(each_office) == 1
    assert publish(each_office, SECONDS + 120) == 3


def test_of_two_publishers_who_take_turns_the_later_has_the_higher_number(
    each_office: Office, register: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One takes a number, and before it signs, another signs and publishes elsewhere, as on two machines."""
    other = each_office.folder / "second"
    shutil.copytree(each_office.locations.published, other)
    reserve, taken = numbers.reserve, []

    def overtaken(*args: object) -> int:
        found = reserve(*args)  # type: ignore[arg-type]
        taken.append(found)
        if len(taken) == 1:
            with each_office.locations.engine() as engine:
                operations.Publisher(each_office.locations._replace(published=other)).round(engine, now=SECONDS + 1)
        return found

    monkeypatch.setattr(numbers, "reserve", overtaken)
    assert publish(each_office, SECONDS + 2) == 3
    assert taken == [1, 2, 3], "1 was never signed under: 2 was out by then"
    trusted = each_office.locations.trust()
    assert [entry.sequence for entry in published.status_lists(other, trusted).values()] == [2]


def test_a_register_that_came_back_from_a_backup_goes_on_above_what_is_published(each_office: Office, register: Engine) -> None:
    office = each_office
    before = [publish(office, SECONDS + turn) for turn in range(3)]
    with register.begin() as connection:
        connection.execute(numberings.delete())
        connection.execute(publications.delete())
    assert publish(office, SECONDS + 60) == before[-1] + 1


def test_a_number_that_no_copy_can_have_given_is_told(each_office: Office, register: Engine) -> None:
    """Whoever has the key of status lists wants ours to be older than theirs for good."""
    office = each_office
    publish(office, SECONDS)
    custody = office.locations.custody()
    (kid,) = custody.kids("status")
    thief = StatusList(f"https://{HOST}/status/1", SECONDS, SECONDS + 60, 2, b"", 1, numbers.LAST)
    published.write(office.locations.published, {"status/1": status.sign(thief, kid, custody.signer(kid, PASSPHRASE))})
    with pytest.raises(IssuerError, match="status_number_foreign"):
        publish(office, SECONDS + 60)
    assert "status_number_foreign" in office.run("publish", exit_code=2).output
    with register.connect() as connection:
        assert numbers.is_last(connection, 1), "and theirs is not ours"
    void(office, kid, 2, numbers.LAST)
    with pytest.raises(IssuerError, match="status_numbers_exhausted"):
        publish(office, SECONDS + 120)
    fresh = custody.add(PASSPHRASE, policy.status_entry(policy.governorate(custody), now=SECONDS - 60))
    void(office, kid, 2, numbers.LAST)
    assert fresh in office.locations.trust().keys
    assert publish(office, SECONDS + 180) == 2


def void(office: Office, kid: bytes, first: int, last: int) -> None:
    custody = office.locations.custody()
    custody.policy["keys"][kid.hex()]["voided"] = [[first, last]]
    custody.save()
    published.write(office.locations.published, {published.TRUST_LIST: policy.sign_trust_list(custody, PASSPHRASE, now=SECONDS)})


def test_the_next_number_is_above_a_voided_range(each_office: Office, register: Engine) -> None:
    office = each_office
    publish(office, SECONDS)
    (kid,) = office.locations.custody().kids("status")
    void(office, kid, 1, 500)
    assert publish(office, SECONDS + 60) == 501


def test_lists_from_before_there_were_numbers_can_be_void_too(each_office: Office, register: Engine) -> None:
    """A register that is upgraded while its last publication is a year ahead."""
    office = each_office
    with register.begin() as connection:
        connection.execute(publications.insert().values(iat=SECONDS + 365 * 86_400))
    with pytest.raises(IssuerError, match="clock_behind"):
        publish(office, SECONDS)
    (kid,) = office.locations.custody().kids("status")
    void(office, kid, 0, 0)
    assert publish(office, SECONDS) >= 1
    assert publish(office, SECONDS + 365 * 86_400) > 1, "when that second comes, it is no second time"
    assert len({iat for iat, _, _ in given(register)}) == 3
