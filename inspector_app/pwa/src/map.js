// Map tiles beneath the drawing of a site, where the host has some (KHATM_TILES). What was seen once is there without a network too.
import { drawn } from "./dom.js";

const TILE = 256; // pixels
const MIDDLE = 120; // of the drawing
const EARTH = 40_075_016.686; // metres round the equator

/** Tile column and row of a position at a zoom level, with fractions (Web Mercator). */
export function tileOf({ latitude, longitude }, zoom) {
  const phi = (latitude * Math.PI) / 180;
  const count = 2 ** zoom;
  return [((longitude + 180) / 360) * count, ((1 - Math.asinh(Math.tan(phi)) / Math.PI) / 2) * count];
}

/** The map that the host offers. */
export class Tiles {
  constructor(zooms) {
    this.zooms = zooms;
  }

  /** Ask the host; without a network, what it said last. null where there is no map. */
  static async open(store) {
    try {
      const { zooms } = await (await fetch("map.json")).json();
      await store.put("state", "zooms", zooms);
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof SyntaxError)) throw error;
    }
    const zooms = (await store.get("state", "zooms")) ?? [];
    return zooms.length ? new Tiles(zooms) : null;
  }

  /** What `drawing` puts beneath a site at `point`: the tiles around it, scaled to `unit` drawing units a metre. */
  ground(point) {
    return (unit) => {
      const metres = (zoom) => (EARTH * Math.cos((point.latitude * Math.PI) / 180)) / 2 ** zoom; // of one tile
      const zoom = this.zooms.find((level) => metres(level) * unit <= TILE) ?? this.zooms.at(-1);
      const side = metres(zoom) * unit;
      const [column, row] = tileOf(point, zoom);
      const reach = Math.ceil(MIDDLE / side);
      if (reach > 4) return []; // too coarse a unit for the finest tiles: hundreds of them would be fetched
      const around = Array.from({ length: 2 * reach + 1 }, (_, i) => i - reach);
      return around.flatMap((dy) =>
        around.map((dx) => {
          const [x, y] = [Math.floor(column) + dx, Math.floor(row) + dy];
          const place = { x: MIDDLE + (x - column) * side, y: MIDDLE + (y - row) * side };
          return drawn("image", {
            ...place,
            width: side + 0.5,
            height: side + 0.5,
            href: `tiles/${zoom}/${x}/${y}.png`,
            preserveAspectRatio: "none",
          });
        }),
      );
    };
  }
}
