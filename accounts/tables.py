"""The tables of accounts. The revisions in accounts/migrations make them; a test holds the two together.

Times are seconds since 1970 UTC. What lets somebody in is never kept as it is: passwords as argon2id, tokens and codes as SHA-256. The key
of a second factor has to be kept as it is, for the server computes the codes itself (RFC 6238).
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, UniqueConstraint

from acts.guarded import guarded
from storage.columns import Id, Octets, new_metadata

metadata = new_metadata()

accounts = Table(
    "account",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(32), nullable=False, unique=True),
    Column("display", String(100), nullable=False),
    Column("password", String(255)),  # argon2id, None until the invitation was taken up
    Column("totp", String(64)),  # base32, None until enrolled
    Column("totp_step", BigInteger, nullable=False),  # the newest time step that was accepted: no code works twice
    Column("invitation", LargeBinary(32), unique=True),
    Column("invitation_until", BigInteger),
    Column("made_at", BigInteger, nullable=False),
    Column("closed_at", BigInteger),
    # Whoever was invited by an administrator has no powers until another one confirmed that it is they who enrolled (confirming.py).
    Column("invited_by", String(32)),  # an account's name, or console
    Column("confirmed_by", String(32)),
    Column("enrolment", String(8)),  # what an enrolled person who waits tells whoever confirms
    info=guarded(besides=("totp_step",)),
)

roles = Table(
    "account_role",
    metadata,
    Column("account_id", Id, ForeignKey("account.id"), primary_key=True),
    Column("authority", String(4), primary_key=True),  # or * for all
    Column("role", String(16), primary_key=True),
    Column("granted_by", String(32)),  # an account's name, or console; NULL before this was kept
    Column("confirmed_by", String(32)),  # NULL: not yet, and until then it counts for nothing
    info=guarded(),
)

recovery_codes = Table(
    "account_recovery",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, ForeignKey("account.id"), nullable=False),
    Column("code", LargeBinary(32), nullable=False),
    Column("used_at", BigInteger),
    Index(None, "account_id"),
    info=guarded(),
)

account_events = Table(
    "account_event",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, ForeignKey("account.id"), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", String(24), nullable=False),  # made, invited, enrolled, granted, closed, tied, …
    Column("by", String(32), nullable=False),  # an account's name, or console
    Column("detail", String(64), nullable=False),
    Index(None, "account_id"),
    info=guarded(),
)

#: The people of a sign-in provider who are accounts here.
identities = Table(
    "account_identity",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, ForeignKey("account.id"), nullable=False),
    Column("issuer", String(500), nullable=False),
    Column("subject", String(255), nullable=False),
    Column("tied_at", BigInteger, nullable=False),
    Column("tied_by", String(32), nullable=False),  # an account's name, or console
    Column("confirmed_by", String(32)),  # NULL: not yet, and until then nobody comes in by it
    UniqueConstraint("issuer", "subject"),
    Index(None, "account_id"),
    info=guarded(),
)

#: Keys that people sign with. None is ever deleted: what was signed with one stays checkable, and when it counted is known.
passkeys = Table(
    "account_passkey",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, ForeignKey("account.id"), nullable=False),
    Column("credential", Octets, nullable=False, unique=True),  # the id that the authenticator gave it
    Column("public_key", Octets, nullable=False),  # a COSE_Key
    Column("counter", BigInteger, nullable=False),  # of signatures, as the authenticator said last
    Column("name", String(60), nullable=False),  # as its owner calls it
    Column("synced", Boolean, nullable=False),  # it may lie in a cloud, with other devices of the same person
    Column("enrolled_at", BigInteger, nullable=False),
    Column("enrolment", String(8)),  # what its owner tells whoever confirms
    Column("confirmed_at", BigInteger),  # NULL: not yet, and until then it counts for nothing
    Column("confirmed_by", String(32)),
    Column("withdrawn_at", BigInteger),
    Column("withdrawn_by", String(32)),
    Index(None, "account_id"),
    info=guarded(besides=("counter",)),
)

#: Where people are told, past the pages, what they signed.
contacts = Table(
    "account_contact",
    metadata,
    Column("account_id", Id, ForeignKey("account.id"), primary_key=True, autoincrement=False),
    Column("mobile", String(20), nullable=False),  # E.164
    Column("set_at", BigInteger, nullable=False),
    Column("set_by", String(32), nullable=False),
    info=guarded(),
)

#: What administrators signed with their passkeys: that a passkey or a mobile is somebody's, or that they have a role.
statements = Table(
    "account_statement",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, ForeignKey("account.id"), nullable=False),  # whom it is about
    Column("claim", Octets, nullable=False),  # deterministic CBOR, as it was signed
    Column("nonce", Octets, nullable=False),
    Column("credential", Octets, nullable=False),  # whose signature it is
    Column("authenticator_data", Octets, nullable=False),
    Column("client_data", Octets, nullable=False),
    Column("signature", Octets, nullable=False),
    Column("by", String(32), nullable=False),
    Column("at", BigInteger, nullable=False),
    Index(None, "account_id"),
    info=guarded(),
)

attempts = Table(
    "attempt",
    metadata,
    Column("subject", LargeBinary(32), primary_key=True),  # SHA-256 of what is guessed at, or of where the guesses come from
    Column("made", Integer, nullable=False),
    Column("last_at", BigInteger, nullable=False),  # up to when it was counted how much wore off
    Column("until", BigInteger, nullable=False),
    Index(None, "last_at"),
)

devices = Table(
    "device",
    metadata,
    Column("browser", LargeBinary(32), primary_key=True),  # SHA-256 of the browser's token
    Column("subject", LargeBinary(32), primary_key=True),  # SHA-256 of whoever signed in with it
    Column("last_at", BigInteger, nullable=False),
    Index(None, "subject"),
    Index(None, "last_at"),
)

sessions = Table(
    "session",
    metadata,
    Column("token", LargeBinary(32), primary_key=True),
    Column("realm", String(8), nullable=False),  # staff or citizen
    Column("subject", Id, nullable=False),  # the account's or the citizen's id
    Column("stage", String(8), nullable=False),  # half (the password was right) or full
    Column("begun_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Index(None, "realm", "subject"),
)
