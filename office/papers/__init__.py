"""Papers on request: a license as PDF/A-3a on A4 or A5 with its token attached, and the log of what was printed."""
