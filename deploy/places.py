"""Where the Debian package has everything, and whose it is: what its units and its postinst say (a test holds them together)."""

from __future__ import annotations

import grp
import os
import pwd
from pathlib import Path
from typing import Any, NamedTuple

from keys import parts

from . import owning
from .errors import SetupError

#: Which user of the system runs the program that has these keys (keys.parts.PROGRAMS).
USERS = {program: f"khatm-{program}" for program in parts.PROGRAMS}
PUBLISHER, WORKER, WEB, INSPECTIONS = USERS["publisher"], USERS["worker"], USERS["web"], "khatm-inspections"
FOLLOWER, WITNESS = "khatm-follower", "khatm-witness"
REGISTER_GROUP = "khatm-register"


class House(NamedTuple):
    """The folders of one machine.

    `beneath`: / on a real one. `one_user`: everything belongs to whoever runs this, as on a machine to try it out on.
    """

    beneath: Path
    one_user: bool

    @property
    def settings(self) -> Path:
        """Where what people set is: `khatm.conf`, keys, passphrases."""
        return self.beneath / "etc/khatm"

    @property
    def state(self) -> Path:
        """Where the programs keep what is theirs."""
        return self.beneath / "var/lib/khatm"

    @property
    def units(self) -> Path:
        """The units of systemd, as the package brings them."""
        return self.beneath / "usr/lib/systemd/system"

    @property
    def site(self) -> Path:
        """nginx's site."""
        return self.beneath / "etc/nginx/sites-available/khatm"

    @property
    def verifier_site(self) -> Path:
        """nginx's site of a machine that only verifies."""
        return self.beneath / "etc/nginx/sites-available/khatm-verifier"

    @property
    def followed(self) -> Path:
        """Another host's signed files, on a machine that only verifies."""
        return self.state / "followed"

    @property
    def published(self) -> Path:
        """The signed files."""
        return self.state / "published"

    @property
    def log_store(self) -> Path:
        """The last signed checkpoint."""
        return self.state / "log-store"

    def keys(self, program: str) -> Path:
        """A program's folder of keys."""
        return self.settings / "keys" / program

    @property
    def applicants(self) -> Path:
        """The keys by which the web server reads who applies; in no backup."""
        return self.keys("web") / "applicants.keys"

    def passphrase(self, program: str) -> Path:
        """The file that systemd hands to a program: root's, for nobody else's eyes."""
        return self.settings / "passphrases" / program

    def check(self) -> None:
        """Make the folders where no package did. Raises SetupError `root_needed`, `package_missing` (its users)."""
        if self.one_user:
            for name in ("register", "documents", "published", "log-store", "sites", "inspections", "verifier", "followed"):
                (self.state / name).mkdir(parents=True, exist_ok=True)
            self.settings.mkdir(parents=True, exist_ok=True)
            return
        if os.geteuid() != 0:
            raise SetupError("root_needed")
        for name in (*USERS.values(), INSPECTIONS, FOLLOWER, WITNESS):
            try:
                pwd.getpwnam(name)
            except KeyError as error:
                raise SetupError("package_missing", name) from error

    def give(self, path: Path, user: str, *, group: str | None = None) -> None:
        """Make a file, or a folder and what is in it, a user's own."""
        if not self.one_user:
            owning.give(path, pwd.getpwnam(user).pw_uid, grp.getgrnam(group or user).gr_gid)

    def as_user(self, user: str) -> dict[str, Any]:
        """Return by which words of `subprocess.run` a program becomes a user of the system's."""
        if self.one_user:
            return {}
        return {"user": user, "group": user, "extra_groups": os.getgrouplist(user, pwd.getpwnam(user).pw_gid)}
