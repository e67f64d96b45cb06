"""`khatm register`: a register that was brought back from a backup goes on without using any number twice (docs/adr/0067).

serials.py      numbers of applications, receipts and deposit slips that are left out, and that they were
deciding.py     the second person's word on it
commands.py     the commands
"""
