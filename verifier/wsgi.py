"""The verifier for gunicorn: `gunicorn -c python:verifier.gunicorn_conf verifier.wsgi`. An edge: it reads the environment."""

from __future__ import annotations

from web import starting

from . import words
from .app import create_app
from .environment import Variables, settings_of

with starting.refusing(words.TABLE.both):
    application = create_app(settings_of(Variables()))
