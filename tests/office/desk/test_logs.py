"""What the office logs as it runs: who asked for what is in no line, whatever they typed and whatever broke; what helps to mend it is."""

from __future__ import annotations

import http.client
import json
import re
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from sqlalchemy import text

from tests.office.applications.workplace import shop
from tests.office.desk.house import House, mobile
from tests.office.desk.test_downloads import link_of
from tests.office.desk.test_uploads import environment_of
from tests.processes import PATIENCE_SECONDS
from tests.verifier.served import gunicorn

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize("form", ["json", "text"])
def test_nobody_is_in_the_logs(each_house: House, tmp_path: Path, form: str) -> None:
    house = each_house
    number, license_number = house.work.issued("shop.first", shop(trade_name="مخبز السر", holder="منى علي حسن"))
    link = link_of(house)
    token, national = link.rpartition("/")[2], "2" + "9901010" + "112345"
    numbers = mobile(7)
    log, told = tmp_path / "log", tmp_path / "told"
    more = {"KHATM_LOG_FORMAT": form, "KHATM_METRICS": f"unix:{told}"}

    def ask(method: str, path: str, fields: dict[str, str] | None = None) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        body = urlencode(fields) if fields is not None else None
        said = {"Referer": f"http://127.0.0.1/{token}", "User-Agent": f"{numbers} {national}", "X-Request-ID": national}
        connection.request(method, path, body, (FORM if body else {}) | said)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status

    with gunicorn("office.desk.wsgi", log, environment=environment_of(house) | more, of="office.desk") as (port, _):
        assert ask("GET", link) == 200
        assert ask("GET", f"{link}/license.png?name={quote('منى علي')}&id={national}") == 200
        for path in (national, f"applications/{number}", f"k/{token}x", f"centre/licenses/{license_number}", quote("مخبز السر")):
            ask("GET", f"/{path}")
        for fields in ({"mobile": numbers}, {"mobile": national}, {"mobile": numbers, "code": "123456"}, {"name": "منى علي حسن"}):
            for path in ("/sign-in", "/sign-in/code", "/centre/sign-in", "/nowhere"):
                ask("POST", path, fields)
        with house.context.engine.begin() as connection:  # and now the database is not as it should be: a table is missing
            connection.execute(text("ALTER TABLE keep_link RENAME TO gone"))
        assert ask("GET", link) >= 500
    told_ = log.read_text()
    for secret in (token, national, numbers, numbers[1:], number, license_number, "منى", "مخبز", quote("منى"), "123456", "SELECT"):
        assert secret not in told_, secret
    assert "Traceback" not in told_
    assert re.search("SQLITE_ERROR|42P01", told_), "which helps whoever mends it"
    assert "/k/<token>" in told_
    if form == "json":
        lines = [json.loads(line) for line in told_.splitlines()]
        broken = [line for line in lines if line.get("sqlstate")]
        assert broken
        assert {line["route"] for line in broken} == {"/k/<token>"}
        answered = [line for line in lines if line.get("request") == broken[0]["request"] and "status" in line]
        assert [(line["status"] >= 500, line["route"]) for line in answered] == [(True, "/k/<token>")], "one id joins fault and answer"
