"""What belongs to whom in the demo's folder, once everything in it is made and before anything of the office runs.

keys/ root/ passphrase licenses/ …   whoever runs the demo; no process reads them
programs/<name>/ <name>.passphrase   each program's
homes/<name>/                        each process's: settings with secrets in them, temporary files, what it remembers
published/ log-store/                the publisher's; all read them
register/ documents/ sites/          shared by those who have them in common
inspections/ https/server.key        the verifier's, who runs inspections too
witnesses/<name>/                    each witness's, from before it runs
"""

from __future__ import annotations

import secrets
from pathlib import Path

from keys import parts
from published import whole
from published.pinning import DOCUMENT

from .certificates import Certificates
from .governorate import Governorate
from .inspections import Street
from .users import PROCESSES, Users
from .witnesses import MadeWitness

INSPECTIONS, PROVIDER, PROVIDER_KEY = "inspections.toml", "provider.toml", "provider.key"


def of_witness(users: Users, name: str, made: MadeWitness) -> None:
    """Give a witness its folder and its passphrase."""
    users.open_way(made.folder.parent)
    users.give(name, made.folder)
    users.give(name, made.passphrase_file)


def of_programs(governorate: Governorate, street: Street, users: Users, certificates: Certificates | None) -> None:
    """Give each process what is its own, and what several have in common to those who have it. Nothing of this runs yet."""
    folder, locations = governorate.folder, governorate.locations
    users.open_way(folder / "programs", folder / "homes")
    for name in parts.PROGRAMS:
        program = governorate.program(name)
        users.give(name, program.keys)
        users.give(name, program.passphrase_file)
    for name in PROCESSES:
        users.give(name, users.home(name))
    users.give("publisher", locations.published)
    users.give("publisher", locations.store, mode=0o755)
    users.give("verifier", street.folder)
    if certificates:
        users.open_way(certificates.server_key.parent)
        users.give("verifier", certificates.server_key)
    users.share("register", Path(locations.register).parent, mode=0o2770, file=0o660)
    users.share("documents", governorate.documents, owner="web", mode=0o2770)
    users.share("sites", street.sites, owner="publisher", mode=0o2750)


def write_settings(governorate: Governorate, users: Users, till: int) -> None:
    """Write what processes have in their homes: settings and key of the simulated provider, and for the sender the root's public keys."""
    key = f"{secrets.token_hex(32)}\n".encode()
    told = f'address = "http://127.0.0.1:{till}"\nmerchant = "khatm-demo"\nkey_file = "{PROVIDER_KEY}"\nseconds = 10\n'.encode()
    for name in ("provider", "web", "poller"):
        home = users.home(name)
        whole.write({home / PROVIDER_KEY: key, **({} if name == "provider" else {home / PROVIDER: told})}, mode=0o600)
    whole.write({users.home("sender") / DOCUMENT: governorate.root.read_bytes()}, mode=0o600)
