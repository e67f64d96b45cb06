"""Is it alive, and can it give verdicts? For load balancers and for whoever is on call."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from published import Loaded, State, ages
from published.log import CHECKPOINT
from seal import days
from seal.dating import CLOCK_TOLERANCE
from seal.trust import FRESH_SECONDS

from .context import VerifierContext


def blueprint(context: VerifierContext) -> Blueprint:
    """Return the health routes."""
    health = Blueprint("health", __name__)

    @health.get("/health/live")
    def live() -> Response:
        return jsonify(status="alive")

    @health.get("/health/ready")
    def ready() -> tuple[Response, int]:
        told = report(context.lists.current(), now=days.seconds_of(context.now()), synchronised=context.settings.synchronised())
        return jsonify(told), 200 if told["status"] == "ready" else 503

    return health


def report(state: State, *, now: int, synchronised: bool | None) -> dict[str, object]:
    """Return the state of the lists at `now` (seconds): ages in seconds, faults by file.

    `ready` if verdicts can be given, by old lists too. Then `warnings` says so: those verdicts are "cannot tell", which is what people
    should be told, and not that nobody answers.
    """
    told: dict[str, object] = {"status": "lists_missing", "faults": dict(state.faults), "trust_list": None, "status_lists": {}, "log": None}
    told["warnings"] = []
    told["clock"] = _clock(state.loaded, now, synchronised)
    loaded = state.loaded
    if loaded is None:
        return told
    told["trust_list"] = {
        "sequence": loaded.trust.sequence,
        "age_s": now - loaded.trust.issued_at,
        "stale": now >= loaded.trust.next_update,
    }
    told["status_lists"] = {
        uri: {"age_s": now - entry.iat, "fresh": now - entry.iat <= FRESH_SECONDS, "stale": ages.old(entry, now)}
        for uri, entry in loaded.status.lists.items()
    }
    told["log"] = _log(loaded, now)
    told["status"], told["warnings"] = _word(loaded, now), list(ages.warnings(state, now=now))
    return told


def _clock(loaded: Loaded | None, now: int, synchronised: bool | None) -> dict[str, object]:
    """Return whether somebody keeps this machine's clock (None: it does not say), and how far it is behind by those who signed.

    `behind_s` is what two independent signers say, `ahead_s` by how much each signer is ahead of this clock.
    """
    newest = loaded.dates.newest if loaded else {}
    attested = loaded.dates.attested if loaded else 0
    ahead = {signer: at - now for signer, at in sorted(newest.items()) if at > now + CLOCK_TOLERANCE}
    return {"synchronised": synchronised, "behind_s": attested - now if attested > now + CLOCK_TOLERANCE else 0, "ahead_s": ahead}


def _log(loaded: Loaded, now: int) -> dict[str, object] | None:
    """Return how far the log of seals is known, None where the trust list names none.

    A fault of now is among `faults`; `last_fault` is the last one that this worker has seen since it began.
    """
    if loaded.trust.log is None:
        return None
    told: dict[str, object] = {"origin": loaded.trust.log.origin, "threshold": loaded.trust.log.threshold}
    log = loaded.log
    if log is None:
        return told | {"size": None, "age_s": None, "witnesses": [], "last_fault": loaded.faults.get(CHECKPOINT)}
    return told | {"size": log.size, "age_s": now - log.time, "witnesses": list(log.witnesses), "last_fault": log.last_fault}


def _word(loaded: Loaded, now: int) -> str:
    entries = loaded.status.lists.values()
    if loaded.dates.attested > now + CLOCK_TOLERANCE:
        return "clock_disagrees"
    if not entries:
        return "lists_missing"
    return "ready"
