"""A register that was brought back from a backup older than the log goes on without using anything twice (docs/adr/0067).

lost.py         which places of the logs the register lacks, from the published files
statuses.py     what the published lists say of seals that the register has, and of lost ones
carrying.py     what is carried forward, in one transaction
witnessed.py    whether a witness has seen more than this house has
inputs.py       what people give to read seals back in from: photographs, scans, texts, folders of them
adopting.py     a lost seal is read back in, if it is exactly the leaf at its position
"""
