"""The web server of inspections: phones speak to its API, supervisors work on its pages."""
