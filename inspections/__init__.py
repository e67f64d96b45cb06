"""Inspections: what was seen in the street becomes a record that stands up, on a database of its own.

    devices     phones that were enrolled, whose they are, who is signed in on them
    visits      inspections as phones signed them: taken in, chained, photographed, judged again on arrival
    detection   what does not fit together: alerts, and how they were closed
    planning    which sites are visited today
    web         the API for phones and the pages of supervisors

It sees people's accounts and the published lists; never the register, the office, or a key of theirs.
"""
