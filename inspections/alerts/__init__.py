"""Alerts: what the rules of detection found in what is stored, kept until somebody closes it with a reason."""
