"""What is over is deleted, what somebody still needs stays: codes, attempts, sessions, browsers, documents of nobody."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from accounts import devices, lockout, sessions
from accounts.tables import attempts
from accounts.tables import sessions as session_table
from office.applications import attaching, deadlines, documents, drafts, retention
from office.applications.context import UnitOfWork
from office.applications.retention import DAY_SECONDS, Kept
from office.citizens import codes
from office.messages.tables import messages
from tests.office.applications.workplace import CITIZEN, NOW, Workplace, pdf, shop

MOBILE = f"010{7:08}"


def files(here: Workplace) -> set[str]:
    folder = here.folder / "documents"
    return {path.parent.name + path.name for path in folder.glob("*/*")}


def put_back(here: Workplace, seconds: int) -> None:
    """As if every document had been put there so long before NOW."""
    for path in (here.folder / "documents").glob("*/*"):
        os.utime(path, (NOW - seconds, NOW - seconds))


def attach(here: Workplace, key: str, content: bytes) -> attaching.Attachment:
    code = next(document.code for document in here.office.service("shop.first").documents)
    with here.engine.begin() as connection:
        return attaching.attach(UnitOfWork(connection, here.office, CITIZEN, NOW), key, code, content=content, filename="a.pdf")


def sweep(here: Workplace, now: int = NOW, **kept: int) -> Counter[str]:
    return retention.sweep(here.engine, here.office.store, now=now, kept=Kept.of(**kept))


def test_documents_of_a_forgotten_draft_are_deleted_and_those_of_others_stay(here: Workplace) -> None:
    mine = here.draft("shop.first", shop(), papers=False)
    shared = attach(here, mine, pdf()).digest.hex()
    other = here.draft("shop.first", shop(), papers=False)
    alone = attach(here, other, pdf() + b"\n% another\n").digest.hex()
    attach(here, other, pdf())
    assert files(here) == {shared, alone}
    put_back(here, 2 * DAY_SECONDS)
    assert sweep(here)["documents deleted"] == 0
    later = NOW + 61 * DAY_SECONDS
    with here.engine.begin() as connection:
        drafts.update_fields(UnitOfWork(connection, here.office, CITIZEN, later), mine, {})
    assert deadlines.run(here.engine, here.office, now=later)["forgotten"] == 1, "the other one, which nobody touched"
    assert sweep(here, later)["documents deleted"] == 1
    assert files(here) == {shared}, "the same paper lies with another draft"


def test_a_document_that_was_just_put_there_stays_though_no_row_names_it_yet(here: Workplace) -> None:
    store = here.office.store
    digest = store.put(documents.parse(pdf()))
    put_back(here, DAY_SECONDS - 60)
    assert sweep(here)["documents deleted"] == 0
    put_back(here, 2 * DAY_SECONDS)
    store.put(documents.parse(pdf()))  # the same again, by somebody else: it is touched
    assert sweep(here)["documents deleted"] == 0
    put_back(here, 2 * DAY_SECONDS)
    assert not store.delete(digest, untouched_since=NOW - 3 * DAY_SECONDS)
    assert sweep(here, documents=3)["documents deleted"] == 0, "as the settings say"
    assert sweep(here)["documents deleted"] == 1
    assert files(here) == set()


def test_a_document_put_aside_is_kept_and_a_half_written_one_is_not(here: Workplace) -> None:
    key = here.draft("shop.first", shop(), papers=False)
    attached = attach(here, key, pdf())
    with here.engine.begin() as connection:
        attaching.detach(UnitOfWork(connection, here.office, CITIZEN, NOW), key, attached.id)
    half: Path = here.folder / "documents" / attached.digest.hex()[:2] / ".new-abc"
    half.write_bytes(b"%PDF")
    stranger = half.with_name("notes.txt")
    stranger.write_text("not ours")
    put_back(here, 2 * DAY_SECONDS)
    assert sweep(here)["documents deleted"] == 0
    assert not half.exists() and stranger.exists()
    assert attached.digest.hex() in files(here)


def test_codes_attempts_sessions_and_browsers_end(here: Workplace) -> None:
    engine = here.engine
    codes.send(engine, MOBILE, address=None, language="ar", now=NOW, browser="b" * 43)
    with engine.begin() as connection:
        lockout.count(connection, [lockout.of_code(1)], now=NOW)
        sessions.begin(connection, "citizen", 1, now=NOW)
        devices.remember(connection, "b" * 43, "mobile +20", now=NOW)
    assert sweep(here, NOW + 3_599) == {}
    swept = sweep(here, NOW + DAY_SECONDS)
    assert (swept["codes deleted"], swept["sessions deleted"]) == (1, 1)
    assert swept["attempts deleted"] == 4
    assert sweep(here, NOW + 30 * DAY_SECONDS, browsers=29)["browsers forgotten"] == 1
    with engine.connect() as connection:
        for table in (codes.codes, attempts, session_table):
            assert connection.scalar(select(func.count()).select_from(table)) == 0


@pytest.mark.parametrize("days", [1, 30, 400])
def test_messages_are_kept_as_long_as_the_one_setting_says(here: Workplace, days: int) -> None:
    """Shorter than a month or longer; what still waits to be sent is kept."""
    here.submitted("shop.first", shop())
    here.submitted("shop.first", shop(latitude="31.2712"))
    with here.engine.begin() as connection:
        ids = connection.scalars(select(messages.c.id).order_by(messages.c.id)).all()
        connection.execute(update(messages).where(messages.c.id != ids[-1]).values(state="delivered", changed_at=NOW))
    assert sweep(here, NOW + days * DAY_SECONDS, messages=days)["messages forgotten"] == 0
    assert sweep(here, NOW + days * DAY_SECONDS + 1, messages=days)["messages forgotten"] == len(ids) - 1 > 0
    with here.engine.connect() as connection:
        assert connection.scalars(select(messages.c.id).where(messages.c.text != "", messages.c.recipient != "")).all() == [ids[-1]]


@pytest.mark.parametrize("days", [1, 5])
def test_codes_are_kept_as_long_as_the_settings_say(here: Workplace, days: int) -> None:
    codes.send(here.engine, MOBILE, address=None, language="ar", now=NOW, browser="b" * 43)
    assert sweep(here, NOW + days * DAY_SECONDS - 1, codes=days)["codes deleted"] == 0
    assert sweep(here, NOW + days * DAY_SECONDS, codes=days)["codes deleted"] == 1


def test_who_names_a_document_is_found_by_an_index() -> None:
    """A sweep asks for each batch of files: without an index it would read every row of these tables each time."""
    columns = list(retention._columns())
    assert {column.table.name for column in columns} == {"attachment", "van_document"}
    for column in columns:
        assert any(next(iter(index.columns)) is column for index in column.table.indexes), column
