"""Pictures of seals: write a seal's text as a QR code, parse an uploaded picture, read the codes in it.

Nothing here knows what a seal means. The reader asks its caller (`ours`) which texts look like seals.
"""
