"""The two ways into the office. What follows is the same code for both; only the doors and the frames differ."""

from __future__ import annotations

from typing import Literal, NamedTuple


class Channel(NamedTuple):
    """A way in: its name as applications know it, where its forms are, and where one finds what was sent."""

    name: Literal["portal", "centre"]
    forms: str
    home: str
    application: str
    frame: str  # the template that pages of this channel extend


PORTAL = Channel("portal", "/apply", "/applications", "/applications/", "base.html")
CENTRE = Channel("centre", "/centre/apply", "/centre/", "/centre/applications/", "centre_base.html")
