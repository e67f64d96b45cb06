"""Where the style, scripts and font of the office's pages lie: beneath the keep pages' own prefix.

The official host, which is the verifier's, hands that one prefix to the office.
"""

from __future__ import annotations

#: Everything of the office that the official host shows: pages behind the links in messages, and what they are made of.
PREFIX = "/k"
STATIC = f"{PREFIX}/static"
