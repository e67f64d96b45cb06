"""Citizens: known by a mobile number, which a one-time code proves."""
