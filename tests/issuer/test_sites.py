"""Licensed sites for inspections: what the register has, read back from signed packs, whole and by changes."""

from __future__ import annotations

from pathlib import Path

import published
from issuer.site_packs import SitePacks
from published import Memory
from seal import sites, status
from tests.clock import LATER
from tests.issuer.offices import PASSPHRASE, SECONDS, Office, row


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


def test_an_authority_s_first_license_comes_whole_beside_packs_that_are_there(each_office: Office) -> None:
    """A change to nothing would be of no use: inspectors, and the list of the next morning, would miss it for a day."""
    folder, office = each_office.folder / "sites", each_office
    office.run("issue", office.write("a.csv", [row()]), "--no-output")
    office.run("publish", "--sites", folder)
    assert packs(office, folder).keys() == {"MN1"}
    said = office.run(
        "issue", office.write("b.csv", [row(authority="AGM", latitude="31.130001", longitude="29.800001")]), "--no-output"
    ).output
    assert "1 issued" in said, said
    office.run("publish", "--sites", folder)
    held = packs(office, folder)
    assert held.keys() == {"AGM", "MN1"} and [len(each.sites) for each in held.values()] == [1, 1]


def test_a_house_that_publishes_before_its_first_license_tells_of_it_whole(each_office: Office) -> None:
    folder, office = each_office.folder / "sites", each_office
    lists = published.load(
        office.locations.published, root=published.read_root(office.locations.keys / "root.jwk"), memory=Memory(), now=LATER
    )
    made, signer = SitePacks(folder), office.locations.custody().signer(office.locations.custody().kids("status")[0], PASSPHRASE)
    kid = office.locations.custody().kids("status")[0]
    with office.locations.engine(create=True) as engine:
        assert made.round(engine, trust=lists.trust, kid=kid, signer=signer, now=SECONDS) == []
        office.run("issue", office.write("a.csv", [row()]), "--no-output")
        assert made.round(engine, trust=lists.trust, kid=kid, signer=signer, now=SECONDS + 60) == ["MN1"]
        assert made.round(engine, trust=lists.trust, kid=kid, signer=signer, now=SECONDS + 120) == ["MN1.changes"]
