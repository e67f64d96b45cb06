"""The variables that a witness's processes are set up by; `khatm witness serve` sets them from its options."""

from __future__ import annotations

from pathlib import Path

from web.environment import Environment, File, Number, variable


class Variables(Environment):
    """What the service takes from its environment."""

    folder: Path = variable("KHATM_WITNESS_FOLDER", "folder of the witness: its keys, and what it cosigned", Path("var/witness"))
    passphrase_file: File = variable(
        "KHATM_WITNESS_PASSPHRASE_FILE", "file of the passphrase of its keys", without="none: it does not start"
    )


class ServerVariables(Environment):
    """What gunicorn takes from it."""

    bind: str = variable("KHATM_WITNESS_BIND", "address and port", "127.0.0.1:8030")
    workers: Number = variable("KHATM_WITNESS_WORKERS", "worker processes", 1)
    threads: Number = variable("KHATM_WITNESS_THREADS", "threads of each", 8)
