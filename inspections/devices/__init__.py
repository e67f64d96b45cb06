"""Phones that inspectors carry: enrolled with a code from a screen, each with a key of its own, bound to an authority and a holder."""
