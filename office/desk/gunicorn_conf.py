"""How gunicorn runs the office. An edge: it reads the environment (see `office.desk.wsgi` for the table).

Put a proxy that buffers requests before it: a thread waits while a slow phone uploads a document.
"""

import os

from web.quiet import QuietLogger

bind = os.environ.get("KHATM_OFFICE_BIND", "127.0.0.1:8010")  # noqa: TID251 - an edge
workers = int(os.environ.get("KHATM_OFFICE_WORKERS", "2"))  # noqa: TID251 - an edge
threads = int(os.environ.get("KHATM_OFFICE_THREADS", "4"))  # noqa: TID251 - an edge
worker_class = "gthread"
control_socket_disable = True  # its path is fixed per user: two services would share it
timeout = 60
graceful_timeout = 20
keepalive = 5
limit_request_line = 4094
limit_request_fields = 60

# Route and status, never path, query, referer or address.
accesslog = "-"
access_log_format = "%(t)s %(m)s %({khatm.route}e)s %(s)s %(b)sB %(M)sms"
logger_class = QuietLogger
