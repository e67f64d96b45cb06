"""The office that is attacked: on each kind of database, with real keys."""

from tests.office.applications.conftest import here, unlocked

__all__ = ["here", "unlocked"]
