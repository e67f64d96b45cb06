"""A virtual environment that was filled in a folder forgets the folder, so that the package is the same wherever it was built."""

from __future__ import annotations

import csv
import hashlib
import subprocess
import sys
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest
from click.testing import CliRunner

from deploy.release import settled
from deploy.release.__main__ import main
from deploy.release.errors import ReleaseError

HOME = "opt/khatm"
BODY = b"import sys\nfrom khatm import main\nsys.exit(main())\n"
SITE = f"{HOME}/lib/python3.11/site-packages"


def filled(tree: Path, *, launcher: bool) -> Path:
    """An environment as pip leaves it, with what it writes for a short path or for a long one."""
    python = f"{tree}/{HOME}/bin/python"
    head = f"#!/bin/sh\n'''exec' \"{python}\" \"$0\" \"$@\"\n' '''\n" if launcher else f"#!{python}\n"
    files = {
        f"{HOME}/bin/khatm": head.encode() + BODY,
        f"{HOME}/pyvenv.cfg": f"home = /usr/bin\ncommand = /usr/bin/python3 -m venv {tree}/{HOME}\n".encode(),
        f"{SITE}/khatm.py": b"main = print\n",
        f"{SITE}/khatm-1.dist-info/direct_url.json": f'{{"url": "file://{tree}/khatm.whl"}}'.encode(),
        f"{SITE}/khatm-1.dist-info/RECORD": (
            b"khatm.py,sha256=x,13\n../../../bin/khatm,sha256=y,9\nkhatm-1.dist-info/direct_url.json,sha256=z,5\n"
            b'"tests, theirs/a.py",sha256=q,1\nkhatm-1.dist-info/RECORD,,\n'
        ),
    }
    for name, octets in files.items():
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(octets)
    (tree / HOME / "bin/python").symlink_to(sys.executable)
    return tree


def everything(tree: Path) -> dict[str, bytes]:
    return {str(path.relative_to(tree)): path.read_bytes() for path in tree.rglob("*") if path.is_file() and not path.is_symlink()}


def test_what_was_filled_in_two_folders_is_the_same(tmp_path: Path) -> None:
    one = filled(tmp_path / "a", launcher=False)
    other = filled(tmp_path / "another place of ختم.+#" / ("long" * 30), launcher=True)
    for tree in (one, other):
        settled.settle(tree, HOME)
    assert everything(one) == everything(other)
    assert (one / HOME / "bin/khatm").read_bytes() == f"#!/{HOME}/bin/python\n".encode() + BODY
    assert (one / HOME / "bin/python").is_symlink(), "the interpreter is Debian's"


def test_a_record_says_what_is_there(tmp_path: Path) -> None:
    tree = filled(tmp_path / "a", launcher=True)
    settled.settle(tree, HOME)
    site = tree / SITE
    lines = list(csv.reader((site / "khatm-1.dist-info/RECORD").read_text().splitlines()))
    assert [line[0] for line in lines] == ["../../../bin/khatm", "khatm-1.dist-info/RECORD", "khatm.py"]
    for name, digest, size in lines:
        octets = (site / name).read_bytes()
        expected = urlsafe_b64encode(hashlib.sha256(octets).digest()).rstrip(b"=").decode()
        assert (digest, size) == (("", "") if name.endswith("RECORD") else (f"sha256={expected}", str(len(octets))))


def test_a_file_that_still_names_the_folder_is_told(tmp_path: Path) -> None:
    tree = filled(tmp_path / "a", launcher=False)
    (tree / SITE / "built.so").write_bytes(b"\x7fELF" + str(tree).encode())
    with pytest.raises(ReleaseError) as refused:
        settled.settle(tree, HOME)
    assert (refused.value.code, refused.value.detail) == ("path_left", f"{SITE}/built.so")
    said = CliRunner().invoke(main, ["settle", str(tree), HOME])
    assert said.exit_code == 2 and "built.so" in said.output and "المجلد" in said.output


def test_what_pip_itself_says_of_it_is_whole(tmp_path: Path) -> None:
    """pip checks what it installed by RECORD: so does this, in an environment that pip filled."""
    tree = tmp_path / "with blanks" / "x"
    home = tree / HOME
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    package = tmp_path / "package"
    package.mkdir()
    (package / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
        '[project]\nname = "small"\nversion = "1"\n[project.scripts]\nsmall = "small:main"\n[tool.setuptools]\npy-modules = ["small"]\n'
    )
    (package / "small.py").write_text("def main():\n    print('here')\n")
    quiet = ["-qq", "--no-deps", "--disable-pip-version-check"]
    pip = [sys.executable, "-m", "pip"]
    subprocess.run([*pip, "wheel", *quiet, "--no-build-isolation", "--wheel-dir", str(tmp_path), str(package)], check=True)
    (wheel,) = tmp_path.glob("small-*.whl")
    subprocess.run([*pip, "--python", str(home / "bin/python"), "install", *quiet, "--no-compile", str(wheel)], check=True)
    assert str(tree).encode() in (home / "bin/small").read_bytes()
    settled.settle(tree, HOME)
    assert (home / "bin/small").read_bytes().startswith(f"#!/{HOME}/bin/python\n".encode())
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(home / "bin/python"), "show", "-f", "small"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert "bin/small" in listed and "direct_url" not in listed
