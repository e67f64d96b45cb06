"""How gunicorn runs the verifier. An edge: it reads the environment."""

from verifier import quota
from verifier.environment import ServerVariables
from verifier.journal import SealFreeLogger
from web.server import access_log_format, accesslog, control_socket_disable, keepalive, limit_request_line, worker_class

__all__ = ["access_log_format", "accesslog", "control_socket_disable", "keepalive", "limit_request_line", "worker_class"]

quota.share()  # before workers are forked: one count for all of them

_read = ServerVariables()
bind, workers, threads = _read.bind, _read.workers, _read.threads
timeout = 30
graceful_timeout = 10
limit_request_fields = 50
max_requests = 0
logger_class = SealFreeLogger
