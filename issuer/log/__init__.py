"""The logs of seals and of acts, made of the register's database: tiles and signed checkpoints in files, the last checkpoints kept apart.

docs/adr/0049, 0054
"""
