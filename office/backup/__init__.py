"""`khatm backup`: the whole house but its keys in one file, in an order that a restore can go on from.

    places.py      what belongs to the house, and where it lies
    databases.py   a copy of a database while others work on it: SQLite's own way, `pg_dump` for PostgreSQL
    archive.py     the file: a tar whose last member says what every other one must be
    sealed.py      encrypted to a public key (age), so that whoever makes backups cannot read them
    working.py     create, verify, restore
    commands.py    the command

The order: published files and the last checkpoint, the documents, the databases, and the documents that came meanwhile. So the register in
a backup is never behind the log in it, and names no document that is not there. Private keys are not in it: they are on machines of their
own.
"""
