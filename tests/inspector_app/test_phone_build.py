"""What the build of the phone app leaves: small, packed, without addresses, in the wheel, and with words for everything it says."""

import gzip
import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from urllib.parse import urljoin

import pytest
from PIL import Image
from playwright.sync_api import Playwright

from tests import browser
from tests.conftest import ROOT, unavailable
from tests.inspector_app.street import APP, Street, kept_for_offline, opened, phone

PWA = ROOT / "inspector_app/pwa"
FIRST_LOAD_MAX = 735_000  # octets, compressed; 26,000 of them check the log's signatures where a browser cannot, ML-DSA among them
SHARED = ("verifier/static/page.css", "verifier/static/icons.svg", "verifier/static/icon.svg")


@pytest.fixture(scope="module")
def built() -> list[Path]:
    if not (APP / "index.html").is_file():
        unavailable("the phone app is not built: .ci/app")
    return sorted(path for path in APP.iterdir() if path.suffix not in {".br", ".gz"} and path.name[0] != ".")


@pytest.mark.parametrize("suffix", [".br", ".gz"])
def test_the_first_load_is_small(built: list[Path], suffix: str) -> None:
    """Every file but the inspector's part, also those that a first visit does not ask for; the verifier's style comes on top, unpacked."""
    first = [path for path in built if path.name not in inspectors()]
    packed = [path.with_name(path.name + suffix) for path in first]
    octets = sum((small if small.exists() else plain).stat().st_size for small, plain in zip(packed, first, strict=True))
    assert octets + sum((ROOT / name).stat().st_size for name in SHARED) <= FIRST_LOAD_MAX


def inspectors() -> set[str]:
    """The files that only phones of an authority keep, as the service worker names them: their part, and what meets the log of seals."""
    (listed,) = re.findall(r'\[((?:"part-\w+\.js",?)+)\]', (APP / "sw.js").read_text())
    return set(re.findall(r"part-\w+\.js", listed))


def test_the_inspectors_part_is_apart(built: list[Path]) -> None:
    later = inspectors()
    words = json.loads((PWA / "src/inspections/words.json").read_text())
    with_words = [path.name for path in built if path.suffix == ".js" and words["all_in_order"]["ar"] in path.read_text()]
    assert len(with_words) == 1 and set(with_words) < later, "what citizens fetch knows nothing of inspections"


def test_packed_files_hold_what_they_pack(built: list[Path]) -> None:
    packed = [path for path in built if path.with_name(path.name + ".gz").exists()]
    assert {path.suffix for path in packed} >= {".js", ".wasm", ".html", ".css"}
    assert all(gzip.decompress(path.with_name(path.name + ".gz").read_bytes()) == path.read_bytes() for path in packed)


def test_everything_that_works_offline_is_there(built: list[Path]) -> None:
    worker = (APP / "sw.js").read_text()
    named = set(re.findall(r'"([\w.-]+\.(?:js|css|wasm|woff2|png|webmanifest))"', worker))
    there = {path.name for path in built if path.suffix in {".js", ".css", ".wasm", ".woff2", ".png", ".webmanifest"}}
    assert named == {name for name in there if not name.startswith(("page", "sw."))}


def test_a_second_build_is_the_same(built: list[Path]) -> None:
    again = subprocess.run([ROOT / ".ci/app"], check=True, capture_output=True, text=True, timeout=120)
    assert again.stdout == "", "nothing has changed, so nothing is built"


def test_the_lock_holds_no_addresses_of_packages() -> None:
    lock = json.loads((PWA / "package-lock.json").read_text())
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert packages
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [name for name, package in packages.items() if not package.get("integrity", "").startswith("sha512-")] == []
    named = json.loads((PWA / "package.json").read_text())
    versions = {**named["dependencies"], **named["devDependencies"]}
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions.values())


def test_the_wheel_holds_the_built_app(built: list[Path], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pip", "-qq", "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(tmp_path), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    (wheel,) = tmp_path.glob("khatm-*.whl")
    with zipfile.ZipFile(wheel) as packed:
        names = set(packed.namelist())
    assert {f"inspector_app/pwa/dist/{path.name}" for path in built} <= names
    assert not any("node_modules" in name for name in names)


def words() -> dict[str, dict[str, str]]:
    mine = [f"inspector_app/pwa/src/{name}" for name in ("words.json", "inspections/words.json")]
    files = ("seal/data/words.json", "seal/data/sentences.json", *mine)
    return {code: said for name in files for code, said in json.loads((ROOT / name).read_text()).items()}


def test_everything_said_has_words_in_both_languages() -> None:
    known = words()
    sources = "\n".join(path.read_text() for path in (PWA / "src").rglob("*.js"))
    asked = set(re.findall(r'\bsay\(\s*"(\w+)"', sources)) | set(re.findall(r'\bpanel\(\s*app,\s*"(\w+)"', sources))
    assert len(asked) > 60
    assert asked - set(known) == set()
    for code, said in known.items():
        assert set(said) == {"ar", "en"}, code
        assert set(re.findall(r"{\w+}", said["ar"])) == set(re.findall(r"{\w+}", said["en"])), code


def test_every_word_of_the_app_is_said_somewhere() -> None:
    own = [code for name in ("words.json", "inspections/words.json") for code in json.loads((PWA / "src" / name).read_text())]
    sources = "\n".join(path.read_text() for path in (PWA / "src").rglob("*.js"))
    made = ("band_", "setting_", "hand_", "span_", "log_kind_", "log_decision_", "log_place_", "inspection_", "result_")
    made += ("standing_", "kind_", "answer_", "severity_", "device_", "chain_")  # said with a part from elsewhere
    assert [code for code in own if f'"{code}"' not in sources and not code.startswith(made)] == []


def test_a_browser_would_install_it(playwright: Playwright, tmp_path: Path) -> None:
    installing = browser.launch(playwright, whole=True)
    with Street(tmp_path) as street:
        context = phone(installing)
        page = opened(context, street)
        kept_for_offline(page)
        session = context.new_cdp_session(page)
        errors = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
        assert {error["errorId"] for error in errors} == {"in-incognito"}, "as every context of a test is"
        manifest = json.loads(session.send("Page.getAppManifest")["data"])
        sizes = {}
        for icon in manifest["icons"]:
            answer = context.request.get(urljoin(street.app, icon["src"]))
            assert answer.ok
            if icon["type"] == "image/png":
                sizes[icon["src"]] = "x".join(map(str, Image.open(io.BytesIO(answer.body())).size))
        assert sizes == {icon["src"]: icon["sizes"] for icon in manifest["icons"] if icon["type"] == "image/png"}
        assert [icon["src"] for icon in manifest["icons"] if icon.get("purpose") == "maskable"] == ["maskable-512.png"]
    installing.close()
