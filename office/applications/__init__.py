"""Applications for licenses: drafts, documents, workflow, issuing on the register, work list and search. The database side, without a web.

Nobody sees another's application: every function that reads or writes takes the Actor who asks, and what is not allowed by `access` is
answered as if it were not there.
"""
