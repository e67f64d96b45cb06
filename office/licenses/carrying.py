"""What the worker does with approved requests of the desk: exactly what was approved, once, or not at all.

The change and the use of its approval are one transaction: killed at any moment, both happened or neither. What was approved is computed
anew from the license as it is then; a license that changed since has another digest, and the request has lapsed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine

from acts import acting
from issuer import approving
from issuer.errors import IssuerError
from issuer.guard import releases
from issuer.intake.rows import Rules
from issuer.intake.texts import skeleton
from issuer.register import history, requests
from issuer.register.history import Record
from issuer.register.requests import Request
from issuer.register.sealing import Sealer
from issuer.register.stored import from_json, to_json
from office.messages import links, notices
from seal.errors import SealError
from storage.database import reading
from storage.errors import UnreadableError
from storage.locks import lock_writers

from .changing import EVENTS

MOST = 50  # requests of one round: applications wait behind them
#: Codes that say "not now": the request stays, and the next round tries again.
LATER = frozenset({"clock_behind", "register_behind_log", "positions_without_seals", "authority_without_key", "release_missing"})


class Hands(NamedTuple):
    """What the worker carries requests out with.

    `mobile` finds where the holder of a license is told; `released` says what may be sealed, by the name of its release. `signing` says
    why a request is not approved by the signatures under it, "" if it is; None where nobody signs.
    """

    sealer: Sealer
    rules: Rules
    host: str
    mobile: Callable[[Connection, str], str]
    released: Callable[[str], bool]
    signing: Callable[[Connection, Request], str] | None = None

    def may_seal(self, connection: Connection, request: Request, release: str) -> bool:
        """Say whether what a request asks for may be sealed: released, or by its signatures, which the publisher looks at as well."""
        return self.released(release) or (self.signing is not None and not self.signing(connection, request))


def run(engine: Engine, hands: Hands, *, now: int) -> Counter[str]:
    """Carry out what was approved, and return what happened how often: `requests_done`, or a code."""
    with reading(engine) as connection:
        waiting = [each for each in requests.due(connection, most=MOST) if each.kind in _KINDS]
    outcomes = Counter[str]()
    for request in waiting:
        outcomes[_carry(engine, request, hands, now)] += 1
    return outcomes


def _carry(engine: Engine, request: Request, hands: Hands, now: int) -> str:
    """Carry one request out, or let it lapse, and return what became of it."""
    try:
        with acting.acting("program:worker", f"request {request.id}"), engine.begin() as connection:
            lock_writers(connection)
            if requests.show(connection, request.id).state != "approved":
                return "requests_done_elsewhere"
            _KINDS[request.kind](connection, request, hands, now)
    except (IssuerError, SealError, UnreadableError) as error:
        if error.code in LATER:
            return error.code
        with engine.begin() as connection:
            requests.lapse(connection, request, error.code, now=now)
        return "requests_lapsed"
    return "requests_done"


def _standing(connection: Connection, request: Request, hands: Hands, now: int) -> None:
    """Reinstate or revoke. Nothing is sealed, so no publisher looks at it again: where approvals are signed, this one has to be."""
    if hands.signing is not None and (code := hands.signing(connection, request)):
        raise IssuerError(code)
    record, reason = history.record(connection, request.subject), str(request.told["reason"])
    asked = (approving.of_reinstating if request.kind == "reinstate" else approving.of_revoking)(record, reason)
    _same(asked.digest, request)
    requests.use(connection, request, now=now)
    kind = EVENTS["reinstate" if request.kind == "reinstate" else "revoke"]
    history.change_within(connection, record.number, kind, reason=reason, now=now, request=request.id)
    tell(connection, record.number, kind, mobile=hands.mobile, event=f"request/{request.id}", now=now)


def _replace(connection: Connection, request: Request, hands: Hands, now: int) -> None:
    """Seal the license again with what was approved."""
    record, reason = history.record(connection, request.subject), str(request.told["reason"])
    changes = corrections(record, request.told.get("changes", {}))
    _same(approving.of_correction(record, changes, reason).digest, request)
    history.refuse_correction(record, changes, reason=reason, rules=hands.rules)
    newest = history.current(connection, record.number)
    edition = history.next_edition(connection, newest.edition, newest.position)
    if not hands.may_seal(connection, request, releases.of_seal(newest.number, edition)):
        raise IssuerError("release_missing")
    requests.use(connection, request, now=now)
    edition = history.replace_within(
        connection, record.number, changes, sealer=hands.sealer, rules=hands.rules, reason=reason, now=now, request=request.id
    )
    if skeleton(changes["holder"]) != skeleton(record.claims.license.holder):
        links.withdraw(connection, record.number, now=now)  # the old holder's link must not open the new holder's code
    if to := hands.mobile(connection, record.number):
        notices.issued(connection, record.number, edition=edition, to=to, host=hands.host, now=now, kind="reissued")


_KINDS: Mapping[str, Callable[[Connection, Request, Hands, int], None]] = {
    "reinstate": _standing,
    "revoke": _standing,
    "replace": _replace,
}


def corrections(record: Record, told: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a license as an approver was shown that they become. Raises IssuerError `license_changed`."""
    after = to_json(record.claims.license)
    if set(told) - set(after):
        raise IssuerError("license_changed_since", record.number)
    try:
        return from_json(after | {name: pair[1] for name, pair in told.items()})._asdict()
    except (ValueError, TypeError, KeyError) as error:
        raise IssuerError("license_changed_since", record.number) from error


def _same(digest: bytes, request: Request) -> None:
    if digest != request.digest:
        raise IssuerError("license_changed_since", request.subject)


def tell(connection: Connection, number: str, kind: str, *, mobile: Callable[[Connection, str], str], event: str, now: int) -> None:
    """Tell the mobile last linked to a license that it was suspended, revoked or reinstated."""
    if to := mobile(connection, number):
        notices.enqueue(connection, f"license_{kind}", event=f"{event}/{kind}", to=to, now=now, number=number)
