"""A small governorate to try everything in."""
