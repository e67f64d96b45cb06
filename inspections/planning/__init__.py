"""The day's list of an inspector: which sites, in which order, and why."""
