"""What a clerk in a van waits for: opening the vault, and writing it whole after a change, by how many slips lie in it.

    python -m bench.van [--fast]

The limit is the page's own: a form that is sent answers within 200 ms. The peer is the same write without encryption (ratio).
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from office.laptop.tables import entries, slips
from office.laptop.vault import OFFICE_FILE, Vault
from published import whole

LIMIT_MS = 200


def filled(folder: Path, many: int) -> Vault:
    """A vault with so many closed slips, of eight kilobytes each as a form with five documents is."""
    held = Vault(folder, ec.generate_private_key(ec.SECP256R1()))
    with held.engine.begin() as connection:
        for number in range(1, many + 1):
            slip = {"id": number, "reference": f"VAN-0001-{number:06d}-X", "draft": f"{number:032x}", "state": "closed", "number": ""}
            slip |= {"service": "shop.first", "label": "مخبز الأمل", "likeness": f"shop {number}", "reasons": [], "made_at": number}
            connection.execute(slips.insert().values(slip))
            entry = {"sequence": number, "slip_id": number, "digest": number.to_bytes(32, "big"), "signed": b"x" * 8192, "arrived": False}
            connection.execute(entries.insert().values(entry))
    held.settle()
    return held


def median_ms(work: list[float]) -> float:
    return statistics.median(work) * 1000


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--fast", action="store_true")
    rounds = 5 if parser.parse_args().fast else 30
    print("slips   file MB   write ms   plain ms   ratio   of 200 ms")
    for many in (0, 50, 500):
        with tempfile.TemporaryDirectory() as name:
            held = filled(Path(name), many)
            raw = held._raw
            assert raw is not None
            sealed, plain = [], []
            for _ in range(rounds):
                begun = time.perf_counter()
                held.write(OFFICE_FILE, raw.serialize())
                sealed.append(time.perf_counter() - begun)
                begun = time.perf_counter()
                whole.write({Path(name) / "plain": raw.serialize()}, mode=0o600)
                plain.append(time.perf_counter() - begun)
            size = (Path(name) / OFFICE_FILE).stat().st_size / 1e6
            one, other = median_ms(sealed), median_ms(plain)
            print(f"{many:5}   {size:7.1f}   {one:8.1f}   {other:8.1f}   {one / other:5.2f}   {one / LIMIT_MS:9.2f}")
            held.close()


if __name__ == "__main__":
    main()
