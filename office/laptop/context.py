"""What the laptop's pages work with: the rules of its pack, its vault in the place of a register, and nothing of a server's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from flask import request

from accounts import administration, directory, sessions
from accounts.errors import AccountError
from accounts.roles import Role
from office.applications.context import OfficeContext, UnitOfWork
from office.desk.context import DeskContext
from office.desk.openforms import OpenForm
from office.desk.settings import Settings
from office.van import packs
from office.van.packs import Pack
from published import Watch
from seal.trust import Name

from . import slips
from .enrolment import Enrolled
from .vault import Vault

HOSTS = frozenset({"127.0.0.1", "localhost"})


class LaptopContext(DeskContext):
    """The rooms of the laptop. `folder` is where the pack was unpacked."""

    def __init__(self, held: Vault, enrolled: Enrolled, pack: Pack, folder: Path, *, map_: Path | None, now: Callable[[], int]) -> None:
        """Open the vault's database. Raises LaptopError; MapError."""
        pack.put(folder)
        rooms = {"register": "", "published": folder / packs.PUBLISHED, "root": folder / pack.root, "documents": held.path}
        settings = Settings(**rooms, https=False, served_hosts=HOSTS, map=map_, now=now)  # type: ignore[arg-type]
        super().__init__(settings, held.engine)
        self.vault, self.enrolled, self.pack = held, enrolled, pack
        # The lists were in force at the office when it packed them; whatever this laptop's clock says, the office decides again.
        self.lists = Watch(settings.published, root=settings.root, now=lambda: pack.at)
        self.store = held.store
        self.applicants = held.applicants if pack.asks else None

    def office(self) -> OfficeContext:
        """Return the rules of the pack."""
        return super().office()._replace(away=True, store=self.store)

    def authorities(self) -> Mapping[str, Name]:
        """Return the name of the laptop's own centre: it takes applications for no other."""
        own = self.enrolled.authority
        return {code: name for code, name in super().authorities().items() if code == own}

    def send(self, unit: UnitOfWork, form: OpenForm, version: int | None) -> str:
        """Close a form: it gets a provisional slip. Raises LaptopError, ApplicationError."""
        sure = request.form.get("sure") == "yes"
        return slips.close(unit, form.name, self.vault, self.enrolled, version=version, pack_at=self.pack.at, sure=sure)

    def enter(self) -> str:
        """Return the token of a new session of whoever holds the laptop: the passphrase was right."""
        now, enrolled = self.now(), self.enrolled
        with self.engine.begin() as connection:
            try:
                account = directory.find(connection, enrolled.holder)
            except AccountError:
                account, _ = administration.make(connection, enrolled.holder, enrolled.display, by=None, now=now)
                offered: tuple[Role, ...] = ("clerk",)
                roles = [(enrolled.authority, "clerk")]
                where = [enrolled.authority]
                administration.set_roles(connection, account.name, roles, offered=offered, authorities=where, by=None, now=now)
            sessions.end_all(connection, "staff", account.id)
            return sessions.begin(connection, "staff", account.id, now=now)
