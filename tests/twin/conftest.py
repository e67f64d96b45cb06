"""Node and Chromium, with the JavaScript twin in them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.conftest import unavailable
from tests.nodejs import NodeUnavailable
from tests.twin import asking
from tests.twin.asking import APP, HERE, Answer, Asker, Request


@pytest.fixture(scope="session")
def node() -> Path:
    """The path of Node.js; the libraries that the twin uses are installed."""
    try:
        return asking.node()
    except NodeUnavailable as error:
        unavailable(str(error))


@pytest.fixture(scope="session")
def ask(node: Path) -> Iterator[Asker]:
    """Requests to answers, in Node."""
    with asking.Node(node) as answering:
        yield answering


@pytest.fixture(scope="session")
def bundle(node: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The twin as the phone app bundles it, one script."""
    target = tmp_path_factory.mktemp("twin") / "twin.js"
    options = ["--bundle", "--minify", "--format=iife", "--loader:.bin=binary", f"--outfile={target}"]
    command = [node, APP / "node_modules/esbuild/bin/esbuild", HERE / "browser.js", *options]
    made = subprocess.run(command, check=False, capture_output=True, text=True, env={"NODE_PATH": str(APP / "node_modules")})
    assert made.returncode == 0, made.stderr
    return target.read_text("utf-8")


@pytest.fixture
def ask_chromium(chromium: Browser, bundle: str) -> Iterable[Asker]:
    """Requests to answers, in a page of Chromium."""
    context = chromium.new_context()
    page = context.new_page()
    page.route("**/*", lambda route: route.fulfill(body="<!doctype html><title>twin</title>", content_type="text/html"))
    page.goto("http://localhost/")  # a secure context, as WebCrypto wants it
    page.add_script_tag(content=bundle)

    def ask(requests: Iterable[Request]) -> list[Answer]:
        listed = list(requests)
        return asking.checked(listed, page.evaluate("(requests) => answers(requests)", listed))

    yield ask
    context.close()
