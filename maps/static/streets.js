/**
 * Streets on a canvas, from the same tiles and by the same table as the server's pictures (maps/drawing.py, maps/data/style.json).
 *
 * A view is {south, west, north, east} in degrees; what lies between its edges is placed evenly, as the server does it.
 */

import { decode } from "./vector.js";

const EQUATOR_M = 40_075_016.686;
const KEPT = 80; // tiles
const FILLED = 3; // kinds of geometry: points, lines, polygons
const DRAWN = 2;
const [NEAREST_M, WIDEST_M] = [250, 8_000];
const NAMED = [["highway", 12_000], ["major_road", 12_000], ["minor_road", 2_500]]; // whose names are written, and at which span (maps/style.py)
const SIDE = 600; // the table's widths are of a picture with this side

export class Streets {
  /** `address` of the tiles, their nearest and farthest zoom; `arrived` is called when a tile came that was asked for. */
  constructor(address, zooms, rules, arrived) {
    this.#address = address;
    this.#zooms = zooms;
    this.#rules = rules;
    this.#wanted = new Set(rules.map((rule) => rule.layer));
    this.#arrived = arrived;
  }

  #address;
  #zooms;
  #rules;
  #wanted;
  #arrived;
  #tiles = new Map();

  /** Draw what is there of a view on the whole canvas, and ask for what is not. */
  draw(canvas, view) {
    const paper = canvas.getContext("2d");
    const span = (view.north - view.south) * (EQUATOR_M / 360);
    const tiles = [...this.#seen(view, span)];
    paper.clearRect(0, 0, canvas.width, canvas.height);
    paper.lineCap = paper.lineJoin = "round";
    for (const rule of this.#rules.filter((each) => span < each.below_m)) {
      paper.fillStyle = paper.strokeStyle = rule.colour;
      paper.lineWidth = (widthOf(rule, span) * canvas.width) / SIDE;
      paper.beginPath();
      for (const tile of tiles) trace(paper, tile, rule, placing(canvas, view, tile));
      if (rule.shape === "fill") paper.fill();
      else paper.stroke();
    }
  }

  /** Yield {tags, line} of streets that may have a name on the canvas, the most important kind first; lines in its pixels. */
  *named(canvas, view) {
    const span = (view.north - view.south) * (EQUATOR_M / 360);
    const tiles = [...this.#seen(view, span)];
    for (const [kind] of NAMED.filter(([, widest]) => span <= widest)) {
      for (const tile of tiles) {
        const place = placing(canvas, view, tile);
        const layer = tile.layers.roads ?? { features: [] };
        for (const { kind: shape, tags, paths } of layer.features) {
          if (shape !== DRAWN || tags.kind !== kind || !tags.name) continue;
          for (const path of paths) yield { tags, line: placed(path, place, layer.extent) };
        }
      }
    }
  }

  *#seen(view, span) {
    const middle = (((view.north + view.south) / 2) * Math.PI) / 180;
    const nearest = Math.floor(Math.log2((EQUATOR_M * Math.cos(middle)) / span));
    const zoom = Math.min(Math.max(nearest, this.#zooms[0]), this.#zooms[1]);
    const [left, top] = columnRow(view.north, view.west, zoom).map(Math.floor);
    const [right, bottom] = columnRow(view.south, view.east, zoom).map(Math.floor);
    for (let row = top; row <= bottom; row += 1) {
      for (let column = left; column <= right; column += 1) {
        const layers = this.#tile(`${zoom}/${column}/${row}`);
        if (layers) yield { zoom, column, row, layers };
      }
    }
  }

  /** The layers of a tile, or null as long as it is not here. */
  #tile(name) {
    if (!this.#tiles.has(name)) {
      this.#tiles.set(name, null);
      this.#fetch(name).then((layers) => {
        this.#tiles.set(name, layers);
        this.#arrived();
      }, () => this.#tiles.delete(name)); // asked for again at the next drawing
      if (this.#tiles.size > KEPT) this.#tiles.delete(this.#tiles.keys().next().value);
    }
    return this.#tiles.get(name);
  }

  async #fetch(name) {
    const answer = await fetch(`${this.#address}/${name}.mvt`);
    if (answer.status === 204) return {};
    if (!answer.ok) throw new Error(`tile: ${answer.status}`);
    return decode(new Uint8Array(await answer.arrayBuffer()), this.#wanted);
  }
}

/** Where a position is in tiles of a zoom (Web Mercator). */
export function columnRow(latitude, longitude, zoom) {
  const across = 2 ** zoom;
  const north = Math.asinh(Math.tan((latitude * Math.PI) / 180));
  return [((longitude + 180) / 360) * across, ((1 - north / Math.PI) / 2) * across];
}

function corner(column, row, zoom) {
  const across = 2 ** zoom;
  return [(Math.atan(Math.sinh(Math.PI * (1 - (2 * row) / across))) * 180) / Math.PI, (column / across) * 360 - 180];
}

/** Where a tile lies on the canvas: its corner, and its sides. */
function placing(canvas, view, { zoom, column, row }) {
  const across = canvas.width / (view.east - view.west);
  const down = canvas.height / (view.north - view.south);
  const [north, west] = corner(column, row, zoom);
  const [south, east] = corner(column + 1, row + 1, zoom);
  return { x: (west - view.west) * across, y: (view.north - north) * down, width: (east - west) * across, height: (north - south) * down };
}

function placed(path, place, extent) {
  const [line, across, down] = [[], place.width / extent, place.height / extent];
  for (let at = 0; at < path.length; at += 2) line.push([place.x + path[at] * across, place.y + path[at + 1] * down]);
  return line;
}

function trace(paper, tile, rule, place) {
  const layer = tile.layers[rule.layer];
  if (!layer) return;
  const [across, down] = [place.width / layer.extent, place.height / layer.extent];
  for (const { kind, tags, paths } of layer.features) {
    if (kind !== (rule.shape === "fill" ? FILLED : DRAWN) || (rule.kinds.length > 0 && !rule.kinds.includes(tags.kind))) continue;
    for (const path of paths) {
      paper.moveTo(place.x + path[0] * across, place.y + path[1] * down);
      for (let at = 2; at < path.length; at += 2) paper.lineTo(place.x + path[at] * across, place.y + path[at + 1] * down);
    }
  }
}

function widthOf({ widths, shape }, span) {
  if (shape === "fill") return 0;
  const near = Math.min(Math.max((WIDEST_M - span) / (WIDEST_M - NEAREST_M), 0), 1);
  return widths[0] + (widths[1] - widths[0]) * near ** 3;
}
