"""The register at the desk: what people do with licenses that are there, and how paper licenses come in.

The web process has no key: what needs a seal, and what two people have to agree on, it writes down as a request, and the worker does it.
"""
