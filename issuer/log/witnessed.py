"""Has the log's heads cosigned by the witnesses that the trust list names, wherever the publisher's settings say that they are."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from issuer.errors import IssuerError
from published.log import policy_of
from seal.trust import LogTerms
from transparency.errors import LogError
from web.witnesses import Witnesses

from .turn import Cosign, Prove

_LOG = logging.getLogger("khatm.log")  # names of witnesses and codes alone


def cosigner(terms: LogTerms | None, addresses: Sequence[str]) -> Cosign | None:
    """Return what asks the witnesses of a trust list, each at the address of its name (`NAME=URL`); None where it names none.

    Too few answers keep the published head as it is, also where no address is known: readers would not go by the new one.
    Raises IssuerError `witness_address` for an address that is none, or of a name that the trust list does not have.
    """
    if terms is None or not terms.witnesses:
        return None
    try:
        policy = policy_of(terms)
    except LogError as error:
        raise IssuerError("witness_address", error.code) from error
    asked = Witnesses(policy, addresses_of(addresses, {key.name for key in policy.witnesses}))
    sizes: dict[str, int] = {}  # of the last tree that each cosigned

    def cosign(note: bytes, prove: Prove) -> bytes | None:
        found = asked.cosign(note, old=sizes, prove=prove)
        for told in found.told:
            if told.size is not None and told.code == "cosigned":
                sizes[told.witness] = told.size
            if told.code != "cosigned" or told.forgot:
                _LOG.warning("%s: %s%s", told.witness, told.code, ", and forgot" if told.forgot else "")
        return found.note if found.met else None

    return cosign


def addresses_of(texts: Sequence[str], names: set[str]) -> dict[str, str]:
    """Return where each witness is, by its name. Raises IssuerError `witness_address` for an address that is none, or of another name."""
    found = {name: address for name, _, address in (text.partition("=") for text in texts)}
    for name, address in found.items():
        if name not in names or not address.startswith(("https://", "http://")):
            raise IssuerError("witness_address", name)
    return found
