/** The area an authority's key may license in: a polygon, with a margin for outlines that were never surveyed. */

import { distanceToRing, offset } from "./site.js";

export const MARGIN_M = 50;

/** A ring of positions (WGS 84 degrees, three at least, not closed). */
export class Area {
  constructor(ring) {
    if (ring.length < 3) throw new RangeError("an area needs three corners");
    this.ring = Object.freeze([...ring]);
    Object.freeze(this);
  }

  /** Say whether `point` lies in the area or at most 50 m outside it. */
  holds(point) {
    if (this.#holds(point)) return true;
    const ring = this.ring.map((corner) => offset(point, corner.latitude, corner.longitude));
    return distanceToRing(ring, [0, 0]) <= MARGIN_M;
  }

  /** Even-odd as in `inside` of site.js, without leaving degrees. */
  #holds({ latitude, longitude }) {
    let inside = false;
    this.ring.forEach(({ latitude: lat2, longitude: lon2 }, i) => {
      const { latitude: lat1, longitude: lon1 } = this.ring.at(i - 1);
      if (lat1 > latitude !== lat2 > latitude && longitude < ((lon2 - lon1) * (latitude - lat1)) / (lat2 - lat1) + lon1) inside = !inside;
    });
    return inside;
  }
}
