"""Who may lead an application from which state to which, in the machines that come with the program."""

from itertools import product

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from issuer.sentences import say
from office.services import catalogue
from office.services.errors import MoveError
from office.services.state_machine import ENTER, Done, Machine, Role, State, choices, final, move, transition
from tests.share import share

EXAMINED = catalogue.default().of("advertisement", "first").machine
COUNTER = catalogue.default().of("advertisement", "paper_copy").machine
CLERK, REVIEWER, MANAGER, CITIZEN = "staff:1", "staff:2", "staff:3", "citizen:1"
ENTERED = (Done(ENTER, CLERK), Done("submit", CLERK))

# state: action: state after, roles
TABLE: dict[str, dict[str, tuple[str, set[str]]]] = {
    "draft": {"submit": ("submitted", {"citizen", "clerk"}), "withdraw": ("withdrawn", {"citizen", "clerk", "system"})},
    "submitted": {
        "bill": ("awaiting_payment", {"system", "reviewer"}),
        "accept": ("under_review", {"system"}),
        "withdraw": ("withdrawn", {"citizen", "clerk", "system"}),
    },
    "awaiting_payment": {
        "pay": ("under_review", {"system"}),
        "object": ("objection", {"citizen", "clerk"}),
        "withdraw": ("withdrawn", {"citizen", "clerk", "system"}),
    },
    "under_review": {
        "bill": ("awaiting_payment", {"system", "reviewer"}),
        "return": ("returned", {"reviewer"}),
        "request_inspection": ("inspection_requested", {"reviewer"}),
        "approve": ("approved", {"reviewer", "manager", "system"}),
        "reject": ("rejected", {"reviewer", "manager"}),
        "object": ("objection", {"citizen", "clerk"}),
        "withdraw": ("withdrawn", {"citizen", "clerk", "system"}),
    },
    "returned": {"resubmit": ("under_review", {"citizen", "clerk"}), "withdraw": ("withdrawn", {"citizen", "clerk", "system"})},
    "inspection_requested": {
        "record_inspection": ("under_review", {"clerk", "reviewer"}),
        "withdraw": ("withdrawn", {"citizen", "clerk", "system"}),
    },
    "approved": {"issue": ("issued", {"reviewer", "manager", "system"}), "reopen": ("under_review", {"manager"})},
    "rejected": {"object": ("objection", {"citizen", "clerk"})},
    "objection": {"uphold": ("submitted", {"manager"}), "dismiss": ("rejected", {"manager"})},
    "issued": {},
    "withdrawn": {},
}
NOT_AT_THE_COUNTER = {"request_inspection", "record_inspection", "object", "uphold", "dismiss"}


def test_every_state_every_action_every_role() -> None:
    """The whole machine against the table: what it does not name is refused."""
    assert set(TABLE) == set(State)
    for state, action, role in product(State, EXAMINED.actions, Role):
        after, roles = TABLE[state].get(action, ("", set()))
        try:
            found = move(EXAMINED, state, action, person="staff:9", roles=[role], done=(), reason="سبب", came_from=State.REJECTED)
        except MoveError as error:
            assert error.code == ("role_not_allowed" if after else "move_not_allowed"), (state, action, role)
            assert role not in roles, (state, action, role)
        else:
            assert (found, role in roles) == (after, True), (state, action, role)


def test_the_counter_s_machine_has_neither_inspection_nor_objection() -> None:
    for state, action in product(State, EXAMINED.actions):
        expected = {} if action in NOT_AT_THE_COUNTER or state in ("inspection_requested", "objection") else TABLE[state]
        if action in expected:
            assert transition(COUNTER, state, action) == expected[action][0]
        else:
            with pytest.raises(MoveError, match="move_not_allowed"):
                transition(COUNTER, state, action)
    assert final(COUNTER, State.REJECTED)
    assert not final(EXAMINED, State.REJECTED)


def test_a_dismissed_objection_leads_back() -> None:
    for before in (State.AWAITING_PAYMENT, State.UNDER_REVIEW, State.REJECTED):
        assert transition(EXAMINED, State.OBJECTION, "dismiss", came_from=before) is before
    with pytest.raises(MoveError, match="move_not_allowed"):
        transition(EXAMINED, State.OBJECTION, "dismiss")


@pytest.mark.parametrize("action", ["approve", "reject"])
@pytest.mark.parametrize("done", [(Done(ENTER, REVIEWER),), (Done("submit", REVIEWER),), (Done("resubmit", REVIEWER),)])
def test_nobody_decides_on_what_he_entered(action: str, done: tuple[Done, ...]) -> None:
    """Whatever other role he holds too: a reviewer who sat at the counter, a manager who helped out."""
    roles = [Role.CLERK, Role.REVIEWER, Role.MANAGER, Role.ADMINISTRATOR]
    with pytest.raises(MoveError, match="same_person"):
        move(EXAMINED, State.UNDER_REVIEW, action, person=REVIEWER, roles=roles, done=(*ENTERED, *done), reason="سبب")
    assert move(EXAMINED, State.UNDER_REVIEW, action, person=MANAGER, roles=[Role.MANAGER], done=(*ENTERED, *done), reason="سبب")


def test_an_objection_is_decided_by_somebody_else() -> None:
    for action in ("bill", "reject", "object"):
        with pytest.raises(MoveError, match="same_person"):
            move(EXAMINED, State.OBJECTION, "uphold", person=MANAGER, roles=[Role.MANAGER], done=[Done(action, MANAGER)], reason="سبب")
    done = [Done("reject", REVIEWER), Done("object", CITIZEN)]
    assert move(EXAMINED, State.OBJECTION, "uphold", person=MANAGER, roles=[Role.MANAGER], done=done, reason="سبب") is State.SUBMITTED


def test_the_program_may_do_what_it_started() -> None:
    done = [Done("submit", Role.SYSTEM), *ENTERED]
    assert move(EXAMINED, State.UNDER_REVIEW, "approve", person=Role.SYSTEM, roles=[Role.SYSTEM], done=done) is State.APPROVED


@pytest.mark.parametrize("reason", ["", "   ", "\n", "x" * 501])
@pytest.mark.parametrize(
    ("state", "action", "role"),
    [
        (State.UNDER_REVIEW, "reject", Role.REVIEWER),
        (State.UNDER_REVIEW, "return", Role.REVIEWER),
        (State.REJECTED, "object", Role.CITIZEN),
        (State.OBJECTION, "uphold", Role.MANAGER),
        (State.OBJECTION, "dismiss", Role.MANAGER),
        (State.APPROVED, "reopen", Role.MANAGER),
    ],
)
def test_a_decision_needs_a_reason(reason: str, state: State, action: str, role: Role) -> None:
    with pytest.raises(MoveError, match="reason_missing"):
        move(EXAMINED, state, action, person="staff:9", roles=[role], done=(), reason=reason, came_from=State.REJECTED)


def test_a_reason_may_be_500_characters_long() -> None:
    reason = "س" * 500
    assert move(EXAMINED, State.UNDER_REVIEW, "reject", person="staff:9", roles=[Role.REVIEWER], done=(), reason=reason) is State.REJECTED


def test_without_a_role_nothing_may_be_done() -> None:
    for roles in ([], ["mayor"], ["administrator"], ["cashier"]):
        assert choices(EXAMINED, State.UNDER_REVIEW, person="staff:9", roles=roles, done=()) == ()


def test_the_choices_are_what_move_allows() -> None:
    for machine, state, role, person in product((EXAMINED, COUNTER), State, Role, (CLERK, REVIEWER)):
        offered = {action.code for action in choices(machine, state, person=person, roles=[role], done=ENTERED)}
        assert offered == {action for action in machine.actions if allowed(machine, state, action, role, person)}


def allowed(machine: Machine, state: State, action: str, role: Role, person: str) -> bool:
    try:
        move(machine, state, action, person=person, roles=[role], done=ENTERED, reason="سبب", came_from=State.UNDER_REVIEW)
    except MoveError:
        return False
    return True


@settings(max_examples=share(300))
@given(st.data())
def test_whatever_is_tried_approval_takes_two_persons(data: st.DataObject) -> None:
    """A walk through the machine by anybody with any role: nothing is issued that was not submitted, paid or free, and approved apart."""
    state, before = State.DRAFT, None
    done = [Done(ENTER, "a")]
    for _ in range(data.draw(st.integers(0, 30))):
        role = data.draw(st.sampled_from([*Role]))
        person = Role.SYSTEM.value if role is Role.SYSTEM else data.draw(st.sampled_from(["a", "b", "c"]))
        offered = [each for each in choices(EXAMINED, state, person=person, roles=[role], done=done) if each.code != "withdraw"]
        if offered:
            action = data.draw(st.sampled_from([each.code for each in offered]))
            after = move(EXAMINED, state, action, person=person, roles=[role], done=done, reason="سبب", came_from=before)
            done.append(Done(action, person))
            state, before = after, state
    event(state)
    for number, each in enumerate(done):
        if each.action in ("approve", "issue") and each.person != Role.SYSTEM:
            assert each.person not in {earlier.person for earlier in done[:number] if earlier.action in (ENTER, "submit", "resubmit")}
    if state is State.ISSUED:
        kinds = [each.action for each in done]
        assert kinds[1] == "submit"
        assert {"pay", "accept"} & {*kinds}
        assert kinds[-2:] == ["approve", "issue"]


def test_states_roles_and_refusals_have_their_sentences() -> None:
    for code in [f"state_{state}" for state in State] + [f"role_{role}" for role in Role]:
        assert say(code, "ar") != say(code, "en")
    assert all(action.name["ar"] != action.name["en"] for action in EXAMINED.actions.values())
