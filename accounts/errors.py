"""Why somebody is not let in, or an account cannot be changed: stable codes, each with a sentence in both languages."""

from __future__ import annotations

from seal.catalogue import Catalogue

SENTENCES = Catalogue("accounts")


class AccountError(Exception):
    """`code` is a key of SENTENCES. `wait_seconds` says how long `wait` lasts."""

    def __init__(self, code: str, *, wait_seconds: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.wait_seconds = wait_seconds
