"""What every page of the office works with: register, rules, published lists, documents. One per worker; threads share it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from threading import BoundedSemaphore

from sqlalchemy import Engine

import published
from accounts import oidc_settings
from accounts.oidc import Provider
from acts import approvals
from acts import roster as rosters
from acts.approvals import Terms
from acts.errors import ApprovalError
from acts.passkeys import Site, site_of
from acts.roster import Roster
from governorate import counter, identity, licensed
from issuer.intake.rows import Competence, Rules
from keys import pins
from keys.custody import ROSTER, Custody
from maps import Underlay
from office.applicants import keyring
from office.applications import receipts
from office.applications.context import OfficeContext, Receipts, UnitOfWork
from office.applications.documents import Store
from office.database import DATABASE, open_register
from office.enforcement import settings as inspections
from office.enforcement.service import Service
from office.papers import press
from office.payments import settings as payments
from office.payments.fawry import FawryPay
from office.previews.drawing import Previews
from office.services import catalogue as services
from office.services import fee_loader
from office.wallets.settings import Wallets
from published import Watch, ages
from seal.area import Area
from seal.catalogue import Language
from seal.license import License
from seal.trust import Name, TrustList
from storage.database import ASKED, in_use
from storage.errors import StorageError
from storage.replicas import Replica

from .openforms import OpenForm
from .problems import ProblemError
from .settings import Settings

#: While a page asks inspections, one of this worker's threads waits: so many at most, and not for long, or a slow server there would stop
#: the desk here.
_ASKING, _PATIENCE_SECONDS = 2, 4


class DeskContext:
    """The rooms of the office, as the pages see them."""

    #: Blueprints that other programs call: they prove themselves by a signature of their own, not by a session's form token.
    #: A notice's page only reads, and is asked for from the public page of its code, on another host.
    unsigned = frozenset({"notification_fawry", "gateway", "notice", "van_api"})
    #: Blueprints whose forms belong to no session: whoever has the notice's code objects, signed in or not. Other sites' pages do not.
    sessionless = frozenset({"objection"})

    def __init__(self, settings: Settings, engine: Engine | None = None) -> None:
        """Open the register, unless it is given, and make ready.

        Raises StorageError, also for a replica that is none of this register; CustodyError for the key of application receipts;
        ApplicantError.
        """
        self.settings = settings
        self.engine: Engine = open_register(settings.register, patience=ASKED) if engine is None else engine
        self.replica = self._replica()
        self.lists = Watch(settings.published, root=settings.root, now=settings.now, check_seconds=settings.check_seconds)
        self.store = Store(settings.documents)
        self.provider: FawryPay | None = payments.load(settings.provider) if settings.provider else None
        self.sign_in_provider = Provider(oidc_settings.load(settings.oidc)) if settings.oidc else None
        named = settings.inspections
        self.inspections: Service | None = inspections.load(named, most_seconds=_PATIENCE_SECONDS) if named else None
        self.map = Underlay(settings.map)
        self.wallets = Wallets.of(settings.apple_wallet, settings.google_wallet)
        self.previews = Previews()
        self.asking = BoundedSemaphore(_ASKING)
        self.site: Site | None = site_of(settings.origin)
        self.applicants = keyring.load(settings.applicants) if settings.applicants else None
        self._custody = Custody(settings.receipts, ask=pins.from_file) if settings.receipts else None
        self._office: tuple[int, OfficeContext] | None = None
        self._areas: tuple[TrustList, Mapping[str, Area]] | None = None

    def _replica(self) -> Replica | None:
        if not self.settings.register_read:
            return None
        try:
            return Replica(DATABASE, self.engine, self.settings.register_read)
        except StorageError:
            self.engine.dispose()
            raise

    def now(self) -> int:
        """Return the time in seconds since 1970 UTC."""
        return self.settings.now()

    def numbers(self) -> dict[str, float]:
        """Return how old the lists are, and the replica, for a monitor."""
        return ages.numbers(self.lists.current(), now=self.now()) | (self.replica.numbers() if self.replica else {})

    def watched(self) -> Mapping[str, Callable[[], float]]:
        """Return what a monitor is told of this process when a request ends."""
        return {"khatm_pool_in_use": partial(in_use, self.engine), "khatm_papers_waiting": press.shared().count}

    def send(self, unit: UnitOfWork, form: OpenForm, version: int | None) -> str:
        """Send a form that is whole, and return the name under which it is found. Raises as `OpenForm.send`."""
        return form.send(unit, version=version)

    def trust(self) -> TrustList:
        """Return the trust list. Raises ProblemError `lists_missing`: without it nobody knows which authority may license what.

        Raises GovernorateError `governorate_other` for the list of another governorate than this process works for.
        """
        loaded = self.lists.current().loaded
        if loaded is None:
            raise ProblemError("lists_missing")
        identity.must_be(loaded.trust.governorate)
        return loaded.trust

    def office(self) -> OfficeContext:
        """Return the rules and rooms that applications work with, by the trust list in force. Raises ProblemError `lists_missing`."""
        trust = self.trust()
        if self._office is None or self._office[0] != trust.sequence:
            rules = Rules(competences(trust), licensed.default())
            host = min(trust.hosts, default="")
            receipts_ = self._signing(trust, host)
            made = OfficeContext(services.default(), fee_loader.default(), rules, self.store, host, trust.governorate.prefix, receipts_)
            self._office = trust.sequence, made._replace(drawers=counter.default().drawers, applicants=self.applicants)
        return self._office[1]._replace(approvals=self._approvals(trust))

    def _approvals(self, trust: TrustList) -> Terms | None:
        """Return how approvals are signed; the roster may have come after the start."""
        if not trust.approvers:
            return None
        root = published.newest_root(self.settings.published, self.settings.root)
        return approvals.terms(trust.approvers, self._roster_path, root=root, prefix=trust.governorate.prefix, site=self.site)

    @property
    def _roster_path(self) -> Path:
        return self.settings.roster or self.settings.root.parent / ROSTER

    def roster(self) -> Roster | None:
        """Return the first administrators' roster, None where there is none.

        Raises ApprovalError `roster_damaged`, `roster_wrong_root`, `roster_differs` (of another site or deployment).
        """
        root = published.newest_root(self.settings.published, self.settings.root)
        held = rosters.load(self._roster_path, root=root)
        if held is not None and (held.site != self.site or held.deployment != root.deployment_of(self.trust().governorate.prefix)):
            raise ApprovalError("roster_differs")
        return held

    def _signing(self, trust: TrustList, host: str) -> Receipts | None:
        """Return the key for application receipts. A key that the trust list does not name yet signs nothing."""
        if self._custody is None:
            return None
        return receipts.signing(self._custody, trust, self.settings.passphrase, host=host, now=self.now())

    def governorate(self, language: Language) -> str:
        """Return whose office this is, as the trust list says it; "" as long as there is none."""
        loaded = self.lists.current().loaded
        return loaded.trust.governorate.name[language] if loaded else ""

    def authorities(self) -> Mapping[str, Name]:
        """Return the names of the authorities by code."""
        return {key.authority: key.name for key in self.trust().keys.values() if "license" in key.roles}

    def service_names(self) -> Mapping[str, Name]:
        """Return the names of the services by code."""
        return {code: service.name for code, service in self.office().services.services.items()}

    def areas(self) -> Mapping[str, Area]:
        """Return the areas of the authorities by code."""
        trust = self.trust()
        if self._areas is None or self._areas[0] is not trust:  # a page with a map asks several times
            self._areas = trust, {code: competence.area for code, competence in competences(trust).items()}
        return self._areas[1]

    def activity(self, license_: License) -> Name:
        """Return the name of a license's activity, which may be its own name."""
        return self.activity_named(license_.activity)

    def activity_named(self, code: str) -> Name:
        """Return the name of an activity by its code; what is no code is its own name."""
        return licensed.default().activities.get(code) or {"ar": code, "en": code}


def competences(trust: TrustList) -> dict[str, Competence]:
    """Return what each authority may license, by its active key of the trust list."""
    active = (key for key in trust.keys.values() if "license" in key.roles and key.state == "active")
    return {key.authority: Competence(key.area, key.types, key.name) for key in active if key.area is not None}
