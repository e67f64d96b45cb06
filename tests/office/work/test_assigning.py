"""Who may have a case: what they may take is what they may do. What somebody would try who wants to decide on their own case fails."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select

from acts.tables import acts
from issuer.errors import IssuerError
from office.applications import listing, workflow
from office.applications.application import NOBODY
from office.applications.errors import ApplicationError
from office.services.errors import MoveError
from office.work import absences, assigning, handing, records
from office.work.tables import assignments
from tests.office.applications.workplace import DAY, NOW
from tests.office.work.conftest import Team


def refused(team: Team, name: str, step: object, *given: object, **more: object) -> str:
    """The code with which somebody is refused."""
    with pytest.raises(IssuerError) as error:
        team.do(name, step, *given, **more)  # type: ignore[arg-type]
    return error.value.code


def history(team: Team, number: str) -> list[tuple[str, str, str | None]]:
    """Who had a case, how they got it, and how it ended."""
    names = {id_: name for name, id_ in team.ids.items()}
    with team.engine.connect() as connection:
        query = select(assignments).order_by(assignments.c.id)
        rows = connection.execute(query).all()
    return [(names[row.account_id], row.how, row.ended_how) for row in rows]


def test_taking_giving_and_giving_back(team: Team) -> None:
    number = team.review()
    team.do("reem", assigning.take, number, seen=NOBODY)
    assert team.holder(number) == "reem"
    team.do("hoda", assigning.give, number, team.ids["adel"], note="لديك خبرة بالشارع")
    assert team.holder(number) == "adel"
    team.do("adel", assigning.give_back, number)
    assert team.holder(number) == ""
    assert history(team, number) == [("reem", "taken", "given"), ("adel", "given", "given_back")]
    with team.engine.connect() as connection:
        told = records.untold(connection, team.ids["reem"])
        assert [(line.ended_how, about) for line, about in told] == [("given", number)]
        assert records.untold(connection, team.ids["adel"]) == (), "who gave it back knows"
    team.do("reem", records.told, team.ids["reem"])
    with team.engine.connect() as connection:
        assert records.untold(connection, team.ids["reem"]) == ()


def test_every_write_leaves_an_act(small: Team) -> None:
    number = small.review()

    def count() -> int:
        with small.engine.connect() as connection:
            return connection.scalar(select(func.count()).select_from(acts)) or 0

    before = count()
    small.do("reem", assigning.take, number)
    small.do("reem", assigning.give_back, number)
    small.do("reem", absences.leave, small.ids["reem"], date(2026, 12, 1), date(2026, 12, 2), small.ids["adel"])
    assert count() == before + 3


def test_an_assignment_is_no_lock_and_no_key(team: Team) -> None:
    """A colleague may go on with it; the step done, nobody has the next one yet."""
    number = team.review()
    team.do("reem", assigning.take, number)
    team.work.do("request_inspection", number, actor=team.actor("adel"), reason="للمعاينة")
    assert team.holder(number) == "", "the step is done"
    team.do("mona", assigning.take, number)
    assert team.holder(number) == "mona"


@pytest.mark.parametrize(
    ("who", "code"),
    [("tarek", "assign_role"), ("mona", "assign_role"), ("karim", "assign_unknown"), ("nour", "assign_elsewhere"), ("", "assign_unknown")],
)
def test_a_case_is_given_to_nobody_who_may_not_do_its_step(small: Team, who: str, code: str) -> None:
    number = small.review()
    assert refused(small, "hoda", assigning.give, number, small.ids.get(who, 4711)) == code
    assert small.holder(number) == ""


def test_only_a_manager_or_the_holder_gives(small: Team) -> None:
    number = small.review()
    assert refused(small, "adel", assigning.give, number, small.ids["reem"]) == "assign_manager"
    small.do("reem", assigning.take, number)
    assert refused(small, "adel", assigning.give, number, small.ids["sara"]) == "assign_manager"
    assert refused(small, "adel", assigning.give_back, number) == "assign_manager"
    small.do("reem", assigning.give, number, small.ids["sara"])
    assert small.holder(number) == "sara"
    for name in ("nour", "karim"):
        assert refused(small, name, assigning.take, number) == "application_unknown", "it is not theirs to see"


def test_a_manager_who_entered_a_case_neither_gets_nor_decides_it(small: Team) -> None:
    """The same person as clerk and manager: giving oneself the review of one's own case opens nothing, and is refused too."""
    small.join("both", ("MN1", "manager"), ("MN1", "clerk"))
    number = small.review(entered_by=small.actor("both"))
    assert refused(small, "both", assigning.take, number) == "assign_own"
    assert refused(small, "both", assigning.give, number, small.ids["both"]) == "assign_own"
    assert refused(small, "hoda", assigning.give, number, small.ids["both"]) == "assign_own"
    with pytest.raises(MoveError, match="same_person"):
        small.do("both", workflow.approve, number)
    small.join("double", ("MN1", "reviewer"))
    small.do("hoda", assigning.give, number, small.ids["double"])
    assert small.holder(number) == "double"


def test_a_step_that_waits_for_the_applicant_is_nobody_s(small: Team) -> None:
    number = small.review(paid=False)
    assert refused(small, "hoda", assigning.give, number, small.ids["reem"]) == "assign_no_step"
    with pytest.raises(ApplicationError, match="application_unknown"):
        small.do("reem", assigning.take, "APP-MN1-2026-999999-0")


def test_two_who_click_at_once(small: Team) -> None:
    number = small.review()
    small.do("reem", assigning.take, number, seen=NOBODY)
    assert refused(small, "adel", assigning.take, number, seen=NOBODY) == "changed_meanwhile"
    small.do("adel", assigning.take, number, seen=small.ids["reem"])
    assert small.holder(number) == "adel"


def test_handing_over_some_and_all(team: Team) -> None:
    numbers = [team.review() for _ in range(3)]
    own = team.review()
    for number in (*numbers, own):
        team.do("reem", assigning.take, number)
    done = team.do("reem", handing.hand_over, team.ids["reem"], numbers[:1], team.ids["adel"], note="إجازة")
    assert (done.moved, done.left) == (1, ())
    team.do("sara", assigning.take, numbers[1])  # meanwhile
    done = team.do("hoda", handing.hand_over, team.ids["reem"], [*numbers[1:], own], team.ids["adel"], note="")
    assert done.moved == 2 and done.left == ((numbers[1], "assign_gone"),)
    assert [team.holder(number) for number in (*numbers, own)] == ["adel", "sara", "adel", "adel"]
    left = team.do("sara", handing.hand_over, team.ids["adel"], numbers[:1], team.ids["sara"], note="")
    assert left.left == ((numbers[0], "assign_manager"),), "somebody else's are not hers to hand over"
    assert refused(team, "reem", handing.hand_over, team.ids["reem"], [], team.ids["adel"], note="") == "assign_nothing"
    assert refused(team, "reem", handing.hand_over, team.ids["reem"], numbers, team.ids["adel"], note="x" * 501) == "note_long"


def test_the_list_by_holder(team: Team) -> None:
    mine, other, free = (team.review(now=NOW - step * DAY) for step in (3, 2, 1))
    team.do("reem", assigning.take, mine)
    team.do("adel", assigning.take, other)
    reem, nour = team.actor("reem"), team.actor("nour")

    def listed(holder: int | None) -> list[str]:
        with team.engine.connect() as connection:
            return [line.number for line in listing.work(connection, team.work.office, actor=reem, holder=holder).lines]

    assert listed(None) == [mine, other, free]
    assert listed(team.ids["reem"]) == [mine]
    assert listed(NOBODY) == [free]
    assert listed(team.ids["nour"]) == []
    with team.engine.connect() as connection:
        count = listing.held_by(connection, team.work.office, actor=reem, holder=NOBODY, states=listing.WORK)
        assert count == 1
        assert listing.work(connection, team.work.office, actor=nour, holder=team.ids["reem"]).lines == ()
