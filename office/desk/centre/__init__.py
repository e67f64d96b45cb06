"""The technology centre: counters, review, till, reports, accounts."""
