"""The register: every license, every seal, every change, in SQLite or PostgreSQL."""
