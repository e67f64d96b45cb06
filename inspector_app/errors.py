"""What the camera tool refuses, with a stable code that is also the key of its sentence."""

from __future__ import annotations


class SourceError(Exception):
    """A camera, picture or video gives nothing (any more). `code` has a sentence; `detail` names the source."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
