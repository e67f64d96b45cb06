"""The bill of materials: valid by CycloneDX's own schema, whole, the same each time; and what is refused."""

import base64
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from deploy.release import bill, locks
from deploy.release import wheels as released
from deploy.release.errors import ReleaseError
from tests.conftest import ROOT
from tests.deploy import wheels

RUN = (ROOT / "requirements/run.txt").read_text("utf-8")
NPM = (ROOT / "inspector_app/pwa/package-lock.json").read_text("utf-8")
DAY = 1_800_000_000
HASH = "--hash=sha256:" + "ab" * 32


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = wheels.copied(tmp_path_factory.mktemp("bill") / "khatm")
    return wheels.built(source, str(tmp_path_factory.mktemp("dist")), SOURCE_DATE_EPOCH=str(DAY))


@pytest.fixture(scope="module")
def made(wheel: Path) -> dict[str, Any]:
    read = released.read(wheel)
    told: dict[str, Any] = json.loads(bill.text(read, locks.parse(RUN), locks.bundled(NPM, read.packages)))
    return told


def fault(bill_: Mapping[str, Any]) -> object:
    return JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(bill_))


def test_it_holds_to_the_schema_of_cyclonedx(made: dict[str, Any]) -> None:
    assert fault(made) is None
    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.6")
    assert fault(made | {"serialNumber": "7"}) is not None, "the schema would see it"
    assert fault(made | {"components": [made["components"][0] | {"hashes": [{"alg": "SHA-256", "content": "x"}]}]}) is not None


def test_it_names_the_wheel_by_its_octets(made: dict[str, Any], wheel: Path) -> None:
    summed = subprocess.run(["sha256sum", wheel], check=True, capture_output=True, text=True).stdout.split()[0]
    itself = made["metadata"]["component"]
    assert itself["hashes"] == [{"alg": "SHA-256", "content": summed}]
    assert made["metadata"]["properties"] == [{"name": "khatm:wheel", "value": wheel.name}]
    assert made["metadata"]["timestamp"] == datetime.fromtimestamp(DAY, UTC).isoformat()
    assert PackageURL.from_string(itself["purl"]).type == "generic", "an index of packages may have a stranger's of this name"


def test_it_has_every_package_of_the_lock_with_every_hash(made: dict[str, Any]) -> None:
    bills = {
        each["purl"]: {one["content"] for one in each["hashes"]} for each in made["components"] if each["purl"].startswith("pkg:pypi/")
    }
    entries = re.split(r"^(?=\w)", RUN, flags=re.MULTILINE)[1:]
    locked = {f"pkg:pypi/{entry.split()[0].replace('==', '@')}": set(re.findall(r"sha256:(\w{64})", entry)) for entry in entries}
    assert len(locked) > 80
    assert bills == locked
    assert sum(map(len, bills.values())) == RUN.count("--hash=")


def test_it_has_the_packages_in_the_phone_app_and_no_others(made: dict[str, Any]) -> None:
    phone = {each["purl"]: each["hashes"][0]["content"] for each in made["components"] if each["purl"].startswith("pkg:npm/")}
    lock = json.loads(NPM)["packages"]
    for purl, content in phone.items():
        one = PackageURL.from_string(purl)
        locked = lock["node_modules/" + "/".join(filter(None, (one.namespace, one.name)))]
        assert (locked["version"], locked["integrity"]) == (one.version, "sha512-" + base64.b64encode(bytes.fromhex(content)).decode())
        assert not locked.get("dev"), "what builds the app is not in it"
    named = {PackageURL.from_string(purl).name for purl in phone}
    assert {"zxing-wasm", "cairo", "curves", "post-quantum", "idb"} <= named
    assert not {"ciphers", "type-fest", "esbuild", "emscripten"} & named, "in the lock, and in no file of the app"


def test_fonts_and_python_are_in_it(made: dict[str, Any]) -> None:
    parts = {each["name"]: each for each in made["components"]}
    assert {
        name: parts[name]["licenses"][0]["license"]["id"] for name in ("fontpkg-amiri", "fontpkg-cairo", "fontpkg-noto-sans", "cairo")
    } == dict.fromkeys(("fontpkg-amiri", "fontpkg-cairo", "fontpkg-noto-sans", "cairo"), "OFL-1.1")
    assert parts["python"]["version"] == ".".join(map(str, sys.version_info[:3]))
    assert parts["python"]["properties"] == [{"name": "khatm:requires-python", "value": ">=3.11"}]


def test_a_license_that_nobody_says_is_unknown(made: dict[str, Any]) -> None:
    silent = [each for each in made["components"] if not each.get("licenses")]
    assert silent, "brotlicffi belongs to another Python than this one"
    for each in silent:
        assert next(one["value"] for one in each["properties"] if one["name"] == "khatm:license").startswith("unknown: ")
    assert [each["name"] for each in made["components"] if each.get("licenses") and "unknown" in json.dumps(each)] == []


def test_what_another_machine_would_install_is_optional(made: dict[str, Any]) -> None:
    scopes = {each["purl"].split("@")[0]: each["scope"] for each in made["components"] if "scope" in each and "brotli" in each["purl"]}
    assert scopes == {"pkg:pypi/brotli": "required", "pkg:pypi/brotlicffi": "optional"}
    numpy = [each["scope"] for each in made["components"] if each["name"] == "numpy"]
    assert sorted(numpy) == ["optional", "required"]


def test_everything_is_reached_from_khatm(made: dict[str, Any]) -> None:
    graph = {each["ref"]: set(each.get("dependsOn", ())) for each in made["dependencies"]}
    known = {each["bom-ref"] for each in made["components"]} | {made["metadata"]["component"]["bom-ref"]}
    assert set(graph) == known
    assert {other for others in graph.values() for other in others} <= known
    reached: set[str] = set()
    waiting = [made["metadata"]["component"]["bom-ref"]]
    while waiting:
        reached.add(each := waiting.pop())
        waiting += graph[each] - reached
    assert reached == known
    flask = next(ref for ref in graph if ref.startswith("pkg:pypi/flask@"))
    assert any(ref.startswith("pkg:pypi/werkzeug@") for ref in graph[flask])
    psycopg = next(ref for ref in graph if ref.startswith("pkg:pypi/psycopg@"))
    assert any(ref.startswith("pkg:pypi/psycopg-binary@") for ref in graph[psycopg]), "an extra that was asked for"


@cache
def written(wheel: Path, seed: str, zone: str) -> bytes:
    command = [sys.executable, "-m", "deploy.release", "sbom", "--dist", str(wheel.parent)]
    surroundings = dict(os.environ, PYTHONHASHSEED=seed, TZ=zone)  # noqa: TID251
    done = subprocess.run(command, check=True, cwd=ROOT, capture_output=True, text=True, env=surroundings)
    return Path(done.stdout.strip()).read_bytes()


def test_it_is_the_same_each_time(wheel: Path, made: dict[str, Any]) -> None:
    one = written(wheel, "1", "Africa/Cairo")
    assert one == written(wheel, "2", "Asia/Tokyo")
    assert json.loads(one) == made


def test_another_wheel_has_another_number(wheel: Path, made: dict[str, Any], tmp_path: Path) -> None:
    other = tmp_path / wheel.name
    other.write_bytes(wheel.read_bytes())
    with zipfile.ZipFile(other, "a") as more:
        more.writestr("office/planted.py", "")
    read = released.read(other)
    told = json.loads(bill.text(read, locks.parse(RUN), locks.bundled(NPM, read.packages)))
    assert told["serialNumber"] != made["serialNumber"]
    assert told["components"] == made["components"]


@pytest.mark.parametrize(
    "lock",
    [
        "",
        "# nothing\n",
        "flask==3.1.3\n",
        f"flask>=3.1 {HASH}\n",
        f"flask==3.1.* {HASH}\n",
        "flask==3.1.3 --hash=sha256:abcd\n",
        "flask==3.1.3 --hash=md5:" + "ab" * 16 + "\n",
        f"flask @ https://packages.example/flask.whl {HASH}\n",
        f"-e . {HASH}\n",
        "-r other.txt\n",
        "--index-url https://packages.example\n",
        f"flask==3.1.3 ; python_version {HASH}\n",
        f"flask==3.1.3 {HASH} --global-option=x\n",
        f"flask==3.1.3 {HASH}\nFlask==3.1.3 {HASH}\n",
        f"../flask==3.1.3 {HASH}\n",
    ],
)
def test_a_lock_that_is_none_is_refused(lock: str) -> None:
    with pytest.raises(ReleaseError) as refused:
        locks.parse(lock)
    assert refused.value.code == "lock_invalid"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda lock: "no JSON", "lock_invalid"),
        (lambda lock: "[]", "lock_invalid"),
        (lambda lock: lock.replace('"packages"', '"parcels"', 1), "lock_invalid"),
        (lambda lock: lock.replace("sha512-", "sha1-"), "lock_invalid"),
        (lambda lock: lock.replace("sha512-", "sha512-*"), "lock_invalid"),
        (lambda lock: lock.replace('"version": "8.0.4"', '"version": "8.0.3"'), "app_differs"),
    ],
)
def test_an_app_that_its_lock_does_not_know_is_refused(change: Any, code: str) -> None:
    assert locks.bundled(NPM, "idb 8.0.4\n")[0].license == "ISC"
    with pytest.raises(ReleaseError) as refused:
        locks.bundled(change(NPM), "idb 8.0.4\n")
    assert refused.value.code == code


@pytest.mark.parametrize("named", ["", "left-pad 1.0.0\n", "idb\n", "idb 8.0.4 \n", "idb 8.0.4\n\n"])
def test_what_an_app_names_and_no_lock_has_is_refused(named: str) -> None:
    with pytest.raises(ReleaseError) as refused:
        locks.bundled(NPM, named)
    assert refused.value.code == "app_differs"


def test_a_lock_that_lacks_something_is_refused(wheel: Path) -> None:
    read = released.read(wheel)
    for lock in (
        re.sub(r"^flask==.*\n(?:    .*\n)*", "", RUN, flags=re.MULTILINE),  # gone
        RUN.replace("cbor2==6", "cbor2==7", 1),  # too new for the wheel
    ):
        assert lock != RUN
        with pytest.raises(ReleaseError) as refused:
            bill.text(read, locks.parse(lock), ())
        assert refused.value.code == "lock_short"


@pytest.mark.parametrize("lock", [RUN.replace("werkzeug==3", "werkzeug==4"), RUN + f"no-such-package-of-khatm==1.0 {HASH}\n"])
def test_an_environment_that_is_not_the_lock_s_is_refused(wheel: Path, lock: str) -> None:
    with pytest.raises(ReleaseError) as refused:
        bill.text(released.read(wheel), locks.parse(lock), ())
    assert refused.value.code == "environment_differs"


METADATA = "Name: khatm\nVersion: 1.0\nLicense-Expression: Apache-2.0\nRequires-Python: >=3.11\n"
LIST = f"{wheels.APP}/packages.txt"


@pytest.mark.parametrize(
    "files",
    [
        None,
        {},
        {"khatm-1.0.dist-info/METADATA": METADATA},
        {LIST: "idb 8.0.4\n"},
        {"khatm-1.0.dist-info/METADATA": METADATA, "other-1.0.dist-info/METADATA": METADATA, LIST: ""},
        {"khatm-1.0.dist-info/METADATA": METADATA.replace("khatm", "flask"), LIST: ""},
        {"khatm-1.0.dist-info/METADATA": METADATA.replace("1.0", "one"), LIST: ""},
        {"khatm-1.0.dist-info/METADATA": METADATA + "Requires-Dist: ???\n", LIST: ""},
        {"khatm-1.0.dist-info/METADATA": METADATA, LIST: b"\xff\xfe"},
        {"khatm-1.0.dist-info/METADATA": METADATA, LIST: "x" * 1_000_001},
    ],
)
def test_a_file_that_is_no_wheel_of_ours_is_refused(tmp_path: Path, files: dict[str, str | bytes] | None) -> None:
    path = tmp_path / "khatm-1.0-py3-none-any.whl"
    path.write_bytes(b"PK\x03\x04 and then nothing")
    if files is not None:
        with zipfile.ZipFile(path, "w") as packed:
            for name, text in files.items():
                packed.writestr(name, text)
    with pytest.raises(ReleaseError) as refused:
        released.read(path)
    assert refused.value.code == "wheel_invalid"


def test_a_damaged_wheel_is_refused(wheel: Path, tmp_path: Path) -> None:
    octets = wheel.read_bytes()
    at = octets.index(b"METADATA") + 60
    (tmp_path / "cut.whl").write_bytes(octets[: len(octets) // 2])
    (tmp_path / "changed.whl").write_bytes(octets[:at] + bytes(40) + octets[at + 40 :])
    (tmp_path / "elsewhere.whl").write_bytes(octets[:200] + bytes(40) + octets[240:])  # in a file that is not looked at
    for name in ("cut.whl", "changed.whl", "elsewhere.whl"):
        with pytest.raises(ReleaseError) as refused:
            released.read(tmp_path / name)
        assert refused.value.code == "wheel_invalid"
