"""How a version is released: what must hold before, its bill of materials (CycloneDX), its checksums. The makers' own: not in the wheel."""
