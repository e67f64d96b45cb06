// When lists are fetched: at once when the app comes to the front, then every hour. After a failure sooner, but less and less so, and never
// all phones at the same moment.
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** How long to wait (milliseconds) after so many failures in a row; `chance` is a number from 0 to 1. */
export function pause(failures, chance) {
  if (failures === 0) return HOUR * (0.95 + 0.1 * chance);
  return Math.min(HOUR, MINUTE * 2 ** (failures - 1)) * (0.5 + 0.5 * chance);
}

/** Runs `refresh`, which says whether it went well, and runs it again in time until it is stopped. */
export class Refresher {
  #refresh;
  #chance;
  #timer = null;
  #failures = 0;
  #front = true;

  constructor(refresh, { chance = Math.random } = {}) {
    [this.#refresh, this.#chance] = [refresh, chance];
  }

  /** Refresh now; the next one follows in time. */
  async run() {
    this.#front = true;
    clearTimeout(this.#timer);
    const good = await this.#refresh();
    this.#failures = good ? 0 : this.#failures + 1;
    clearTimeout(this.#timer);
    if (this.#front) this.#timer = setTimeout(() => this.run(), pause(this.#failures, this.#chance()));
    return good;
  }

  /** The app is no longer in front. */
  stop() {
    this.#front = false;
    clearTimeout(this.#timer);
  }
}
