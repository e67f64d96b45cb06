"""How gunicorn runs a witness. An edge: it reads the environment."""

from web import starting
from web.quiet import QuietLogger
from web.server import *  # noqa: F403 - what every service's configuration begins with
from witness.environment import ServerVariables, Variables
from witness.errors import SENTENCES

with starting.refusing(SENTENCES.both):  # told once, before there are workers
    Variables()
    _read = ServerVariables()
    bind = serving(_read.bind)  # noqa: F405

workers, threads = _read.workers, _read.threads
timeout, graceful_timeout = 20, 10
logger_class = QuietLogger
