"""The licensed sites that a phone holds, 100,000 of them: size, load and look around: `python -m bench.sites [--fast]`.

Places are drawn around Alexandria's, names from the sample of real ones. Beside it stands the same as GeoJSON under gzip, which is how most
programs would send it. Load and look are Node's, on this machine; a phone takes some times longer.
"""

from __future__ import annotations

import csv
import gzip
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from published import whole
from seal import sites, trust
from seal.sites import LicensedSite, SitePack
from tests.conftest import ROOT
from tests.twin import asking
from tests.vectors import fixed

KID = b"\x63"
#: Limits of our own, for 100,000 sites: a fetch of 20 s at 1 Mbit/s; and on this machine a fifth of what is allowed on a phone, which takes
#: about five times longer: a load of 7.5 s, a look of 50 ms, seldom one of 250 ms.
LIMITS = {"octets": 2_500_000, "loaded in Node, CPU ms": 1_500, "look around 150 m, median ms": 10, "look around 150 m, p99 ms": 50}
LOOK = ROOT / "bench/sites.mjs"


def drawn(count: int) -> SitePack:
    """Return a pack of `count` sites, from a seed."""
    chance = random.Random(1)
    with (ROOT / "tests/data/alexandria_licenses.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    found = []
    for number in range(1, count + 1):
        row = chance.choice(rows)
        latitude, longitude = (float(row[name]) + chance.gauss(0, 0.01) for name in ("latitude", "longitude"))
        day = fixed.NOW - chance.randrange(900) * 86_400
        cti = bytes((26,)) + number.to_bytes(3, "big") + b"\0"
        place = round(latitude, 7), round(longitude, 7)
        name = chance.choice(rows)["trade_name"].strip().rstrip("\u202d")
        status = chance.choices((0, 1, 2), (97, 2, 1))[0]
        found.append(LicensedSite(cti, row["type"], *place, chance.choice((20, 30, 50)), day, day + 730 * 86_400, status, day, name))
    return SitePack("MN1", fixed.NOW, tuple(found))


def geojson(pack: SitePack) -> bytes:
    """Return the same as a FeatureCollection (RFC 7946)."""
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [site.longitude, site.latitude]},
            "properties": {
                "id": site.cti.hex(),
                **{name: getattr(site, name) for name in ("type", "reach_m", "nbf", "exp", "status", "name")},
            },
        }
        for site in pack.sites
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False).encode()


def measure(fast: bool) -> dict[str, object]:
    """Everything, of 100,000 sites or a tenth of it, and whether the limits hold."""
    pack = drawn(10_000 if fast else 100_000)
    signed = sites.sign(pack, KID, fixed.signer(fixed.SIGNERS[KID]))
    start = time.process_time()
    trusted = trust.verify(fixed.signed_trust("main"), root=fixed.root())
    assert sites.verify(signed, trust=trusted) == pack
    python = time.process_time() - start
    with tempfile.TemporaryDirectory() as folder:
        whole.write({Path(folder) / "pack": signed}, durable=False)
        x, y = trust.coordinates(fixed.root().public_key)
        asked = {"kid": fixed.ROOT_KID.hex(), "x": x.hex(), "y": y.hex(), "trust": fixed.signed_trust("main").hex()}
        command = [asking.node(), "--import", str(ROOT / "tests/twin/resolve.mjs"), LOOK, Path(folder) / "pack", json.dumps(asked)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    peer = gzip.compress(geojson(pack), 9)
    told = json.loads(done.stdout)
    found = {
        "sites": len(pack.sites),
        "octets": len(signed),
        "octets a site": round(len(signed) / len(pack.sites), 1),
        "times GeoJSON under gzip": round(len(signed) / len(peer), 3),
        "read in Python, CPU ms": round(python * 1000),
        **told,
        "loaded in Node, CPU ms": told["read in Node, CPU ms"] + told["indexed, CPU ms"],
    }
    over = [f"{name}: {found[name]} > {most}" for name, most in LIMITS.items() if found[name] > most]
    limits = ", ".join(f"{name} {most}" for name, most in LIMITS.items())
    return found | {"limits": limits, "holds": not over, **({"over": over} if over else {})}


if __name__ == "__main__":
    print(json.dumps(measure("--fast" in sys.argv), indent=2, ensure_ascii=False))
