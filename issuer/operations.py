"""The office's two operations from beginning to end, for commands and the demo: seal a file, and publish what licenses are worth."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine

import published
from acts import guarded
from governorate import identity, licensed
from keys import former_logs, log_keys
from keys.custody import Custody
from keys.errors import CustodyError
from published import listed
from seal.cose import Signer
from seal.errors import ListError, SealError
from seal.license import License
from seal.trust import LogTerms, TrustList
from storage.database import reading, writing_much
from transparency.signing import NoteSigner

from . import judging
from .bulk import BulkIssuer, Summary
from .cards import outputs
from .errors import IssuerError
from .guard import releases
from .guard.approving import RegisterSchema
from .guard.guard import Guard
from .intake import refusals
from .intake.rows import Rules
from .judging import Judged
from .locations import Locations, competences, no_key, sealer
from .log.both import Finished, Logs
from .log.files import LogFiles
from .log.gate import Gate
from .log.held import HeldSeals
from .log.ledgers import Acts, Ledger, Seals
from .log.packs import LogPacks
from .log.stored import LogStore, alone_in
from .log.turn import LogTurn
from .log.witnessed import cosigner
from .register import history, positions, publishing, signer_pool, times
from .register.derived import Issued
from .register.issuing import Correct, Source
from .register.sealing import Sealer
from .site_packs import SitePacks

HOURLY_SECONDS = 3_600 - 60  # everything anew so often: a list is asked for hourly (docs/format.md §7)


class SigningContext(NamedTuple):
    """What it takes to seal: the published trust list, the keys of the authorities, the rules for rows, and what unlocked the keys."""

    trust: TrustList
    sealer: Sealer
    rules: Rules
    passphrase: bytes


def signing_context(locations: Locations, *, now: int) -> SigningContext:
    """Unlock the keys in force at `now` (seconds since 1970 UTC). Raises CustodyError, ListError, or IssuerError `no_published_key`."""
    trust = locations.trust()
    passphrase = locations.passphrase()
    signer = sealer(locations, trust, passphrase, now=now)
    return SigningContext(trust, signer, Rules(competences(trust, signer), licensed.default()), passphrase)


def only_known(context: SigningContext) -> SigningContext:
    """Return a context for licenses that are there already: whatever else would be sealed is refused (IssuerError `approval_used`)."""

    def refuse(_: bytes) -> bytes:
        raise IssuerError("approval_used")

    signers = {authority: (kid, refuse) for authority, (kid, _) in context.sealer.signers.items()}
    return context._replace(sealer=context.sealer._replace(signers=signers))


def issue_file(file: Path, locations: Locations, context: SigningContext, *, apply: bool = False, **more: Any) -> Summary:
    """Seal every good row of `file`: `judging.judged` and `issue_judged`, with its arguments, in one. Raises as they do."""
    with judging.judged(file, context.rules, apply=apply) as rows:
        return issue_judged(rows, file, locations, context, apply=apply, **more)


def issue_judged(
    judged: Judged,
    file: Path,
    locations: Locations,
    context: SigningContext,
    *,
    out: Path,
    wanted: Collection[outputs.Output],
    now: int,
    progress: Callable[[float], None],
    apply: bool = False,
) -> Summary:
    """Seal every good row of `file`, which was `judged`, at `now` (seconds since 1970 UTC); the others go to its rejects file.

    `apply` takes the changes that its rows make to licenses; else they wait for a decision.

    `progress` is told the share that is done. Raises IssuerError, OSError.
    """
    header = judged.header
    with (
        signer_pool.shared(context.sealer) as pool,
        locations.engine(create=True) as engine,
        writing_much(engine),
        refusals.writing(refusals.path_of(file), header.cells, context.rules.arabic) as rejects,
    ):
        house = gate(locations, engine, now=now, passphrase=context.passphrase)
        release(locations, house, releases.of_file(judged.digest))
        summary = BulkIssuer(
            engine, pool, context.sealer.host, context.trust, out, wanted, corrector(context.sealer, context.rules), house
        ).issue_file(
            judged.rows(),
            source=Source(judged.digest, apply),
            rejects=rejects,
            now=now,
            progress=_of_the_file(judged, progress),
        )
        summary.columns, summary.sheets = header.ignored, header.sheets
        return summary


def corrector(sealer: Sealer, rules: Rules, *, request: int | None = None) -> Correct:
    """Return what seals licenses again as rows say them. `request` is the approved one by which it is done, if any."""

    def correct(connection: Connection, number: str, license_: License, reason: str, now: int) -> bool:
        changes = license_._asdict()
        try:
            history.replace_within(connection, number, changes, sealer=sealer, rules=rules, reason=reason, now=now, request=request)
        except (IssuerError, SealError):  # refused before anything is written: the row waits
            return False
        return True

    return correct


def _of_the_file(judged: Judged, progress: Callable[[float], None]) -> Callable[[float], None]:
    """Return what turns the share of a batch into the share of the file: a batch ends as far as its rows were taken by then."""
    done = 0.0

    def of_the_batch(share: float) -> None:
        nonlocal done
        read = judged.done()
        progress(done + (read - done) * share)
        if share >= 1:
            done = read

    return of_the_batch


def publish(locations: Locations, *, now: int, sites: Path | None = None) -> list[str]:
    """Sign the status lists at `now` (seconds since 1970 UTC), put them among the published files and return their names.

    With a folder for `sites` the licensed sites are put there too, for inspections.

    Raises CustodyError, ListError, IssuerError, OSError.
    """
    publisher = Publisher(locations, sites)
    with locations.engine() as engine:
        return publisher.round(engine, now=now)


class Publisher:
    """Publishes again and again, with the status key unlocked once: what changed at once, everything at least hourly."""

    def __init__(
        self,
        locations: Locations,
        sites: Path | None = None,
        logs: Logs | None = None,
        passphrase: bytes | None = None,
        *,
        guarded: bool = True,
        held: HeldSeals | None = None,
        progress: Callable[[int], object] = lambda _: None,
    ) -> None:
        """Unlock the status key: what is wrong with it or the trust list is told before a register is asked for.

        The `logs` are those of the key store's own keys; a house without any publishes none. Before they are signed, the guard looks,
        unless `guarded` is false; `progress` hears how many rows it held so far, when it holds all of them. `held` is what logs that
        are given were made with (`logs_of`).

        Raises CustodyError, ListError, or IssuerError `no_published_key`.
        """
        self._rooms, self._custody = locations, locations.custody()
        self._passphrase = passphrase
        self._signer: tuple[bytes, Signer] | None = None
        self._since: publishing.Mark | None = None
        self._sequence, self._until = 0, 0
        self._held = held or HeldSeals()
        self._packs = SitePacks(sites) if sites else None
        self._logs, self._given, self._guarded, self._progress = logs, logs, guarded, progress
        trust = locations.trust()
        self._key(None, trust, trust.issued_at)  # whether it still may, each round asks

    def round(self, engine: Engine, *, now: int) -> list[str]:
        """Publish what is due at `now` (seconds since 1970 UTC) and return the names, none where nothing changed.

        Everything is signed anew after `HOURLY_SECONDS`, and with a new trust list, which every list names.
        Raises CustodyError, ListError, IssuerError, OSError; then the next round does everything.
        """
        trust = self._rooms.trust()
        if trust.sequence != self._sequence or not self._until - HOURLY_SECONDS <= now < self._until:
            self._since = None
        since, self._since = self._since, None
        kid, signer = self._key(engine, trust, now)
        if self._given is None and (since is None or self._logs is None):
            self._logs = logs_of(self._rooms, self._custody, self._secret(), trust, self._held)
        with alone_in(self._rooms.published), self._held:  # the older lists of one must not come down over the newer ones of another
            host = self._custody.policy["hosts"][0]
            _refuse_behind(engine, self._rooms)
            guard = guard_of(self._rooms, trust, self._progress, self._held) if self._logs and self._guarded else None
            if guard:
                guard.look(engine, at_length=since is None)
            made = publishing.made(
                engine,
                trust=trust,
                host=host,
                kid=kid,
                signer=signer,
                now=now,
                since=since,
                logs=self._logs,
                guard=guard,
                others=lambda: published.highest_number(self._rooms.published, trust),
            )
            names = [*self._put(trust, made.files, self._logs.finish() if self._logs else _NO_LOGS), *sorted(made.files)]
            if trust.log and self._logs and since is None:  # hourly: a new license touches new tiles and one checkpoint, no packs
                log_packs = LogPacks(self._rooms.published / "log")
                packs = log_packs.round(engine, trust=trust, kid=kid, signer=signer, now=now, held=self._held)
                names += [f"pack of {name}" for name in packs]
        if self._packs and (since is None or made.files):
            names += [f"sites of {name}" for name in self._packs.round(engine, trust=trust, kid=kid, signer=signer, now=now)]
        if since is None:
            self._sequence, self._until = trust.sequence, now + HOURLY_SECONDS
        self._since = made.mark
        return names

    def _put(self, trust: TrustList, files: Mapping[str, bytes], finished: Finished) -> list[str]:
        """Put lists in their places, each behind its proof, and return what else is new.

        Raises IssuerError `lists_unproven` where readers would refuse them: then the lists of before stay, with their proofs.
        """
        lists = [name for name in files if name.startswith("status/")]
        if trust.lists_proven and not all(_is_proven(files[name], finished, trust) for name in lists):
            raise IssuerError("lists_unproven", ", ".join(finished.names))
        folder = self._rooms.published
        published.write(folder, {**finished.proofs, **files})
        if lists:
            listed.tidy(folder, folder / "status")
        return finished.names

    def _key(self, engine: Engine | None, trust: TrustList, now: int) -> tuple[bytes, Signer]:
        """Return the newest status key that may sign by the published list; it is unlocked once, and anew when another is published.

        The key store is read each time: whoever works there ends a key for this process too.
        """
        self._custody = self._rooms.custody()
        kids = self._custody.in_force("status", trust, now=now)
        if not kids:
            if engine is not None:
                times.require_not_behind(engine, now)  # one that has not begun yet: it is the clock that is wrong
            raise no_key(self._custody, "status", trust, now=now)
        if self._signer is None or self._signer[0] != kids[0]:
            self._signer = kids[0], self._custody.signer(kids[0], self._secret(), trust.keys[kids[0]].public_key)
        return self._signer

    def _secret(self) -> bytes:
        """Return the passphrase, which is asked for once."""
        if self._passphrase is None:
            self._passphrase = self._rooms.passphrase()
        return self._passphrase


_NO_LOGS = Finished([], {})


def _is_proven(data: bytes, finished: Finished, trust: TrustList) -> bool:
    """Say whether readers take a list: nothing is published that they refuse."""
    digest_ = hashlib.sha256(data).digest()
    try:
        listed.check(digest_, finished.proofs.get(listed.proof_name(digest_), b""), trust)
    except ListError:
        return False
    return True


def logs_of(locations: Locations, custody: Custody, passphrase: bytes, trust: TrustList, held: HeldSeals | None = None) -> Logs | None:
    """Return the turns at the logs of a key store, None where that has no keys of a log or the trust list names no log yet.

    What comes into the log is what is `held` by the guard that has the same, where one looks (guard_of).
    Heads are shown to the witnesses of the trust list. Raises CustodyError, IssuerError `witness_address`.
    """
    if trust.log is None:
        return None
    try:
        signers = custody.log_signers(passphrase, trust.log.keys)
    except CustodyError as error:
        if error.code == "no_log_key":
            return None
        raise
    before = former_logs.before(custody.policy, trust.log.origin)

    def turn(terms: LogTerms, by: Sequence[NoteSigner], ledger: Ledger) -> LogTurn:
        files, store = LogFiles(locations.published / ledger.name), LogStore(locations.store, ledger.name, before=before)
        return LogTurn(files, store, by, cosigner(terms, locations.log_witnesses), ledger)

    seals = turn(trust.log, signers, Seals(held))
    if trust.acts is None:
        return Logs(seals)
    ledger = Acts(locations.store)
    return Logs(seals, turn(trust.acts, log_keys.named(signers, trust.acts.origin), ledger), ledger)


def guard_of(
    locations: Locations, trust: TrustList, progress: Callable[[int], object] = lambda _: None, held: HeldSeals | None = None
) -> Guard:
    """Return who looks before the publisher signs, with its state in the store of the last checkpoint.

    Where the trust list wants decisions signed, it checks the signatures by the roster in its own key store.
    """
    schema = locations.schema
    approvals = schema.approvals(locations.signed(trust)) if isinstance(schema, RegisterSchema) and schema.approvals else None
    tables = tuple(table for chain in schema.chains for table in guarded.all_of(chain.metadata))
    return Guard(locations.store, tables, Issued(identity.default().prefix), approvals, locations.sealed, progress, held)


def gate(locations: Locations, engine: Engine, *, now: int, passphrase: bytes | None = None) -> Gate:
    """Return the gate of codes at `now` (seconds since 1970 UTC): closed to what is not in the log, where one is published.

    Where the passphrase is given and unlocks the keys of the log and of status lists, the gate publishes; else it waits for the
    publisher. Raises CustodyError, ListError.
    """
    trust = locations.trust()
    if trust.log is None:
        return Gate(None)
    if passphrase is None:
        return Gate(locations.sealed)
    try:
        held = HeldSeals()
        logs = logs_of(locations, locations.custody(), passphrase, trust, held)
        publisher = Publisher(locations, logs=logs, passphrase=passphrase, held=held)
    except (CustodyError, IssuerError) as error:  # keys of the publisher, another user of the system
        if error.code.startswith("pin_"):  # unsaid, it would be tried again with each file, until the token is locked
            raise
        return Gate(locations.sealed)
    if logs is None:
        return Gate(locations.sealed)
    return Gate(locations.sealed, lambda: _published(publisher, engine, now))


def release(locations: Locations, house: Gate, name: str) -> None:
    """Release what is about to be sealed without an application, where the publisher's keys are at hand; else it has to be released.

    Raises IssuerError `release_missing`, `release_not_yours`; OSError.
    """
    if house.logged is None:
        return
    if house.bring is None:
        releases.require(locations.store, name)
    else:
        releases.release(locations.store, name)


def leaving(locations: Locations) -> int | None:
    """Return how many seals are in the log, for whoever tells people of them; None where no log is published.

    Where no trust list can be read nobody knows that there is no log: then nothing leaves that is not in what is stored.
    Raises IssuerError `log_checkpoint_damaged`, OSError.
    """
    with suppress(ListError):
        if locations.trust().log is None:
            return None
    return locations.sealed()


def _refuse_behind(engine: Engine, locations: Locations) -> None:
    """Refuse to say anything of a register that is a backup of before the last stored checkpoint, also where no log is signed here."""
    with reading(engine) as connection:
        positions.refuse_behind(connection, locations.logged())


def _published(publisher: Publisher, engine: Engine, now: int) -> None:
    try:
        publisher.round(engine, now=now)
    except IssuerError as error:
        if error.code != "lists_unproven":  # the seals are in their log; lists wait for witnesses
            raise
