"""`khatm follow`: the published files of a host, kept in a folder that verifiers live on, anywhere (docs/adr/0090).

fetching.py      calls to the host: conditional, bounded in octets and time, to that host only
generations.py   the folder: whole publications beside each other, and a link that is turned from one to the next
tiles.py         the tiles of the log of seals, each held against the head before it is kept
looking.py       one look: what is new is fetched, verified and put in place as a whole; what does not hold costs only itself
waiting.py       when to look next
record.py        what the last look found, for people and for `khatm doctor`
commands.py      the command
"""
