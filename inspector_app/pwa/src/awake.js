// Keeps the screen on while somebody scans, and notices when nobody does any more.
export const IDLE_MS = 120_000;

/** `idle` is called after two minutes without a touch or a code; the screen may sleep from then on. */
export class Awake {
  #idle;
  #locks;
  #lock = null;
  #timer = null;

  constructor(idle, { locks = globalThis.navigator?.wakeLock } = {}) {
    [this.#idle, this.#locks] = [idle, locks];
  }

  /** Somebody begins to scan. */
  begin() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tire(), IDLE_MS);
    this.#hold();
  }

  /** Somebody is still there. */
  touched() {
    if (this.#timer !== null) this.begin();
  }

  /** The app is hidden: the browser has taken the lock already. */
  end() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#lock?.then((held) => held?.release());
    this.#lock = null;
  }

  #tire() {
    this.end();
    this.#idle();
  }

  // A phone that refuses (a low battery) lets its screen sleep, which costs no verdict.
  #hold() {
    this.#lock ??= this.#locks?.request("screen").catch(() => null) ?? null;
  }
}
