// Lengths as people type them, in metres, and as they are signed, in whole centimetres.
const DIGITS = "٠١٢٣٤٥٦٧٨٩";
const METRES = /^[0-9]{1,4}(?:\.[0-9]{1,2})?$/;

/** Centimetres in a typed length in metres, null if it is none; Arabic digits and every decimal sign do. */
export function centimetres(typed) {
  const plain = typed.trim().replace(/[٠-٩]/g, (digit) => DIGITS.indexOf(digit)).replace(/[٫,]/, ".");
  return METRES.test(plain) ? Math.round(Number(plain) * 100) : null;
}

/** The lengths among a license's details: [[code, centimetres]]. */
export const licensed = (details) => Object.entries(details ?? {}).filter(([code, value]) => code.endsWith("_cm") && Number.isInteger(value));
