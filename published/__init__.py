"""The folder of signed files that everything public lives on: layout, atomic write, load, memory of the newest seen.

    trust-list              the trust list, for readers that pin one key
    roots/<version>         root documents; roots/trust-list: the trust list, for readers that pin one of them
    status/<n>              status lists
    log/checkpoint, log/tile/…  the log of seals
    acts/checkpoint, acts/tile/…    the log of acts
    proofs/<digest>         the proof of a status list that it stands in the log of acts (digest in hex)

Every file is signed; the folder itself needs no protection but against deletion.
"""

from .folder import TRUST_LIST, Faults, Loaded, highest_number, load, status_lists, trust_list, write
from .memory import Memory
from .pinning import beside, newest_root, read_root
from .watch import State, Watch

__all__ = [
    "TRUST_LIST",
    "Faults",
    "Loaded",
    "Memory",
    "State",
    "Watch",
    "beside",
    "highest_number",
    "load",
    "newest_root",
    "read_root",
    "status_lists",
    "trust_list",
    "write",
]
