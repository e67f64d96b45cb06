// Streets beneath the drawing of a site, from the host's own map file (KHATM_MAP). What was seen once is there without a network too.
import RULES from "../../../maps/data/style.json";
import { Names } from "../../../maps/static/lettering.js";
import { Streets } from "../../../maps/static/streets.js";
import { scale } from "./core.js";
import { element } from "./dom.js";

const SHARP = 2; // pixels of the canvas for a unit of a drawing
const LETTERS = 19; // pixels of the canvas: eleven or so on a phone
const CLEAR = 26; // no name nearer to the site itself

/** The map that the host offers. */
export class Ground {
  #drawn = new Set();
  #map;
  #streets;

  constructor(map) {
    this.#map = map;
    this.#streets = new Streets(`tiles/${map.version}`, map.zooms, RULES, () => this.#redraw());
  }

  /** Ask the host; without a network, what it said last. null where there is no map. */
  static async open(store) {
    try {
      await store.put("state", "map", await (await fetch("map.json")).json());
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof SyntaxError)) throw error;
    }
    const map = await store.get("state", "map");
    return map?.version ? new Ground(map) : null;
  }

  /**
   * Lay streets under a drawing with `point` in its middle: `side` units wide, of which `unit` is a metre. What the map asks to be said
   * of it stands below.
   */
  under(svg, point, { side, unit, say, language = document.documentElement.lang }) {
    const [perLon, perLat] = scale(point.latitude);
    const [east, north] = [side / 2 / unit / perLon, side / 2 / unit / perLat];
    const canvas = element("canvas", { width: side * SHARP, height: side * SHARP });
    canvas.view = { south: point.latitude - north, north: point.latitude + north, west: point.longitude - east, east: point.longitude + east };
    canvas.names = new Names(this.#streets, language, () => this.#draw(canvas));
    this.#drawn.add(new WeakRef(canvas));
    this.#draw(canvas);
    const said = [this.#map.invented && say("map_invented"), this.#map.attribution].filter(Boolean).join(" · ");
    return element("figure", { class: "streets" }, element("div", {}, canvas, svg), said && element("figcaption", { dir: "auto" }, said));
  }

  #draw(canvas) {
    this.#streets.draw(canvas, canvas.view);
    canvas.names.draw(canvas, canvas.view, { size: LETTERS, clear: CLEAR });
  }

  /** A tile has come: the drawings that are still shown are drawn again. */
  #redraw() {
    for (const reference of this.#drawn) {
      const canvas = reference.deref();
      if (canvas) this.#draw(canvas);
      else this.#drawn.delete(reference);
    }
  }
}
