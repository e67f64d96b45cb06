"""Shares as the benches print them: with the number they come from, and how far chance moves them."""

from __future__ import annotations

from inspections.detection.chance import wilson


def wilson_text(hits: int, of: int) -> str:
    """Return a share with its 95 % interval (Wilson)."""
    if not of:
        return "none to measure"
    low, high = wilson(hits, of)
    return f"{hits / of:.3f} ({low:.3f}–{high:.3f}; {hits} of {of})"
