"""Inspections for gunicorn: `gunicorn -c python:inspections.web.gunicorn_conf inspections.web.wsgi`. An edge: it reads the environment."""

from __future__ import annotations

from .app import create_app
from .environment import Variables, settings_of

application = create_app(settings_of(Variables()))
