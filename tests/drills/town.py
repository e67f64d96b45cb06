"""A town that is attacked: it publishes its log, and has licenses that went all the way."""

from __future__ import annotations

from datetime import UTC, datetime

from click.testing import CliRunner

import khatm
import published
from issuer.register import history
from keys import policy
from keys.custody import Custody
from tests.issuer.offices import PASSPHRASE
from tests.office.applications.workplace import NOW, Workplace, shop


def build(here: Workplace) -> Workplace:
    """Two licenses that were applied for, paid, approved and issued; the second was revoked since."""
    for place, name in enumerate(("مخبز النور", "مقهى البحر")):
        _, license_number = here.issued("shop.first", shop(trade_name=name, latitude=f"{31.26 + place * 0.01:.6f}"))
    history.change(here.engine, license_number, "revoked", reason="أُغلق", now=NOW + 100)
    custody = Custody(here.folder / "keys")
    custody.add_log_keys(PASSPHRASE)
    data = policy.sign_trust_list(custody, PASSPHRASE, now=NOW)
    published.write(here.folder / "published", {published.TRUST_LIST: data})
    assert "log/checkpoint" in publishes(here, NOW + 200)
    return here


def publishes(here: Workplace, now: int, exit_code: int = 0) -> str:
    """What `khatm publish` says at a time."""
    keys, folder = here.folder / "keys", here.folder / "published"
    where = ["--register", here.engine.url.render_as_string(hide_password=False), "--keys", str(keys), "--published", str(folder)]
    when = datetime.fromtimestamp(now, UTC).isoformat()
    ran = CliRunner().invoke(khatm.main, ["publish", *where, "--passphrase-file", str(here.folder / "passphrase"), "--now", when])
    assert ran.exit_code == exit_code, ran.output
    return ran.output


def refused(here: Workplace, code: str = "rows_past_programs") -> str:
    """What `khatm publish` says as it refuses, today and tomorrow; what was published stays as it was."""
    folder = here.folder / "published"
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    said = publishes(here, NOW + 300, exit_code=2)
    assert code in said
    assert code in publishes(here, NOW + 86_400, exit_code=2)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    return said
