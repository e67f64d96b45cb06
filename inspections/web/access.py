"""Who may open which address of inspections. A route without a line here is open to nobody, and the program refuses to start with one.

What somebody sees behind an address they may open (devices and inspections of which authority) the rooms below decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from accounts.guard import ANYONE, DEVICE, HALF, OFFICE, STAFF, Rule, program, staff
from accounts.web.people import CHANGES, VIEWS

_SUPERVISORS = staff("supervisor", "administrator")
_SUPERVISOR = staff("supervisor")
_OVERVIEWS = ("story.page", "story.find", "area.page", "coverage.page", "coverage.csv", "workload.page", "workload.csv")
_WEBHOOKS = ("list_", "register", "show", "stop", "resume", "ping", "again")
_OFFICE = ("notices", "notice", "seal", "objection", "waiting", "decision", "told_to", "tell")

#: Route, as Flask names its endpoint: who.
TABLE: Mapping[str, Rule] = MappingProxyType(
    {
        "assets.static": ANYONE,
        "assets.font": ANYONE,
        "assets.robots": ANYONE,
        **dict.fromkeys(("streets.tile", "streets.style", "streets.script"), ANYONE),  # what anybody may see in the street
        "health.live": ANYONE,
        "health.ready": ANYONE,
        "api.enrol": ANYONE,  # proves a code from a screen, and its own key
        **dict.fromkeys((f"api.{route}" for route in ("sign_in", "sign_out", "contact", "submit", "state", "upload")), DEVICE),
        "day.today": DEVICE,
        "day.reorder": DEVICE,
        **dict.fromkeys((f"office_api.{route}" for route in _OFFICE), OFFICE),
        "sites.whole": DEVICE,
        "sites.changes": DEVICE,
        "login.door": ANYONE,
        "login.enter": ANYONE,
        "login.leave_for_provider": ANYONE,
        "login.back_from_provider": ANYONE,  # its browser's own attempt, and the provider's signed word
        "login.welcome": ANYONE,
        "login.accept": ANYONE,
        "login.code": HALF,
        "login.prove": HALF,
        "login.enrol": HALF,
        "login.waiting": STAFF,
        "login.leave": ANYONE,
        "home.page": STAFF,
        **dict.fromkeys((f"devices.{route}" for route in ("list_", "show", "code", "suspend", "resume", "lost")), _SUPERVISORS),
        **dict.fromkeys(("visits.list_", "visits.show", "visits.photograph", "visits.csv", "visits.xlsx", "visits.geojson"), _SUPERVISOR),
        **dict.fromkeys(_OVERVIEWS, _SUPERVISOR),
        **dict.fromkeys(("alerts.list_", "alerts.show", "alerts.close", "alerts.csv"), _SUPERVISOR),
        **dict.fromkeys((f"people.{route}" for route in VIEWS), _SUPERVISORS),
        **dict.fromkeys((f"people.{route}" for route in CHANGES), staff("administrator")),
        **dict.fromkeys((f"rounds.{route}" for route in ("page", "show", "make", "wishes", "fairness")), _SUPERVISOR),
        "data.described": ANYONE,
        **dict.fromkeys(("data.inspections", "data.inspection"), program("inspections:read")),
        **dict.fromkeys(("data.alerts", "data.alert"), program("alerts:read")),
        "data.license": program("licenses:read"),
        "data.sites": program("sites:read"),
        **dict.fromkeys(("odata.service", "odata.described", "odata.entities"), program()),  # each set asks for its scope
        **dict.fromkeys(("tokens.list_", "tokens.make", "tokens.revoke"), staff("administrator")),
        **dict.fromkeys((f"webhooks.{route}" for route in _WEBHOOKS), staff("administrator")),
        **dict.fromkeys((f"violations.{route}" for route in ("list_", "new", "report", "show", "paper")), staff("inspector", "supervisor")),
        **dict.fromkeys(("violations.step", "violations.propose"), _SUPERVISOR),
        **dict.fromkeys(("lookup.page", "lookup.find"), staff("police")),
    }
)
