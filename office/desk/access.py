"""Who may open which address of the office. A route without a line here is open to nobody, and the program refuses to start with one.

What somebody sees behind an address they may open (whose applications, of which authority) the rooms below decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from accounts.guard import ANYONE, CITIZEN, HALF, STAFF, Rule, staff
from accounts.web.passkeys import OTHERS, OWN
from accounts.web.people import CHANGES, VIEWS

#: Routes that both channels have (applying.py).
_APPLYING = ("choose", "begin", "show", "save", "attach", "detach", "attached", "picture", "discard", "send")
_CASE = ("show", "act", "document", "receipt", "license_")
_HOLDINGS = ("list_", "show", "renew", "file", "pass_", "save")
_REPORTS = ("overview", "cash", "revenue", "messages", "resend")
_TABLES = ("counts", "waiting", "cash", "revenue", "messages")  # each as CSV and as a workbook
_DRAWERS = ("list_", "form", "open_", "show", "count", "explain", "close", "slip")
_QUEUE = ("hall", "take", "came", "next_", "ticket", "done", "slip")
_IMPORTS = ("upload", "row", "save", "ask", "discard")
#: What colleagues do about a case beside its steps (teamwork/case.py).
_ASSIGNING = ("take", "give", "back", "note", "call", "mobile", "decide", "again")
_VAN_API = ("enrol", "pack", "parcel", "document", "standing")
_CLERK = staff("clerk")
_PREPARE, _REGISTER = staff("clerk", "reviewer", "manager"), staff("clerk", "reviewer", "manager", "administrator")
_DESK = staff("clerk", "reviewer", "cashier", "manager")

#: Routes that are there only where they are set up.
OPTIONAL = ("notification_fawry.notification",)

#: Routes at which a stranger's request may write what is guarded, and whose act that is. Elsewhere it is whoever signed in.
STRANGERS: Mapping[str, str] = MappingProxyType(
    {
        "portal.enter": "visitor:sign-in",  # a citizen's row is made once the code was right
        "login.enter": "visitor:sign-in",  # a password that was right may be hashed anew
        "login.accept": "visitor:invitation",
        "login.back_from_provider": "visitor:sign-in",
        "objection.object_": "visitor:notice",
        "notification_fawry.notification": "provider:fawry",
        "van_api.enrol": "visitor:van",
        "van_api.pack": "visitor:van",
        "van_api.parcel": "visitor:van",
        "van_api.standing": "visitor:van",
    }
)

#: Route, as Flask names its endpoint: who.
TABLE: Mapping[str, Rule] = MappingProxyType(
    {
        "assets.static": ANYONE,
        "assets.font": ANYONE,
        "assets.robots": ANYONE,
        **dict.fromkeys(("streets.tile", "streets.style", "streets.script"), ANYONE),  # what anybody may see in the street
        "health.live": ANYONE,
        "health.ready": ANYONE,
        "portal.home": ANYONE,
        "portal.door": ANYONE,
        "portal.send": ANYONE,
        "portal.enter": ANYONE,
        "portal.leave": ANYONE,
        "portal.mine": CITIZEN,
        **dict.fromkeys((f"portal_apply.{route}" for route in _APPLYING), CITIZEN),
        **dict.fromkeys((f"portal_case.{route}" for route in (*_CASE, "pay")), CITIZEN),
        **dict.fromkeys((f"holdings.{route}" for route in _HOLDINGS), CITIZEN),
        **dict.fromkeys(("portal_objection.ask", "portal_objection.send"), CITIZEN),
        **dict.fromkeys((f"portal_papers.{route}" for route in ("view", "drawn", "replace")), CITIZEN),
        "keep.page": ANYONE,
        "keep.file": ANYONE,
        **dict.fromkeys(("notice.ask", "notice.show", "objection.object_", "objection.paper"), ANYONE),  # whoever has a notice's code
        "gateway.receipt": ANYONE,  # signed by the gateway
        "notification_fawry.notification": ANYONE,  # signed by the provider
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
        **dict.fromkeys((f"passkeys.{route}" for route in OWN), STAFF),
        "work.list_": STAFF,  # the first page; it leads on whoever has no business with applications
        "work.list_table": staff("manager"),
        "sites.walk": _DESK,
        "work.licenses": _DESK,
        "work.map_": _DESK,
        "work.license_": _DESK,
        "work.file": _DESK,
        **dict.fromkeys(("work.print_", "stickers.choose", "stickers.print_"), staff("clerk", "manager")),
        **dict.fromkeys((f"importing.{route}" for route in _IMPORTS), _PREPARE),
        **dict.fromkeys((f"importing.{route}" for route in ("list_", "show", "rows_csv")), _REGISTER),
        **dict.fromkeys(("licensing.form", "licensing.send"), _PREPARE),
        **dict.fromkeys((f"holding.{route}" for route in ("list_", "show", "decide")), staff("reviewer", "manager")),
        **dict.fromkeys((f"centre_apply.{route}" for route in _APPLYING), _CLERK),
        **dict.fromkeys((f"centre_case.{route}" for route in _CASE), _DESK),
        **dict.fromkeys(("portal_applicant.full", "portal_applicant.form"), CITIZEN),
        "centre_applicant.full": staff("clerk", "reviewer", "manager"),
        "centre_applicant.form": _CLERK,
        **dict.fromkeys(("applicants.ask", "applicants.search"), staff("clerk", "reviewer", "manager")),
        **dict.fromkeys(("applicants.looks", "reads.list_", "reads.list_csv"), staff("manager", "administrator")),
        **dict.fromkeys(("centre_papers.view", "centre_papers.drawn"), _DESK),
        "centre_papers.replace": _CLERK,
        "centre_papers.judge": staff("reviewer", "manager"),
        **dict.fromkeys((f"till.{route}" for route in ("open_", "bill", "pay")), staff("cashier")),
        **dict.fromkeys(("till.receipt", "money.back", "money.give", "money.due"), staff("cashier", "manager")),
        **dict.fromkeys((f"queue.{route}" for route in _QUEUE), _DESK),
        "hall.show": ANYONE,  # numbers and desks, on a screen in the hall
        **dict.fromkeys((f"van_api.{route}" for route in _VAN_API), ANYONE),  # an enrolled laptop, by its token
        **dict.fromkeys(("provisional.ask", "provisional.look"), ANYONE),  # whoever has a slip, and the mobile's last digits
        **dict.fromkeys(("van_brought.list_", "van_brought.act", "van_brought.printed"), staff("clerk", "manager")),
        "van_brought.all_": _CLERK,
        **dict.fromkeys((f"van_laptops.{route}" for route in ("list_", "code", "show", "change")), staff("manager")),
        **dict.fromkeys((f"appointments.{route}" for route in ("show", "book", "cancel")), CITIZEN),
        **dict.fromkeys((f"drawers.{route}" for route in _DRAWERS), staff("cashier", "manager")),
        **dict.fromkeys(("money.waiting", "money.compare", "money.notice", "money.refund"), staff("manager")),
        **dict.fromkeys((f"proposals.{route}" for route in ("list_", "show", "decide")), staff("reviewer", "manager")),
        **dict.fromkeys((f"requests.{route}" for route in ("list_", "show", "decide")), staff("reviewer", "administrator")),
        **dict.fromkeys((f"reports.{route}" for route in _REPORTS), staff("manager")),
        **dict.fromkeys((f"reports.{table}_{form}" for table in _TABLES for form in ("csv", "xlsx")), staff("manager")),
        **dict.fromkeys((f"assigning.{route}" for route in _ASSIGNING), _DESK),
        **dict.fromkeys((f"team.{route}" for route in ("leave", "away", "end", "hand_over", "hand", "seen")), _DESK),
        **dict.fromkeys((f"team.{route}" for route in ("board_", "board_csv", "rules", "rule", "unrule", "looks")), staff("manager")),
        **dict.fromkeys((f"people.{route}" for route in (*VIEWS, *CHANGES, *OTHERS)), staff("administrator")),
    }
)
