"""What was seen in the street: inspections from devices, what they point at, and where to go next."""
