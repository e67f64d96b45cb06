"""stub"""

from __future__ import annotations

from .sealing import Paper
from .signing import NoticeSigner


def paper(signer: NoticeSigner) -> Paper:
    return lambda told, text: b"%PDF-1.7 stub"
