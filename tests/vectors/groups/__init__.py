"""The vectors, one module per check. Each module has `vectors()`; `lists` makes vectors for published files."""
