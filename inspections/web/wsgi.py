"""Inspections for gunicorn: `gunicorn -c python:inspections.web.gunicorn_conf inspections.web.wsgi`. An edge: it reads the environment."""

from __future__ import annotations

from inspections.errors import SENTENCES
from web import starting

from .app import create_app
from .environment import Variables, settings_of

application = starting.made(lambda: create_app(settings_of(Variables())), SENTENCES.both)
