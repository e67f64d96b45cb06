"""What is kept of people: how long, a person's copy of it, its erasure, who read what, and what a breach touched (docs/privacy.md)."""
