"""The centre's staff sign in with a real provider too: who is tied to an account, with the roles that they have here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from accounts import identities
from office.desk.app import create_app
from office.desk.context import DeskContext
from tests import clock
from tests.accounts import provider
from tests.accounts.provider import local
from tests.office.desk.house import House


def test_a_clerk_comes_in_by_the_provider_and_stays_a_clerk(house: House, tmp_path: Path) -> None:
    house.account("mona", ("MN1", "clerk"))
    with provider.running() as running:
        with house.context.engine.begin() as connection:
            identities.tie(connection, "mona", running.issuer, "mona-1", by=None, now=house.now)
        oidc = running.settings(tmp_path / "oidc", second_factor=("mfa",))
        settings = replace(house.settings, oidc=oidc, now=lambda: int(clock.moment().timestamp()))
        client = create_app(settings, DeskContext(settings)).test_client()
        assert "حساب المحافظة" in client.get("/centre/sign-in").text
        running.person("mona-1", "pwd")
        out = client.get("/centre/oidc")
        assert client.get(local(running.visited(out.location))).location == "/centre/code"
        assert client.get("/centre/apply").status_code == 302, "our code is asked for"
        running.person("mona-1", "mfa")
        client = create_app(settings, DeskContext(settings)).test_client()
        out = client.get("/centre/oidc?next=/centre/apply")
        assert client.get(local(running.visited(out.location))).location == "/centre/apply"
        assert client.get("/centre/apply").status_code == 200
        assert client.get("/centre/people").status_code == 403, "the provider gives nobody a role"
