// Licensed sites around a place, from a pack that the phone holds (seal/js/sites.js): quick enough to follow a person who walks.
const LICENSE_BYTES = 4; // of an identifier; the edition follows
const METRES = 111_320; // a degree of latitude, near enough to choose candidates and to say "about 40 m"

/** What can be said of a license at `now` (seconds UTC): "valid", "expired", "suspended", "revoked" or "not_yet". */
export function standing({ status, nbf, exp }, now) {
  if (status === 1) return "revoked";
  if (exp !== null && exp <= now) return "expired";
  if (status === 2) return "suspended";
  return nbf > now ? "not_yet" : "valid";
}

/** The newest edition of each license in a pack, by latitude, so that a look around is a short stretch of a list. */
export class Near {
  #pack;
  #rows;
  #latitudes;
  #widest = 0; // reach of a site in metres

  constructor(pack) {
    this.#pack = pack;
    const placed = pack.newest().map((row) => [pack.site(row).latitude, row]);
    placed.sort(([one], [other]) => one - other);
    this.#latitudes = Float64Array.from(placed, ([latitude]) => latitude);
    this.#rows = Uint32Array.from(placed, ([, row]) => row);
    for (const row of this.#rows) this.#widest = Math.max(this.#widest, pack.site(row).reachM);
    Object.freeze(this);
  }

  get length() {
    return this.#rows.length;
  }

  /** The sites within `metres` of a place, the nearest first: [{...site, distance (m), standing}], at most `most`. */
  around({ latitude, longitude }, metres, { now, most = 200 }) {
    const [reach, narrow] = [metres / METRES, Math.cos((latitude * Math.PI) / 180)];
    const found = [];
    for (let place = first(this.#latitudes, latitude - reach); this.#latitudes[place] <= latitude + reach; place++) {
      const site = this.#pack.site(this.#rows[place]);
      const [north, east] = [site.latitude - latitude, (site.longitude - longitude) * narrow];
      const distance = Math.hypot(north, east) * METRES;
      if (distance <= metres) found.push({ ...site, distance, standing: standing(site, now) });
    }
    found.sort((one, other) => one.distance - other.distance);
    return found.slice(0, most);
  }

  /** The sites of a type in force in whose reach a place lies: more than one says that a radius there tells no shop from another. */
  sharing(place, type, { now, accuracy = 0, reachM = 0 }) {
    const held = this.around(place, Math.max(this.#widest, reachM) + accuracy, { now, most: Infinity });
    return held.filter((site) => site.type === type && site.standing === "valid" && site.distance <= Math.max(site.reachM, reachM) + accuracy);
  }

  /** The other sites of its type in force that lie within a site's reach, or it within theirs: by place alone they are one. */
  others(site, now) {
    const same = ({ cti }) => cti.subarray(0, LICENSE_BYTES).every((octet, place) => octet === site.cti[place]);
    return this.sharing(site, site.type, { now, reachM: site.reachM }).filter((other) => !same(other));
  }
}

/** The first place in an ascending list from `least` on. */
function first(ascending, least) {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle] < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
