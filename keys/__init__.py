"""Custody of private keys, and the trust list."""
