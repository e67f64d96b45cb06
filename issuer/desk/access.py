"""Who may open which address of the office. A route without a line here is open to nobody, and the program refuses to start with one.

What somebody sees behind an address they may open (whose applications, of which authority) the rooms below decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from accounts.guard import ANYONE, CITIZEN, HALF, STAFF, Rule, staff

#: Routes that both channels have (applying.py).
_APPLYING = ("choose", "begin", "show", "save", "attach", "detach", "attached", "picture", "discard", "send")
_CASE = ("show", "act", "document", "receipt", "license_")
_CLERK = staff("clerk")
_DESK = staff("clerk", "reviewer", "cashier", "manager")

#: Route, as Flask names its endpoint: who.
TABLE: Mapping[str, Rule] = MappingProxyType(
    {
        "assets.static": ANYONE,
        "assets.font": ANYONE,
        "assets.robots": ANYONE,
        "health.live": ANYONE,
        "health.ready": ANYONE,
        "portal.home": ANYONE,
        "portal.door": ANYONE,
        "portal.send": ANYONE,
        "portal.enter": ANYONE,
        "portal.leave": CITIZEN,
        "portal.mine": CITIZEN,
        **dict.fromkeys((f"portal_apply.{route}" for route in _APPLYING), CITIZEN),
        **dict.fromkeys((f"portal_case.{route}" for route in (*_CASE, "pay")), CITIZEN),
        "keep.page": ANYONE,
        "keep.file": ANYONE,
    }
)
