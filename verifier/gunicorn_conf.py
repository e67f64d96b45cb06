"""How gunicorn runs the verifier. An edge: it reads the environment."""

from verifier import quota, words
from verifier.environment import ServerVariables, Variables, settings_of
from verifier.journal import SealFreeLogger
from web import starting
from web.server import *  # noqa: F403 - what every service's configuration begins with

with starting.refusing(words.TABLE.both):  # told once, before there are workers
    settings_of(Variables())
    _read = ServerVariables()

quota.share()  # before workers are forked: one count for all of them
bind, workers, threads = _read.bind, _read.workers, _read.threads
timeout, graceful_timeout = 30, 10  # a question is short
limit_request_fields = 50
logger_class = SealFreeLogger
