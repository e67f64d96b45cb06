"""Why a document has no picture. Sentences are in issuer/data/sentences.json; the document itself may be downloaded all the same."""

from __future__ import annotations

from issuer.errors import IssuerError

#: What the process that draws may say.
SAID = ("preview_broken", "preview_locked", "preview_costly", "preview_page_unknown")


class PreviewError(IssuerError):
    """A page that is not drawn.

    `preview_broken` (nothing can be drawn of it), `preview_locked` (a password), `preview_costly` (more work or memory than a page may
    take), `preview_page_unknown` (it has no such page, or one beyond those that are drawn), `preview_busy` (too many ask at once).
    """
