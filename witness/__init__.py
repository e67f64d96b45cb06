"""A witness (C2SP tlog-witness): a small service that cosigns the checkpoints of logs, and refuses a log that forks or goes back.

Another body runs it, with a folder and keys of its own. It pins the keys of each log by hand; it knows no trust list, register or license.
"""
