// Where the phone is: watches the position, says how it settles, and gives the best recent fix.
const RECENT_MS = 25_000; // the verdict wants a fix of the last thirty seconds
const STILL_MS = 8_000; // no news for so long: ask again, for some phones are silent while nobody moves
const GOOD_M = 10;
const PATIENCE = 3; // so many measurements without a better one, and it has settled
const METRES_PER_DEGREE = 111_195;

/** Metres between two fixes, on a sphere: good enough to see whether somebody has moved. */
export function apart(one, other) {
  const east = (one.longitude - other.longitude) * Math.cos((one.latitude * Math.PI) / 180);
  return Math.hypot(east, one.latitude - other.latitude) * METRES_PER_DEGREE;
}

/**
 * The fix to judge by at `now` (milliseconds), null without any: the most accurate of the recent ones, unless the newest contradicts it,
 * for then the phone has moved. `fixes` are in the order of their arrival: {latitude, longitude, accuracy, at}.
 */
export function best(fixes, now) {
  const newest = fixes.at(-1);
  const recent = fixes.filter((fix) => Math.abs(now - fix.at) <= RECENT_MS && apart(fix, newest) <= fix.accuracy + newest.accuracy);
  return recent.reduce((kept, fix) => (!kept || fix.accuracy <= kept.accuracy ? fix : kept), null) ?? newest ?? null;
}

/**
 * Tells of changes by the event "change". `state` is "off", "waiting", "settling", "settled", "refused", "unavailable" or "absent" (no such
 * thing in this browser).
 */
export class Whereabouts extends EventTarget {
  state = "off";
  #fixes = [];
  #watch = null;
  #timer = null;
  #still = 0;

  constructor(geolocation, clock = Date.now) {
    super();
    this.geolocation = geolocation;
    this.clock = clock;
  }

  /** Begin to watch; the browser may ask the person first. */
  start() {
    if (this.#watch !== null) return;
    if (!this.geolocation) return this.#become("absent");
    this.#still = 0;
    this.#become("waiting");
    const options = { enableHighAccuracy: true, maximumAge: 0, timeout: 20_000 };
    const [told, failed] = [(position) => this.#learn(position), (error) => this.#fail(error)];
    this.#watch = this.geolocation.watchPosition(told, failed, options);
    this.#timer = setInterval(() => {
      const newest = this.#fixes.at(-1);
      if (newest && this.clock() - newest.at > STILL_MS) this.geolocation.getCurrentPosition(told, () => {}, options);
    }, STILL_MS / 2);
  }

  /** End the watch: the page is hidden, or nobody needs to know. What was measured stays until it is old. */
  stop() {
    if (this.#watch !== null) this.geolocation.clearWatch(this.#watch);
    clearInterval(this.#timer);
    this.#watch = this.#timer = null;
    if (this.state !== "refused" && this.state !== "absent") this.#become("off");
  }

  /** The fix to judge by, null without any. */
  get fix() {
    return best(this.#fixes, this.clock());
  }

  /** The same, null if even the newest is too old to say where the phone is now. */
  get recent() {
    const { fix } = this;
    return fix && Math.abs(this.clock() - fix.at) <= RECENT_MS ? fix : null;
  }

  /** Measure from nothing: what was measured before this moment does not count. */
  anew() {
    this.stop();
    this.#fixes = [];
    this.start();
  }

  #learn({ coords, timestamp }) {
    const { latitude, longitude, accuracy, altitude, altitudeAccuracy, speed } = coords;
    const measured = { latitude, longitude, accuracy, altitude, altitudeAccuracy, speed, at: timestamp };
    const before = this.fix;
    this.#fixes = [...this.#fixes.filter((fix) => this.clock() - fix.at <= RECENT_MS), measured];
    this.#still = before && this.fix.accuracy > 0.9 * before.accuracy ? this.#still + 1 : 0;
    this.#become(this.fix.accuracy <= GOOD_M || this.#still >= PATIENCE ? "settled" : "settling");
  }

  #fail({ code }) {
    if (code === 1) {
      this.stop();
      this.#become("refused");
    } else if (!this.fix) {
      this.#become("unavailable");
    }
  }

  #become(state) {
    this.state = state;
    this.dispatchEvent(new Event("change"));
  }
}
