"""What addresses of inspections work with: database, published lists, photographs, the server's key. One for each worker."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial

from sqlalchemy import Connection, Engine

from accounts import oidc_settings
from accounts.oidc import Provider
from governorate import identity
from inspections import server_key
from inspections.database import open_inspections
from inspections.devices.records import Device
from inspections.errors import InspectionError
from inspections.licensed import SiteFolder, Sites
from inspections.months import Months
from inspections.visits import chain
from inspections.visits.archive import Archive
from inspections.visits.photographs import Store
from maps import Underlay
from published import Loaded, Watch, ages
from seal import cose, device
from seal.catalogue import Language
from seal.chain import Head, SignedHead, sign_head
from storage.database import ASKED, in_use

from .settings import Settings

_LOG = logging.getLogger(__name__)


class InspectionsContext:
    """The rooms of inspections, as the addresses see them."""

    def __init__(self, settings: Settings) -> None:
        """Open the database and make ready. Raises StorageError, MapError, InspectionError `server_key_*`."""
        self.settings = settings
        self.engine: Engine = open_inspections(settings.locations.database, patience=ASKED)
        self.months = Months(self.engine)
        self.lists = Watch(settings.published, root=settings.root, now=settings.now, check_seconds=settings.check_seconds)
        self.photographs = Store(settings.locations.photographs)
        self.sites = SiteFolder(settings.sites, check_seconds=settings.check_seconds)
        self.sign_in_provider = Provider(oidc_settings.load(settings.oidc)) if settings.oidc else None
        self.archive = Archive(settings.locations.lists, settings.published)
        key = server_key.read(settings.locations.server_key)
        self.server_key = key.public_key()
        self._kid, self._signer = device.kid_of(self.server_key), cose.private_signer(key)
        self.map = Underlay(settings.map)
        self._learnt: Loaded | None = None

    def now(self) -> int:
        """Return the time in seconds since 1970 UTC."""
        return self.settings.now()

    def numbers(self) -> dict[str, float]:
        """Return how old the lists are, for a monitor."""
        return ages.numbers(self.lists.current(), now=self.now())

    def watched(self) -> Mapping[str, Callable[[], float]]:
        """Return what a monitor is told of this process when a request ends."""
        return {"khatm_pool_in_use": partial(in_use, self.engine)}

    def loaded(self) -> Loaded | None:
        """Return the newest lists, None where there is no trust list; what is new among them goes into the archive.

        Raises GovernorateError `governorate_other` for the list of another governorate than this process works for.
        """
        found = self.lists.current().loaded
        if found is not None:
            identity.must_be(found.trust.governorate)
        if found is not None and found is not self._learnt:
            try:
                self.archive.learn(found.trust, now=self.now())
                self._learnt = found
            except OSError as error:  # an inspection that arrives matters more; the next request tries again
                _LOG.error("lists are not archived: %s", error.strerror)
        return found

    def known_lists(self) -> Loaded:
        """Return the newest lists. Raises InspectionError `lists_missing`."""
        found = self.loaded()
        if found is None:
            raise InspectionError("lists_missing")
        return found

    def signed_head(self, connection: Connection, owner: Device) -> tuple[bytes, tuple[int, ...]]:
        """Return the head of a device's chain, signed, and the sequences that are missing."""
        gaps = chain.gaps(connection, owner, owner.head)
        head = Head(owner.kid, owner.head.sequence, owner.head.digest)
        return sign_head(SignedHead(head, self.now(), gaps), self._kid, self._signer), gaps

    def licensed(self) -> Sites | None:
        """Return the licensed sites as the issuer signed them, None where there are none to go by."""
        loaded = self.lists.current().loaded
        return self.sites.current(loaded.trust) if loaded else None

    def governorate(self, language: Language) -> str:
        """Return whose inspections these are, as the trust list says it; "" as long as there is none."""
        loaded = self.lists.current().loaded
        return loaded.trust.governorate.name[language] if loaded else ""
