"""Status lists on a phone count only with their proofs: fetched once, kept for offline, and a thief's list is refused."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, expect

from seal import status
from tests.inspector_app.street import Street, judged, kept_for_offline, opened, paste, phone, refresh
from tests.proving import ask_for_proofs, prove

PROOFS = "/.well-known/khatm/"


def test_a_list_without_a_proof_takes_no_other_s_place(chromium: Browser, tmp_path: Path) -> None:
    with Street(tmp_path) as street:
        ask_for_proofs(street.world)
        first = prove(street.world)
        context = phone(chromium)
        asked: list[str] = []
        context.on("request", lambda request: asked.append(request.url.removeprefix(street.base)))
        page = opened(context, street)
        kept_for_offline(page)
        paste(page, street.revoked)
        judged(page, "invalid", "revoked")
        refresh(page)
        assert asked.count(PROOFS + first) == 1, "a proof never changes: it is fetched once"
        expect(page.locator("[data-fault]")).to_have_count(0)

        street.world.set_status(street.revoked, status.VALID)  # the thief's: signed by the right key, newer, but in no log
        refresh(page)
        expect(page.locator("[data-fault]")).to_have_attribute("data-fault", "status_list_unproven")
        paste(page, street.revoked)
        judged(page, "invalid", "revoked")

        street.world.set_status(street.revoked, status.INVALID)
        street.world.set_status(street.board, status.INVALID)  # the office's: with its proof
        second = prove(street.world)
        refresh(page)
        expect(page.locator("[data-fault]")).to_have_count(0)
        assert PROOFS + second in asked
        street.stop()
        page.reload()
        for text in (street.board, street.revoked):
            paste(page, text)
            judged(page, "invalid", "revoked")
        held = page.evaluate(
            """new Promise((done) => {
              indexedDB.open("khatm").onsuccess = ({ target }) => {
                target.result.transaction("published").objectStore("published").getAllKeys().onsuccess = (got) => done(got.target.result);
              };
            })"""
        )
        assert [name for name in held if name.startswith("proofs/")] == [second], "what is of no use any more is gone"
        context.close()
