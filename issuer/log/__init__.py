"""The log of seals, made of the register: tiles and signed checkpoints in files, the last checkpoint kept apart (docs/adr/0049)."""
