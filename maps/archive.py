"""A map file: a PMTiles archive (version 3, https://github.com/protomaps/PMTiles) of gzipped vector tiles, read where it lies."""

from __future__ import annotations

import gzip
import hashlib
import json
import mmap
import re
import zlib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from pmtiles.tile import (
    Compression,
    Entry,
    HeaderDict,
    MagicNumberNotFound,
    SpecVersionUnsupported,
    TileType,
    deserialize_directory,
    deserialize_header,
    find_tile,
    tileid_to_zxy,
    zxy_to_tileid,
)

from . import style, vector
from .errors import MapError

TILE_BYTES = 4 << 20  # of one tile, unpacked: ten times what a full one has
_DIRECTORY_BYTES = 16 << 20
_HEADER_BYTES = 127
_DEPTH = 4  # of directories, as the format allows
_ZOOMS = 24
_TAGS = re.compile("<[^>]*>")  # Protomaps' extracts say theirs as a link


class Archive:
    """A map file that is open. Its tiles are read as they are asked for; directories are kept parsed.

    `version` names the content, for addresses that may be kept for ever: twelve digits of SHA-256. `invented`: no real streets.
    """

    def __init__(self, path: Path) -> None:
        """Open a file. Raises MapError."""
        try:
            with path.open("rb") as file:
                self._octets = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except FileNotFoundError as error:
            raise MapError("map_missing", str(path)) from error
        except (OSError, ValueError) as error:  # ValueError: an empty file
            raise MapError("map_unreadable", path.name) from error
        self._name = path.name
        self._header = self._read_header()
        self._root = (self._header["root_offset"], self._header["root_length"])
        self.version = hashlib.sha256(self._octets).hexdigest()[:12]
        self.zooms = range(self._header["min_zoom"], self._header["max_zoom"] + 1)
        metadata = self._metadata()
        self.attribution = _TAGS.sub("", str(metadata.get("attribution", ""))[:1_000])[:200].strip()
        self.invented = metadata.get("khatm:invented") is True
        self._directory = lru_cache(maxsize=64)(self._parsed)
        #: The layers of a tile (zoom, column, row) that are drawn; none where there is no tile. Raises MapError `map_corrupt`.
        self.layers = lru_cache(maxsize=64)(self._decoded)

    @property
    def box(self) -> tuple[float, float, float, float]:
        """South, west, north and east of what is mapped, degrees WGS 84."""
        south, west = self._header["min_lat_e7"], self._header["min_lon_e7"]
        north, east = self._header["max_lat_e7"], self._header["max_lon_e7"]
        return south / 1e7, west / 1e7, north / 1e7, east / 1e7

    @property
    def whole(self) -> bool:
        """Whether the file is as long as its header says: one that was cut off is drawn as far as it goes."""
        parts = ("root_offset", "root_length"), ("leaf_directory_offset", "leaf_directory_length"), ("tile_data_offset", "tile_data_length")
        return all(self._header[offset] + self._header[length] <= len(self._octets) for offset, length in parts)  # type: ignore[literal-required]

    def packed(self, zoom: int, column: int, row: int) -> bytes | None:
        """Return a tile as it is stored, gzipped; None where there is none. Raises MapError `map_corrupt`."""
        if zoom not in self.zooms or not (0 <= column < 1 << zoom and 0 <= row < 1 << zoom):
            return None
        number, (offset, length) = zxy_to_tileid(zoom, column, row), self._root
        for _ in range(_DEPTH):
            found = find_tile(self._directory(offset, length), number)
            if found is None:
                return None
            if found.run_length:
                return self._slice(self._header["tile_data_offset"] + found.offset, found.length, TILE_BYTES)
            offset, length = self._header["leaf_directory_offset"] + found.offset, found.length
        raise MapError("map_corrupt", f"{self._name}: directories")

    def tiles(self, zoom: int) -> Iterator[tuple[int, int, int]]:
        """Yield zoom, column and row of every tile of a zoom. Raises MapError `map_corrupt`."""
        first, last = zxy_to_tileid(zoom, 0, 0), zxy_to_tileid(zoom + 1, 0, 0)
        for number, length in self._runs(*self._root, _DEPTH):
            for at in range(max(number, first), min(number + length, last)):
                yield tileid_to_zxy(at)

    def _runs(self, offset: int, length: int, depth: int) -> Iterator[tuple[int, int]]:
        """Yield the first number and the count of tiles that are stored, by directories that are at most so deep."""
        if depth == 0:
            raise MapError("map_corrupt", f"{self._name}: directories")
        for entry in self._directory(offset, length):
            if entry.run_length:
                yield entry.tile_id, entry.run_length
            else:
                yield from self._runs(self._header["leaf_directory_offset"] + entry.offset, entry.length, depth - 1)

    def tile(self, zoom: int, column: int, row: int) -> bytes | None:
        """Return a tile unpacked, as Mapbox Vector Tile; None where there is none. Raises MapError `map_corrupt`."""
        packed = self.packed(zoom, column, row)
        if packed is None:
            return None
        unpacking = zlib.decompressobj(31)  # gzip
        try:
            whole = unpacking.decompress(packed, TILE_BYTES)
        except zlib.error as error:
            raise MapError("map_corrupt", f"{self._name}: {zoom}/{column}/{row}") from error
        if not unpacking.eof:
            raise MapError("map_corrupt", f"{self._name}: {zoom}/{column}/{row}")
        return whole

    def _decoded(self, zoom: int, column: int, row: int) -> dict[str, vector.Layer]:
        tile = self.tile(zoom, column, row)
        return vector.decode(tile, style.LAYERS) if tile else {}

    def _read_header(self) -> HeaderDict:
        try:
            header = deserialize_header(self._slice(0, _HEADER_BYTES, _HEADER_BYTES))
        except (MagicNumberNotFound, SpecVersionUnsupported, ValueError, IndexError, KeyError) as error:
            raise MapError("map_corrupt", self._name) from error
        plain = header["tile_compression"] is Compression.GZIP and header["internal_compression"] is Compression.GZIP
        if header["tile_type"] is not TileType.MVT or not plain:
            raise MapError("map_not_vector", self._name)
        if not 0 <= header["min_zoom"] <= header["max_zoom"] <= _ZOOMS:
            raise MapError("map_corrupt", f"{self._name}: zooms")
        return header

    def _metadata(self) -> Mapping[str, object]:
        packed = self._slice(self._header["metadata_offset"], self._header["metadata_length"], _DIRECTORY_BYTES)
        try:
            found = json.loads(gzip.decompress(packed))
        except (ValueError, OSError, EOFError, zlib.error) as error:
            raise MapError("map_corrupt", f"{self._name}: metadata") from error
        return found if isinstance(found, dict) else {}

    def _parsed(self, offset: int, length: int) -> list[Entry]:
        try:
            return deserialize_directory(self._slice(offset, length, _DIRECTORY_BYTES))
        except (ValueError, IndexError, OSError, EOFError, zlib.error) as error:
            raise MapError("map_corrupt", f"{self._name}: directory") from error

    def _bytes(self, offset: int, length: int) -> bytes:
        return self._octets[offset : offset + length]

    def _slice(self, offset: int, length: int, most: int) -> bytes:
        if length > most or offset + length > len(self._octets):
            raise MapError("map_corrupt", f"{self._name}: cut off")
        return self._bytes(offset, length)
