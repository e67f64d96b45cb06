"""What other programs ask of inspections, and the pages on which administrators say who may: tokens, the API, feeds, webhooks."""

from __future__ import annotations

from . import data, tokens, webhooks
from .odata import feed

#: Each has `blueprint(context)`; who may open them stands in `inspections.web.access`.
ROOMS = (data, feed, tokens, webhooks)
