"""`khatm doctor`: what ends soon, lags or is wrong, each with a sentence that says what to do, before citizens are told "cannot tell".

    findings.py   what a look can find: a level, a code with its sentence, numbers for a monitor
    signed.py     the trust list, status lists, keys, the log: what the published folder says
    machine.py    the clock, the disks, the last backup
    rooms.py      the database: its revision, the register beside the log, what waits for worker, publisher and sender
    followed.py   the folder of a follower, on a machine that only verifies
    desk.py       the web desk's files: keys of applicants' data and of passes, the map
    metrics.py    the same numbers as Prometheus reads them
    commands.py   the command

It changes nothing, needs no passphrase, and where it cannot look it says so: unknown is a result of its own.
"""
