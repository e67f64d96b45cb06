"""A payment provider to try the office with: a process of its own that speaks FawryPay's protocol, and a till to pay at.

It is written from the same public documents as the office's adapter and shares no code with it: what one of the two gets wrong, the
other refuses. Nobody's money moves here.
"""
