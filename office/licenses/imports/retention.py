"""What imports leave behind is deleted: drafts that nobody goes on with, and rows of what was sealed long ago. Licenses stay."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select

from issuer.register import waiting
from issuer.register.tables import held, sealing_requests
from office.licenses.tables import import_rows, imports

KEPT_DAYS = 90


def sweep(connection: Connection, *, now: int, kept: int = KEPT_DAYS * 86_400) -> int:
    """Delete what is older than `kept` seconds at `now`, and return how many imports that concerned."""
    forgotten = connection.scalars(select(imports.c.id).where(imports.c.state == "draft", imports.c.changed_at < now - kept)).all()
    # As long as somebody may still accept a row of it, what was approved of it must be known.
    waits = select(sealing_requests.c.id).join(held, held.c.source == sealing_requests.c.digest).where(waiting.OPEN)
    over = imports.c.state == "done", imports.c.done_at < now - kept, imports.c.request_id.not_in(waits)
    done = select(imports.c.id).where(*over)
    rows = select(import_rows.c.import_id).where(import_rows.c.import_id.in_(done)).distinct()
    old = [*forgotten, *connection.scalars(rows)]
    if old:
        connection.execute(delete(import_rows).where(import_rows.c.import_id.in_(old)))
    if forgotten:
        connection.execute(delete(imports).where(imports.c.id.in_(forgotten)))
    return len(old)
