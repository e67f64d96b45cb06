"""Where to go next: sites by risk, a share by lot, and the shortest way around. Pure: records in, records out; no clock, no files."""
