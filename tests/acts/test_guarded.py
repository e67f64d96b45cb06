"""Every table of the register's database is guarded, or stands here with a reason. A new one is a decision, taken here."""

from __future__ import annotations

from acts import guarded
from office.database import DATABASE, GUARDED

#: Tables whose changes leave no act, and why.
UNGUARDED = {
    "attempt": "guesses are counted for an hour; nothing hangs on them but a wait",
    "device": "browsers that are known again; who signs in still needs everything",
    "session": "who is signed in: begun and ended all the time, gone within hours",
    "publication": "when lists were signed and under which number; the signed lists say so themselves, and what is void the trust list",
    "numbering": "a counter: what it gave stands in signed lists, unique",
    "log_head": "what the publisher signed last; the signed head in its store says so itself",
    "serial": "a counter: what it gave stands in licenses, unique",
    "status_list": "a counter: what it gave stands in seals, unique",
    "application_serial": "a counter: what it gave stands in applications, unique",
    "license_word": "an index for searching, made of licenses",
    "license_index": "how far that index came",
    "license_import_row": "rows while somebody prepares them; what is approved of them is held by the digest of its request",
    "application_word": "an index for searching, made of applications",
    "application_count": "numbers of the reports, made of applications by the database itself",
    "application_move": "what is not added up into these numbers yet",
    "work_count": "numbers of the board, made of applications by the database itself",
    "work_move": "what is not added up into these numbers yet",
    "message": "what waits to be sent, and is forgotten after weeks; it decides nothing",
    "message_part": "as messages",
    "message_receipt": "as messages",
    "message_unread": "a count for operators",
    "citizen_code": "codes to sign in with: good for minutes",
    "appointment": "who comes when: it decides about nothing, and is forgotten after weeks",
    "queue_ticket": "who waits in the hall today: it decides about nothing, and is forgotten after weeks",
    "queue_number": "a counter: what it gave stands in tickets, unique",
    "van_code": "codes to enrol a laptop with: good for ten minutes",
    "van_event": "what happened to laptops, to read; what it did stands in the laptop's own row",
    "van_document": "which documents of a parcel have arrived; the parcel that names them is guarded, and signed",
    "act": "the acts themselves: the log holds them",
}
#: Columns that acts leave out: what programs count and set again by themselves, and copies of what acts hold elsewhere.
LEFT_OUT = {
    "application": {"assigned"},  # a copy, to list by, of what the guarded table `assignment` says
    "account": {"totp_step"},
    "account_passkey": {"counter"},
    "charge": {"polls", "poll_at"},
    "refund": {"attempts", "next_at"},
    "notification": {"times", "last_at"},
    "notice": {"delivered_at", "due", "attempts", "error"},
    "notice_objection": {"delivered_at", "due", "attempts", "error", "asked_at"},
    "van_device": {"contact_at", "behind_s", "pack_at"},
    "proposal": {"delivered_at", "due", "attempts", "error"},
}


def test_every_table_is_guarded_or_has_a_reason() -> None:
    tables = {name: table for chain in DATABASE.chains for name, table in chain.metadata.tables.items()}
    unguarded = {name for name, table in tables.items() if guarded.of(table) is None}
    assert unguarded == set(UNGUARDED)
    assert {each.table.name for each in GUARDED} == set(tables) - unguarded


def test_what_acts_leave_out_is_decided_here() -> None:
    left = {each.table.name: set(each.table.columns.keys()) - set(each.columns) for each in GUARDED}
    assert {name: columns for name, columns in left.items() if columns} == LEFT_OUT
    assert all(column.name not in LEFT_OUT.get(each.table.name, ()) for each in GUARDED for column in each.key)
