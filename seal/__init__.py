"""The pure core: a license becomes a token, a token becomes text, and a text gets a verdict.

No clock, no network, no web here: whoever calls brings `now`, the published lists and the fix.
"""
