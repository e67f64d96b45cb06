/** Rounding as Python does it, where JavaScript differs. */

/**
 * Return `number` rounded to so many decimal digits, halves to the even neighbour.
 *
 * `toFixed` works on the exact value too, but sends halves away from zero. A half is a number whose last binary digit stands at place
 * `digits + 1`; its product with a power of ten is then exact.
 */
export function roundHalfEven(number, digits = 0) {
  const places = 2 ** (digits + 1);
  if ((number * places) % 2 === 0 || !Number.isInteger(number * places)) return Number(number.toFixed(digits));
  const below = Math.floor(number * 10 ** digits);
  return (below % 2 === 0 ? below : below + 1) / 10 ** digits;
}
