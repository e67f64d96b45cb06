"""How any of our databases is opened and shared: engine, revisions run, turns, counters, what is written once. It knows no table."""
