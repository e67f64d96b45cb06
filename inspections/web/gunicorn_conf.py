"""How gunicorn runs inspections. An edge: it reads the environment."""

from inspections.web.environment import ServerVariables
from web.quiet import QuietLogger
from web.server import access_log_format, accesslog, control_socket_disable, keepalive, limit_request_line, worker_class

__all__ = ["access_log_format", "accesslog", "control_socket_disable", "keepalive", "limit_request_line", "worker_class"]

_read = ServerVariables()
bind, workers, threads = _read.bind, _read.workers, _read.threads
timeout = 60
graceful_timeout = 20
limit_request_fields = 60
logger_class = QuietLogger
