"""Draws the architecture from the code: rooms in their layers (pyproject.toml), who imports whom (grimp), what lives where (README).

`python -m tests.house.architecture_doc` writes docs/explanation/architecture.svg. An arrow that follows from others is left out.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from html import escape
from pathlib import Path

import grimp

HOUSE = Path(__file__).parents[2]
PATH = HOUSE / "docs/explanation/architecture.svg"
WIDTH, BAND, BOX, GAP, TOP, LEFT = 1340, 104, 62, 18, 96, 206
#: What each layer is for, from the top; the number of layers is pyproject's.
SAID = (
    ("joins it all", "يجمع الكل"),
    ("the license office", "مكتب التراخيص"),
    ("programs, each by itself", "برامج، كل بذاته"),
    ("keys", "المفاتيح"),
    ("maps, stores of files", "الخرائط ومخازن الملفات"),
    ("what several share", "ما يشترك فيه عدة"),
    ("what a process stands on", "ما تقوم عليه العمليات"),
    ("rules and acts", "القواعد والأفعال"),
    ("databases and logs", "قواعد البيانات والسجلات"),
    ("the pure core", "اللب"),
)
#: Rooms that hold secrets, and those that anybody may reach.
SECRET, PUBLIC = {"keys"}, {"verifier", "inspector_app", "published", "witness"}
_STYLE = """
 .room { fill: #f2f7f5; stroke: #0b6b50; stroke-width: 1.5 } .secret { fill: #fdf3f3; stroke: #a3262a }
 .public { fill: #eff5fc; stroke: #1c5fa8 } .band { fill: #fafbfb; stroke: #dfe5e3 }
 .name { font-size: 16px; font-weight: 700; fill: #10241f } .note { font-size: 11.5px; fill: #3c4f49 }
 .zone { font-size: 12.5px; font-weight: 700; fill: #43534e } .arabic { font-size: 12.5px; fill: #0b6b50 }
 .way { fill: none; stroke: #7d8f89; stroke-width: 1.3; marker-end: url(#tip) } .tip { fill: #7d8f89 }
 .title { font-size: 20px; font-weight: 700; fill: #10241f }
"""


def layers() -> list[list[str]]:
    """Return the rooms by layer, the highest first, as the import rules have them."""
    contracts = tomllib.loads((HOUSE / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    (house,) = (each for each in contracts if each["name"].startswith("the house:"))
    return [re.findall(r"\w+", layer) for layer in house["layers"]]


def arrows() -> dict[str, set[str]]:
    """Return which rooms import which, without what follows from other arrows."""
    rooms = [room for layer in layers() for room in layer]
    graph = grimp.build_graph(*rooms, exclude_type_checking_imports=True, cache_dir=None)
    found: dict[str, set[str]] = {room: set() for room in rooms}
    for module in graph.modules:
        room = module.split(".")[0]
        found[room] |= {other.split(".")[0] for other in graph.find_modules_directly_imported_by(module)} - {room}
    return {room: {each for each in others if not _follows(found, others - {each}, each)} for room, others in found.items()}


def _follows(found: Mapping[str, set[str]], beginning: set[str], end: str) -> bool:
    """Say whether `end` is reached from somewhere else, too."""
    seen, left = set[str](), set(beginning)
    while left:
        room = left.pop()
        if end in found[room]:
            return True
        seen.add(room)
        left |= found[room] - seen
    return False


def homes() -> dict[str, str]:
    """Return what lives in each room, in the README's words up to the first colon."""
    rows = re.findall(r"^\| `(\w+)/` \| ([^|]+) \|$", (HOUSE / "README.md").read_text("utf-8"), re.MULTILINE)
    return {room: re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", told).replace("`", "") for room, told in rows}


def page() -> str:
    """Return the drawing."""
    held, told = layers(), homes()
    places: dict[str, tuple[float, float, float]] = {}
    drawn: list[str] = []
    for row, layer in enumerate(held):
        y, wide = TOP + row * BAND, (WIDTH - LEFT - 30 - GAP * (len(layer) - 1)) / max(len(layer), 3)
        first = LEFT + (WIDTH - LEFT - 30 - len(layer) * wide - GAP * (len(layer) - 1)) / 2
        drawn.append(f'<rect class="band" x="12" y="{y - 14}" width="{WIDTH - 24}" height="{BOX + 28}" rx="8"/>')
        drawn += [_text("zone", 22, y + 26, SAID[row][0]), _text("arabic", 22, y + 46, SAID[row][1])]
        for place, room in enumerate(layer):
            places[room] = (first + place * (wide + GAP), y, wide)
    ways = [_way(places[one], places[other]) for one, others in sorted(arrows().items()) for other in sorted(others)]
    boxes = [_box(room, *place, told.get(room, "")) for room, place in places.items()]
    height = TOP + len(held) * BAND + 8
    words = (
        "How Khatm is built: rooms, and who may see whom. An arrow leads to what a room stands on; what follows from others is left out."
    )
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="title desc"',
            " font-family=\"'Segoe UI', 'Noto Sans', 'Noto Sans Arabic', Cairo, Tahoma, sans-serif\">",
            f'<title id="title">The architecture of Khatm</title>\n<desc id="desc">{escape(words)}</desc>',
            f"<style>{_STYLE}</style>",
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">',
            '<path class="tip" d="M0 0 8 4 0 8z"/></marker></defs>',
            f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
            _text("title", 22, 36, "Khatm ختم"),
            _text("note", 22, 60, words),
            *drawn[: len(held) * 3],
            *ways,
            *boxes,
            "</svg>\n",
        )
    )


def _text(kind: str, x: float, y: float, words: str) -> str:
    return f'<text class="{kind}" x="{x:.0f}" y="{y:.0f}">{escape(words)}</text>'


def _way(one: tuple[float, float, float], other: tuple[float, float, float]) -> str:
    x, y, wide = one
    to_x, to_y, to_wide = other
    start, end = x + wide / 2, to_x + to_wide / 2
    start += max(-wide / 2 + 14, min(wide / 2 - 14, (end - start) * 0.12))
    end += max(-to_wide / 2 + 14, min(to_wide / 2 - 14, (start - end) * 0.12))
    if to_y == y:
        return f'<path class="way" d="M{x + wide:.0f} {y + BOX / 2:.0f} H{to_x - 3:.0f}"/>'
    low, high = y + BOX, to_y - 3
    return f'<path class="way" d="M{start:.0f} {low:.0f} C{start:.0f} {low + 30:.0f} {end:.0f} {high - 34:.0f} {end:.0f} {high:.0f}"/>'


def _box(room: str, x: float, y: float, wide: float, told: str) -> str:
    kind = "room secret" if room in SECRET else "room public" if room in PUBLIC else "room"
    fits = int((wide - 20) / 6.1)
    lines = _lines(told, fits)
    box = f'<rect class="{kind}" x="{x:.0f}" y="{y:.0f}" width="{wide:.0f}" height="{BOX}" rx="7"/>'
    return "\n".join(
        (box, _text("name", x + 10, y + 22, room), *(_text("note", x + 10, y + 39 + 14 * n, line) for n, line in enumerate(lines)))
    )


def _lines(told: str, fits: int) -> list[str]:
    """Return the first words of a room in at most two lines."""
    words, lines = re.split(r"[:;(]", told)[0].strip(" ,").split(" "), [""]
    for word in words:
        if len(lines[-1]) + len(word) + 1 > fits:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines if len(lines) <= 2 else [lines[0], lines[1][: fits - 1].rstrip(" ,") + "…"]


if __name__ == "__main__":
    PATH.write_text(page(), "utf-8")
