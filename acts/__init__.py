"""Who changed what: each transaction that touches a guarded row leaves an act beside it, and an audit holds the rows to the acts."""
