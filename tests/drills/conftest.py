"""The office that is attacked: on each kind of database, with real keys."""

from tests.issuer.conftest import made_keys, office
from tests.office.applications.conftest import here, unlocked

__all__ = ["here", "made_keys", "office", "unlocked"]
