"""Passes for the wallets of phones, Apple's and Google's: a license's code to carry along. A pass proves nothing; its code does."""
