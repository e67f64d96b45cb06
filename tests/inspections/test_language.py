"""The other language is one tap away on every page, also on the answer to a form that was refused, at whatever address that was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import lxml.html
import pytest

from tests.inspections.programs import Program
from tests.inspections.test_webhooks import deliverer
from tests.inspections.town import Town

#: Values for what stands in addresses; what is not there gives a refusal as well.
FILLED = {"name": "amal", "kid": "{kid_amal}", "alert": "{alert}", "number": "1", "hook": "1", "message": "1", "violation": "1", "id": "1"}
APART = {"api", "office_api", "data", "odata"}  # programs read no page


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder: Path = tmp_path_factory.mktemp("town")
    made = Town(folder, f"sqlite:///{folder / 'inspections.sqlite'}")
    Program(made, "*", name="Power BI")
    deliverer(made).step()
    yield made
    made.close()


def forms(town: Town) -> list[str]:
    """Every address that a form is sent to, filled in."""
    found = []
    for rule in town.app.url_map.iter_rules():
        if "POST" in (rule.methods or ()) and rule.endpoint.partition(".")[0] not in APART and "sign-out" not in rule.rule:
            kinds = {each: getattr(rule._converters[each], "items", ()) for each in rule.arguments}
            filled = {each: next(iter(kinds[each]), "") or town.path(FILLED.get(each, "1")) for each in rule.arguments}
            found.append(town.app.url_map.bind("localhost").build(rule.endpoint, filled, method="POST"))
    return sorted(set(found))


def test_what_is_shown_once_is_not_lost_by_a_tap(town: Town) -> None:
    """The code of a device: its page has no switch, for the same address as a link is the list."""
    made = town.visitors["supervisor"].post("/devices", 200, holder="amal", authority="MID", beside="1")
    assert 'id="code"' in made.text and not lxml.html.fromstring(made.text).xpath("//header//*[contains(@class, 'switch')]")


def test_a_refused_form_has_the_switch_and_it_leads_to_a_page(town: Town) -> None:
    looked = set[str]()
    for who in ("supervisor", "admin", "police", "amal", "stranger"):
        visitor = town.visitors[who]
        page = "/inspections/sign-in" if who == "stranger" else "/inspections/"
        for path in forms(town):
            answer = visitor.http.post(path, data={"form": visitor.csrf}, headers={"Referer": f"http://localhost{page}"})
            if answer.status_code < 400 or answer.mimetype != "text/html":
                continue
            switches = lxml.html.fromstring(answer.text).xpath("//header//*[contains(@class, 'switch')]")
            assert len(switches) == 1, f"{who} {path}: {answer.status_code}"
            looked.add(path)
            if (link := switches[0].get("href")) is None:
                continue
            english = visitor.http.get(link, follow_redirects=True)
            assert english.status_code in (200, 403, 404), f"{path}: {link}: {english.status_code}"
            if english.status_code == 200:
                assert '<html lang="en"' in english.text, f"{path}: {link}"
            visitor.http.delete_cookie("khatm_language")
    assert len(looked) > 20, sorted(looked)
