"""The transparency log: tree, tiles, checkpoints, proofs and receipts. Pure: no files, no network, no clock, no keys of its own.

Standards: RFC 9162 §2.1 (the tree), RFC 9942 (COSE receipts); C2SP signed-note, tlog-checkpoint, tlog-cosignature, tlog-tiles, tlog-proof.
What of them is taken, and what is narrower here, is in docs/adr/0038-the-log-s-tree-and-notes.md.
"""
