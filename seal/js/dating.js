/**
 * How late it is at the least, by what others signed, held against this device's clock (docs/format.md §7, "Ahead"). Twin of seal/dating.py.
 *
 * An object dated more than ten minutes ahead of the clock means one of two things: who signed it has a clock that is fast, or this one is
 * behind. One signer alone decides nothing, so the object is not there yet. Two who share neither a clock nor a hand are right: this clock
 * is behind.
 */

export const CLOCK_TOLERANCE = 600; // seconds

/** The root, which a ceremony dates; and the publisher, whose one machine dates whatever status keys and a log's own keys sign. */
export const [ROOT, PUBLISHER] = ["root", "publisher"];

/** Return the signer that a witness is, by its name: each has a machine and a clock of its own, whatever the number of its keys. */
export const witness = (name) => `witness ${name}`;

/** The newest date that each signer gave, seen at `now`; all in seconds since 1970 UTC. `newest` is a Map by signer, which it adds to. */
export class Dates {
  constructor(now, newest = new Map()) {
    this.now = now;
    this.newest = newest;
  }

  /** Say whether a date is ahead of the clock. */
  ahead(at) {
    return at > this.now + CLOCK_TOLERANCE;
  }

  /** Note that a signer dated something, and say whether that is ahead of the clock. */
  note(signer, at) {
    this.newest.set(signer, Math.max(at, this.newest.get(signer) ?? 0));
    return this.ahead(at);
  }

  /** The newest date that any signer gave, 0 without one. */
  get dated() {
    return Math.max(0, ...this.newest.values());
  }

  /** The newest time that two independent signers reached, 0 without two: it is at least so late. */
  get attested() {
    return [...this.newest.values()].sort((one, other) => other - one)[1] ?? 0;
  }

  /** Whether this clock is behind, for two independent signers say so. */
  get disagrees() {
    return this.ahead(this.attested);
  }
}
