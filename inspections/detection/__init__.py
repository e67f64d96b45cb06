"""Rules that look over many inspections at once and raise alerts. Pure: records in, records out; no clock, no files, no tables.

Each rule is a module with one function, `find(sightings, register) -> Iterator[Alert]`; `rules.RULES` lists them. An alert is a question
with its evidence, never a verdict: a person closes it with a reason (docs/reference/detection/).
"""
