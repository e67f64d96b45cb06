"""A world of its own for each test, and the verifier that serves it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.world import World
from verifier.app import create_app
from verifier.settings import Settings


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def settings(world: World) -> Settings:
    patient = Settings(published=world.folder, root=world.root_file, now=lambda: world.now, decode_seconds=60, wait_seconds=60)
    return replace(patient, check_seconds=0)


@pytest.fixture
def app(settings: Settings) -> Flask:
    return create_app(settings)


@pytest.fixture
def client(app: Flask) -> Iterator[FlaskClient]:
    with app.test_client() as client:
        yield client


def path_of(text: str) -> str:
    """What a stock camera asks our host for."""
    return "/" + text.rsplit("/", 1)[1]
