"""Streets under our maps: a governorate's own file of vector tiles, drawn by the server. Nothing is fetched from elsewhere.

A file is a PMTiles archive (version 3) of Mapbox Vector Tiles in Protomaps' layers, so an extract of theirs can be used as it is. The room
only reads it and turns it into paths; what lies on top is the pages' own. It knows nothing of licenses.
"""

from .archive import Archive
from .drawing import Streets, draw
from .errors import MapError
from .underlay import Underlay

__all__ = ["Archive", "MapError", "Streets", "Underlay", "draw"]
