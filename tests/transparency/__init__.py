"""The log: tree, notes, proofs, against vectors from elsewhere and a second, naive reckoning."""
