"""Published files: picked up when they change, kept when the new ones are bad, missed politely, handed on as they are."""

import dataclasses
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

import published
from seal import days, status, trust
from seal.trust import TrustList
from tests.published.test_log import House
from tests.vectors import logs
from tests.verifier.conftest import path_of
from tests.world import STATUS_KID, World
from verifier import words
from verifier.app import create_app
from verifier.settings import Settings

API = "/api/v1/verify"


def reason(client: FlaskClient, text: str) -> str:
    return client.post(API, json={"text": text, "site": False}).get_json()["reason"]


def republish(world: World, changed: TrustList) -> None:
    world.trust = changed
    world.publish()


def test_a_revocation_counts_at_once(client: FlaskClient, world: World) -> None:
    text = world.seal(world.license())
    assert reason(client, text) == "site_not_asked"
    world.set_status(text, status.INVALID)
    assert reason(client, text) == "revoked"


def test_a_new_trust_list_counts_at_once(client: FlaskClient, world: World) -> None:
    text = world.seal(world.license())
    assert reason(client, text) == "site_not_asked"
    keys = {kid: key for kid, key in world.trust.keys.items() if key.authority != "MID"}
    republish(world, world.trust._replace(sequence=8, keys=keys))
    assert reason(client, text) == "kid_unknown"


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("trust-list", b"", "trust_list_corrupt"),
        ("trust-list", b"\xd2\x84garbage", "trust_list_corrupt"),
        ("status/1", b"garbage", "status_list_corrupt"),
    ],
)
def test_a_bad_file_never_replaces_a_good_one(client: FlaskClient, world: World, name: str, data: bytes, code: str) -> None:
    text = world.seal(world.license())
    assert reason(client, text) == "site_not_asked"
    (world.folder / name).write_bytes(data)
    assert reason(client, text) == "site_not_asked"
    ready = client.get("/health/ready")
    assert (ready.status_code, ready.get_json()["faults"]) == (200, {name: code})
    world.publish()
    assert client.get("/health/ready").get_json()["faults"] == {}


def test_an_older_trust_list_is_refused_and_told_of(client: FlaskClient, world: World) -> None:
    text, old = world.seal(world.license()), world.trust
    republish(world, old._replace(sequence=9))
    assert reason(client, text) == "site_not_asked"
    republish(world, old)
    assert reason(client, text) == "site_not_asked"
    told = client.get("/health/ready").get_json()
    assert told["faults"] == {"trust-list": "trust_list_older"}
    assert told["trust_list"]["sequence"] == 9


def test_an_older_status_list_does_not_undo_a_revocation(client: FlaskClient, world: World) -> None:
    text = world.seal(world.license())
    old = (world.folder / "status/1").read_bytes()
    world.now += timedelta(minutes=10)
    world.set_status(text, status.INVALID)
    assert reason(client, text) == "revoked"
    (world.folder / "status/1").write_bytes(old)
    assert reason(client, text) == "revoked"
    assert client.get("/health/ready").get_json()["faults"] == {"status/1": "status_list_older"}


def test_health_tells_how_far_the_log_is_known(client: FlaskClient, world: World) -> None:
    def told() -> object:
        return client.get("/health/ready").get_json()["log"]

    assert told() is None
    republish(world, world.trust._replace(sequence=8, log=logs.terms()))
    named: dict[str, object] = {"origin": logs.ORIGIN, "threshold": 2}
    assert told() == named | {"size": None, "age_s": None, "witnesses": [], "last_fault": None}
    house = House(world.folder, 300)
    now = days.seconds_of(world.now)
    house.sign(now - 90, witnesses=1)
    assert told() == named | {"size": None, "age_s": None, "witnesses": [], "last_fault": "log_head_unwitnessed"}
    house.sign(now - 90)
    known_of = {"size": 300, "age_s": 90, "witnesses": sorted(logs.WITNESSES[:2])}
    assert told() == named | known_of | {"last_fault": "log_head_unwitnessed"}
    fork = House(world.folder, 400, salt=b"fork")
    fork.sign(now)
    assert told() == named | known_of | {"last_fault": "log_forked"}
    assert client.get("/health/ready").get_json()["faults"] == {"log/checkpoint": "log_forked"}


def test_what_was_seen_outlives_a_restart(settings: Settings, world: World) -> None:
    remembering = dataclasses.replace(settings, state=world.root_file.with_name("state.json"))
    old = world.trust
    republish(world, old._replace(sequence=9))
    assert create_app(remembering).test_client().get("/health/ready").status_code == 200
    republish(world, old)
    told = create_app(remembering).test_client().get("/health/ready")
    assert (told.status_code, told.get_json()["faults"]) == (503, {"trust-list": "trust_list_older"})


def test_a_spoilt_memory_is_told_of(settings: Settings, world: World) -> None:
    state = world.root_file.with_name("state.json")
    state.write_text("{")
    told = create_app(dataclasses.replace(settings, state=state)).test_client().get("/health/ready")
    assert (told.status_code, told.get_json()["faults"]) == (503, {"state": "memory_corrupt"})


def test_a_status_list_of_a_stolen_key_is_not_kept(client: FlaskClient, world: World) -> None:
    text = world.seal(world.license())
    assert reason(client, text) == "site_not_asked"
    stolen = world.trust.keys[STATUS_KID]._replace(state="compromised")
    republish(world, world.trust._replace(sequence=8, keys=dict(world.trust.keys) | {STATUS_KID: stolen}))
    assert reason(client, text) == "status_list_missing"
    assert client.get("/health/ready").status_code == 503


def test_it_starts_without_files_and_recovers(settings: Settings, world: World, tmp_path: Path) -> None:
    text = world.seal(world.license())
    empty = tmp_path / "later"
    client = create_app(dataclasses.replace(settings, published=empty, root=tmp_path / "later.jwk")).test_client()
    assert client.get("/health/live").status_code == 200
    ready = client.get("/health/ready")
    assert (ready.status_code, ready.get_json()["status"]) == (503, "lists_missing")
    assert ready.get_json()["faults"] == {"root": "root_missing"}
    refused = client.post(API, json={"text": text})
    assert (refused.status_code, refused.get_json()["code"]) == (503, "lists_missing")
    for page in (client.get(path_of(text)), client.post("/check", data={"text": text})):
        assert page.status_code == 503
        assert words.say("lists_missing", "ar") in page.text
        assert "Retry-After" in page.headers
    assert client.get("/").status_code == 200
    world.root_file.rename(tmp_path / "later.jwk")
    world.folder.rename(empty)
    assert reason(client, text) == "site_not_asked"
    assert client.get("/health/ready").status_code == 200


def test_readiness_tells_ages_and_staleness(client: FlaskClient, world: World) -> None:
    told = client.get("/health/ready").get_json()
    clock = told.pop("clock")
    assert (clock["ahead_s"], clock["behind_s"]) == ({}, 0) and clock["synchronised"] in (True, False, None)
    assert told == {
        "log": None,
        "status": "ready",
        "warnings": [],
        "faults": {},
        "trust_list": {"sequence": 7, "age_s": 3600, "stale": False},
        "status_lists": {"https://khatm.example/status/1": {"age_s": 60, "fresh": True, "stale": False}},
    }
    world.now += timedelta(days=2)
    assert client.get("/health/ready").status_code == 200
    world.now += timedelta(days=6)
    stale = client.get("/health/ready")
    told = stale.get_json()
    assert (stale.status_code, told["status"], told["warnings"]) == (200, "ready", ["lists_stale"]), "told, and not dropped"


def test_a_wrong_root_is_no_root(settings: Settings, tmp_path: Path) -> None:
    other = World(tmp_path / "other")
    told = create_app(dataclasses.replace(settings, root=other.root_file)).test_client().get("/health/ready")
    assert (told.status_code, told.get_json()["faults"]) == (503, {"trust-list": "trust_list_wrong_root"})


def test_files_are_looked_at_once_a_second_at_most(settings: Settings, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    text = world.seal(world.license())
    client = create_app(dataclasses.replace(settings, check_seconds=3600)).test_client()
    assert reason(client, text) == "site_not_asked"
    monkeypatch.setattr(published, "load", None)
    world.set_status(text, status.INVALID)
    assert reason(client, text) == "site_not_asked"


@pytest.mark.parametrize(
    ("path", "name", "media_type", "seconds"),
    [
        ("/.well-known/khatm/trust-list", "trust-list", trust.TYP, 3600),
        ("/status/1", "status/1", status.TYP, 300),
        (f"/.well-known/khatm/proofs/{'0a' * 32}", f"proofs/{'0a' * 32}", "text/plain; charset=utf-8", 7 * 86_400),
    ],
)
def test_published_files_are_handed_on(client: FlaskClient, world: World, path: str, name: str, media_type: str, seconds: int) -> None:
    published.write(world.folder, {f"proofs/{'0a' * 32}": b"c2sp.org/tlog-proof@v1\n"})
    with client.get(path) as response:
        assert response.data == (world.folder / name).read_bytes()
        assert response.headers["Content-Type"] == media_type
        fixed = name.startswith("proofs/")
        assert response.headers["Cache-Control"] == f"public, max-age={seconds}, {'immutable' if fixed else 'must-revalidate'}"
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert "Last-Modified" in response.headers
        tag = response.headers["ETag"]
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
    assert client.head(path).status_code == 200


LOG_FILES = {
    "log/checkpoint": ("text/plain; charset=utf-8", 5),
    "log/tile/0/000": ("application/octet-stream", 31_536_000),
    "log/tile/0/x001/x234/067.p/9": ("application/octet-stream", 31_536_000),
    "log/tile/entries/003": ("application/octet-stream", 31_536_000),
    "acts/checkpoint": ("text/plain; charset=utf-8", 5),
    "acts/tile/1/000.p/3": ("application/octet-stream", 31_536_000),
    "acts/tile/entries/003": ("application/octet-stream", 31_536_000),
    "log/pack/MID/index": ("application/khatm-log-pack+cose", 300),
    "log/pack/MID/0": ("application/octet-stream", 31_536_000),
    "log/pack/MID/12.p/4095": ("application/octet-stream", 31_536_000),
}


@pytest.mark.parametrize("name", LOG_FILES)
def test_the_log_s_files_are_handed_on(client: FlaskClient, world: World, name: str) -> None:
    path = world.folder / name
    path.parent.mkdir(parents=True)
    path.write_bytes(name.encode())
    with client.get(f"/{name}") as response:
        assert response.data == name.encode()
        fixed = LOG_FILES[name][1] == 31_536_000
        seconds = f"public, max-age={LOG_FILES[name][1]}, {'immutable' if fixed else 'must-revalidate'}"
        assert (response.headers["Content-Type"], response.headers["Cache-Control"]) == (LOG_FILES[name][0], seconds)
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize(
    "path",
    [
        *("/log/", "/log/..%2ftrust-list", "/log/../trust-list", "/log/tile/0/000%00", "/log/tile/0/0", "/log/tile/0/000.p/256"),
        *("/log/.new-1", "/log/pack/mid/index", "/log/pack/MID/01", "/log/pack/MID/0.p/0", "/log/pack/MID/../../../trust-list"),
        "/log/pack/..%2f..%2ftrust-list",
        *("/acts/", "/acts/..%2ftrust-list", "/acts/pack/MID/index", "/acts/tile/0/0", "/acts/.new-1", "/acts/checkpoint/"),
        *("/status/0", "/status/2", "/status/01", "/status/12345", "/status/-1", "/status/1.bak", "/status/%D9%A1"),
        *("/status/..%2ftrust-list", "/status/../trust-list", "/status/%2e%2e/root.jwk", "/status/1/../../root.jwk", "/status/"),
        *(f"/.well-known/khatm/proofs/{'0b' * 32}", "/.well-known/khatm/proofs/..", "/.well-known/khatm/proofs/0a"),
        *("/.well-known/khatm/root.jwk", "/.well-known/khatm/..%2froot.jwk", "/status/1%00", "/status/1%0a"),
    ],
)
def test_nothing_else_of_the_folder_is_reachable(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert response.mimetype == "application/problem+json"
    assert b"kty" not in response.data


def test_a_compromised_key_of_which_nobody_says_since_when_keeps_nothing(app: Flask, world: World) -> None:
    """What counts below the position at which it was stopped is held by tests/drills."""
    honest = world.seal(world.license())
    stolen = world.trust.keys[b"\x01"]._replace(state="compromised")
    republish(world, world.trust._replace(sequence=8, keys=dict(world.trust.keys) | {b"\x01": stolen}))
    assert reason(app.test_client(), honest) == "key_compromised"
