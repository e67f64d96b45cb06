"""Terms of licenses: which license each is a term of, and what the line it came from said."""

from __future__ import annotations

import unicodedata
from hashlib import blake2b

import sqlalchemy as sa
from alembic import op

from seal import claims, cose

revision = "register_0009"
down_revision = "register_0003"
branch_labels = None
depends_on = None

_MANY = 5_000


def upgrade() -> None:
    """Add the columns, and fill the chain of what is there."""
    op.add_column("license", sa.Column("chain", sa.LargeBinary(16), nullable=True))
    op.add_column("license", sa.Column("content", sa.LargeBinary(16), nullable=True))
    _fill(op.get_bind())
    op.create_index("ix_license_chain", "license", ["chain"])


def _fill(connection: sa.Connection) -> None:
    """A license known by its file number keeps that digest as its chain; another one's is made anew, from what its first seal says."""
    license_, seal = (
        sa.table("license", *map(sa.column, ("id", "identity", "chain", "latitude", "longitude", "first_day"))),
        sa.table("seal", *map(sa.column, ("license_id", "edition", "token"))),
    )
    query = (
        sa.select(license_.c.id, license_.c.identity, license_.c.latitude, license_.c.longitude, license_.c.first_day, seal.c.token)
        .join(seal, seal.c.license_id == license_.c.id)
        .where(seal.c.edition == 0)
        .order_by(license_.c.id)
        .limit(_MANY)
    )
    setting = license_.update().where(license_.c.id == sa.bindparam("which")).values(chain=sa.bindparam("to"))
    done = 0
    while rows := connection.execute(query.where(license_.c.id > done)).all():
        connection.execute(setting, [{"which": row.id, "to": _chain(row)} for row in rows])
        done = rows[-1].id


def _chain(row: sa.Row) -> bytes:  # type: ignore[type-arg]
    held = claims.from_bytes(cose.from_bytes(bytes(row.token)).payload).license
    place = f"{row.latitude:.6f} {row.longitude:.6f}"
    known = _digest("license", held.type, held.authority, held.trade_name, held.holder, place, row.first_day)
    if known != bytes(row.identity):
        return bytes(row.identity)
    return _digest("chain", held.type, held.authority, _folded(held.trade_name), _folded(held.holder), place)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", "".join(unicodedata.normalize("NFKC", text).casefold().split()))


def _digest(*texts: str) -> bytes:
    return blake2b("\0".join(texts).encode(), digest_size=16).digest()


def downgrade() -> None:
    """Remove them."""
    op.drop_index("ix_license_chain", "license")
    op.drop_column("license", "content")
    op.drop_column("license", "chain")
