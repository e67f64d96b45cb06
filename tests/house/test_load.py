"""The load of each public address: none is left out without saying why."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException

from bench import load
from tests.conftest import ROOT, unavailable
from tests.office.desk.test_access import ADDRESSES, EVERYBODY
from verifier.app import create_app
from verifier.settings import Settings

POSTED = {"/check", "/api/v1/verify"}
PUBLISHED = (
    *("trust-list", "roots/trust-list", "roots/1", f"proofs/{'0' * 64}", "status/1", "log/checkpoint", "log/tile/0/000.p/1"),
    *("log/pack/MN1/index", "acts/checkpoint", "acts/tile/0/000.p/1"),
)


@pytest.fixture(scope="module")
def verifier(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    built = ROOT / "inspector_app/pwa/dist"
    if not (built / "index.html").is_file():
        unavailable("the phone app is not built: .ci/app")
    folder = tmp_path_factory.mktemp("published")
    (folder / "root.jwk").write_text("{}")
    return create_app(Settings(folder, root=folder / "root.jwk", app=built, security_contacts=("mailto:a@khatm.example",)))


def rule_of(app: Flask, path: str, method: str = "GET") -> str:
    try:
        rule, _ = app.url_map.bind("khatm.example").match(path, method, return_rule=True)
    except HTTPException as error:
        raise AssertionError(f"{method} {path} is no address") from error
    return str(rule.rule)


def test_each_address_of_the_verifier_is_asked(verifier: Flask, tmp_path: Path) -> None:
    for name in PUBLISHED:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    paths = [*load.files(tmp_path), *load.app(ROOT / "inspector_app/pwa/dist"), *load.ALWAYS, "/", "/check", "/docs", "/openapi.json"]
    assert len(set(paths)) == len(paths) >= 10 + len(PUBLISHED)
    asked = {rule_of(verifier, path) for path in paths} | {rule_of(verifier, path, "POST") for path in POSTED} | {"/<seal:path>"}
    there = {rule.rule for rule in verifier.url_map.iter_rules()}
    assert there - asked == set(load.LEFT_OUT)
    assert all(load.LEFT_OUT.values())


def test_each_address_of_the_office_that_anybody_may_ask_is_asked() -> None:
    public = {address.split(" ")[1] for address, who in ADDRESSES.items() if who == EVERYBODY and address.startswith("GET ")}
    left = tuple(each.split("<")[0] for each in load.LEFT_OUT_OF_PORTAL if each.startswith("/"))
    missing = {path for path in public - set(load.PORTAL) if not path.startswith(left)}
    assert missing == set()
    assert set(load.PORTAL) - public == {"/hall/MN1"} - public, "and each that is asked is anybody's"
