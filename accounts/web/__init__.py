"""Signing in by a browser, for every program that has people: its routes, its cookies, its words."""
