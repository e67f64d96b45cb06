"""Where the issuer's things are, and how commands come by them: the register, the keys, the published folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click
from sqlalchemy import Engine

import published
from acts.approvals import Terms, terms
from governorate import identity
from keys import places, protection
from keys.custody import ROSTER, Custody
from keys.passphrase import read_passphrase
from seal.errors import ListError
from seal.trust import Pinned, TrustList, moment
from storage.database import open_database
from storage.schema import Schema

from .errors import IssuerError
from .intake.rows import Competence
from .log import stored
from .register.positions import Logged
from .register.sealing import Sealer
from .register.times import TOLERANCE_SECONDS

LOG_STORE = "KHATM_LOG_STORE"  # the setting that names the store of the last checkpoint
LOG_WITNESSES = "KHATM_LOG_WITNESSES"  # the setting that says where the log's witnesses are

_Command = TypeVar("_Command", bound=Callable[..., Any])


class Locations(NamedTuple):
    """Paths and the database, as the options of a command name them."""

    register: str
    keys: Path
    published: Path
    passphrase_file: Path | None
    passphrase_fd: int | None
    schema: Schema  # of the register's database, with the tables of those who share it
    log_store: Path | None = None  # where the last signed checkpoint is kept; None: in the key store's folder
    log_witnesses: tuple[str, ...] = ()  # NAME=URL of each, as the trust list names them

    @contextmanager
    def engine(self, *, create: bool = False) -> Iterator[Engine]:
        """Open the register for as long as a command needs it. Raises StorageError."""
        engine = open_database(self.schema, self.register, create=create)
        try:
            yield engine
        finally:
            engine.dispose()

    @property
    def store(self) -> Path:
        """Where the last signed checkpoint is kept."""
        return self.log_store or self.keys / "log-store"

    @property
    def root(self) -> Path:
        """The pinned root in the key store: a root document if there is one, else a key."""
        return published.beside(self.keys)

    def newest_root(self, root: Path | None = None) -> Pinned:
        """Return the newest root that the one in `root` or the key store leads to. Raises ListError."""
        return published.newest_root(self.published, root or self.root)

    def logged(self) -> Logged:
        """Return what is under the last stored or published checkpoint of each log.

        Raises IssuerError `log_checkpoint_damaged`, OSError.
        """
        return Logged(*(stored.logged(self.store, self.published, name) for name in (stored.NAME, stored.ACTS)))

    def sealed(self) -> int:
        """Return how many positions are under the last stored or published checkpoint. Raises as `logged`."""
        return stored.logged(self.store, self.published)

    def custody(self) -> Custody:
        """Open the key store. Raises CustodyError."""
        return Custody(self.keys)

    def passphrase(self) -> bytes:
        """Ask for the passphrase of the keys, if any of them lies in a file. Raises CustodyError."""
        if places.files(self.keys) and not any(protection.private_files(self.keys)):
            return b""
        return read_passphrase(self.passphrase_file, self.passphrase_fd, confirm=False)

    def trust(self, root: Path | None = None) -> TrustList:
        """Return the published trust list, by the root in `root` or the key store. Raises ListError.

        Raises GovernorateError `governorate_other` for the list of another governorate than this process works for.
        """
        found = published.trust_list(self.published, root=published.read_root(root or self.root))
        identity.must_be(found.governorate)
        return found

    def signed(self, trust: TrustList) -> Terms | None:
        """Return how decisions are signed, by the roster in the key store; None where whoever is signed in decides. Raises ListError."""
        root = self.newest_root()
        return terms(trust.approvers, self.keys / ROSTER, root=root, prefix=trust.governorate.prefix)

    def refuse_other_governorate(self, root: Path | None = None) -> None:
        """Return if there is no trust list of another governorate; what lacks one says so itself. Raises GovernorateError."""
        with suppress(ListError):
            self.trust(root)


def database_schema() -> Schema:
    """Return the tables of the register's database, which whoever joins the rooms to one command (khatm.py) gives every command to know."""
    found = click.get_current_context().find_object(Schema)
    if found is None:
        raise LookupError("the command that this one is part of has no schema as its object")
    return found


def location_options(command: _Command) -> _Command:
    """Add the options that name the locations; the command gets them as one argument, `locations`.

    Before it does anything, what is there of another governorate is refused: a forgotten setting must not work for Alexandria.
    """

    def with_rooms(**options: Any) -> Any:
        named = {name: options.pop(name) for name in Locations._fields if name in options}
        locations = Locations(**named, schema=database_schema())
        locations.refuse_other_governorate()
        return command(locations=locations, **options)

    with_rooms.__name__, with_rooms.__doc__ = command.__name__, command.__doc__
    with_rooms.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined]
    path = click.Path(path_type=Path)
    for option in (
        click.option(
            "--log-witness",
            "log_witnesses",
            multiple=True,
            metavar="NAME=URL",
            envvar=LOG_WITNESSES,
            show_envvar=True,
            help="Where a witness of the log's heads is, by the name that the trust list has for it.",
        ),
        click.option(
            "--log-store",
            type=path,
            envvar=LOG_STORE,
            show_envvar=True,
            help="Where the last signed checkpoint is kept: on another disk than the register.  [default: log-store in the key store]",
        ),
        click.option("--passphrase-fd", type=int, help="Read the keys' passphrase from this descriptor."),
        click.option("--passphrase-file", type=path, help="Read the keys' passphrase from this file."),
        click.option("--published", type=path, default=Path("var/published"), show_default=True, help="The folder of signed files."),
        click.option("--keys", type=path, default=Path("var/keys"), show_default=True, help="The key store."),
        click.option("--register", default="var/register.sqlite", show_default=True, help="SQLite file or postgresql:// URL."),
    ):
        with_rooms = option(with_rooms)
    return with_rooms  # type: ignore[return-value]


def sealer(locations: Locations, trust: TrustList, passphrase: bytes, *, now: int) -> Sealer:
    """Return a sealer with the newest published key of every authority that is in force at `now` (seconds since 1970 UTC).

    Raises CustodyError; IssuerError `no_published_key`, `key_not_yet`.
    """
    signers, custody = {}, locations.custody()
    # New keys are published before their first use. The register may seal up to the tolerance later than `now`.
    for kid in custody.in_force("license", trust, now=now, until=now + TOLERANCE_SECONDS):
        key = trust.keys[kid]
        if key.authority not in signers:
            signers[key.authority] = kid, custody.signer(kid, passphrase, key.public_key)
    if not signers:
        raise no_key(custody, "license", trust, now=now)
    return Sealer(signers, custody.policy["hosts"][0], trust.governorate.prefix, locations.logged)


def no_key(custody: Custody, role: str, trust: TrustList, *, now: int) -> IssuerError:
    """Return why no key may sign at `now`: none is published, or by this machine's clock they begin later, as if it were behind."""
    if begins := custody.begins(role, trust, now=now):
        return IssuerError("key_not_yet", f"{moment(begins):%Y-%m-%dT%H:%MZ}, {moment(now):%Y-%m-%dT%H:%MZ}")
    return IssuerError("no_published_key")


def competences(trust: TrustList, sealer_: Sealer) -> dict[str, Competence]:
    """Return what each authority with a key may seal."""
    found = {}
    for authority, (kid, _) in sealer_.signers.items():
        key = trust.keys[kid]
        if key.area is not None:
            found[authority] = Competence(key.area, key.types, key.name)
    return found
