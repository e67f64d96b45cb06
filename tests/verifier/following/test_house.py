"""A house as `khatm setup` makes it, followed: root documents, lists that are proven in the log of acts, a root that is handed over."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

import khatm
import published
from deploy import steps
from published import Memory
from seal import days
from tests.clock import moment
from tests.conftest import ROOT
from tests.deploy import test_setup
from tests.verifier.following.town import Served, serving
from verifier.app import create_app
from verifier.settings import Settings


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("house")
    site = folder / "etc/nginx/sites-available/khatm"
    site.parent.mkdir(parents=True)
    shutil.copy(ROOT / "deploy/nginx/khatm.conf", site)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(steps, "_PROGRAM", [sys.executable, *test_setup.COMMAND[1:]])
        test_setup.run(*test_setup.words(folder))
    return folder


@pytest.fixture
def host(house: Path) -> Iterator[Served]:
    with serving(create_app(Settings(published=house / "var/lib/khatm/published", root=house / "etc/khatm/root.cose"))) as served:
        yield served


def follow(host: Served, to: Path, root: Path, code: int = 0) -> str:
    result = CliRunner().invoke(khatm.main, ["follow", host.url, "--to", str(to), "--root", str(root), "--once"])
    assert result.exit_code == code, result.output
    return result.output


def test_a_house_with_root_documents_and_proven_lists(house: Path, host: Served, tmp_path: Path) -> None:
    root = house / "etc/khatm/root.cose"
    follow(host, tmp_path, root)
    loaded = published.load(tmp_path / "current", root=published.read_root(root), memory=Memory(), now=days.seconds_of(moment()))
    assert loaded.faults == {}
    assert loaded.trust.lists_proven
    assert len(loaded.status.lists) == 1
    assert {path.name for path in (tmp_path / "current/roots").iterdir()} == {"1", "trust-list"}
    assert len(list((tmp_path / "current/proofs").iterdir())) == 1


def test_a_list_whose_proof_the_host_withholds_is_refused(house: Path, host: Served, tmp_path: Path) -> None:
    root = house / "etc/khatm/root.cose"

    def withheld(path: str, code: str, headers: list[tuple[str, str]], body: bytes) -> tuple[str, list[tuple[str, str]], bytes]:
        return ("404 Not Found", [("Content-Length", "0")], b"") if "/proofs/" in path else (code, headers, body)

    host.answering = withheld
    assert "status_list_unproven" in follow(host, tmp_path, root, 1)
    assert not list((tmp_path / "current/status").glob("*"))


def test_documents_that_lead_nowhere_are_not_handed_on(house: Path, host: Served, tmp_path: Path) -> None:
    root, folder = house / "etc/khatm/root.cose", house / "var/lib/khatm/published"
    (folder / "roots/2").write_bytes(root.read_bytes())
    try:
        assert "root_out_of_turn" in follow(host, tmp_path, root, 1)
    finally:
        (folder / "roots/2").unlink()
    assert {path.name for path in (tmp_path / "current/roots").iterdir()} == {"1", "trust-list"}
