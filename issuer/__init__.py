"""The register, and everything that makes licenses."""
