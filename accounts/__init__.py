"""Staff accounts: who works here, as what, for which authority; how they sign in, and for how long.

It knows nothing of licenses: any program of the house may let its people in by it. Everything works on a connection to a database that has
the tables of `accounts.tables`.
"""
