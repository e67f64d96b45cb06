"""`khatm setup --follow`: a machine that only verifies. It has no key, no database, and follows the host that publishes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import published
from published import whole
from published.pinning import DOCUMENT
from seal import roots
from seal.errors import ListError
from verifier.following.errors import FollowError
from verifier.following.fetching import base_of

from .errors import SetupError
from .places import FOLLOWER, House
from .steps import Setup, Step, written

UNITS = ("khatm-follower.service", "khatm-verifier.service", "khatm-doctor.service")


class Followed(NamedTuple):
    """What is followed: a host (`https://HOST`), and the root document that vouches for all of it."""

    url: str
    root: Path


def url(typed: str) -> str:
    """Return a host's address. Raises SetupError `follow_invalid`."""
    try:
        return base_of(typed.strip())
    except FollowError as error:
        raise SetupError("follow_invalid", typed) from error


def code_of(path: Path) -> str:
    """Return what people compare a root document by. Raises SetupError `pinned_invalid`."""
    try:
        published.read_root(path)
        return roots.code(path.read_bytes())
    except (ListError, OSError, ValueError) as error:
        raise SetupError("pinned_invalid", str(error)) from error


def same_code(path: Path, told: str) -> None:
    """Return if a root document has the code that the office announced. Raises SetupError `code_differs`, `pinned_invalid`."""
    found = code_of(path)
    if "".join(told.split()).upper() != found.replace(" ", ""):
        raise SetupError("code_differs", found)


def steps(followed: Followed) -> tuple[Step, ...]:
    """Return the steps, in their order."""

    def root(setup: Setup) -> Iterator[str]:
        whole.write({setup.house.settings / DOCUMENT: followed.root.read_bytes()}, mode=0o644)
        yield f"the root's code, as the office announces it: {code_of(followed.root)}"

    def look(setup: Setup) -> Iterator[str]:
        house = setup.house
        words = ("follow", followed.url, "--to", house.followed, "--root", house.settings / DOCUMENT, "--once")
        yield setup.khatm(FOLLOWER, *words, umask=0o022).strip()

    def settings(setup: Setup) -> Iterator[str]:
        followed_to = setup.house.followed
        values = {
            "FOLLOW_URL": followed.url,
            "KHATM_PUBLISHED": str(followed_to / "current"),
            "DOCTOR_OPTIONS": f"--followed {followed_to} --root {setup.house.settings / DOCUMENT}",
        }
        yield written(setup.house.settings / "khatm.conf", values)

    def site(setup: Setup) -> Iterator[str]:
        path = setup.house.verifier_site
        whole.write({path: path.read_text("utf-8").replace("khatm.example", setup.answers.host).encode()}, mode=0o644)
        yield f"{path}: it needs the certificate that it names; then link it into sites-enabled"

    return (
        Step("root", lambda setup: _same(setup.house, followed.root), root),
        Step("first look", lambda _: False, look),
        Step("settings", lambda _: False, settings),
        Step("nginx", lambda setup: not _unnamed(setup.house.verifier_site), site),
    )


def _same(house: House, root: Path) -> bool:
    path = house.settings / DOCUMENT
    return path.exists() and path.read_bytes() == root.read_bytes()


def _unnamed(site: Path) -> bool:
    return site.exists() and "khatm.example" in site.read_text("utf-8")
