/**
 * The log of seals as a verdict looks at it (docs/format.md §9, check `log`): {size, time, unwitnessedNewer, leaf}, by its newest head that enough
 * witnesses signed. Everything in it is proven.
 *
 * `size` is how many positions the head covers; `time` the newest time that the log itself signed the head at, seconds since 1970 UTC: whoever has
 * a later position was sealed then or after; `unwitnessedNewer` whether the log shows a newer head, which too few witnesses signed; and
 * `leaf(position)` a promise of the leaf hash at a position below `size`, null where it is not at hand. It throws nothing.
 *
 * This is such a view of what is at hand already: a Map of leaf hashes by position.
 */
export class Held {
  #leaves;

  constructor({ size, time, unwitnessedNewer = false }, leaves) {
    Object.assign(this, { size, time, unwitnessedNewer });
    this.#leaves = leaves;
    Object.freeze(this);
  }

  async leaf(position) {
    return this.#leaves.get(position) ?? null;
  }
}
