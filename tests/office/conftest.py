"""The office is tested on the register's own fixtures: an office of each test's own, on SQLite, or on SQLite and PostgreSQL."""

from tests.issuer.conftest import each_office, made_keys, office, register

__all__ = ["each_office", "made_keys", "office", "register"]
