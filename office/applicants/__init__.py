"""Who applies: name, national ID, company, agent; kept apart from what seals show, and encrypted (docs/explanation/applicants.md)."""
