"""Licensed sites for inspections: what the register has, read back from signed packs, whole and by changes."""

from __future__ import annotations

from pathlib import Path

import published
from published import Memory
from seal import sites, status
from tests.clock import LATER
from tests.issuer.offices import Office, row


def packs(office: Office, folder: Path) -> dict[str, sites.SitePack]:
    root = published.read_root(office.locations.keys / "root.jwk")
    trust = published.load(office.locations.published, root=root, memory=Memory(), now=LATER).trust
    return {path.name: sites.verify(path.read_bytes(), trust=trust) for path in sorted(folder.iterdir())}


def test_sites_are_told_whole_and_then_by_changes(each_office: Office) -> None:
    folder = each_office.folder / "sites"
    office = each_office
    rows = [row(trade_name="مخبز البحر", source_id="1"), row(trade_name="Café B", source_id="2")]
    office.run("issue", office.write("a.csv", rows), "--no-output")
    office.run("publish", "--sites", folder)
    whole = packs(office, folder)
    (authority,) = whole
    assert sorted(site.name for site in whole[authority].sites) == ["Café B", "مخبز البحر"]
    assert all(site.status == status.VALID and site.cti[4] == 0 and site.reach_m > 0 for site in whole[authority].sites)
    assert (folder / authority).stat().st_mode & 0o007 == 0
    with office.locations.engine() as engine, engine.connect() as connection:
        number = connection.exec_driver_sql("SELECT number FROM license ORDER BY id").scalar()
    office.run("license", "suspend", str(number), "--reason", "works")
    office.run("publish", "--sites", folder)
    both = packs(office, folder)
    changed = both[authority].with_changes(both[f"{authority}.changes"])
    assert sorted(site.status for site in changed.sites) == [status.VALID, status.SUSPENDED]
    assert {site.cti for site in changed.sites} == {site.cti for site in whole[authority].sites}
