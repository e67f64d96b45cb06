"""The JavaScript twin of `seal/` beside the original: the same vectors, the same inputs, the same answers."""
