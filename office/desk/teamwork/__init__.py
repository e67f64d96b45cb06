"""Shared work at the centre: who has a case, the board, leave, rules, notes, and how applicants are reached."""
