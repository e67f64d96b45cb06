"""Papers on request: a license, or a notice of a violation, as PDF/A-3a with its token attached, and the log of what was printed."""
