"""How gunicorn runs the verifier. An edge: it reads the environment (see `verifier.wsgi` for the table).

Put a proxy that buffers requests before it: a thread waits while a slow phone uploads.
"""

import os

from verifier import quota
from verifier.journal import SealFreeLogger

quota.share()  # before workers are forked: one count for all of them

bind = os.environ.get("KHATM_BIND", "127.0.0.1:8000")  # noqa: TID251 - an edge
workers = int(os.environ.get("KHATM_WORKERS", "2"))  # noqa: TID251 - an edge
threads = int(os.environ.get("KHATM_THREADS", "4"))  # noqa: TID251 - an edge
worker_class = "gthread"
control_socket_disable = True  # its path is fixed per user: two services would share it
timeout = 30
graceful_timeout = 10
keepalive = 5
limit_request_line = 4094  # a seal's path has at most 1,400 characters
limit_request_fields = 50
max_requests = 0

# Route and status, never path, query, referer or address: the path is the license, and nobody records who checked it.
accesslog = "-"
access_log_format = "%(t)s %(m)s %({khatm.route}e)s %(s)s %(b)sB %(M)sms"
logger_class = SealFreeLogger
