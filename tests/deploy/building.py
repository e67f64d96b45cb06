"""The package and the image, built by the commands that people use."""

import re
import subprocess
from pathlib import Path

from tests.conftest import ROOT


def package(release: str = "1") -> Path:
    """Build the Debian package; return where it is."""
    return _built("deploy/debian-package", rf"^(dist/\S+-{release}_\S+\.deb)", KHATM_DEB_RELEASE=release)


def image() -> Path:
    """Build the container image from the newest package; return where it is."""
    return _built("deploy/container-image", r"^(dist/\S+\.oci\.tar)")


def _built(script: str, told: str, **variables: str) -> Path:
    command = ["env", *(f"{name}={value}" for name, value in variables.items()), str(ROOT / script)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return ROOT / re.findall(told, done.stdout, re.MULTILINE)[0]
