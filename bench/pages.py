"""The desk's own pages at size, for bench/office.py: the work list, the search, and an application's way to a license.

The whole app is called as a server calls it (WSGI), with sessions, form tokens, rules and templates, by test clients in the same process:
the time from a request to the last octet of its answer, without a network. Issuing is the worker's round, as `khatm office work` does it:
looking for what is approved, and issuing that. In each round one application goes from a citizen's last click to its license.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count

from office.applications import issuing
from office.payments import bills
from storage.database import reading
from tests.office.applications.workplace import advertisement
from tests.office.desk.house import House, Visitor

UNTIMED = "untimed: "  # what comes before a page: a draft with its documents, the money in hand
FIRST_SPOT = 200  # away from the spots of what bench/office.py submits
Steps = dict[str, Callable[[], object]]


def steps(house: House, sought: list[str]) -> Steps:
    """Return what to time, in this order, again and again; `sought` are words to search for."""
    reviewer, governor = house.staff("reviewer", ("MN1", "reviewer")), house.staff("governor", ("*", "manager"))
    return {**_lists(reviewer, governor, sought), **_journey(house, reviewer)}


def _lists(reviewer: Visitor, governor: Visitor, sought: list[str]) -> Steps:
    turn = count()
    page = {"next": "/centre/"}

    def next_page() -> None:
        text = governor.get(page["next"]).text
        after = re.search(r'class="button" rel="next" href="(/centre/\?[^"]*after=[^"]+)"', text)
        page["next"] = after[1].replace("&amp;", "&") if after else "/centre/"

    def search(visitor: Visitor, path: str) -> Callable[[], object]:
        return lambda: visitor.get(path, query_string={"q": sought[next(turn) % len(sought)]})

    return {
        "work_list_of_an_authority": lambda: reviewer.get("/centre/"),
        "work_list_of_the_governorate": lambda: governor.get("/centre/"),
        "work_list_next_page": next_page,
        "search_in_an_authority": search(reviewer, "/centre/"),
        "search_in_the_governorate": search(governor, "/centre/"),
        "search_licenses": search(governor, "/centre/licenses"),
    }


def _journey(house: House, reviewer: Visitor) -> Steps:
    """An application from check to keep page: each step goes on with what the one before it left."""
    citizen, cashier = house.citizen(), house.staff("cashier", ("MN1", "cashier"))
    drafts = _drafts(house)
    at: dict[str, str] = {}

    def check() -> None:
        at["version"] = _version(citizen.get(f"/apply/{at['draft']}/check").text)

    def submit() -> None:
        at["case"] = citizen.post(f"/apply/{at['draft']}/send", 303, version=at["version"]).location
        at["number"] = at["case"].rpartition("/")[2]

    def count_money() -> None:
        with reading(house.context.engine) as connection:  # as pages do: a transaction that is undone would take prepared statements along
            (owed,) = (bill.piastres for bill in bills.of_subject(connection, at["number"]))
        at["amount"] = f"{owed // 100}.{owed % 100:02}"

    def pay() -> None:
        cashier.post(f"/centre/till/{at['number']}", 303, method="cash", amount=at["amount"])

    def review() -> None:
        at["version"] = _version(reviewer.get(f"/centre/applications/{at['number']}").text)

    def approve() -> None:
        reviewer.post(f"/centre/applications/{at['number']}/do/approve", 303, version=at["version"])

    def issue() -> None:
        told = issuing.run(house.context.engine, house.context.office(), sealer=house.clerk.sealer, now=house.now)
        assert told == Counter(issued=1), told

    def follow() -> None:
        assert "ALX-MN1-" in citizen.get(at["case"]).text

    def begin() -> None:
        at["draft"] = next(drafts)

    return {
        **{f"{UNTIMED}draft": begin, "check_before_sending": check, "submit": submit},
        **{f"{UNTIMED}money": count_money, "bill_at_the_till": lambda: cashier.get(f"/centre/till/{at['number']}"), "pay_at_the_till": pay},
        **{"application_in_review": review, "approve": approve, "issue_by_the_worker": issue},
        **{"issued_application_of_a_citizen": follow, "own_list_of_a_citizen": lambda: citizen.get("/applications")},
    }


def _version(page: str) -> str:
    return re.findall(r'name="version" value="(\d+)"', page)[0]


def _drafts(house: House) -> Iterator[str]:
    """Yield drafts that may be submitted, each at a spot of its own."""
    actor = house.actor_of()
    for place in count(FIRST_SPOT):
        latitude, longitude = 31.262 + place % 20 * 0.001, 29.995 + place // 20 * 0.001
        fields = advertisement(trade_name=f"إعلان جديد {place}", latitude=f"{latitude:.6f}", longitude=f"{longitude:.6f}")
        fields |= {"stayed_up": "no", "removed_on": "2025-12-31"}  # some of these spots had an advertisement until then
        yield house.work.draft("advertisement.first", fields, actor=actor, now=house.now)
