"""Inspections as they arrive: the signed message whole, what it says in columns, its photographs, and the verdict of the newest lists."""
