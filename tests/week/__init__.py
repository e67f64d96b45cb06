"""A week in an hour: the real processes on a simulated clock, every timer, faults, and an audit of everything at the end (ADR 101)."""
