"""A witness for gunicorn: `gunicorn -c python:witness.gunicorn_conf witness.wsgi`. An edge: it reads the environment and the clock."""

from __future__ import annotations

from web import clock, starting

from . import starting_up
from .app import create_app
from .environment import Variables
from .errors import SENTENCES

with starting.refusing(SENTENCES.both):
    _read = Variables()
    application = create_app(starting_up.witness(_read.folder, _read.passphrase_file), clock.now)
