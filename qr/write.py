"""The text of a seal, of a receipt, or another one, as a QR code: matrix, SVG, PNG. The one place where codes are written.

The text is cut into three segments (ISO/IEC 18004:2015 §7.4): `https` in byte mode, `://HOST/` in alphanumeric mode
(`:` and `/` are in its alphabet), the digits in numeric mode. zxing-cpp's encoder finds this cut by itself; the tests
compare its codes, module by module, with those that segno makes of the same three segments. segno is the slower one
(`python -m bench.pictures`), so it stays out of here.
"""

from __future__ import annotations

import math
import re
import struct
import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import zxingcpp

from qr.errors import TextError

Level = Literal["M", "Q"]
"""Error correction: M restores about 15 % of the code (indoor cards), Q about 25 % (outdoor boards)."""

QUIET_ZONE = 4  # modules of white on each side, ISO/IEC 18004:2015 §9.1
MODULE_MM = 0.5  # one module of a printed SVG, in millimetres: a version 9 code is 30.5 mm wide with its quiet zone
LARGEST_MODULE_PX = 64
# A phone's live picture has 1.4 pixels a millimetre at one metre, and codes are read from 2.1 pixels a module on: 48 of 48 at M and Q,
# tilted up to 20 degrees (`python -m bench papers`).
REACH_M = 1.4 / 2.1  # metres for each millimetre of a module

# The lower-case scheme is deliberate: some stock cameras take `HTTPS://` for plain text.
SHAPE = re.compile(r"https://[0-9A-Z](?:[0-9A-Z.-]*[0-9A-Z])?(?::[0-9]{1,5})?/[NR]?[0-9]+")  # R: a receipt, N: a notice
MOST_CHARACTERS = 7089  # no QR code holds more, ISO/IEC 18004:2015 §4.1


@dataclass(frozen=True)
class Code:
    """One QR code, without its quiet zone. `modules` is (side, side), True where it is dark."""

    level: Level
    modules: npt.NDArray[np.bool_]

    @property
    def version(self) -> int:
        """Version 1–40 (ISO/IEC 18004:2015 §4.1: 17 + 4·version modules a side)."""
        return (int(self.modules.shape[0]) - 17) // 4

    @property
    def matrix(self) -> tuple[tuple[bool, ...], ...]:
        """Rows of modules, True where dark, without the quiet zone."""
        return tuple(tuple(row) for row in self.modules.tolist())

    @property
    def side(self) -> int:
        """Modules on a side, quiet zone included: the side of the square that `path` draws into."""
        return int(self._padded.shape[0])

    def reach_m(self, side_mm: float) -> float:
        """From how many metres a phone reads the code if it is printed `side_mm` millimetres wide, quiet zone included, in tenths."""
        return math.floor(10 * REACH_M * side_mm / self.side + 0.1) / 10

    @cached_property
    def _padded(self) -> npt.NDArray[np.bool_]:
        return np.pad(self.modules, QUIET_ZONE)

    @property
    def path(self) -> str:
        """`d` of an SVG path for the dark modules. One unit is one module; 0,0 is the quiet zone's corner."""
        edges = np.diff(self._padded.astype(np.int8), axis=1)
        rows, starts = np.nonzero(edges == 1)
        ends = np.nonzero(edges == -1)[1]
        runs = zip(rows.tolist(), (starts + 1).tolist(), (ends - starts).tolist(), strict=True)
        return "".join(f"M{x} {y}h{width}v1h-{width}z" for y, x, width in runs)

    def svg(self) -> str:
        """A whole SVG document, black on white, `MODULE_MM` millimetres a module."""
        size = f"{self.side * MODULE_MM:g}mm"
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" '
            f'viewBox="0 0 {self.side} {self.side}" shape-rendering="crispEdges">'
            f'<path fill="#fff" d="M0 0h{self.side}v{self.side}h-{self.side}z"/>'
            f'<path fill="#000" d="{self.path}"/></svg>\n'
        )

    def png(self, *, module_px: int = 4) -> bytes:
        """A PNG of one bit a pixel, `module_px` pixels (1–64) a module. Raises TextError("module_size")."""
        if not 1 <= module_px <= LARGEST_MODULE_PX:
            raise TextError("module_size", f"{module_px} pixels")
        rows = np.packbits(np.repeat(~self._padded, module_px, axis=1), axis=1)
        scanlines = b"".join((b"\0" + row.tobytes()) * module_px for row in rows)  # filter 0, PNG §9.2
        side = self.side * module_px
        header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)  # PNG §11.2.2: depth 1, greyscale
        chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(scanlines, 6)), (b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, content) for name, content in chunks)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def encode(text: str, *, level: Level = "M") -> Code:
    """The smallest code of this level for the text of a seal or a receipt. Take several drawings of one seal from one `Code`.

    Raises TextError: `text_shape`, `text_too_long`, `text_level`.
    """
    _check(text, level)
    if not SHAPE.fullmatch(text):
        raise TextError("text_shape")
    return _made(text, level)


def encode_ascii(text: str, *, level: Level = "M") -> Code:
    """The smallest code of this level for a text of printable ASCII that is no seal, such as what ties a phone to an account.

    Raises as `encode`.
    """
    _check(text, level)
    if not text or not text.isascii() or not text.isprintable():
        raise TextError("text_shape")
    return _made(text, level)


def _check(text: str, level: Level) -> None:
    if level not in get_args(Level):
        raise TextError("text_level")
    if len(text) > MOST_CHARACTERS:
        raise TextError("text_too_long", f"{len(text)} characters")


def _made(text: str, level: Level) -> Code:
    try:
        barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCodeModel2, ecLevel=level)
    except ValueError as error:
        raise TextError("text_too_long", f"{len(text)} characters at level {level}") from error
    # zxing-cpp ignores options that it does not know, and codes are printed for years: look at what it made.
    if barcode.ec_level != level:
        raise TextError("text_level", f"asked for {level}, the encoder made {barcode.ec_level}")
    return Code(level, np.asarray(barcode.to_image(scale=1, add_quiet_zones=False)) < 128)


def svg(text: str, *, level: Level = "M") -> str:
    """The code as an SVG document. Raises as `encode`."""
    return encode(text, level=level).svg()


def png(text: str, *, level: Level = "M", module_px: int = 4) -> bytes:
    """The code as a PNG, `module_px` pixels a module. Raises as `encode` and TextError("module_size")."""
    return encode(text, level=level).png(module_px=module_px)


def version(text: str, *, level: Level = "M") -> int:
    """Version 1–40 of the code. Raises as `encode`."""
    return encode(text, level=level).version


def matrix(text: str, *, level: Level = "M") -> tuple[tuple[bool, ...], ...]:
    """Rows of modules, True where dark, without the quiet zone. Raises as `encode`."""
    return encode(text, level=level).matrix
