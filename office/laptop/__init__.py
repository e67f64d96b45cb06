"""The laptop of a van: the counter without a network, kept encrypted, and what it files when it is back."""
