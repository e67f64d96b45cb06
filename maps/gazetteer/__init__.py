"""Streets and places by name: an index beside a map file, made of the file itself, and asked by the pages that place things on it."""

from .index import Gazetteer, Place, Search, beside, build, make

__all__ = ["Gazetteer", "Place", "Search", "beside", "build", "make"]
