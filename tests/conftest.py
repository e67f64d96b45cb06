"""What tests of every package may ask for: real databases, a real browser, an environment with other people's COSE.

`make test` sets KHATM_TEST_STRICT: then a missing part fails the test. Run by hand, it skips with the reason.
"""

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, Page, Playwright, expect

from accounts import passwords
from acts import acting
from demo import waiting
from keys import pbes2
from office.papers import press
from qr import confined
from storage import postgresql, steps
from storage import revisions as register_revisions
from tests import browser, cheap, costs, kept, postgres, postgres_pool, processes, revisions, share, unsteady

ROOT = Path(__file__).resolve().parent.parent

# Tests assert behaviour, not time: a machine that others use may take long over an example.
settings.register_profile("khatm", deadline=None, max_examples=share.share(100))
settings.load_profile("khatm")
expect.set_options(timeout=browser.PATIENCE_MS)


pytest_addoption = unsteady.pytest_addoption


def pytest_configure(config: pytest.Config) -> None:
    """Each run ends with what it cost the processor, and with what was unsteady."""
    unsteady.pytest_configure(config)
    config.pluginmanager.register(costs.Costs(), "khatm-costs")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Before markers are looked at."""
    share.mark(items)


def pytest_collection_finish() -> None:
    """What was imported stays: looking through it for garbage again and again was a tenth of all the work."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def unavailable(reason: str) -> NoReturn:
    """Skip, or fail if this run must not skip."""
    if os.environ.get("KHATM_TEST_STRICT"):  # noqa: TID251
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Passwords of this process are kept at a thousandth of the work; tests/accounts and tests/keys hold the product's own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pbes2, "_WORK", cheap.WORK)
        patch.setattr(passwords, "_hasher", cheap.hasher())
        yield


@pytest.fixture(scope="session", autouse=True)
def patient_product() -> Iterator[None]:
    """What the product gives up after seconds of the clock it waits minutes for here, where others use the machine.

    Tests of the giving up set seconds of their own.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postgresql, "BUSY_SECONDS", processes.PATIENCE_SECONDS)
        patch.setattr(confined, "WALL_SECONDS", float(processes.PATIENCE_SECONDS))
        patch.setattr(press, "PATIENCE_SECONDS", float(processes.PATIENCE_SECONDS))
        patch.setattr(waiting, "START_SECONDS", 2 * processes.PATIENCE_SECONDS)
        yield


@pytest.fixture(scope="session", autouse=True)
def acting_for_tests() -> Iterator[None]:
    """Whatever a test writes by itself is an act of the tests; requests and commands have actors of their own."""
    with acting.process("program:tests", "test"):
        yield


@pytest.fixture(scope="session", autouse=True)
def quick_registers() -> Iterator[None]:
    """Alembic works once for each kind of database in this process; the other registers are made of what it did there."""
    recorded = revisions.Recorded()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(steps, "command", recorded.command)
        patch.setattr(register_revisions, "make", recorded.make)
        yield


@pytest.fixture(scope="session", autouse=True)
def quick_apps() -> Iterator[None]:
    """Templates and statements are compiled once in this process, whatever app shows them and whatever database is asked."""
    with kept.once():
        yield


@pytest.fixture(scope="session", autouse=True)
def quick_papers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The fonts of papers are made once in this run, by whichever process needs them first."""
    own = tmp_path_factory.getbasetemp()
    with kept.papers(own.parent if hasattr(request.config, "workerinput") else own):
        yield


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """SQLAlchemy URL of a real PostgreSQL server of this run's own (its database `postgres`)."""
    try:
        with postgres.server() as url:
            yield url
    except postgres.PostgresUnavailable as error:
        unavailable(str(error))


@pytest.fixture(scope="session")
def postgres_databases(postgres_url: str) -> postgres_pool.Pool:
    """The databases that tests get, one after the other."""
    return postgres_pool.Pool(postgres_url, revisions.furnish)


@pytest.fixture
def postgres_database(postgres_databases: postgres_pool.Pool) -> Iterator[str]:
    """SQLAlchemy URL of an empty PostgreSQL database for one test."""
    with postgres_databases.lent() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """SQLAlchemy URL of an empty database; the test runs twice, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'register.sqlite'}"
    url: str = request.getfixturevalue("postgres_database")
    return url


@pytest.fixture(scope="session")
def shared_browser() -> Iterator[browser.Shared]:
    """What all modules' browsers are."""
    shared = browser.Shared()
    yield shared
    shared.close()


@pytest.fixture(scope="module")
def playwright(shared_browser: browser.Shared) -> Iterator[Playwright]:
    """Playwright, to launch a Chromium with flags of one's own (tests.browser.launch)."""
    if not browser.executable():
        unavailable("no Chromium: run .ci/system-packages test")
    with shared_browser.awake() as running:
        yield running


@pytest.fixture(scope="module")
def chromium(playwright: Playwright, shared_browser: browser.Shared) -> Iterator[Browser]:
    """A headless Chromium; open a context or a page in it and close it yourself, or ask for `page`."""
    yield shared_browser.chromium(playwright)
    shared_browser.tidy()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page in a fresh context, the size of a phone; it is in Arabic as a phone in Alexandria is."""
    context = chromium.new_context(locale="ar-EG", timezone_id="Africa/Cairo", viewport={"width": 360, "height": 740})
    context.set_default_timeout(browser.PATIENCE_MS)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def oracle_python() -> Path:
    """The Python of the environment that holds python-cwt, an independent reader of COSE and CWT."""
    named = os.environ.get("KHATM_ORACLE_PYTHON")  # noqa: TID251
    path = Path(named) if named else ROOT / ".venv-oracle/bin/python"
    if not path.exists():
        unavailable("no environment with python-cwt: make environment")
    return path
