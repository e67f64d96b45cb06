"""The newest lists a verifier has seen, kept in a small state file so that nobody can roll it back by serving old files."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from seal.errors import ListError


class Memory:
    """What was seen last. Without a path it lasts as long as the process."""

    def __init__(self, path: Path | None = None) -> None:
        """Load the state file at `path` if it is there. Raises ListError `memory_corrupt`: forgetting quietly would allow a rollback."""
        self._path = path
        self.trust_sequence = 0
        self.status_iat: dict[str, int] = {}
        if path is None or not path.exists():
            return
        try:
            state = json.loads(path.read_text("utf-8"))
            self.trust_sequence = int(state["trust_sequence"])
            self.status_iat = {str(uri): int(iat) for uri, iat in state["status_iat"].items()}
        except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise ListError("memory_corrupt", str(path)) from error

    def learn(self, trust_sequence: int, status_iat: Mapping[str, int]) -> None:
        """Remember what is newer than before, and write it down. A read-only disk costs the memory, not the verdicts."""
        newer = {uri: iat for uri, iat in status_iat.items() if iat > self.status_iat.get(uri, 0)}
        if trust_sequence <= self.trust_sequence and not newer:
            return
        self.trust_sequence = max(self.trust_sequence, trust_sequence)
        self.status_iat |= newer
        if self._path is None:
            return
        state = {"trust_sequence": self.trust_sequence, "status_iat": self.status_iat}
        temporary = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        try:
            temporary.write_text(json.dumps(state), "utf-8")
            temporary.replace(self._path)
        except OSError:
            temporary.unlink(missing_ok=True)
