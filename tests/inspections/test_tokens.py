"""Tokens of other programs: made by an administrator, shown once, bound to authorities, scopes, an end and a pace, revoked at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

import khatm
from inspections.programs.tables import api_tokens
from inspections.programs.tokens import PER_MINUTE
from tests.inspections.programs import Program
from tests.inspections.street import Street
from tests.inspections.town import Town, Visitor


def run(street: Street, *words: str, exit_code: int = 0) -> tuple[str, str]:
    ran = CliRunner().invoke(khatm.main, ["inspections", "token", *words, "--database", street.locations.database])
    assert ran.exit_code == exit_code, ran.output
    return ran.stdout, ran.stderr


def rows(street: Street) -> str:
    """Everything that is kept of tokens, as text."""
    with street.engine.connect() as connection:
        return repr(connection.execute(select(api_tokens)).all())


def test_the_command_makes_one_prints_it_once_and_revokes_it(each_street: Street) -> None:
    now = ("--now", "2026-11-24T12:00:00+02:00")
    wanted = ("--scope", "inspections:read", "--authority", "AGM", "--until", "2027-01-31")
    secret = run(each_street, "make", "Power BI", *wanted, *now)[0].strip()
    assert re.fullmatch(r"khatm_[A-Za-z0-9_-]{43}", secret)
    assert secret not in rows(each_street) and secret.encode().hex() not in rows(each_street)
    listed = run(each_street, "list", *now)[0]
    assert re.search(r"1 +active +used never +until 2027-01-31T22:00Z +inspections:read +AGM +Power BI", listed), listed
    asked = {"Authorization": f"Bearer {secret}"}
    client = each_street.app.test_client()
    assert client.get("/inspections/api/data/v1/inspections", headers=asked).json == {"data": [], "next": None}
    assert "used 2026-" in run(each_street, "list", *now)[0], "the last use is seen"
    run(each_street, "revoke", "1", *now)
    assert client.get("/inspections/api/data/v1/inspections", headers=asked).status_code == 401
    assert "token_revoked" in run(each_street, "revoke", "1", *now, exit_code=2)[1]
    assert "token_unknown" in run(each_street, "revoke", "7", *now, exit_code=2)[1]
    for wrong, code in ((("--until", "2029-01-01"), "token_until"), (("--authority", "XXX"), "token_authority")):
        given = dict(zip(wanted[::2], wanted[1::2], strict=True)) | dict([wrong])
        assert code in run(each_street, "make", "X", *(word for pair in given.items() for word in pair), *now, exit_code=2)[1]


def test_the_page_shows_a_new_token_once_and_revokes_it(town: Town) -> None:
    admin = town.visitors["admin"]
    fields = {"name": "شرطة <المرافق>", "scope": ["alerts:read"], "authority": ["MID"], "until": "2026-12-31"}
    shown = admin.post("/tokens", 200, **fields).text
    secret = re.search(r"khatm_[A-Za-z0-9_-]{43}", shown)
    assert secret and "شرطة &lt;المرافق&gt;" in shown
    listed = admin.get("/tokens").text
    assert secret[0] not in listed and "شرطة &lt;المرافق&gt;" in listed
    bearer = {"Authorization": f"Bearer {secret[0]}"}
    ask = town.app.test_client().get
    assert ask("/inspections/api/data/v1/alerts", headers=bearer).status_code == 200
    number = re.findall(r"/inspections/tokens/(\d+)/revoke", listed)[0]
    admin.post(f"/tokens/{number}/revoke")
    assert ask("/inspections/api/data/v1/alerts", headers=bearer).json["error"]["code"] == "token_refused"
    assert 'data-code="token_revoked"' in admin.post(f"/tokens/{number}/revoke", 409).text


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"name": " "}, "token_name"),
        ({"scope": []}, "token_scope"),
        ({"scope": ["everything"]}, "token_scope"),
        ({"authority": []}, "token_authority"),
        ({"authority": ["QQ"]}, "token_authority"),
        ({"until": "soon"}, "token_until"),
        ({"until": "2026-11-23"}, "token_until"),
        ({"until": "2030-01-01"}, "token_until"),
    ],
)
def test_what_is_wrong_is_told_and_what_was_typed_stays(town: Town, changed: dict[str, object], code: str) -> None:
    fields = {"name": "لوحة المتابعة", "scope": ["alerts:read"], "authority": ["MID"], "until": "2026-12-31"}
    page = town.visitors["admin"].post("/tokens", 422, **fields | changed).text
    assert f'data-code="{code}"' in page
    assert code == "token_name" or 'value="لوحة المتابعة"' in page


def test_an_administrator_of_one_authority_gives_and_sees_no_other_s(tmp_path: Path) -> None:
    town = Town(tmp_path, f"sqlite:///{tmp_path / 'inspections.sqlite'}")
    everywhere, foreign = Program(town, "*", name="for all"), Program(town, "AGM", name="of Agami")
    local = Visitor(town, town.account("local", ("MID", "administrator")))
    page = local.get("/tokens").text
    assert "for all" not in page and "of Agami" not in page
    for token in (everywhere.token, foreign.token):
        local.post(f"/tokens/{token.id}/revoke", 404)
    fields = {"name": "x", "scope": ["alerts:read"], "until": "2026-12-31"}
    for code in ("AGM", "*"):
        assert 'data-code="token_authority"' in local.post("/tokens", 422, **fields, authority=[code]).text
    local.post("/tokens", 200, **fields, authority=["MID"])
    town.close()


def test_each_scope_opens_its_own_and_nothing_without_it(town: Town) -> None:
    bakery = f"/licenses/{town.numbers['bakery']}"
    paths = {"inspections:read": "/inspections", "alerts:read": "/alerts", "licenses:read": bakery, "sites:read": "/sites"}
    for scope in paths:
        program = Program(town, scopes=(scope,))
        statuses = {name: program.get(path, None).status_code for name, path in paths.items()}
        assert statuses == {name: 200 if name == scope else 403 for name in paths}
    assert program.code("/alerts", 403) == "scope_missing"


def test_a_session_opens_no_data_and_a_token_no_page(town: Town) -> None:
    assert town.visitors["admin"].get("/api/data/v1/inspections", 401).json["error"]["code"] == "token_refused"  # type: ignore[index]
    program = Program(town, "*")
    for path in ("/inspections/visits", "/inspections/tokens"):
        assert program.get(path, 302, root="").location.startswith("/inspections/sign-in")
    assert program.get("/inspections/api/v1/sites", 401, root="").json["error"]["code"] == "device_refused"  # type: ignore[index]


@pytest.mark.parametrize(
    "sent", ["Bearer", "Bearer x", "Bearer khatm_" + "A" * 43, "Basic !!!", "Basic eDo=", "Digest a", "Bearer " + "k" * 9000]
)
def test_what_is_no_token_is_refused_with_what_is_needed(town: Town, sent: str) -> None:
    town.now += 3600
    answer = town.app.test_client().get("/inspections/api/data/v1/alerts", headers={"Authorization": sent})
    assert answer.status_code == 401
    assert [each.split()[0] for each in answer.headers.getlist("WWW-Authenticate")] == ["Bearer", "Basic"]


def test_a_token_ends_with_its_last_day(each_street: Street) -> None:
    program = Program(each_street)
    each_street.now = program.token.until - 1
    program.get("/inspections")
    each_street.now += 1
    assert program.code("/inspections", 401) == "token_refused"


def test_a_token_asks_so_often_in_a_minute_and_another_s_pace_is_its_own(each_street: Street) -> None:
    program, other = Program(each_street), Program(each_street)
    each_street.now -= each_street.now % 60
    seen = [program.get("/inspections", None) for _ in range(PER_MINUTE + 2)]
    assert [answer.status_code for answer in seen] == [200] * PER_MINUTE + [429] * 2
    assert seen[0].headers["RateLimit"] == f'"minute";r={PER_MINUTE - 1};t=60'
    assert (seen[-1].headers["Retry-After"], seen[-1].headers["RateLimit"]) == ("60", '"minute";r=0;t=60')
    other.get("/inspections")
    each_street.now += 60
    program.get("/inspections")


def test_who_guesses_waits_and_who_has_a_token_does_not(street: Street) -> None:
    program, client = Program(street), street.app.test_client()
    wrong = {"Authorization": "Bearer khatm_" + "A" * 43}
    codes = [client.get("/inspections/api/data/v1/sites", headers=wrong).status_code for _ in range(40)]
    assert codes[0] == 401 and codes[-1] == 429
    program.get("/inspections")


def test_the_journal_names_the_route_and_no_license(town: Town) -> None:
    seen: dict[str, object] = {}
    inner = town.app.wsgi_app

    def watched(environ: dict[str, object], start: object) -> object:
        answer = inner(environ, start)  # type: ignore[arg-type]
        seen.update(environ)
        return answer

    town.app.wsgi_app = watched  # type: ignore[method-assign, assignment]
    try:
        Program(town).get(f"/licenses/{town.numbers['bakery']}")
    finally:
        town.app.wsgi_app = inner  # type: ignore[method-assign]
    assert seen["khatm.route"] == "/inspections/api/data/v1/licenses/<number>"
