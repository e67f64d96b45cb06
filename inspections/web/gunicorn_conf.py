"""How gunicorn runs inspections. An edge: it reads the environment."""

from inspections.errors import SENTENCES
from inspections.web.environment import ServerVariables, Variables, settings_of
from web import starting
from web.quiet import QuietLogger
from web.server import *  # noqa: F403 - what every service's configuration begins with

with starting.refusing(SENTENCES.both):  # told once, before there are workers
    settings_of(Variables())
    _read = ServerVariables()
    bind = serving(_read.bind)  # noqa: F405

workers, threads = _read.workers, _read.threads
logger_class = QuietLogger
