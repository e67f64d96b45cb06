"""The OpenAPI document is valid, and the service does what it says, whatever schemathesis thinks up (seed fixed)."""

from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.share import share
from tests.world import World
from verifier.app import create_app
from verifier.openapi import document
from verifier.settings import Settings

EXAMPLES = 60
ANSWER = jsonschema_rs.Draft202012Validator(
    {"$ref": "#/components/schemas/Answer", "components": document()["components"]}, validate_formats=True
)


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The API as its document describes it, with real lists behind it."""
    world = World(tmp_path_factory.mktemp("world"))
    contacts = ("mailto:security@khatm.example",)
    app = create_app(Settings(published=world.folder, root=world.root_file, now=lambda: world.now, security_contacts=contacts))
    return schemathesis.openapi.from_wsgi("/openapi.json", app)


OPERATIONS = [
    (path, method, mode)
    for path, methods in document()["paths"].items()
    for method, operation in methods.items()
    for mode in GenerationMode
    if mode is GenerationMode.POSITIVE or operation.get("requestBody") or operation.get("parameters")  # else nothing can be wrong
]


def test_the_document_is_valid_openapi(described: Any) -> None:
    described.validate()
    with pytest.raises(jsonschema_rs.ValidationError):
        schemathesis.openapi.from_dict(document() | {"info": {"title": 1}}).validate()


# Not schemathesis' own pytest plugin: it does not run with this pytest. The strategies and checks are the same.
@pytest.mark.invented
@pytest.mark.parametrize(("path", "method", "mode"), OPERATIONS)
def test_the_service_is_as_described(described: Any, path: str, method: str, mode: GenerationMode) -> None:
    operation = described[path][method]

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(max_examples=share(EXAMPLES), derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def check(case: Any) -> None:
        # No picture that schemathesis draws is one, so what the schema allows may be refused (422); texts have a test of their own.
        case.call_and_validate(excluded_checks=[positive_data_acceptance])

    check()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("texts"))


FIXES = st.fixed_dictionaries(
    {
        "latitude": st.floats(-90, 90),
        "longitude": st.floats(-180, 180),
        "accuracy_m": st.floats(0, 1e300),
        "measured_at": st.datetimes(timezones=st.timezones()).map(lambda moment: moment.isoformat(timespec="seconds")),
    },
    optional={"confidence": st.sampled_from([68, 95]), "source": st.text(max_size=40)},
)


@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1), fix=st.none() | FIXES, site=st.booleans())
@settings(max_examples=share(200), derandomize=True, deadline=None, database=None)
def test_every_text_gets_a_verdict(world: World, text: str, fix: dict[str, Any] | None, site: bool) -> None:
    app = create_app(Settings(published=world.folder, root=world.root_file, now=lambda: world.now))
    if fix and len(fix["measured_at"]) != len("2026-11-24T09:00:00+02:00"):
        fix["measured_at"] = "2026-11-24T09:00:00Z"  # zones before 1900 have seconds, RFC 3339 has none
    answer = app.test_client().post("/api/v1/verify", json={"text": text, "fix": fix, "site": site})
    assert answer.status_code == 200, answer.text
    assert not list(ANSWER.iter_errors(answer.get_json()))


@pytest.mark.parametrize("placed", [False, True])
def test_answers_with_a_license_are_as_described(client: FlaskClient, world: World, placed: bool) -> None:
    app = create_app(Settings(published=world.folder, root=world.root_file, now=lambda: world.now))
    question: dict[str, Any] = {"text": world.seal(world.license())}
    if placed:
        question["fix"] = {"latitude": 31.3, "longitude": 29.9, "accuracy_m": 5, "measured_at": world.now.isoformat()}
    answer = app.test_client().post("/api/v1/verify", json=question).get_json()
    assert answer["license"]
    assert not list(ANSWER.iter_errors(answer))


def test_the_document_covers_every_route(tmp_path: Path) -> None:
    app = create_app(Settings(published=tmp_path, root=tmp_path / "root.jwk"))
    programs = ("/api/", "/health/", "/status/", "/log/", "/acts/", "/.well-known/")
    rules = [rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith(programs)]
    routes = {rule.replace("<path:", "<").replace("<", "{").replace(">", "}") for rule in rules}
    assert routes == set(document()["paths"])
