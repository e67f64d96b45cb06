"""Licenses are tested in the offices of applications."""

from tests.office.applications.conftest import here, sqlite, unlocked

__all__ = ["here", "sqlite", "unlocked"]
