/**
 * A number that values are popped from, lowest first, each at the price of how seldom it is (docs/format.md §4.5). This side only reads.
 */

/** Values with their weights, which sum to a power of two. */
export class Table {
  constructor(weights) {
    this.weights = weights;
    this.rows = weights.flatMap(([value, weight]) => Array.from({ length: weight }, (_, place) => [value, BigInt(weight), BigInt(place)]));
    this.bits = Math.log2(this.rows.length);
  }
}

/** Return the table of all combinations, the last changing fastest, each with the product of its weights. */
export function joined(...tables) {
  const combined = (done, { weights }) => done.flatMap(([values, of]) => weights.map(([value, weight]) => [[...values, value], of * weight]));
  return new Table(tables.reduce(combined, [[[], 1]]));
}

/** A number (BigInt) that is popped from. */
export class Stack {
  constructor(number) {
    this.number = number;
  }

  /** Pop a value of a table. */
  choice(table) {
    const [value, weight, place] = table.rows[this.bits(table.bits)];
    this.number = weight * this.number + place;
    return value;
  }

  /** Pop so many bits, at most 53. */
  bits(count) {
    const value = Number(BigInt.asUintN(count, this.number));
    this.number >>= BigInt(count);
    return value;
  }
}
