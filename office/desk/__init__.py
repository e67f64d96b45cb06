"""The license office on the web: the citizens' portal, and the technology centre's counters, under one roof and one set of rules.

`office.desk.app.create_app` puts it together. It holds no license key: `khatm office work`, a process of its own, seals what is approved.
"""
