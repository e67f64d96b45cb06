import { compare } from "./octets.js";

/**
 * The log of seals as a verdict looks at it (docs/format.md §9, check `log`): {size, time, unwitnessedNewer, forked, holds}, by its newest head that enough
 * witnesses signed. Everything in it is proven.
 *
 * `size` is how many positions the head covers; `time` the newest time that the log itself signed the head at, seconds since 1970 UTC: whoever has
 * a later position was sealed then or after; `unwitnessedNewer` whether the log shows a newer head, which too few witnesses signed;
 * `forked` whether the log's own keys signed two trees of which at most one can be true, and nobody has settled yet which one is; and
 * `holds(position, leaf, authority)` a promise of whether a leaf hash stands at a position below `size`, null where what stands there is not at
 * hand; `authority` is the one that the seal names as its own: who holds the seals of one authority alone knows where none of its stand. It
 * throws nothing.
 *
 * This is such a view of what is at hand already: a Map of leaf hashes by position.
 */
export class Held {
  #leaves;

  constructor({ size, time, unwitnessedNewer = false, forked = false }, leaves) {
    Object.assign(this, { size, time, unwitnessedNewer, forked });
    this.#leaves = leaves;
    Object.freeze(this);
  }

  async holds(position, leaf) {
    const found = this.#leaves.get(position);
    return found === undefined ? null : compare(found, leaf) === 0;
  }
}
