"""A map file made of OpenStreetMap's data: once, on a connected machine, then carried. It needs `pip install khatm[map]`."""

from .tiling import make

__all__ = ["make"]
